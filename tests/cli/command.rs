//! The command as its users meet it: what it refuses, how it says so, and what it leaves behind.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

const USAGE: i32 = 2;
const FAILURE: i32 = 1;

/// Options of a small image, which most lines below spoil.
const SMALL: &str = "-cell 100 -N 5 -default_F 100 -detpixels 32 -device cpu -noprogress";

fn nanobragg(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nanobragg"));
    command.current_dir(directory).stdin(Stdio::null());
    command
}

fn run(directory: &Path, line: &str) -> Output {
    nanobragg(directory)
        .args(line.split_whitespace())
        .output()
        .expect("the command starts")
}

fn names_in(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The line is refused with this status and one message that contains `fragment`, and leaves no file.
fn assert_refused(directory: &Path, line: &str, status: i32, fragment: &str) {
    let before = names_in(directory);
    let output = run(directory, line);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(status), "{line}\n{text}");
    let messages: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with("warning: "))
        .collect();
    assert_eq!(messages.len(), 1, "{line}\n{text}");
    assert!(messages[0].starts_with("nanobragg: "), "{line}\n{text}");
    assert!(messages[0].contains(fragment), "{line}\n{text}");
    assert_eq!(names_in(directory), before, "{line}");
}

#[test]
fn words_that_make_no_sense_are_usage_errors_that_name_the_option() {
    let directory = tempfile::tempdir().unwrap();
    for (words, fragment) in [
        ("-distanse 100", "did you mean -distance"),
        ("-frobnicate", "-help lists them all"),
        ("extra", "unexpected word \"extra\""),
        ("-distance 100 200", "unexpected word \"200\""),
        ("-distance", "-distance needs a number"),
        ("-cell", "-cell needs"),
        ("-lambda 1e-10x", "\"1e-10x\" is not a number"),
        ("-lambda one", "\"one\" is not a number"),
        ("-lambda nan", "not a number"),
        ("-lambda 0", "above zero"),
        ("-lambda -1", "above zero"),
        ("-energy 0", "above zero"),
        ("-distance -100", "above zero"),
        ("-pixel 0", "above zero"),
        ("-misset 10 20", "-misset needs"),
        ("-misset randomly", "-misset: \"randomly\""),
        ("-roi 0 10 0", "-roi needs"),
        ("-roi 0 10 0 ten", "\"ten\" is not"),
        ("-N 2.5", "whole number"),
        ("-pivot nowhere", "beam or sample"),
        ("-device quantum", "auto, gpu or cpu"),
        ("-physics modern", "spec, c-parity or corrected"),
        ("-threads 0", "1 to 4096"),
        ("-hkl -nopgm", "-hkl needs a file name"),
        ("-detpixels 0", "-detpixels"),
        ("-detpixels -5", "-detpixels"),
        ("-detpixels 100000000", "memory"),
        ("-detsize -1", "above zero"),
        ("-roi 100 200 100 200", "-roi"),
        ("-roi 20 10 0 5", "-roi"),
        ("-cell 100 100 100 10 10 170", "-cell"),
        ("-cell 100 100 100 0 90 90", "-cell"),
        ("-cell 0 100 100 90 90 90", "-cell"),
        ("-oversample 100000", "-oversample"),
        ("-beam_vector 0 0 0", "-beam_vector"),
        ("-beamsize 0 -flux 1e12", "-beamsize"),
        ("-phisteps 10000000", "-phisteps"),
        (
            "-mosaic 1 -mosaic_dom 1000000 -phisteps 1000",
            "-mosaic_domains",
        ),
        ("-printout_pixel 32 0", "a pixel of a 32x32 detector"),
        ("-printout_pixel -1 0", "a pixel of a 32x32 detector"),
        ("-floatfile same -intfile same", "would both write same"),
        ("-floatfile f.npy", "-npyfile"),
        ("-distance=250 300", "write -distance 250"),
    ] {
        assert_refused(
            directory.path(),
            &format!("{SMALL} {words}"),
            USAGE,
            fragment,
        );
    }
}

