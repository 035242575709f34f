//! NPY: the array file of NumPy.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytemuck::NoUninit;
use ndarray::{
    Array2, Array3, ArrayD, ArrayView, ArrayView2, ArrayViewD, Axis, Dimension, Ix2, Ix3,
};
use ndarray_npy::{
    ViewElement, ViewNpyError, ViewNpyExt, WritableElement, WriteNpyExt, write_zeroed_npy,
};
use num_traits::AsPrimitive;
use tempfile::NamedTempFile;

use crate::files::{FileError, atomic_file};

const FORMAT: &str = "NPY";
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Writes an array of shape (slow, fast), or (frame, slow, fast).
///
/// # Errors
/// [`FileError::Write`].
pub fn write<T: WritableElement, D: Dimension>(
    path: &Path,
    image: ArrayView<'_, T, D>,
) -> Result<(), FileError> {
    atomic_file::write(path, |out| image.write_npy(out).map_err(io::Error::other))
}

/// An array of frames that are written one after the other. It appears under its name when it is finished.
pub struct Writer {
    path: PathBuf,
    target: PathBuf,
    temporary: NamedTempFile,
}

impl Writer {
    /// An array of shape (frame, slow, fast).
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn create<T: WritableElement>(path: &Path, shape: [usize; 3]) -> Result<Self, FileError> {
        let target = atomic_file::resolve_links(path);
        let start = || -> io::Result<NamedTempFile> {
            let mut temporary = atomic_file::create_beside(&target)?;
            write_zeroed_npy::<T, _>(temporary.as_file(), shape).map_err(io::Error::other)?;
            let pixels: usize = shape.iter().product();
            temporary.seek(SeekFrom::End(-((pixels * size_of::<T>()) as i64)))?;
            Ok(temporary)
        };
        let temporary = start().map_err(FileError::write(path))?;
        Ok(Self {
            path: path.to_owned(),
            target,
            temporary,
        })
    }

    /// Writes the next frame, of the type and shape of all.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn push<T: NoUninit>(&mut self, frame: ArrayView2<'_, T>) -> Result<(), FileError> {
        let pixels = frame.as_standard_layout();
        let pixels = pixels.as_slice().expect("the layout is standard");
        self.temporary
            .write_all(bytemuck::cast_slice(pixels))
            .map_err(FileError::write(&self.path))
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn finish(self) -> Result<(), FileError> {
        let renamed = self.temporary.persist(&self.target);
        renamed
            .map(drop)
            .map_err(|failure| FileError::write(&self.path)(failure.error))
    }
}

/// Reads a two-dimensional array of any real number type of up to 64 bits, little-endian.
///
/// # Errors
/// [`FileError::Read`], or [`FileError::Malformed`] when the file is damaged or holds something else.
pub fn read(path: &Path) -> Result<Array2<f32>, FileError> {
    let array = read_array(path)?;
    let dimensions = array.ndim();
    array.into_dimensionality::<Ix2>().map_err(|_| {
        let problem = format!("it has {dimensions} dimensions, not slow, fast");
        FileError::malformed(path, FORMAT, problem)
    })
}

/// Reads one image, or as many as a three-dimensional array holds: shape (frame, slow, fast).
///
/// # Errors
/// As [`read`].
pub fn read_frames(path: &Path) -> Result<Array3<f32>, FileError> {
    let mut array = read_array(path)?;
    if array.ndim() == 2 {
        array.insert_axis_inplace(Axis(0));
    }
    let dimensions = array.ndim();
    let malformed = |problem: String| FileError::malformed(path, FORMAT, problem);
    let frames = array.into_dimensionality::<Ix3>().map_err(|_| {
        malformed(format!(
            "it has {dimensions} dimensions, not slow, fast or frame, slow, fast"
        ))
    })?;
    if frames.is_empty() {
        return Err(malformed("it has no pixels".to_owned()));
    }
    Ok(frames)
}

fn read_array(path: &Path) -> Result<ArrayD<f32>, FileError> {
    let mut file = File::open(path).map_err(FileError::read(path))?;
    let length = file.metadata().map_err(FileError::read(path))?.len() as usize;
    // Numbers are viewed where they lie, so they have to lie at a multiple of their size.
    let mut words = vec![0_u64; length.div_ceil(8)];
    let bytes = &mut bytemuck::cast_slice_mut(&mut words)[..length];
    file.read_exact(bytes).map_err(FileError::read(path))?;
    view_any(bytes).map_err(|error| FileError::malformed(path, FORMAT, error))
}

fn view_any(bytes: &[u8]) -> Result<ArrayD<f32>, ViewNpyError> {
    let others = [
        view::<f64>,
        view::<u8>,
        view::<u16>,
        view::<i16>,
        view::<u32>,
        view::<i32>,
        view::<u64>,
        view::<i64>,
    ];
    let mut outcome = view::<f32>(bytes);
    for other in others {
        if !matches!(outcome, Err(ViewNpyError::WrongDescriptor(_))) {
            break;
        }
        outcome = other(bytes);
    }
    outcome
}

fn view<T: ViewElement + AsPrimitive<f32>>(bytes: &[u8]) -> Result<ArrayD<f32>, ViewNpyError> {
    Ok(ArrayViewD::<T>::view_npy(bytes)?.mapv(T::as_))
}
