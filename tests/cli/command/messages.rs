//! What the command says beside what it was asked for.

use std::{fs, path::Path};

use super::{SMALL, USAGE, assert_refused, names_in, nanobragg, run, stderr};

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
        let told = format!("at pixel 58 20 (fast, slow), and {since} the nearest");
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
