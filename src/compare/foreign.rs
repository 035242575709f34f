//! Another program as a side: started, and its output read.

use std::{ffi::OsString, path::Path};

use super::{CompareError, FileIdentity, Side, SideRun};
use crate::{classic::foreign, measure::sha256_file, progress::Progress};

/// Runs the side's program on classic options, in that directory or in an empty one; `progress` stops it.
///
/// # Errors
/// [`CompareError::SideFailed`] when it does not end well or leaves no image.
pub fn run(
    side: &Side,
    program: &Path,
    words: &[OsString],
    directory: Option<&Path>,
    scratch: &Path,
    progress: &Progress,
) -> Result<SideRun, CompareError> {
    let run = foreign::run(program, words, directory, scratch, progress)
        .map_err(|error| side.failed(error))?;
    let behind = |beginning| said_behind(&run.stdout, beginning).map(str::to_owned);
    Ok(SideRun {
        version: run.stdout.lines().next().unwrap_or_default().to_owned(),
        device: behind("device:"),
        structure_factors: behind("structure factors:"),
        says_it_read: files_it_says_it_read(&run.stdout, &run.directory),
        command: run.command,
        image: run.image,
        seconds: run.seconds,
        stdout: run.stdout,
        stderr: run.stderr,
        header: run.header,
        found_in_directory: Vec::new(),
        left_table: None,
    })
}

/// What a program printed behind a word such as `device:`.
fn said_behind<'a>(stdout: &'a str, beginning: &str) -> Option<&'a str> {
    stdout
        .lines()
        .find_map(|line| line.strip_prefix(beginning))
        .map(str::trim)
}

/// The input files that a program's output speaks of. Two programs print them:
/// `structure factors: F cache NAME (415 bytes, SHA-256 …)` and `reading Fs from NAME`.
fn files_it_says_it_read(stdout: &str, directory: &Path) -> Vec<FileIdentity> {
    stdout
        .lines()
        .filter_map(|line| {
            if let Some(said) = line.strip_prefix("structure factors: ") {
                let (before, identity) = said.rsplit_once(" (")?;
                let name = ["F cache ", "hkl text "]
                    .iter()
                    .find_map(|kind| before.strip_prefix(kind))
                    .or_else(|| before.rsplit_once(' ').map(|(_, name)| name))?;
                let (_, hash) = identity.split_once("SHA-256 ")?;
                return Some(FileIdentity {
                    path: directory.join(name),
                    sha256: Some(hash.trim_end_matches(')').to_owned()),
                });
            }
            let name = line.trim().strip_prefix("reading Fs from ")?;
            let path = directory.join(name.trim());
            let sha256 = sha256_file(&path).ok();
            Some(FileIdentity { path, sha256 })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_programs_ways_of_naming_a_file_are_understood() {
        let read = |stdout| files_it_says_it_read(stdout, Path::new("/runs"));
        let ours = read("structure factors: F cache Fdump.bin (415 bytes, SHA-256 abc)\n");
        assert_eq!(
            ours,
            [FileIdentity {
                path: "/runs/Fdump.bin".into(),
                sha256: Some("abc".to_owned())
            }]
        );
        let classic = read("thick0 = 0 um\nreading Fs from Fdump.bin\n");
        assert_eq!(classic[0].path, Path::new("/runs/Fdump.bin"));
        assert!(read("structure factors: F = 100 for every reflection").is_empty());
    }
}
