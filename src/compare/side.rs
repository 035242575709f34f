//! One side of a comparison: what computes it and where, and what came of a run.

use std::{collections::BTreeMap, ffi::OsStr, fmt, path::PathBuf};

use ndarray::Array2;

use super::{CompareError, FileIdentity};
use crate::{engine::EngineKind, image::Pixel};

/// What computes one of the two images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SideEngine {
    /// One of this program.
    BuiltIn(EngineKind),
    /// Another program, which speaks the classic dialect.
    Foreign(PathBuf),
}

impl SideEngine {
    /// The engine of a word: `gpu`, `cpu`, `cpu-f32`, or a program's path.
    pub fn named(word: &OsStr) -> Self {
        let kind = word.to_str().and_then(|word| word.parse().ok());
        kind.map_or_else(|| Self::Foreign(word.into()), Self::BuiltIn)
    }

    /// Which engine of this program it is; `None` for another program.
    pub fn kind(&self) -> Option<EngineKind> {
        match self {
            Self::BuiltIn(kind) => Some(*kind),
            Self::Foreign(_) => None,
        }
    }
}

impl fmt::Display for SideEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(kind) => kind.fmt(f),
            Self::Foreign(program) => program.display().fmt(f),
        }
    }
}

/// A side: its engine, and where it runs.
#[derive(Debug, Clone)]
pub struct Side {
    /// `a` or `b`.
    pub label: char,
    pub engine: SideEngine,
    /// Runs there, among whatever lies there, instead of in a directory of its own that is empty.
    pub directory: Option<PathBuf>,
}

impl Side {
    pub(super) fn failed(&self, reason: impl fmt::Display) -> CompareError {
        CompareError::SideFailed {
            label: self.label,
            side: self.engine.to_string(),
            reason: reason.to_string(),
        }
    }
}

/// One run of a side.
#[derive(Debug)]
pub struct SideRun {
    /// The words of the run.
    pub command: Vec<String>,
    pub image: Array2<f32>,
    pub seconds: f64,
    /// The program's name and version.
    pub version: String,
    /// What it ran on, where it says so.
    pub device: Option<String>,
    /// Where its structure factors came from, where it says so.
    pub structure_factors: Option<String>,
    /// What it has to say, and its warnings: a program's standard output and error.
    pub stdout: String,
    pub stderr: String,
    /// Header of the integer image, which holds what the program understood.
    pub header: BTreeMap<String, String>,
    /// Files that lay in the run's directory before it started.
    pub found_in_directory: Vec<FileIdentity>,
    /// Files of structure factors that it says it read.
    pub says_it_read: Vec<FileIdentity>,
    /// The first pixel of which an interpolation left the table, of an engine of this program.
    pub left_table: Option<Pixel>,
}
