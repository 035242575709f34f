//! The command as its users meet it: what it refuses, how it says so, and what it leaves behind.

mod endings;
mod files;
mod messages;
mod reference;
mod refusals;

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
