//! Another program as a side: started, and its output read.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{CompareError, FileIdentity, Side, SideRun};
use crate::{
    files::FileError,
    formats::{raw_float, smv},
    measure::sha256_file,
    progress::Progress,
};

const FLOAT_FILE: &str = "float.bin";
/// How often a running program is looked at.
const TICK: Duration = Duration::from_millis(1);
const INT_FILE: &str = "int.img";

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
    let scratch = tempfile::tempdir_in(scratch).map_err(CompareError::file(scratch))?;
    let outputs = scratch.path().join("outputs");
    let empty = scratch.path().join("run");
    for made in [&outputs, &empty] {
        fs::create_dir(made).map_err(CompareError::file(made))?;
    }
    let directory = directory.unwrap_or(&empty);
    let program = located(side, program)?;
    let float_file = outputs.join(FLOAT_FILE);
    let int_file = outputs.join(INT_FILE);
    let mut arguments: Vec<OsString> = words.to_vec();
    arguments.extend(["-floatfile".into(), float_file.clone().into()]);
    arguments.extend(["-intfile".into(), int_file.clone().into()]);
    arguments.extend(["-nonoise", "-nopgm", "-noprogress"].map(OsString::from));
    let start = Instant::now();
    let said = ["stdout", "stderr"].map(|name| scratch.path().join(name));
    let streams =
        || -> io::Result<[File; 2]> { Ok([File::create(&said[0])?, File::create(&said[1])?]) };
    let [out, err] = streams().map_err(CompareError::file(scratch.path()))?;
    let child = Command::new(&program)
        .args(&arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn();
    let status = child
        .and_then(|child| ended(child, progress))
        .map_err(|error| side.failed(format!("cannot start {}: {error}", program.display())))?;
    let seconds = start.elapsed().as_secs_f64();
    let text = |path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    let (stdout, stderr) = (text(&said[0]), text(&said[1]));
    if !status.success() {
        let last = stderr.trim().lines().last().unwrap_or_default();
        return Err(side.failed(format!("{status}: {last}")));
    }
    let header = match smv::read(&int_file) {
        Ok(file) => file.header,
        Err(_) => BTreeMap::new(),
    };
    let size = |key: &str| header.get(key)?.parse::<usize>().ok();
    let shape = size("SIZE2").zip(size("SIZE1"));
    let image = raw_float::read(&float_file, shape).map_err(|error| match error {
        FileError::Read { .. } => side.failed("it wrote no -floatfile"),
        other => side.failed(other),
    })?;
    let command = std::iter::once(program.as_os_str())
        .chain(arguments.iter().map(OsString::as_os_str))
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let behind = |beginning| said_behind(&stdout, beginning).map(str::to_owned);
    Ok(SideRun {
        command,
        image,
        seconds,
        version: stdout.lines().next().unwrap_or_default().to_owned(),
        device: behind("device:"),
        structure_factors: behind("structure factors:"),
        says_it_read: files_it_says_it_read(&stdout, directory),
        stdout,
        stderr,
        header,
        found_in_directory: Vec::new(),
        left_table: None,
    })
}

/// Waits for a program, which the wish to stop kills.
fn ended(mut child: Child, progress: &Progress) -> io::Result<ExitStatus> {
    loop {
        if progress.is_cancelled() {
            child.kill()?;
            return child.wait();
        }
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(TICK);
    }
}

/// The program's absolute name where it is a file; a bare name is looked up in PATH.
fn located(side: &Side, program: &Path) -> Result<PathBuf, CompareError> {
    if program.components().count() == 1 && !program.exists() {
        return Ok(program.to_owned());
    }
    program
        .canonicalize()
        .map_err(|error| side.failed(format!("cannot start {}: {error}", program.display())))
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
