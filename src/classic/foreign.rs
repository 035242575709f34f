//! Another program of the classic dialect: started in a directory of its own, and its images read.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::Instant,
};

use ndarray::Array2;
use tempfile::TempDir;

use crate::{
    files::FileError,
    formats::{raw_float, smv},
};

const FLOAT_FILE: &str = "float.bin";
const INT_FILE: &str = "int.img";

/// Why another program left no image.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    #[error("{}: {source}", .path.display())]
    Scratch { path: PathBuf, source: io::Error },
    #[error("cannot start {}: {source}", .program.display())]
    Start { program: PathBuf, source: io::Error },
    #[error("{status}: {last_words}")]
    Ended {
        status: ExitStatus,
        /// The last line of its standard error.
        last_words: String,
    },
    #[error("it wrote no -floatfile")]
    NoImage,
    #[error(transparent)]
    Image(FileError),
}

/// What came of a run.
pub struct ForeignRun {
    /// The words of the run, the program first.
    pub command: Vec<String>,
    pub image: Array2<f32>,
    pub seconds: f64,
    pub stdout: String,
    pub stderr: String,
    /// Header of the integer image; empty where there is none.
    pub header: BTreeMap<String, String>,
    /// Where it ran. A directory of its own lasts as long as this.
    pub directory: PathBuf,
    _scratch: TempDir,
}

/// Runs a program on classic options in that directory, or in an empty one. Its images lie in neither.
///
/// # Errors
/// [`ForeignError`]
pub fn run(
    program: &Path,
    words: &[OsString],
    directory: Option<&Path>,
) -> Result<ForeignRun, ForeignError> {
    let scratch = tempfile::tempdir().map_err(|source| ForeignError::Scratch {
        path: std::env::temp_dir(),
        source,
    })?;
    let outputs = scratch.path().join("outputs");
    let empty = scratch.path().join("run");
    for path in [&outputs, &empty] {
        fs::create_dir(path).map_err(|source| ForeignError::Scratch {
            path: path.clone(),
            source,
        })?;
    }
    let directory = directory.unwrap_or(&empty);
    let float_file = outputs.join(FLOAT_FILE);
    let int_file = outputs.join(INT_FILE);
    let mut arguments: Vec<OsString> = words.to_vec();
    arguments.extend(["-floatfile".into(), float_file.clone().into()]);
    arguments.extend(["-intfile".into(), int_file.clone().into()]);
    arguments.extend(["-nonoise", "-nopgm", "-noprogress"].map(OsString::from));
    let cannot_start = |source| ForeignError::Start {
        program: program.to_owned(),
        source,
    };
    let program = located(program).map_err(cannot_start)?;
    let start = Instant::now();
    let output = Command::new(&program)
        .args(&arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(cannot_start)?;
    let seconds = start.elapsed().as_secs_f64();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    if !output.status.success() {
        let last = stderr.trim().lines().last().unwrap_or_default();
        return Err(ForeignError::Ended {
            status: output.status,
            last_words: last.to_owned(),
        });
    }
    let header = match smv::read(&int_file) {
        Ok(file) => file.header,
        Err(_) => BTreeMap::new(),
    };
    let size = |key: &str| header.get(key)?.parse::<usize>().ok();
    let shape = size("SIZE2").zip(size("SIZE1"));
    let image = raw_float::read(&float_file, shape).map_err(|error| match error {
        FileError::Read { .. } => ForeignError::NoImage,
        other => ForeignError::Image(other),
    })?;
    let command = std::iter::once(program.as_os_str())
        .chain(arguments.iter().map(OsString::as_os_str))
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    Ok(ForeignRun {
        command,
        image,
        seconds,
        stdout,
        stderr,
        header,
        directory: directory.to_owned(),
        _scratch: scratch,
    })
}

/// The program's absolute name where it is a file; a bare name is looked up in PATH.
fn located(program: &Path) -> io::Result<PathBuf> {
    if program.components().count() == 1 && !program.exists() {
        return Ok(program.to_owned());
    }
    program.canonicalize()
}
