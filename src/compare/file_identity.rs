//! Files that a side finds, reads or is given.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::CompareError;
use crate::measure::sha256_file;

/// A file and its contents' hash.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FileIdentity {
    pub path: PathBuf,
    /// Hexadecimal; `None` for a file that a program named and that is not there any more.
    pub sha256: Option<String>,
}

impl FileIdentity {
    /// Reads and hashes a file.
    ///
    /// # Errors
    /// [`CompareError::File`]
    pub fn of(path: &Path) -> Result<Self, CompareError> {
        Ok(Self {
            path: path.to_owned(),
            sha256: Some(sha256_file(path).map_err(CompareError::file(path))?),
        })
    }

    /// Every regular file that lies directly in a directory, by name.
    ///
    /// # Errors
    /// [`CompareError::File`]
    pub fn all_in(directory: &Path) -> Result<Vec<Self>, CompareError> {
        let mut files = Vec::new();
        for entry in fs::read_dir(directory).map_err(CompareError::file(directory))? {
            let path = entry.map_err(CompareError::file(directory))?.path();
            if path.is_file() {
                files.push(Self::of(&path)?);
            }
        }
        files.sort_by(|x, y| x.path.cmp(&y.path));
        Ok(files)
    }

    /// The last part of the path.
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    pub(super) fn is_same_content(&self, other: &Self) -> bool {
        match (&self.sha256, &other.sha256) {
            (Some(one), Some(other)) => one == other,
            _ => self.path == other.path,
        }
    }
}
