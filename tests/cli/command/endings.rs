//! How a run ends that is not let run to its end.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use super::{names_in, nanobragg, stderr};

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
