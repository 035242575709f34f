//! Files that are read whole, up to a size that their reader states.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use super::FileError;

/// Reads a file of at most `most` bytes.
///
/// # Errors
/// The operating system's, and [`io::ErrorKind::FileTooLarge`].
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_from(File::open(path)?, most)
}

/// Reads a text of at most `most` bytes.
///
/// # Errors
/// As [`read`], and when it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not text in UTF-8"))
}

/// Reads what is left of `reader`, at most `most` bytes. Memory grows with what is there.
///
/// # Errors
/// As [`read`].
pub fn read_from(reader: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it holds more than the {most} bytes that are read"),
        ));
    }
    Ok(bytes)
}

/// Reads the first bytes of a file, at most `most`; and how many it has in all.
///
/// # Errors
/// [`FileError::Read`]
pub fn read_beginning(path: &Path, most: u64) -> Result<(Vec<u8>, u64), FileError> {
    let read = || {
        let file = File::open(path)?;
        let file_bytes = file.metadata()?.len();
        let mut beginning = Vec::new();
        file.take(most).read_to_end(&mut beginning)?;
        Ok((beginning, file_bytes))
    };
    read().map_err(FileError::read(path))
}

/// Reads so many bytes of a file from `start` on.
///
/// # Errors
/// [`FileError::Read`], also when the file ends before or memory runs out.
pub fn read_part(path: &Path, start: u64, bytes: usize) -> Result<Vec<u8>, FileError> {
    let read = || {
        let mut part = zeros(bytes).map_err(io::Error::other)?;
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut part)?;
        Ok(part)
    };
    read().map_err(FileError::read(path))
}

/// As many zeros, unless memory runs out.
///
/// # Errors
/// What is wrong.
pub fn zeros(bytes: usize) -> Result<Vec<u8>, String> {
    let mut zeros = Vec::new();
    zeros
        .try_reserve_exact(bytes)
        .map_err(|_| format!("its pixels need {bytes} bytes of memory, which are not there"))?;
    zeros.resize(bytes, 0);
    Ok(zeros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_largest_size_is_read_and_one_byte_more_is_not() {
        assert_eq!(read_from(&[7; 5][..], 5).unwrap(), [7; 5]);
        let error = read_from(&[7; 6][..], 5).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_without_an_end_is_refused() {
        assert!(read(Path::new("/dev/zero"), 1 << 16).is_err());
    }

    #[test]
    fn more_zeros_than_memory_are_an_error() {
        assert_eq!(zeros(3).unwrap(), [0; 3]);
        assert!(zeros(isize::MAX as usize).is_err());
    }
}