#[test]
fn words_for_an_engine_that_does_not_render_are_refused_or_told() {
    let directory = tempfile::tempdir().unwrap();
    assert_refused(
        directory.path(),
        "-cell 100 -default_F 100 -detpixels 32 -device gpu -precision f64",
        USAGE,
        "-precision: f64 is the CPU engine's",
    );
    for (words, note) in [
        (
            "-adapter NVIDIA",
            "-adapter: without effect, the CPU renders",
        ),
        ("-table f16", "-table f16: without effect, the CPU renders"),
    ] {
        let output = run(directory.path(), &format!("{SMALL} {words}"));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(note), "{words}: {text}");
    }
    let output = run(directory.path(), &format!("{SMALL} -threads 4096"));
    assert!(output.status.success());
    let said = stderr(&output);
    assert!(said.contains("warning: -threads 4096: "), "{said}");
    assert!(said.contains("are used"), "{said}");
    let said = stderr(&run(directory.path(), &format!("{SMALL} -threads 2")));
    assert!(!said.contains("-threads"), "{said}");
}

#[test]
fn a_place_that_cannot_be_written_is_told_by_the_name_that_was_given() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(
        directory.path(),
        &format!("{SMALL} -floatfile no/where.bin"),
    );
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(FAILURE));
    assert!(
        said.contains("cannot write no/where.bin: No such file"),
        "{said}"
    );
    assert!(!said.contains(".tmp"), "{said}");
}

/// What the Vulkan loader says when it is asked to tell everything.
fn loader_said(directory: &Path, line: &str) -> String {
    let output = nanobragg(directory)
        .args(line.split_whitespace())
        .env("VK_LOADER_DEBUG", "all")
        .env_remove("XDG_RUNTIME_DIR")
        .output()
        .expect("the command starts");
    assert!(output.status.success(), "{line}: {}", stderr(&output));
    stderr(&output)
}

#[cfg(target_os = "linux")]
#[test]
fn no_driver_is_loaded_for_the_cpu_and_none_talks() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(
        loader_said(directory.path(), &format!("{SMALL} -device cpu")),
        ""
    );
    let has_device =
        ["/dev/dri", "/dev/nvidiactl", "/dev/dxg"].map(|path| Path::new(path).exists());
    if !has_device.contains(&true) {
        assert_eq!(
            loader_said(directory.path(), &format!("{SMALL} -device auto")),
            ""
        );
    }
    for line in ["devices".to_owned(), format!("{SMALL} -device gpu")] {
        let said = loader_said(directory.path(), &line);
        assert!(
            !said.contains("XDG_RUNTIME_DIR is invalid"),
            "{line}: {said}"
        );
    }
}

#[test]
fn a_dark_image_is_explained() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("far.hkl"), "60 60 60 100\n").unwrap();
    fs::write(directory.path().join("zero.hkl"), "1 2 3 0\n4 4 4 0\n").unwrap();
    let line = "-cell 100 -N 5 -detpixels 32 -device cpu -noprogress -nonoise -nopgm";
    for (words, reason) in [
        ("-default_F 100 -fluence 0", "the fluence is 0"),
        ("-default_F 0", "every F is 0"),
        ("-hkl zero.hkl", "every F is 0"),
        ("-hkl far.hkl", "no reflection that the detector sees"),
        (
            "-default_F 100 -dmin 500 -roi 0 9 0 9",
            "-dmin 500 Å leaves out every pixel",
        ),
        ("-default_F 1 -fluence 1e12", "is too little"),
        ("-default_F 1000 -twotheta 120", "seen from behind"),
        (
            "-default_F 100 -tophat_spots -N 1000 -roi 0 3 0 3 -oversample 1",
            "no spot falls on a sample",
        ),
    ] {
        let said = stderr(&run(directory.path(), &format!("{line} {words}")));
        let lines: Vec<_> = said
            .lines()
            .filter(|line| line.contains("the image is dark"))
            .collect();
        assert_eq!(lines.len(), 1, "{words}: {said}");
        assert!(lines[0].contains(reason), "{words}: {said}");
    }
    for words in ["-default_F 100", "-default_F 100 -water 10 -fluence 1e24"] {
        let said = stderr(&run(directory.path(), &format!("{line} {words}")));
        assert!(!said.contains("the image is dark"), "{words}: {said}");
    }
    let sweep = "-default_F 0 -osc 1 -phisteps 3 -frames 3 -floatfile f_##.bin";
    let said = stderr(&run(directory.path(), &format!("{line} {sweep}")));
    assert_eq!(said.matches("the image is dark").count(), 1, "{said}");
}

