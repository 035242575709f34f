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

/// Reads a pipe to its end.
pub type Fill = Box<dyn FnOnce() -> Result<(), FileError> + Send>;

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
        let (spooled, fill) = Self::begin(name)?;
        fill()?;
        Ok(spooled)
    }

    /// The same, and what reads the pipe, which may take for ever: whoever has the first can leave the second alone and leave nothing
    /// behind.
    ///
    /// # Errors
    /// [`FileError::Read`].
    pub fn begin(name: &Path) -> Result<(Self, Fill), FileError> {
        let is_input = name == Path::new("-");
        let spooled = Self {
            name: match is_input {
                true => PathBuf::from("standard input"),
                false => name.to_owned(),
            },
            temporary: (is_input || is_pipe(name))
                .then(NamedTempFile::new)
                .transpose()
                .map_err(FileError::read(name))?,
        };
        let into = spooled.temporary.as_ref();
        let into = into.map(|temporary| temporary.as_file().try_clone());
        let into = into.transpose().map_err(FileError::read(name))?;
        let name = spooled.name.clone();
        let fill = move || match into {
            None => Ok(()),
            Some(into) if is_input => copy(io::stdin().lock(), into),
            Some(into) => File::open(&name).and_then(|pipe| copy(pipe, into)),
        };
        let name = spooled.name.clone();
        let fill = move || fill().map_err(FileError::read(&name));
        Ok((spooled, Box::new(fill)))
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

fn copy(from: impl Read, mut into: File) -> io::Result<()> {
    match io::copy(&mut from.take(MOST_BYTES + 1), &mut into)? {
        bytes if bytes > MOST_BYTES => Err(io::ErrorKind::FileTooLarge.into()),
        _ => Ok(()),
    }
}
