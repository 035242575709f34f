//! What stands for NeXus files in a build without HDF5: they can be neither read nor written.

use std::{io, path::Path};

use ndarray::Array2;

use super::{Acquisition, CameraHeader, Form, Pixels, source::Source};
use crate::files::FileError;

pub(super) const FORMAT: &str = "NeXus";
pub(super) const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

fn not_built() -> io::Error {
    io::Error::other("this program was built without HDF5 (the feature \"hdf5\")")
}

/// No frame.
#[derive(Debug)]
pub enum CompressedFrame {}

impl CompressedFrame {
    /// # Errors
    /// Always.
    pub fn of(path: &Path, _: &Pixels<'_>, _: Option<&[u8]>) -> Result<Self, FileError> {
        Err(FileError::write(path)(not_built()))
    }
}

/// No file.
pub enum Writer {}

impl Writer {
    /// # Errors
    /// Always.
    pub fn create(path: &Path, _: &Acquisition, _: usize, _: Form) -> Result<Self, FileError> {
        Err(FileError::write(path)(not_built()))
    }

    /// Nobody has one.
    ///
    /// # Errors
    /// None.
    pub fn push(&mut self, _: &Pixels<'_>) -> Result<(), FileError> {
        match *self {}
    }

    /// Nobody has one.
    ///
    /// # Errors
    /// None.
    pub fn push_compressed(&mut self, _: &CompressedFrame) -> Result<(), FileError> {
        match *self {}
    }

    /// Nobody has one.
    ///
    /// # Errors
    /// None.
    pub fn end_at(&mut self, _: usize) -> Result<(), FileError> {
        match *self {}
    }

    /// Nobody has one.
    ///
    /// # Errors
    /// None.
    pub fn finish(self) -> Result<(), FileError> {
        match self {}
    }
}

/// No file.
#[derive(Debug)]
pub enum Reader {}

impl Reader {
    /// # Errors
    /// Always.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        Err(FileError::read(path)(not_built()))
    }

    /// Nobody has one.
    pub fn shape(&self) -> (usize, usize) {
        match *self {}
    }

    /// Nobody has one.
    pub fn frames(&self) -> usize {
        match *self {}
    }

    /// Nobody has one.
    ///
    /// # Errors
    /// None.
    pub fn read_frame(&self, _: usize) -> Result<Array2<f32>, FileError> {
        match *self {}
    }

    /// Nobody has one.
    pub fn acquisition(&self) -> &Acquisition {
        match *self {}
    }

    /// Nobody has one.
    pub fn camera(&self) -> CameraHeader {
        match *self {}
    }
}

impl Source for Reader {
    fn shape(&self) -> (usize, usize) {
        match *self {}
    }

    fn read(&self, _: usize) -> Result<Array2<f32>, FileError> {
        match *self {}
    }
}