#[test]
fn a_swung_detector_is_told_with_both_its_distances() {
    let directory = tempfile::tempdir().unwrap();
    let told = |words: &str| {
        let output = run(directory.path(), &format!("{SMALL} {words}"));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines()
            .find(|line| line.starts_with("detector: "))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(told("").contains("at 100 mm, "), "{}", told(""));
    let swung = told("-twotheta 60 -pivot sample");
    let both = "2theta 60 deg, 100 mm along its normal (close distance), 200 mm along the beam";
    assert!(swung.contains(both), "{swung}");
    let swung = told("-twotheta 60");
    let both = "2theta 60 deg, 50 mm along its normal (close distance), 100 mm along the beam";
    assert!(swung.contains(both), "{swung}");
}

#[test]
fn cameras_are_listed_and_their_gaps_marked() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), "-detector list");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success());
    assert!(
        text.contains("eiger2_16m") && text.contains("modules 487 x 195"),
        "{text}"
    );
    assert_eq!(names_in(directory.path()), [] as [String; 0]);

    let line = "-cell 100 -N 3 -default_F 100 -oversample 1 -device cpu -noprogress -detector pilatus300k -cbffile a.cbf";
    let output = run(directory.path(), line);
    assert!(output.status.success(), "{}", stderr(&output));
    let cbf = fs::read(directory.path().join("a.cbf")).unwrap();
    let cutoff = b"# Count_cutoff 1048575 counts";
    assert!(cbf.windows(cutoff.len()).any(|words| words == cutoff));
    let read = nanobragg::formats::read_image(&directory.path().join("a.cbf")).unwrap();
    assert_eq!(read.pixels.dim(), (619, 487));
    assert_eq!(read.pixels[[200, 50]], -1.0);
    assert!(read.pixels[[150, 50]] >= 0.0);
}

#[test]
fn an_amorphous_material_that_cannot_be_read_is_told() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("water.stol"), "0.1 1\n").unwrap();
    let said = |words: &str| stderr(&run(directory.path(), &format!("{SMALL} {words}")));
    let missing = said("-stol none.stol");
    assert!(
        missing.contains("-stol none.stol: cannot be read"),
        "{missing}"
    );
    let synonym = said("-4stol none.stol");
    assert!(
        synonym.contains("-4stol none.stol: cannot be read"),
        "{synonym}"
    );
    for words in ["-stol water.stol", "-stolout none.stol"] {
        assert!(!said(words).contains("stol"), "{words}");
    }
}

#[test]
fn what_is_needed_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    assert_refused(
        directory.path(),
        "-default_F 100 -device cpu",
        USAGE,
        "-cell",
    );
    assert_refused(
        directory.path(),
        "-cell 100 -device cpu",
        USAGE,
        "-hkl FILE",
    );
    assert_refused(directory.path(), "", USAGE, "-hkl FILE");
    assert_refused(directory.path(), "", USAGE, "nanobragg help");
    for (line, fragment) in [
        (
            "compar",
            "compar is no command; did you mean nanobragg compare? nanobragg help",
        ),
        ("comp gpu cpu", "did you mean nanobragg compare?"),
        ("help nois", "did you mean nanobragg noise?"),
        ("man nois", "did you mean nanobragg noise?"),
        (
            "help -distanse",
            "unknown option -distanse; did you mean -distance?",
        ),
        (
            "picture.img",
            "picture.img is no command; nanobragg help lists",
        ),
    ] {
        assert_refused(directory.path(), line, USAGE, fragment);
    }
}

