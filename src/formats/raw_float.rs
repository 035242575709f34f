//! The float image: little-endian float32, no header.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2};

use super::{little_endian, source::Source};
use crate::files::{FileError, atomic_file};

pub(super) const FORMAT: &str = "float image";
const PIXEL_BYTES: u64 = 4;

/// Writes the pixels, fast axis first.
///
/// # Errors
/// [`FileError::Write`].
pub fn write(path: &Path, image: ArrayView2<'_, f32>) -> Result<(), FileError> {
    atomic_file::write(path, |out| encode(out, image))
}

/// Writes the pixels as [`write()`] does, to any writer.
///
/// # Errors
/// The writer's own.
pub fn encode(out: &mut impl io::Write, image: ArrayView2<'_, f32>) -> io::Result<()> {
    let pixels = image.as_standard_layout();
    little_endian::write_numbers(out, pixels.as_slice().expect("the layout is standard"))
}

/// Reads the pixels. The file does not know its shape: without (slow, fast) pixels given, it is taken for a square.
///
/// # Errors
/// [`FileError::Read`], or [`FileError::Malformed`] when the size of the file fits no such image.
pub fn read(path: &Path, shape: Option<(usize, usize)>) -> Result<Array2<f32>, FileError> {
    Reader::open(path, shape)?.read(0)
}

/// A file of as many pixels as an image of that shape has.
pub(super) struct Reader {
    path: PathBuf,
    /// Pixels (slow, fast).
    shape: (usize, usize),
}

impl Reader {
    pub fn open(path: &Path, shape: Option<(usize, usize)>) -> Result<Self, FileError> {
        let malformed = |problem: String| FileError::malformed(path, FORMAT, problem);
        let found = fs::metadata(path).map_err(FileError::read(path))?.len();
        if found == 0 || !found.is_multiple_of(PIXEL_BYTES) {
            return Err(malformed(format!(
                "{found} bytes are not a whole number of 4-byte pixels"
            )));
        }
        let pixels = found / PIXEL_BYTES;
        let edge = pixels.isqrt() as usize;
        let (slow, fast) = shape.unwrap_or((edge, edge));
        if slow as u128 * fast as u128 != u128::from(pixels) {
            return Err(malformed(match shape {
                Some(_) => format!("{pixels} pixels are not {fast} x {slow}"),
                None => {
                    format!(
                        "{pixels} pixels do not make a square; give --size FAST SLOW, or a file that knows its size: NPY, TIFF, NeXus"
                    )
                }
            }));
        }
        Ok(Self {
            path: path.to_owned(),
            shape: (slow, fast),
        })
    }
}

impl Source for Reader {
    fn shape(&self) -> (usize, usize) {
        self.shape
    }

    fn read(&self, _: usize) -> Result<Array2<f32>, FileError> {
        let bytes = fs::read(&self.path).map_err(FileError::read(&self.path))?;
        let (numbers, _) = bytes.as_chunks();
        let pixels = numbers.iter().copied().map(f32::from_le_bytes).collect();
        Array2::from_shape_vec(self.shape, pixels).map_err(|_| {
            FileError::malformed(&self.path, FORMAT, "its size changed while it was read")
        })
    }
}
