//! What can go wrong with an image file.

use std::io;
use std::path::{Path, PathBuf};

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The operating system refused.
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The content is not what the format asks for.
    #[error("{} is not a usable {format} file: {problem}", path.display())]
    Malformed {
        path: PathBuf,
        format: &'static str,
        problem: String,
    },
}

impl FileError {
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    /// The same of the file that was asked for, where another stands for it.
    pub(crate) fn naming(mut self, asked: &Path) -> Self {
        let (Self::Read { path, .. } | Self::Write { path, .. } | Self::Malformed { path, .. }) =
            &mut self;
        *path = asked.to_owned();
        self
    }

    pub(crate) fn malformed(path: &Path, format: &'static str, problem: impl ToString) -> Self {
        Self::Malformed {
            path: path.to_owned(),
            format,
            problem: problem.to_string(),
        }
    }
}
