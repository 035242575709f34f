//! The command line's way to structure factors: what is said, and what is refused.

use std::{
    path::Path,
    process::{Command, Output},
};

const CAMERA: [&str; 9] = [
    "-lambda",
    "1",
    "-N",
    "3",
    "-detpixels",
    "32",
    "-noprogress",
    "-device",
    "cpu",
];

fn root(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join(path).to_str().unwrap().to_owned()
}

fn run(words: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .current_dir(directory.path())
        .args(CAMERA)
        .args(words)
        .output()
        .unwrap()
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn an_mtz_needs_no_cell_and_the_log_says_what_was_taken_from_it() {
    let output = run(&["-hkl", &root("golden/inputs/2erl.mtz")]);
    let (log, warnings) = said(&output);
    assert!(output.status.success(), "{warnings}");
    for fact in [
        "FMODEL(+), FMODEL(-)",
        "the cell is that of the file",
        "cell 53.91 23.1 23.1 90 110.4 90",
        "completeness to the corner of the detector",
    ] {
        assert!(log.contains(fact), "{fact} is not in {log}");
    }
    assert!(!warnings.contains("cell"), "{warnings}");
}

#[test]
fn another_cell_than_the_files_draws_a_warning() {
    let mtz = root("golden/inputs/2erl.mtz");
    let output = run(&[
        "-hkl", &mtz, "-cell", "54.5", "23.1", "23.1", "90", "110.4", "90",
    ]);
    let (_, warnings) = said(&output);
    assert!(output.status.success(), "{warnings}");
    assert!(warnings.contains("0.5 %"), "{warnings}");
}

#[test]
fn coordinates_make_a_picture() {
    let pdb = root("tests/data/models/P6122.pdb");
    let output = run(&["-pdb", &pdb, "-resolution", "3"]);
    let (log, warnings) = said(&output);
    assert!(output.status.success(), "{warnings}");
    assert!(
        log.contains("24 atoms") && log.contains("bulk solvent"),
        "{log}"
    );
}

#[test]
fn options_without_anything_to_act_on_are_usage_errors() {
    let pdb = root("tests/data/models/P6122.pdb");
    let mtz = root("golden/inputs/2erl.mtz");
    for words in [
        &["-pdb", &pdb, "-resolution", "3", "-hkl", &mtz][..],
        &["-hkl", &mtz, "-resolution", "3"],
        &["-hkl", &mtz, "-spacegroup", "P 5"],
        &["-default_F", "1", "-cell", "10", "-column", "FC"],
        &["-default_F", "1", "-cell", "10", "-F000", "5"],
    ] {
        let output = run(words);
        let (_, message) = said(&output);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {message}");
    }
}

#[test]
fn files_that_are_something_else_are_failures_that_name_them() {
    for (words, name) in [
        (["-hkl", "golden/expected/real_2erl/Fdump.bin"], "Fdump.bin"),
        (["-hkl", "golden/expected/real_2erl/float.bin"], "float.bin"),
        (["-hkl", "tests/data/models/P1.pdb"], "P1.pdb"),
        (["-dump", "golden/inputs/2erl.mtz"], "2erl.mtz"),
    ] {
        let output = run(&[words[0], &root(words[1]), "-cell", "50"]);
        let (_, message) = said(&output);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {message}");
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn coordinates_reach_to_the_corner_of_the_detector_or_to_dmin() {
    let pdb = root("tests/data/models/P6122.pdb");
    let far = ["-pdb", &pdb, "-distance", "100", "-detpixels", "256"];
    let (log, warnings) = said(&run(&far));
    assert!(
        log.contains("is the corner of the detector"),
        "{log}{warnings}"
    );
    let reach = |log: &str| -> f64 {
        let line = log
            .lines()
            .find(|line| line.contains("-resolution"))
            .expect("it is told");
        line.split_whitespace()
            .nth(1)
            .expect("a number")
            .parse()
            .expect("a number")
    };
    let corner = reach(&log);
    let told = log
        .split_whitespace()
        .skip_while(|word| *word != "completeness");
    assert!(told.count() > 0, "{log}");
    assert!(log.contains("(100.0 %)"), "{log}");
    let dmin = format!("{}", (corner * 2.0).ceil());
    let (log, _) = said(&run(&[&far[..], &["-dmin", &dmin]].concat()));
    assert!(log.contains("is that of -dmin"), "{log}");
    assert_eq!(reach(&log), dmin.parse::<f64>().unwrap());
}
