//! An image beyond the range of float32 is never given in silence.

use std::process::{Command, Output};

use tempfile::TempDir;

const LINE: &str = "-default_F 100 -cell 100 -N 5 -detpixels 8 -point_pixel -oversample_omega -nonoise -nopgm -noprogress";

fn run(folder: &TempDir, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(LINE.split(' '))
        .args(words.split(' '))
        .current_dir(folder.path())
        .output()
        .expect("the command starts")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn warnings(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = text.lines().filter(|line| line.starts_with("warning: "));
    lines.map(str::to_owned).collect()
}

#[test]
fn infinite_pixels_are_counted_in_one_warning_that_names_what_helps() {
    let folder = folder();
    // 100 m⁻² at 0.1 m, once for each of 36 sub-pixels.
    let output = run(&folder, "-oversample 6 -device cpu");
    assert!(output.status.success());
    let warnings = warnings(&output);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for words in ["64 of 64 pixels", "1/R²", "-physics corrected"] {
        assert!(warnings[0].contains(words), "{warnings:?}");
    }
}

#[test]
fn a_bright_image_is_told_to_be_dimmed() {
    let folder = folder();
    let line = "-oversample 2 -device cpu -fluence 1e70";
    let found = warnings(&run(&folder, line));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("-fluence"), "{found:?}");
}

#[test]
fn what_stays_in_range_is_not_warned_of() {
    let folder = folder();
    for words in [
        "-oversample 2 -device cpu",
        "-oversample 6 -device cpu -physics corrected",
    ] {
        let output = run(&folder, words);
        assert!(output.status.success());
        assert_eq!(warnings(&output), Vec::<String>::new(), "{words}");
    }
}

#[test]
fn engines_that_sum_in_float32_refuse_what_they_cannot_follow() {
    let folder = folder();
    for device in ["-device cpu -precision f32", "-device gpu"] {
        let output = run(&folder, &format!("-oversample 6 {device}"));
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{device}: {text}");
        assert!(
            text.contains("-oversample_omega") && text.contains("-device cpu"),
            "{text}"
        );
        let left = std::fs::read_dir(folder.path())
            .expect("the folder")
            .count();
        assert_eq!(left, 0, "{device}: files are left behind");
    }
}
