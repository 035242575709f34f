//! Which files a run reads and leaves behind.

use std::fs;

use super::{FAILURE, SMALL, USAGE, assert_refused, names_in, run, stderr};

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
