//! A file of structure factors as it lies on disk, and how to know it again.

use std::{
    fmt,
    fs::File,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{Origin, StructureFactorError};
use crate::files::{bounded::read_from, memory::machine_bytes};

/// The largest file that is read, as it lies on disk: the largest table, as a cache.
const MAX_BYTES: u64 = 8 << 30;
/// Files up to this size are read on any machine.
const ALWAYS_BYTES: u64 = 256 << 20;
/// Memory that a byte of a text of reflections takes with all that is made of it.
const MEMORY_PER_BYTE_OF_TEXT: u64 = 8;
/// The same of a cache.
const MEMORY_PER_BYTE_OF_CACHE: u64 = 2;
/// A gzip file may always unpack to this many bytes, ten million lines of h k l F,
const UNPACKED_BYTES: u64 = 256 << 20;
/// and to more as long as each byte of it holds no more than this many: reflections and coordinates shrink to a tenth.
const UNPACKED_PER_BYTE: u64 = 32;

/// The largest file that a machine of so much memory reads, when each byte of it takes so many.
fn most_bytes(memory: Option<u64>, per_byte: u64) -> u64 {
    memory.map_or(MAX_BYTES, |memory| {
        (memory / per_byte).clamp(ALWAYS_BYTES, MAX_BYTES)
    })
}

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
    /// Reads `path`, which lies in `directory` unless it is absolute; no more of it than the machine has memory for.
    pub(crate) fn read(directory: &Path, path: &Path) -> Result<Self, StructureFactorError> {
        let most = most_bytes(machine_bytes(), MEMORY_PER_BYTE_OF_TEXT);
        Self::read_up_to(directory, path, most)
    }

    /// The same of a cache, which takes less memory.
    pub(crate) fn read_cache(directory: &Path, path: &Path) -> Result<Self, StructureFactorError> {
        let most = most_bytes(machine_bytes(), MEMORY_PER_BYTE_OF_CACHE);
        Self::read_up_to(directory, path, most)
    }

    fn read_up_to(directory: &Path, path: &Path, most: u64) -> Result<Self, StructureFactorError> {
        let unreadable = |source| StructureFactorError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = File::open(directory.join(path)).map_err(unreadable)?;
        let stored = read_from(file, most).map_err(unreadable)?;
        let identity = SourceIdentity {
            path: path.to_owned(),
            size_bytes: stored.len() as u64,
            sha256: Sha256::digest(&stored)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        };
        let bytes = if stored.starts_with(&[0x1f, 0x8b]) {
            let unpacked = UNPACKED_BYTES.max(stored.len() as u64 * UNPACKED_PER_BYTE);
            let unpacker = flate2::read::MultiGzDecoder::new(&stored[..]);
            read_from(unpacker, unpacked.min(most)).map_err(|error| StructureFactorError::File {
                path: path.to_owned(),
                problem: format!("cannot unpack the gzip file: {error}"),
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
    fn the_largest_file_follows_from_the_memory_of_the_machine() {
        let text = |memory| most_bytes(memory, MEMORY_PER_BYTE_OF_TEXT);
        assert_eq!(text(Some(16 << 30)), 2 << 30);
        assert_eq!(text(Some(1 << 40)), 8 << 30);
        assert_eq!(text(Some(1 << 30)), 256 << 20);
        assert_eq!(text(None), 8 << 30);
        let cache = most_bytes(Some(12 << 30), MEMORY_PER_BYTE_OF_CACHE);
        assert_eq!(cache, 6 << 30);
        #[cfg(feature = "cli")]
        assert!(machine_bytes().is_some_and(|bytes| bytes > 1 << 27));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_end_takes_no_more_memory_than_the_bound() {
        const BOUND: u64 = 16 << 20;
        let taken = allocation_counter::measure(|| {
            let endless = Path::new("/dev/zero");
            let refused = SourceFile::read_up_to(Path::new("."), endless, BOUND);
            let problem = refused.map(|_| ()).unwrap_err().to_string();
            assert!(
                problem.contains("more than the 16777216 bytes"),
                "{problem}"
            );
        });
        // Once and twice the bound while the text grows.
        assert!(taken.bytes_max <= 3 * BOUND + (1 << 20), "{taken:?}");
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
