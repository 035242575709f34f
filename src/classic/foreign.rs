//! Another program of the classic dialect: started in a directory of its own, and its images read.

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

use ndarray::Array2;
use tempfile::TempDir;

use crate::{
    files::FileError,
    formats::{raw_float, smv},
    progress::Progress,
};

/// How often a running program is looked at.
const TICK: Duration = Duration::from_millis(1);
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

/// Runs a program on classic options in that directory, or in an empty one. Its images lie in neither, but within
/// `scratch`; `progress` stops it.
///
/// # Errors
/// [`ForeignError`]
pub fn run(
    program: &Path,
    words: &[OsString],
    directory: Option<&Path>,
    scratch: &Path,
    progress: &Progress,
) -> Result<ForeignRun, ForeignError> {
    let no_scratch = |path: &Path| {
        let path = path.to_owned();
        |source| ForeignError::Scratch { path, source }
    };
    let scratch = tempfile::tempdir_in(scratch).map_err(no_scratch(scratch))?;
    let outputs = scratch.path().join("outputs");
    let empty = scratch.path().join("run");
    for path in [&outputs, &empty] {
        fs::create_dir(path).map_err(no_scratch(path))?;
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
    let said = ["stdout", "stderr"].map(|name| scratch.path().join(name));
    let streams =
        || -> io::Result<[File; 2]> { Ok([File::create(&said[0])?, File::create(&said[1])?]) };
    let [out, err] = streams().map_err(no_scratch(scratch.path()))?;
    let child = Command::new(&program)
        .args(&arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn();
    let status = child
        .and_then(|child| ended(child, progress))
        .map_err(cannot_start)?;
    let seconds = start.elapsed().as_secs_f64();
    let text = |path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    let (stdout, stderr) = (text(&said[0]), text(&said[1]));
    if !status.success() {
        let last = stderr.trim().lines().last().unwrap_or_default();
        return Err(ForeignError::Ended {
            status,
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
fn located(program: &Path) -> io::Result<PathBuf> {
    if program.components().count() == 1 && !program.exists() {
        return Ok(program.to_owned());
    }
    program.canonicalize()
}
