//! One side of a comparison: an engine of this program or another program, and a run of it.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use ndarray::Array2;

use super::{
    error::CompareError,
    told::{FileIdentity, files_it_says_it_read},
};
use crate::{
    engine::{EngineKind, Precision},
    files::FileError,
    formats::{raw_float, smv},
    measure::Pixel,
};

/// What computes one of the two images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    Gpu,
    Cpu,
    CpuF32,
    /// A program that speaks the classic dialect.
    External(PathBuf),
}

impl Engine {
    /// The engine of a word: `gpu`, `cpu`, `cpu-f32`, or a program's path.
    pub fn named(word: &OsString) -> Self {
        match word.to_str() {
            Some("gpu") => Self::Gpu,
            Some("cpu") => Self::Cpu,
            Some("cpu-f32") => Self::CpuF32,
            _ => Self::External(PathBuf::from(word)),
        }
    }

    /// The engine to trace; `None` for another program.
    pub fn traced(&self) -> Option<EngineKind> {
        match self {
            Self::Gpu => Some(EngineKind::Gpu),
            Self::Cpu => Some(EngineKind::Cpu(Precision::F64)),
            Self::CpuF32 => Some(EngineKind::Cpu(Precision::F32)),
            Self::External(_) => None,
        }
    }
}

impl std::fmt::Display for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gpu => f.write_str("gpu"),
            Self::Cpu => f.write_str("cpu"),
            Self::CpuF32 => f.write_str("cpu-f32"),
            Self::External(program) => write!(f, "{}", program.display()),
        }
    }
}

/// A side: its engine, and where it runs.
#[derive(Debug, Clone)]
pub struct Side {
    /// `a` or `b`.
    pub label: char,
    pub engine: Engine,
    /// Runs there, among whatever lies there, instead of in a directory of its own that is empty.
    pub directory: Option<PathBuf>,
}

/// One run of a side.
#[derive(Debug)]
pub struct Run {
    pub command: Vec<String>,
    pub image: Array2<f32>,
    pub seconds: f64,
    pub stdout: String,
    pub stderr: String,
    /// Header of the integer image, which holds what the program understood.
    pub header: BTreeMap<String, String>,
    /// Files that lay in the run's directory before it started.
    pub found_in_directory: Vec<FileIdentity>,
    /// Files that the program printed it had read.
    pub says_it_read: Vec<FileIdentity>,
}

const FLOAT_FILE: &str = "float.bin";
const INT_FILE: &str = "int.img";

impl Side {
    /// Whether this program computes it.
    pub fn is_built_in(&self) -> bool {
        !matches!(self.engine, Engine::External(_))
    }

    /// The same side in an empty directory.
    pub fn isolated(&self) -> Self {
        Self {
            directory: None,
            ..self.clone()
        }
    }

    /// Runs the side on classic options.
    ///
    /// # Errors
    /// [`CompareError::SideFailed`] when it does not end well or leaves no image.
    pub fn run(&self, words: &[OsString]) -> Result<Run, CompareError> {
        let scratch = tempfile::tempdir().map_err(CompareError::file(std::env::temp_dir()))?;
        let outputs = scratch.path().join("outputs");
        let empty = scratch.path().join("run");
        for made in [&outputs, &empty] {
            fs::create_dir(made).map_err(CompareError::file(made))?;
        }
        let directory = self.directory.as_deref().unwrap_or(&empty);
        let found_in_directory = FileIdentity::all_in(directory)?;
        let (program, device_words) = self.program()?;
        let float_file = outputs.join(FLOAT_FILE);
        let int_file = outputs.join(INT_FILE);
        let mut arguments: Vec<OsString> = words.to_vec();
        arguments.extend(device_words.iter().map(OsString::from));
        arguments.extend(["-floatfile".into(), float_file.clone().into()]);
        arguments.extend(["-intfile".into(), int_file.clone().into()]);
        arguments.extend(["-nonoise", "-nopgm", "-noprogress"].map(OsString::from));
        let start = Instant::now();
        let output = Command::new(&program)
            .args(&arguments)
            .current_dir(directory)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| self.failed(format!("cannot start {}: {error}", program.display())))?;
        let seconds = start.elapsed().as_secs_f64();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        if !output.status.success() {
            let last = stderr.trim().lines().last().unwrap_or_default().to_owned();
            return Err(self.failed(format!("{}: {last}", output.status)));
        }
        let header = match smv::read(&int_file) {
            Ok(file) => file.header,
            Err(_) => BTreeMap::new(),
        };
        let size = |key: &str| header.get(key)?.parse::<usize>().ok();
        let shape = size("SIZE2").zip(size("SIZE1"));
        let image = raw_float::read(&float_file, shape).map_err(|error| match error {
            FileError::Read { .. } => self.failed("it wrote no -floatfile".to_owned()),
            other => self.failed(other.to_string()),
        })?;
        let command = std::iter::once(program.as_os_str())
            .chain(arguments.iter().map(OsString::as_os_str))
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        Ok(Run {
            command,
            image,
            seconds,
            says_it_read: files_it_says_it_read(&stdout, directory),
            stdout,
            stderr,
            header,
            found_in_directory,
        })
    }

    /// The trace of one pixel in a run of the same words, `None` where the engine cannot be traced.
    ///
    /// # Errors
    /// [`CompareError::File`] when there is no place to run.
    pub fn trace(&self, words: &[OsString], pixel: Pixel) -> Result<Option<String>, CompareError> {
        let (program, _) = self.program()?;
        let empty = tempfile::tempdir().map_err(CompareError::file(std::env::temp_dir()))?;
        let output = Command::new(&program)
            .args(["trace", "--engine", &self.engine.to_string(), "--pixel"])
            .args([pixel.slow.to_string(), pixel.fast.to_string()])
            .arg("--")
            .args(words)
            .current_dir(self.directory.as_deref().unwrap_or(empty.path()))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| self.failed(format!("cannot start {}: {error}", program.display())))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(output.status.success().then_some(text))
    }

    /// The program, and the options that choose its engine.
    fn program(&self) -> Result<(PathBuf, &'static [&'static str]), CompareError> {
        let words: &[&str] = match &self.engine {
            Engine::Gpu => &["-device", "gpu"],
            Engine::Cpu => &["-device", "cpu", "-precision", "f64"],
            Engine::CpuF32 => &["-device", "cpu", "-precision", "f32"],
            Engine::External(program) => return Ok((self.external(program)?, &[])),
        };
        let program = std::env::current_exe()
            .map_err(|error| self.failed(format!("cannot find this program: {error}")))?;
        Ok((program, words))
    }

    /// The program's absolute name where it is a file; a bare name is looked up in PATH.
    fn external(&self, program: &Path) -> Result<PathBuf, CompareError> {
        if program.components().count() == 1 && !program.exists() {
            return Ok(program.to_owned());
        }
        program
            .canonicalize()
            .map_err(|error| self.failed(format!("cannot start {}: {error}", program.display())))
    }

    fn failed(&self, reason: String) -> CompareError {
        CompareError::SideFailed {
            label: self.label,
            side: self.engine.to_string(),
            reason,
        }
    }
}

impl Run {
    /// The program's own first line, which names it and its version.
    pub fn version(&self) -> &str {
        self.stdout.lines().next().unwrap_or_default()
    }

    /// What the run printed behind a word such as `device:`.
    pub fn said(&self, beginning: &str) -> Option<&str> {
        self.stdout
            .lines()
            .find_map(|line| line.strip_prefix(beginning))
            .map(str::trim)
    }
}
