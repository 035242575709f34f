//! The images of a file, of which NeXus, NPY and TIFF hold many.

use std::path::Path;

use ndarray::Array2;

use super::{
    Acquisition, CameraHeader, cbf, grey_png, nexus, npy, raw_float, smv, source::Source,
    spooled::Spooled, tiff,
};
use crate::files::{FileError, Kind, bounded::read_beginning};

/// Bytes that tell all formats apart, and most other files.
const START_BYTES: u64 = 16;

/// A file of one or more images of equal size, whose pixels are read when they are asked for.
pub struct Frames {
    /// The name of its format.
    pub format: &'static str,
    camera: Option<CameraHeader>,
    acquisition: Option<Acquisition>,
    source: Box<dyn Source>,
    /// Goes after its reader.
    spooled: Spooled,
}

impl Frames {
    /// Opens SMV, CBF, NeXus, NPY, TIFF or PNG, told apart by their first bytes, and anything else as a raw float image: a square one
    /// unless `raw_shape` gives its (slow, fast) pixels, which its file does not know. Pipes, and standard input under the name `-`,
    /// are read to their end.
    ///
    /// # Errors
    /// [`FileError::Read`] and [`FileError::Malformed`].
    pub fn open(path: &Path, raw_shape: Option<(usize, usize)>) -> Result<Self, FileError> {
        Self::of(Spooled::of(path)?, &[raw_shape])
    }

    /// The same of bytes that are there already; raw floats have the first of these shapes that they fill, and `None` is a square.
    ///
    /// # Errors
    /// As [`Frames::open`].
    ///
    /// # Panics
    /// When there is no shape.
    pub fn of(spooled: Spooled, raw_shapes: &[Option<(usize, usize)>]) -> Result<Self, FileError> {
        let (format, source) =
            source(spooled.path(), raw_shapes).map_err(|error| spooled.naming(error))?;
        Ok(Self {
            format,
            acquisition: source.acquisition(),
            camera: source.camera(),
            source,
            spooled,
        })
    }

    /// Number of images, at least 1.
    pub fn count(&self) -> usize {
        self.source.count()
    }

    /// Pixels (slow, fast) of every image.
    pub fn shape(&self) -> (usize, usize) {
        self.source.shape()
    }

    /// What is odd about the file, without its name: a header that states a wrong length, values in it that are not understood.
    pub fn warnings(&self) -> Vec<String> {
        self.source.warnings()
    }

    /// Whether the header is longer than it states itself to be.
    pub fn outgrows_header(&self) -> bool {
        self.source.outgrows_header()
    }

    /// Takes the header to be as long as it states, and the pixels to begin behind that, as the classic program does.
    pub fn believe_header(&mut self) {
        self.source.believe_header();
        self.camera = self.source.camera();
        self.acquisition = self.source.acquisition();
    }

    /// Reads image number `index`, from 0, shape (slow, fast).
    ///
    /// # Errors
    /// [`FileError::Malformed`] when there is no such image or it is damaged.
    pub fn read(&self, index: usize) -> Result<Array2<f32>, FileError> {
        let read = self.source.read(index);
        read.map_err(|error| self.spooled.naming(error))
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

type Opened = (&'static str, Box<dyn Source>);

fn source(path: &Path, raw_shapes: &[Option<(usize, usize)>]) -> Result<Opened, FileError> {
    let (start, _) = read_beginning(path, START_BYTES)?;
    Ok(if start.starts_with(b"{") {
        (smv::FORMAT, Box::new(smv::Reader::open(path)?))
    } else if start.starts_with(cbf::MAGIC) {
        (cbf::FORMAT, Box::new(cbf::Reader::open(path)?))
    } else if start.starts_with(nexus::MAGIC) {
        (nexus::FORMAT, Box::new(nexus::Reader::open(path)?))
    } else if start.starts_with(npy::MAGIC) {
        (npy::FORMAT, Box::new(npy::Reader::open(path)?))
    } else if tiff::MAGICS.iter().any(|magic| start.starts_with(magic)) {
        (tiff::FORMAT, Box::new(tiff::Reader::open(path)?))
    } else if start.starts_with(grey_png::MAGIC) {
        (grey_png::FORMAT, Box::new(grey_png::Reader::open(path)?))
    } else {
        let mut readers = raw_shapes
            .iter()
            .map(|&shape| raw_float::Reader::open(path, shape));
        let first = readers.next().expect("there is a shape");
        let reader = readers.fold(first, |found, next| found.or(next));
        let reader = reader.map_err(|error| no_image(path, &start, error))?;
        (raw_float::FORMAT, Box::new(reader))
    })
}

/// What is said of a file that not even raw floats could be.
fn no_image(path: &Path, start: &[u8], error: FileError) -> FileError {
    let FileError::Malformed { problem, .. } = error else {
        return error;
    };
    let formats = "SMV, CBF, NeXus, NPY, TIFF and PNG";
    let problem = match Kind::of(start) {
        Some(kind) => format!("it is {}; {formats} and raw floats are read", kind.name),
        None => format!("it is none of {formats}, and as raw floats {problem}"),
    };
    FileError::malformed(path, "image", problem)
}