#[test]
fn files_that_cannot_be_read_are_failures_that_name_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let put = |name: &str, content: &[u8]| fs::write(directory.path().join(name), content).unwrap();
    put("empty", b"");
    put("words.txt", b"these are no numbers\nat all\n");
    put(
        "garbage.bin",
        &(0..5000_u32)
            .map(|i| (i * 7919 % 251) as u8)
            .collect::<Vec<_>>(),
    );
    put("cut.hkl", b"1 2 3 40.5\n1 2\n");
    put("huge_index.hkl", b"1 2 3 40.5\n1 2 99999999999 3\n");
    put("wide.hkl", b"-30000 -30000 -30000 1\n30000 30000 30000 1\n");
    put("cut.mat", b"0.1 0.2 0.3\n0.4 0.5\n");
    put("singular.mat", b"1 2 3\n1 2 3\n1 2 3\n");
    put("cut.bin", b"-5 5 -5 5 -5 5\n\x0c1234");
    put("inside_out.bin", b"5 -5 5 -5 5 -5\n\x0c1234");
    put("absurd.bin", b"-2000000000 2000000000 0 0 0 0\n\x0c");
    put("cut.img", b"{\nHEADER_BYTES=512;\nSIZE1=64;\n");
    put(
        "short.img",
        format!(
            "{:512}",
            "{\nHEADER_BYTES=512;\nSIZE1=64;\nSIZE2=64;\nTYPE=unsigned_short;\n}\x0c"
        )
        .as_bytes(),
    );
    put(
        "absurd.img",
        format!(
            "{:512}",
            "{\nHEADER_BYTES=512;\nSIZE1=4000000000;\nSIZE2=4000000000;\n}\x0c"
        )
        .as_bytes(),
    );
    put("sources.txt", b"0 0 -10 one 1e-10\n");
    put("dark.txt", b"0 0 -10 1 -1e-10\n");
    fs::create_dir(directory.path().join("folder")).unwrap();

    let hkl = "-cell 100 -N 5 -detpixels 32 -device cpu -hkl";
    let dump = "-cell 100 -N 5 -detpixels 32 -device cpu -dump";
    let matrix = "-default_F 100 -N 5 -detpixels 32 -device cpu -mat";
    for (option, files) in [
        (
            hkl,
            &[
                "missing",
                "empty",
                "folder",
                "words.txt",
                "garbage.bin",
                "cut.hkl",
                "huge_index.hkl",
                "wide.hkl",
            ][..],
        ),
        (
            dump,
            &[
                "missing",
                "empty",
                "folder",
                "words.txt",
                "garbage.bin",
                "cut.bin",
                "inside_out.bin",
                "absurd.bin",
            ],
        ),
        (
            matrix,
            &[
                "missing",
                "empty",
                "folder",
                "words.txt",
                "garbage.bin",
                "cut.mat",
                "singular.mat",
            ],
        ),
        (
            &format!("{SMALL} -sourcefile"),
            &[
                "missing",
                "empty",
                "folder",
                "words.txt",
                "garbage.bin",
                "sources.txt",
                "dark.txt",
            ],
        ),
        (
            &format!("{SMALL} -mask"),
            &[
                "missing",
                "empty",
                "folder",
                "words.txt",
                "garbage.bin",
                "cut.img",
                "short.img",
                "absurd.img",
            ],
        ),
        (
            &format!("{SMALL} -img"),
            &[
                "missing",
                "empty",
                "folder",
                "words.txt",
                "garbage.bin",
                "cut.img",
                "short.img",
                "absurd.img",
            ],
        ),
    ] {
        for file in files {
            assert_refused(directory.path(), &format!("{option} {file}"), FAILURE, file);
        }
    }
}

#[test]
fn places_that_cannot_be_written_are_found_before_the_image_is_computed() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("folder")).unwrap();
    // Hours of work, which the message does not wait for.
    let long = "-cell 100 -N 5 -default_F 100 -detpixels 4096 -oversample 50 -mosaic 1 -mosaic_dom 1000 -device cpu";
    for option in [
        "-floatfile",
        "-intfile",
        "-noisefile",
        "-pgmfile",
        "-pngfile",
    ] {
        for place in ["nowhere/image", "folder"] {
            assert_refused(
                directory.path(),
                &format!("{long} {option} {place}"),
                FAILURE,
                &format!("cannot write {place}"),
            );
        }
    }
}

