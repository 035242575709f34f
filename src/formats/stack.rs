//! Files that hold many images.

use std::path::Path;

use ndarray::ArrayView2;

use super::{Acquisition, ImageFormat, nexus, npy};
use crate::files::FileError;

/// A file that takes images of one type and size one after the other. It appears under its name when it is finished.
pub enum StackWriter {
    Nexus(Box<nexus::Writer>),
    Npy(npy::Writer),
}

/// A number that the pixels of a stack can be: counts or photons.
pub trait StackPixel: nexus::PixelValue + npy::Element {}

impl StackPixel for u16 {}
impl StackPixel for f32 {}

impl StackWriter {
    /// Whether a format holds many images.
    pub fn takes(format: ImageFormat) -> bool {
        matches!(format, ImageFormat::Nexus | ImageFormat::Npy)
    }

    /// A file of `frames` images of shape (slow, fast), the first of them as `acquisition` says; NPY unless the name is that of a
    /// NeXus file.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn create<T: StackPixel>(
        path: &Path,
        acquisition: &Acquisition,
        frames: usize,
        (slow, fast): (usize, usize),
    ) -> Result<Self, FileError> {
        Ok(match ImageFormat::of_name(path) {
            ImageFormat::Nexus => Self::Nexus(Box::new(nexus::Writer::create::<T>(
                path,
                acquisition,
                frames,
                (slow, fast),
            )?)),
            _ => Self::Npy(npy::Writer::create::<T>(path, [frames, slow, fast])?),
        })
    }

    /// Writes the next image.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn push<T: StackPixel>(&mut self, image: ArrayView2<'_, T>) -> Result<(), FileError> {
        match self {
            Self::Nexus(writer) => writer.push(image),
            Self::Npy(writer) => writer.push(image),
        }
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn finish(self) -> Result<(), FileError> {
        match self {
            Self::Nexus(writer) => writer.finish(),
            Self::Npy(writer) => writer.finish(),
        }
    }
}
