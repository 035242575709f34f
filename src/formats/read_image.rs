//! One way into every image file.

use std::path::Path;

use ndarray::Array2;

use super::frames::Frames;
use super::{Acquisition, CameraHeader};
use crate::files::FileError;

/// An image of any format.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageFile {
    /// Shape (slow, fast).
    pub pixels: Array2<f32>,
    /// What the file says about the camera; `None` for formats without a header.
    pub camera: Option<CameraHeader>,
    /// How the image was taken, as far as the file tells.
    pub acquisition: Option<Acquisition>,
    /// The name of its format.
    pub format: &'static str,
    /// Images in the file; those after the first are not in `pixels`.
    pub images: usize,
    /// What is odd about the file, without its name.
    pub warnings: Vec<String>,
}

/// Reads the only or the first image of a file of any format, a raw float image as a square one.
///
/// # Errors
/// [`FileError::Read`] and [`FileError::Malformed`].
pub fn read_image(path: &Path) -> Result<ImageFile, FileError> {
    read_image_of_shape(path, None)
}

/// As [`read_image`], with the (slow, fast) pixels of a raw float image, whose file does not know them.
///
/// # Errors
/// As [`read_image`].
pub fn read_image_of_shape(
    path: &Path,
    raw_shape: Option<(usize, usize)>,
) -> Result<ImageFile, FileError> {
    let frames = Frames::open(path, raw_shape)?;
    Ok(ImageFile {
        pixels: frames.read(0)?,
        camera: frames.camera(0),
        acquisition: frames.acquisition(0),
        format: frames.format,
        images: frames.count(),
        warnings: frames.warnings(),
    })
}
