//! One way into every image file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ndarray::Array2;

use super::{CameraHeader, FormatError, ImageFormat, cbf, nexus, npy, raw_float, smv, tiff};

/// Bytes that tell all formats apart.
const LONGEST_MAGIC: u64 = 8;

/// An image of any format.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageFile {
    /// Shape (slow, fast).
    pub pixels: Array2<f32>,
    /// What the file says about the camera; `None` for formats without a header.
    pub camera: Option<CameraHeader>,
    pub format: ImageFormat,
}

/// Reads SMV, CBF, NeXus (its first frame), NPY or TIFF, told apart by their first bytes, and anything else as a square raw
/// float image.
///
/// # Errors
/// [`FormatError::Read`] and [`FormatError::Malformed`].
pub fn read_image(path: &Path) -> Result<ImageFile, FormatError> {
    read_image_of_shape(path, None)
}

/// As [`read_image`], with the (slow, fast) pixels of a raw float image, whose file does not know them.
///
/// # Errors
/// As [`read_image`].
pub fn read_image_of_shape(
    path: &Path,
    raw_shape: Option<(usize, usize)>,
) -> Result<ImageFile, FormatError> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST_MAGIC).read_to_end(&mut start))
        .map_err(FormatError::read(path))?;
    let (format, pixels, camera) = if start.starts_with(b"{") {
        let file = smv::read(path)?;
        let pixels = file.counts.mapv(f32::from);
        (ImageFormat::Classic, pixels, Some(file.camera()))
    } else if start.starts_with(cbf::MAGIC) {
        let file = cbf::read(path)?;
        let pixels = file.counts.mapv(|count| count as f32);
        (ImageFormat::Cbf, pixels, Some(file.camera()))
    } else if start.starts_with(nexus::MAGIC) {
        let reader = nexus::Reader::open(path)?;
        let pixels = reader.read_frame(0)?;
        (ImageFormat::Nexus, pixels, Some(reader.camera()))
    } else if start.starts_with(npy::MAGIC) {
        (ImageFormat::Npy, npy::read(path)?, None)
    } else if tiff::MAGICS.iter().any(|magic| start.starts_with(magic)) {
        (ImageFormat::Tiff, tiff::read(path)?, None)
    } else {
        let pixels = raw_float::read(path, raw_shape).map_err(|error| match error {
            FormatError::Malformed { problem, .. } => FormatError::malformed(
                path,
                "image",
                format!("it is none of SMV, CBF, NeXus, NPY and TIFF, and as raw floats {problem}"),
            ),
            other => other,
        })?;
        (ImageFormat::Classic, pixels, None)
    };
    Ok(ImageFile {
        pixels,
        camera,
        format,
    })
}
