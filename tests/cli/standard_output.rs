//! Whatever becomes of standard output, no command panics.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Output, Stdio},
};

const SCENE: &str = "-device cpu -noprogress -default_F 100 -cell 70 80 90 75 85 95 -N 3 -lambda 1 -distance 60 -detpixels 16 \
                     -pixel 0.8 -oversample 1 -seed 7";

fn command_lines() -> Vec<String> {
    vec![
        format!("{SCENE}"),
        format!("{SCENE} -osc 1 -frames 2 -floatfile f#.bin"),
        "noise in.bin out.img".to_owned(),
        "sum in.bin -o sum.npy".to_owned(),
        "compare in.bin in.bin --outdir compared".to_owned(),
        format!("trace --pixel 3 4 -- {SCENE}"),
        format!("trace --pixel 3 4 --out-dir traces -- {SCENE}"),
        format!("bench --engines cpu --sizes 8 --iterations 1 --no-cold -- {SCENE}"),
        "devices".to_owned(),
        "man".to_owned(),
        "completions bash".to_owned(),
        "-h".to_owned(),
    ]
}

fn run(folder: &Path, words: &str, stdout: Stdio) -> Output {
    fs::write(folder.join("in.bin"), [0; 4 * 64]).unwrap();
    Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(words.split_whitespace())
        .current_dir(folder)
        .stdout(stdout)
        .stderr(Stdio::piped())
        .output()
        .expect("the binary runs")
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_it_is_a_failure_with_a_reason() {
    for words in command_lines() {
        let folder = tempfile::tempdir().unwrap();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = run(folder.path(), &words, full.into());
        let error = String::from_utf8_lossy(&output.stderr);
        // Of a comparison, 1 is a command line that makes no sense.
        let failure = if words.starts_with("compare") { 5 } else { 1 };
        assert_eq!(output.status.code(), Some(failure), "{words}: {error}");
        assert!(error.contains("standard output"), "{words}: {error}");
        assert!(!error.contains("panicked"), "{words}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn nobody_reading_it_is_no_failure_and_keeps_no_file_from_being_written() {
    for words in command_lines() {
        let folder = tempfile::tempdir().unwrap();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = run(folder.path(), &words, writer.into());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words}: {error}");
        let written = fs::read_dir(folder.path()).unwrap().count() > 1;
        let writes = words.starts_with(['-', 'n', 's']) && words != "-h";
        assert!(written || !writes, "{words} wrote nothing");
    }
}

#[test]
fn one_function_prints() {
    fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.path() {
                path if path.is_dir() => sources(&path, found),
                path => found.push(path),
            }
        }
    }
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli"),
        &mut files,
    );
    assert!(files.len() > 20);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines().map(str::trim_start) {
            let prints = line.starts_with("println!") || line.starts_with("print!");
            assert!(!prints, "{}: {line} panics when it cannot", path.display());
        }
    }
}
