//! What can go wrong between a file of structure factors and the table.

use std::{io, path::PathBuf};

use super::MAX_TABLE_POINTS;

/// Why there are no structure factors.
#[derive(Debug, thiserror::Error)]
pub enum StructureFactorError {
    /// No option gives F, and no cache lies in the working directory.
    #[error(
        "no structure factors: give -hkl FILE, or -default_F VALUE for the same F everywhere, or -dump FILE to reuse a cache \
         (there is no {} either)",
        cache.display()
    )]
    NothingGiven { cache: PathBuf },
    /// An option's value makes no sense.
    #[error("{option}: {problem}")]
    Option {
        option: &'static str,
        problem: String,
    },
    #[error("{}: cannot read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// One line of a text file.
    #[error("{}:{line}: {problem}", path.display())]
    Line {
        path: PathBuf,
        line: usize,
        problem: String,
    },
    /// A file as a whole.
    #[error("{}: {problem}", path.display())]
    File { path: PathBuf, problem: String },
    /// A table that would not fit, or is inside out.
    #[error(
        "indices from {min:?} to {max:?} need a table of more than {MAX_TABLE_POINTS} points; \
         look for a mistyped index"
    )]
    BoxTooLarge { min: [i32; 3], max: [i32; 3] },
    /// A table that would be nearly empty.
    #[error(
        "{reflections} reflections from {min:?} to {max:?} are too few for so large a table; look for a mistyped index"
    )]
    BoxTooEmpty {
        reflections: usize,
        min: [i32; 3],
        max: [i32; 3],
    },
    /// An error about indices, with the file the indices are from.
    #[error("{}: {source}", path.display())]
    InFile {
        path: PathBuf,
        source: Box<StructureFactorError>,
    },
}

impl StructureFactorError {
    /// Whether the command line, and not a file, is at fault.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::NothingGiven { .. } | Self::Option { .. })
    }

    pub(crate) fn in_file(self, path: &std::path::Path) -> Self {
        Self::InFile {
            path: path.to_owned(),
            source: Box::new(self),
        }
    }
}
