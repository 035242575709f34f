//! The built program, run in a folder.

use std::{
    path::Path,
    process::{Command, Output},
};

/// Runs the program on words that hold no blanks.
pub fn run(folder: &Path, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(words.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the binary runs")
}

/// What a run that has to succeed prints.
#[track_caller]
pub fn succeeds(folder: &Path, words: &str) -> String {
    let output = run(folder, words);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
