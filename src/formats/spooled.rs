//! Images out of pipes, whose readers want to look at a beginning twice.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::files::{FileError, is_pipe};

/// Of what comes out of a pipe, at most.
const MOST_BYTES: u64 = 8 << 30;

/// The bytes that a name stands for: those of its file, or a temporary file of what came out of a pipe or, for `-`, standard input.
pub struct Spooled {
    name: PathBuf,
    temporary: Option<NamedTempFile>,
}

impl Spooled {
    /// Reads a pipe to its end.
    ///
    /// # Errors
    /// [`FileError::Read`].
    pub fn of(name: &Path) -> Result<Self, FileError> {
        let (name, temporary) = if name == Path::new("-") {
            let name = Path::new("standard input");
            (name, Some(spool(name, io::stdin().lock())?))
        } else if is_pipe(name) {
            let pipe = File::open(name).map_err(FileError::read(name))?;
            (name, Some(spool(name, pipe)?))
        } else {
            (name, None)
        };
        Ok(Self {
            name: name.to_owned(),
            temporary,
        })
    }

    /// Where the bytes are.
    pub(super) fn path(&self) -> &Path {
        self.temporary
            .as_ref()
            .map_or(&self.name, NamedTempFile::path)
    }

    /// An error about them under their own name.
    pub(super) fn naming(&self, error: FileError) -> FileError {
        error.naming(&self.name)
    }
}

fn spool(name: &Path, from: impl Read) -> Result<NamedTempFile, FileError> {
    let copy = || -> io::Result<NamedTempFile> {
        let mut temporary = NamedTempFile::new()?;
        let bytes = io::copy(&mut from.take(MOST_BYTES + 1), temporary.as_file_mut())?;
        match bytes > MOST_BYTES {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(temporary),
        }
    };
    copy().map_err(FileError::read(name))
}
