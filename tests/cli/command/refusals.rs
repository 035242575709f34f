//! What the command refuses, with the option or the file and the reason.

use std::fs;

use super::{FAILURE, SMALL, USAGE, assert_refused, run, stderr};

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