#[test]
fn questions_about_the_program_are_answered() {
    let directory = tempfile::tempdir().unwrap();
    for (line, fragment) in [
        ("-h", "-distance <mm>"),
        ("--help", "-detector_rotx <deg>"),
        ("-cell 100 -help", "[default: 1024]"),
        (
            "--version",
            concat!("nanobragg ", env!("CARGO_PKG_VERSION")),
        ),
        ("completions bash", "complete -F _nanobragg nanobragg"),
        ("completions zsh", "'-detector_rotx["),
        ("completions fish", " -o detector_rotx "),
        ("completions powershell", "--detector_rotx"),
        (
            "man",
            "\\fB\\-detector_rotx\\fR \\fIdeg\\fR\nTurn the detector about the laboratory x axis",
        ),
        ("man compare", ".TH \"NANOBRAGG-COMPARE\" 1"),
        ("man --help", "manual page"),
        ("man -help", "manual page"),
        ("help", "Commands:"),
        ("help compare", "--max-rel-l2"),
        ("help -distance", "-distance <mm>\n    From the sample"),
        ("help detpixels_x", "-detpixels_f <pixels>"),
    ] {
        let output = run(directory.path(), line);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{line}\n{}", stderr(&output));
        assert!(text.contains(fragment), "{line}\n{text}");
        assert_eq!(stderr(&output), "", "{line}");
    }
    assert_eq!(
        run(directory.path(), "completions klingon").status.code(),
        Some(USAGE)
    );
    assert_eq!(names_in(directory.path()), [""; 0]);
}

/// Starts work of hours, sends `signal` once it is under way, and returns how it ended.
#[cfg(unix)]
fn stopped_by(signal: &str, directory: &Path) -> Output {
    use std::io::{BufRead, BufReader, Read};
    let long = "-cell 100 -N 5 -default_F 100 -detpixels 4096 -oversample 50 -mosaic 1 -mosaic_dom 1000 -device cpu";
    let mut child = nanobragg(directory)
        .args(long.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("device:") {
        line.clear();
        assert_ne!(
            stdout.read_line(&mut line).unwrap(),
            0,
            "the run ended early"
        );
    }
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    stdout.read_to_string(&mut line).unwrap();
    child.wait_with_output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_leaves_earlier_files_as_they_were() {
    for signal in ["-INT", "-TERM"] {
        let directory = tempfile::tempdir().unwrap();
        let earlier = directory.path().join("floatimage.bin");
        fs::write(&earlier, "earlier").unwrap();
        let output = stopped_by(signal, directory.path());
        assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
        assert!(stderr(&output).ends_with("nanobragg: interrupted; no file was written\n"));
        assert_eq!(names_in(directory.path()), ["floatimage.bin"]);
        assert_eq!(fs::read_to_string(&earlier).unwrap(), "earlier");
    }
}

#[test]
fn a_reader_that_goes_away_is_not_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = nanobragg(directory.path())
        .arg("-help")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_run_writes_the_classic_files_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), SMALL);
    assert!(output.status.success(), "{}", stderr(&output));
    let classic = [
        "floatimage.bin",
        "image.pgm",
        "intimage.img",
        "noiseimage.img",
    ];
    assert_eq!(names_in(directory.path()), classic);

    let other = tempfile::tempdir().unwrap();
    let output = run(
        other.path(),
        &format!(
            "{SMALL} -N 0 -oversample 0 -nonoise -nopgm -floatfile /dev/null -intfile a.img -pngfile a.png"
        ),
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(names_in(other.path()), ["a.img", "a.png"]);
}

#[test]
fn files_that_are_not_wanted_are_not_written() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("one.hkl"), "1 2 3 40\n0 0 0 10\n").unwrap();
    let line =
        "-hkl one.hkl -cell 100 -N 5 -detpixels 16 -device cpu -nonoise -nopgm -nofloat -noint";
    let output = run(directory.path(), &format!("{line} -dump none"));
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(names_in(directory.path()), ["one.hkl"]);
    let output = run(directory.path(), line);
    assert_eq!(names_in(directory.path()), ["Fdump.bin", "one.hkl"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        told.contains("writing Fdump.bin as structure-factor cache (-dump none for none)\n"),
        "{told}"
    );
    // A sweep has the same words.
    let sweep =
        format!("{line} -dump none -osc 1 -frames 2 -floatfile f_#.bin -nofloat -npyfile p_#.npy");
    let output = run(directory.path(), &sweep);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        names_in(directory.path()),
        ["Fdump.bin", "one.hkl", "p_1.npy", "p_2.npy"]
    );
}

