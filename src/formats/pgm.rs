//! The PGM picture: 8-bit grey values.

use std::io::Write;
use std::path::Path;

use ndarray::ArrayView2;

use super::general;
use crate::files::{FileError, atomic_file};

/// The scale that is used unless one is given: five times the rms deviation is nearly white. An image without deviation, such as a
/// single pixel, takes that of the integer image.
pub fn automatic_pgm_scale(rmsd: f64, int_scale: f64) -> f64 {
    if rmsd > 0.0 {
        250.0 / (5.0 * rmsd)
    } else {
        int_scale
    }
}

/// Writes photons times `scale`, cut at 255.
///
/// # Errors
/// [`FileError::Write`].
pub fn write(path: &Path, image: ArrayView2<'_, f32>, scale: f64) -> Result<(), FileError> {
    let (slow, fast) = image.dim();
    atomic_file::write(path, |out| {
        let scale_text = general(scale, 6);
        write!(
            out,
            "P5\n{fast} {slow}\n# pixels scaled by {scale_text}\n255\n"
        )?;
        for row in image.rows() {
            // The cast truncates and clips to 0…255.
            let grey: Vec<u8> = row.iter().map(|&i| (f64::from(i) * scale) as u8).collect();
            out.write_all(&grey)?;
        }
        Ok(())
    })
}
