//! What ends a comparison, and the exit status that says so.

use std::{io, path::PathBuf};

use crate::{classic::dialect::UsageError, cli::CliError, files::FileError};

/// Exit status when both sides agree.
pub const AGREE: u8 = 0;
/// Exit status of a command line that cannot be understood.
pub const USAGE: u8 = 1;
const SIDE_FAILED: u8 = 2;
/// Exit status when a threshold is missed.
pub const DIFFER: u8 = 3;
const SHAPES_DIFFER: u8 = 4;
const FILES: u8 = 5;

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    ClassicOptions(#[from] UsageError),
    #[error("side {label} ({side}) failed: {reason}")]
    SideFailed {
        label: char,
        side: String,
        reason: String,
    },
    #[error(
        "a has {} x {} pixels (fast x slow) and b has {} x {}; --resample compares them all the same", .a.1, .a.0, .b.1, .b.0
    )]
    ShapesDiffer {
        a: (usize, usize),
        b: (usize, usize),
    },
    #[error(transparent)]
    Format(#[from] FileError),
    #[error("{}: {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
}

impl CompareError {
    /// Names the file of an error of the operating system.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        |source| Self::File {
            path: path.into(),
            source,
        }
    }

    fn status(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::ClassicOptions(_) => USAGE,
            Self::SideFailed { .. } => SIDE_FAILED,
            Self::ShapesDiffer { .. } => SHAPES_DIFFER,
            Self::Format(_) | Self::File { .. } => FILES,
        }
    }
}

impl From<CompareError> for CliError {
    fn from(error: CompareError) -> Self {
        Self::Status {
            status: error.status(),
            message: error.to_string(),
        }
    }
}
