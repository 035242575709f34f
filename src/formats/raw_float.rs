//! The float image: little-endian float32, no header.

use std::fs;
use std::io;
use std::path::Path;

use ndarray::{Array2, ArrayView2};

use super::little_endian;
use crate::files::{FileError, atomic_file};

const FORMAT: &str = "float image";

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
    let malformed = |problem: String| FileError::malformed(path, FORMAT, problem);
    let bytes = fs::read(path).map_err(FileError::read(path))?;
    let pixels: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    let found = bytes.len();
    if found == 0 || found % 4 != 0 {
        return Err(malformed(format!(
            "{found} bytes are not a whole number of 4-byte pixels"
        )));
    }
    let (slow, fast) = shape.unwrap_or((pixels.len().isqrt(), pixels.len().isqrt()));
    Array2::from_shape_vec((slow, fast), pixels).map_err(|_| {
        malformed(match shape {
            Some(_) => format!("{} pixels are not {fast} x {slow}", found / 4),
            None => format!(
                "{} pixels do not make a square; give the size of the detector",
                found / 4
            ),
        })
    })
}