#[test]
fn options_are_read_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("run.opt"),
        format!("{SMALL} # small\n-nopgm -noint -nonoise\n-floatfile 'of the file.bin'\n"),
    )
    .unwrap();
    let output = run(directory.path(), "-pngfile p.png -options run.opt");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        names_in(directory.path()),
        ["of the file.bin", "p.png", "run.opt"]
    );
    fs::write(directory.path().join("wrong.opt"), "\n-N five\n").unwrap();
    assert_refused(
        directory.path(),
        "-options wrong.opt",
        USAGE,
        "wrong.opt:2: -N: \"five\" is not",
    );
    assert_refused(
        directory.path(),
        "-options gone.opt",
        FAILURE,
        "-options gone.opt: ",
    );
}

#[test]
fn a_cache_that_nobody_asked_for_may_fail_to_be_written() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("one.hkl"), "1 2 3 40\n0 0 0 10\n").unwrap();
    fs::create_dir(directory.path().join("Fdump.bin")).unwrap();
    let line = "-hkl one.hkl -cell 100 -N 5 -detpixels 16 -device cpu -nonoise -nopgm";
    let output = run(directory.path(), line);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("warning: no F cache"),
        "{}",
        stderr(&output)
    );
    assert_refused(
        directory.path(),
        &format!("{line} -dump Fdump.bin"),
        FAILURE,
        "Fdump.bin",
    );
}

#[test]
fn interpolation_that_leaves_the_table_is_told_once() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("small.hkl"),
        "-4 -4 -4 10\n0 0 0 20\n4 4 4 10\n",
    )
    .unwrap();
    // From the beam outwards: the first pixels are well inside the table.
    let line = "-hkl small.hkl -cell 100 -lambda 6.2 -N 2 -interpolate -distance 20 -detpixels 64 -roi 32 63 20 40 \
                -nonoise -nopgm";
    for (physics, since) in [("spec", "from there on"), ("corrected", "there")] {
        let [cpu, gpu] = ["cpu", "gpu"].map(|device| {
            let words = format!("{line} -device {device} -physics {physics}");
            let output = run(directory.path(), &words);
            let warnings = stderr(&output);
            let mut told = warnings
                .lines()
                .filter(|line| line.contains("interpolation left the table"))
                .map(str::to_owned);
            let first = told.next().unwrap_or_else(|| panic!("{words}: {warnings}"));
            assert_eq!(told.next(), None, "{words}: {warnings}");
            first
        });
        let told = format!("at pixel 58 20, and {since} the nearest");
        assert!(cpu.contains(&told), "{cpu}");
        assert_eq!(gpu, cpu);
    }
}

#[test]
fn a_pixel_that_is_asked_for_is_printed() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(
        directory.path(),
        &format!("{SMALL} -nonoise -printout_pixel 3 7"),
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("pixel "))
            .count(),
        1
    );
    assert!(text.contains("pixel 3 7: I= "), "{text}");
    let output = run(
        directory.path(),
        &format!("{SMALL} -nonoise -printout -roi 2 4 5 6"),
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("pixel "))
            .count(),
        6
    );
}

#[test]
fn the_readme_names_every_command() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    for command in nanobragg::internals::cli::COMMANDS {
        let named = format!("| `nanobragg {}` |", command.name);
        assert!(readme.contains(&named), "{named}");
    }
}

#[test]
fn the_readme_tells_every_exit_status() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    for command in nanobragg::internals::cli::COMMANDS {
        let column = if command.name == "compare" { 3 } else { 2 };
        for (status, _) in command.statuses {
            let row = readme
                .lines()
                .find(|line| line.starts_with(&format!("| {status} | ")))
                .unwrap_or_else(|| panic!("{status} of {}", command.name));
            let meaning = row.split('|').nth(column).unwrap().trim();
            assert_ne!(meaning, "", "{status} of {}", command.name);
            let is_its_own = ![0, 1, 2, 130].contains(status) && column == 2;
            assert!(!is_its_own || meaning.contains(command.name), "{row}");
        }
    }
}

#[test]
fn the_written_reference_is_that_of_the_option_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/options.md");
    let written = fs::read_to_string(path).unwrap();
    assert!(
        written == nanobragg::internals::cli::options_reference(),
        "docs/options.md is out of date; cargo run --example options_reference > docs/options.md"
    );
}
