//! What ends a comparison.

use std::{io, path::PathBuf};

use crate::{
    classic::{UsageError, portable_words::PortableWordsError},
    files::FileError,
};

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

impl From<PortableWordsError> for CompareError {
    fn from(error: PortableWordsError) -> Self {
        match error {
            PortableWordsError::Words(error) => Self::ClassicOptions(error),
            PortableWordsError::File { path, source } => Self::File { path, source },
        }
    }
}

impl CompareError {
    /// Names the file of an error of the operating system.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        |source| Self::File {
            path: path.into(),
            source,
        }
    }
}
