//! Files that hold many images.

use std::path::Path;

use ndarray::Array2;

use super::{Acquisition, Form, ImageFormat, Pixels, nexus, npy, tiff};
use crate::files::FileError;

/// A file that takes images of one type and size one after the other. It appears under its name when it is finished.
pub enum StackWriter {
    Nexus(Box<nexus::Writer>),
    Npy(npy::Writer),
    Tiff(tiff::Writer),
}

/// An image as its worker hands it to the file of all.
pub enum StackFrame {
    /// For NeXus alone.
    Compressed(nexus::CompressedFrame),
    Photons(Array2<f32>),
}

impl StackWriter {
    /// Whether a format holds many images.
    pub fn takes(format: ImageFormat) -> bool {
        matches!(
            format,
            ImageFormat::Nexus | ImageFormat::Npy | ImageFormat::Tiff
        )
    }

    /// A file of `frames` images of one form, the first of them as `acquisition` says; NPY unless the format is NeXus or TIFF.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn create(
        format: ImageFormat,
        path: &Path,
        acquisition: &Acquisition,
        frames: usize,
        form: Form,
    ) -> Result<Self, FileError> {
        Ok(match format {
            ImageFormat::Nexus => Self::Nexus(Box::new(nexus::Writer::create(
                path,
                acquisition,
                frames,
                form,
            )?)),
            ImageFormat::Tiff => Self::Tiff(tiff::Writer::create(
                path,
                frames,
                form,
                &acquisition.history,
            )?),
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
            Self::Tiff(writer) => writer.push(image),
        }
    }

    /// Writes the next image, which a worker has made ready.
    ///
    /// # Errors
    /// [`FileError::Write`].
    ///
    /// # Panics
    /// When it was compressed for another format.
    pub fn push_frame(&mut self, frame: &StackFrame) -> Result<(), FileError> {
        match (self, frame) {
            (Self::Nexus(writer), StackFrame::Compressed(frame)) => writer.push_compressed(frame),
            (writer, StackFrame::Photons(photons)) => writer.push(&photons.view().into()),
            (_, StackFrame::Compressed(_)) => unreachable!("only NeXus files are compressed"),
        }
    }

    /// Lets the file end with its first `frames` images, of which there is one at least, of a run that was stopped or failed.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn end_at(&mut self, frames: usize) -> Result<(), FileError> {
        match self {
            Self::Nexus(writer) => writer.end_at(frames),
            Self::Npy(writer) => writer.end_at(frames),
            Self::Tiff(writer) => writer.end_at(frames),
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
            Self::Tiff(writer) => writer.finish(),
        }
    }
}
