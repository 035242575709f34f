//! NPY: the array file of NumPy.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ndarray::{Array2, ArrayView2};
use ndarray_npy::{ViewElement, ViewNpyError, ViewNpyExt, WritableElement, WriteNpyExt};
use num_traits::AsPrimitive;

use super::{FormatError, atomic_file};

const FORMAT: &str = "NPY";
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Writes an array of shape (slow, fast).
///
/// # Errors
/// [`FormatError::Write`].
pub fn write<T: WritableElement>(path: &Path, image: ArrayView2<'_, T>) -> Result<(), FormatError> {
    atomic_file::write(path, |out| image.write_npy(out).map_err(io::Error::other))
}

/// Reads a two-dimensional array of any real number type of up to 64 bits, little-endian.
///
/// # Errors
/// [`FormatError::Read`], or [`FormatError::Malformed`] when the file is damaged or holds something else.
pub fn read(path: &Path) -> Result<Array2<f32>, FormatError> {
    let mut file = File::open(path).map_err(FormatError::read(path))?;
    let length = file.metadata().map_err(FormatError::read(path))?.len() as usize;
    // Numbers are viewed where they lie, so they have to lie at a multiple of their size.
    let mut words = vec![0_u64; length.div_ceil(8)];
    let bytes = &mut bytemuck::cast_slice_mut(&mut words)[..length];
    file.read_exact(bytes).map_err(FormatError::read(path))?;
    view_any(bytes).map_err(|error| FormatError::malformed(path, FORMAT, error))
}

fn view_any(bytes: &[u8]) -> Result<Array2<f32>, ViewNpyError> {
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

fn view<T: ViewElement + AsPrimitive<f32>>(bytes: &[u8]) -> Result<Array2<f32>, ViewNpyError> {
    Ok(ArrayView2::<T>::view_npy(bytes)?.mapv(T::as_))
}
