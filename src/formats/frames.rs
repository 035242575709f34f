//! The images of a file, of which NeXus and NPY hold many.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ndarray::{Array2, Array3, Axis};

use super::{Acquisition, CameraHeader, ImageFormat, cbf, nexus, npy, raw_float, smv, tiff};
use crate::files::FileError;

/// Bytes that tell all formats apart.
const LONGEST_MAGIC: u64 = 8;

/// A file of one or more images of equal size.
pub struct Frames {
    pub format: ImageFormat,
    /// Of the first image; `None` for formats without a header.
    camera: Option<CameraHeader>,
    acquisition: Option<Acquisition>,
    images: Images,
}

enum Images {
    /// Shape (1, slow, fast), or (frame, slow, fast).
    Read(Array3<f32>),
    OnDemand(nexus::Reader),
}

impl Frames {
    /// Opens SMV, CBF, NeXus, NPY or TIFF, told apart by their first bytes, and anything else as a raw float image: a square one
    /// unless `raw_shape` gives its (slow, fast) pixels, which its file does not know.
    ///
    /// # Errors
    /// [`FileError::Read`] and [`FileError::Malformed`].
    pub fn open(path: &Path, raw_shape: Option<(usize, usize)>) -> Result<Self, FileError> {
        let mut start = Vec::new();
        File::open(path)
            .and_then(|file| file.take(LONGEST_MAGIC).read_to_end(&mut start))
            .map_err(FileError::read(path))?;
        let single = |pixels: Array2<f32>| Images::Read(pixels.insert_axis(Axis(0)));
        let (format, images, camera) = if start.starts_with(b"{") {
            let file = smv::read(path)?;
            let pixels = file.counts.mapv(f32::from);
            (ImageFormat::Classic, single(pixels), Some(file.camera()))
        } else if start.starts_with(cbf::MAGIC) {
            let file = cbf::read(path)?;
            let pixels = file.counts.mapv(|count| count as f32);
            (ImageFormat::Cbf, single(pixels), Some(file.camera()))
        } else if start.starts_with(nexus::MAGIC) {
            let reader = nexus::Reader::open(path)?;
            let camera = reader.camera();
            let acquisition = reader.acquisition();
            return Ok(Self {
                format: ImageFormat::Nexus,
                camera: Some(camera),
                acquisition: Some(acquisition),
                images: Images::OnDemand(reader),
            });
        } else if start.starts_with(npy::MAGIC) {
            let images = Images::Read(npy::read_frames(path)?);
            (ImageFormat::Npy, images, None)
        } else if tiff::MAGICS.iter().any(|magic| start.starts_with(magic)) {
            (ImageFormat::Tiff, single(tiff::read(path)?), None)
        } else {
            let pixels = raw_float::read(path, raw_shape).map_err(|error| match error {
                FileError::Malformed { problem, .. } => FileError::malformed(
                    path,
                    "image",
                    format!(
                        "it is none of SMV, CBF, NeXus, NPY and TIFF, and as raw floats {problem}"
                    ),
                ),
                other => other,
            })?;
            (ImageFormat::Classic, single(pixels), None)
        };
        Ok(Self {
            format,
            acquisition: camera.as_ref().map(Acquisition::from_camera),
            camera,
            images,
        })
    }

    /// Number of images, at least 1.
    pub fn count(&self) -> usize {
        match &self.images {
            Images::Read(pixels) => pixels.len_of(Axis(0)),
            Images::OnDemand(reader) => reader.frames(),
        }
    }

    /// Pixels (slow, fast) of every image.
    pub fn shape(&self) -> (usize, usize) {
        match &self.images {
            Images::Read(pixels) => (pixels.len_of(Axis(1)), pixels.len_of(Axis(2))),
            Images::OnDemand(reader) => reader.shape(),
        }
    }

    /// Image number `index`, from 0, shape (slow, fast).
    ///
    /// # Errors
    /// [`FileError::Malformed`] when it is damaged.
    ///
    /// # Panics
    /// When there is no such image in a file other than NeXus.
    pub fn read(&self, index: usize) -> Result<Array2<f32>, FileError> {
        match &self.images {
            Images::Read(pixels) => Ok(pixels.index_axis(Axis(0), index).to_owned()),
            Images::OnDemand(reader) => reader.read_frame(index),
        }
    }

    /// How image number `index` was taken, as far as the header tells: all of its geometry from NeXus, a detector across the beam from
    /// others; `None` for formats without one.
    pub fn acquisition(&self, index: usize) -> Option<Acquisition> {
        self.acquisition.as_ref().map(|first| first.of_frame(index))
    }

    /// What the header says of image number `index`; `None` for formats without one.
    pub fn camera(&self, index: usize) -> Option<CameraHeader> {
        self.camera.map(|camera| camera.of_frame(index))
    }
}
