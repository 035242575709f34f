//! A file of structure factors as it lies on disk, and how to know it again.

use std::{
    fmt,
    fs::File,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{Origin, StructureFactorError};
use crate::files::bounded::read_from;

/// The largest file that is read, as it lies on disk: the largest table, as a cache.
const MAX_BYTES: u64 = 8 << 30;
/// A gzip file may always unpack to this many bytes, ten million lines of h k l F,
const UNPACKED_BYTES: u64 = 256 << 20;
/// and to more as long as each byte of it holds no more than this many: reflections and coordinates shrink to a tenth.
const UNPACKED_PER_BYTE: u64 = 32;

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
        let stored = read_from(file, MAX_BYTES).map_err(unreadable)?;
        let identity = SourceIdentity {
            path: path.to_owned(),
            size_bytes: stored.len() as u64,
            sha256: Sha256::digest(&stored)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        };
        let bytes = if stored.starts_with(&[0x1f, 0x8b]) {
            let most = UNPACKED_BYTES.max(stored.len() as u64 * UNPACKED_PER_BYTE);
            let unpacker = flate2::read::MultiGzDecoder::new(&stored[..]);
            read_from(unpacker, most.min(MAX_BYTES)).map_err(|error| {
                StructureFactorError::File {
                    path: path.to_owned(),
                    problem: format!("cannot unpack the gzip file: {error}"),
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

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn packed(directory: &Path, bytes: u64) -> std::path::PathBuf {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        let block = vec![b' '; 1 << 20];
        for _ in 0..bytes >> 20 {
            packer.write_all(&block).unwrap();
        }
        let path = directory.join("f.hkl.gz");
        fs::write(&path, packer.finish().unwrap()).unwrap();
        path
    }

    #[test]
    fn a_packed_text_is_unpacked_up_to_a_bound() {
        let directory = tempfile::tempdir().unwrap();
        let small = packed(directory.path(), 3 << 20);
        let file = SourceFile::read(directory.path(), &small).unwrap();
        assert_eq!(file.bytes.len(), 3 << 20);
        let large = packed(directory.path(), UNPACKED_BYTES + (1 << 20));
        let taken = allocation_counter::measure(|| {
            let refused = SourceFile::read(directory.path(), &large);
            let problem = refused.map(|_| ()).unwrap_err().to_string();
            assert!(problem.contains("more than"), "{problem}");
        });
        // Twice and once the bound while the text grows, the packed file, and the unpacker.
        assert!(
            taken.bytes_max <= 3 * UNPACKED_BYTES + (1 << 20),
            "{taken:?}"
        );
    }
}
