//! Files that hold many images.

use std::path::Path;

use super::{Acquisition, Form, ImageFormat, Pixels, nexus, npy};
use crate::files::FileError;

/// A file that takes images of one type and size one after the other. It appears under its name when it is finished.
pub enum StackWriter {
    Nexus(Box<nexus::Writer>),
    Npy(npy::Writer),
}

impl StackWriter {
    /// Whether a format holds many images.
    pub fn takes(format: ImageFormat) -> bool {
        matches!(format, ImageFormat::Nexus | ImageFormat::Npy)
    }

    /// A file of `frames` images of one form, the first of them as `acquisition` says; NPY unless the name is that of a
    /// NeXus file.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn create(
        path: &Path,
        acquisition: &Acquisition,
        frames: usize,
        form: Form,
    ) -> Result<Self, FileError> {
        Ok(match ImageFormat::of_name(path) {
            ImageFormat::Nexus => Self::Nexus(Box::new(nexus::Writer::create(
                path,
                acquisition,
                frames,
                form,
            )?)),
            _ => Self::Npy(npy::Writer::create(path, frames, form)?),
        })
    }

    /// Writes the next image.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn push(&mut self, image: &Pixels<'_>) -> Result<(), FileError> {
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
