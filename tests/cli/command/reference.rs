//! What the command tells about itself, and the documents that say the same.

use std::{fs, path::Path};

use super::{USAGE, names_in, run, stderr};

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
