//! A file of structure factors as it lies on disk, and how to know it again.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{Origin, StructureFactorError};

/// The largest file that is read, packed or unpacked.
const MAX_BYTES: u64 = 8 << 30;

/// A file's content, and its name, size and checksum as stored.
pub(crate) struct SourceFile {
    pub identity: SourceIdentity,
    /// Unpacked when the file is gzip.
    pub bytes: Vec<u8>,
}

/// What a file was, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceIdentity {
    pub path: PathBuf,
    pub size_bytes: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

impl fmt::Display for SourceIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            size_bytes,
            sha256,
        } = self;
        write!(
            f,
            "{} ({size_bytes} bytes, SHA-256 {sha256})",
            path.display()
        )
    }
}

impl SourceFile {
    /// Reads `path`, which lies in `directory` unless it is absolute.
    pub(crate) fn read(directory: &Path, path: &Path) -> Result<Self, StructureFactorError> {
        let unreadable = |source| StructureFactorError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = File::open(directory.join(path)).map_err(unreadable)?;
        let stored = read_bounded(file).map_err(unreadable)?;
        let identity = SourceIdentity {
            path: path.to_owned(),
            size_bytes: stored.len() as u64,
            sha256: Sha256::digest(&stored)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        };
        let bytes = if stored.starts_with(&[0x1f, 0x8b]) {
            read_bounded(flate2::read::MultiGzDecoder::new(&stored[..])).map_err(|error| {
                StructureFactorError::File {
                    path: path.to_owned(),
                    problem: format!("damaged gzip file: {error}"),
                }
            })?
        } else {
            stored
        };
        Ok(Self { identity, bytes })
    }

    /// Says that structure factors come from it.
    pub(crate) fn origin(&self, kind: impl Into<String>) -> Origin {
        Origin::File {
            kind: kind.into(),
            file: self.identity.clone(),
        }
    }

    /// The name the user gave.
    pub(crate) fn path(&self) -> &Path {
        &self.identity.path
    }

    pub(crate) fn problem(&self, problem: impl Into<String>) -> StructureFactorError {
        self.problem_on_line(None, problem.into())
    }

    pub(crate) fn problem_on_line(
        &self,
        line: Option<usize>,
        problem: String,
    ) -> StructureFactorError {
        let path = self.identity.path.clone();
        match line {
            Some(line) => StructureFactorError::Line {
                path,
                line,
                problem,
            },
            None => StructureFactorError::File { path, problem },
        }
    }
}

fn read_bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!(
            "more than {MAX_BYTES} bytes of structure factors"
        )));
    }
    Ok(bytes)
}
