//! TIFF with one grey channel: float32 photons or 16-bit counts.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use ndarray::{Array2, ArrayView2};
use num_traits::AsPrimitive;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::encoder::TiffEncoder;
use tiff::encoder::TiffValue;
use tiff::encoder::colortype::{ColorType, Gray16, Gray32Float};

use crate::files::{FileError, atomic_file};

const FORMAT: &str = "TIFF";
pub(super) const MAGICS: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];
/// A damaged file may claim any size; beyond this much memory it has to have at least a tenth as many bytes.
const MODEST_BYTES: usize = 256 << 20;

/// A number that a TIFF pixel can be.
pub trait PixelValue: Copy {
    /// How the pixel is declared.
    type Color: ColorType<Inner = Self>;
}

impl PixelValue for u16 {
    type Color = Gray16;
}

impl PixelValue for f32 {
    type Color = Gray32Float;
}

/// Writes an uncompressed image.
///
/// # Errors
/// [`FileError::Write`].
pub fn write<T: PixelValue>(path: &Path, image: ArrayView2<'_, T>) -> Result<(), FileError>
where
    [T]: TiffValue,
{
    let (slow, fast) = image.dim();
    let pixels = image.as_standard_layout();
    let pixels = pixels.as_slice().expect("the layout is standard");
    atomic_file::write(path, |out| {
        let (Ok(width), Ok(height)) = (u32::try_from(fast), u32::try_from(slow)) else {
            return Err(io::ErrorKind::FileTooLarge.into());
        };
        TiffEncoder::new(out)
            .and_then(|mut encoder| encoder.write_image::<T::Color>(width, height, pixels))
            .map_err(io::Error::other)
    })
}

/// Reads the first image of a file, of any number type.
///
/// # Errors
/// [`FileError::Read`], or [`FileError::Malformed`] when the file is damaged or has more than one channel.
pub fn read(path: &Path) -> Result<Array2<f32>, FileError> {
    let file = File::open(path).map_err(FileError::read(path))?;
    let file_bytes = file.metadata().map_err(FileError::read(path))?.len();
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MODEST_BYTES.max(file_bytes.saturating_mul(10) as usize);
    let malformed = |error: &dyn ToString| FileError::malformed(path, FORMAT, error.to_string());
    let mut decoder = Decoder::new(BufReader::new(file))
        .map_err(|error| malformed(&error))?
        .with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(|error| malformed(&error))?;
    let pixels: Vec<f32> = match decoder.read_image().map_err(|error| malformed(&error))? {
        DecodingResult::F32(pixels) => pixels,
        DecodingResult::F64(pixels) => to_f32(pixels),
        DecodingResult::F16(pixels) => pixels.iter().map(|v| v.to_f32()).collect(),
        DecodingResult::U8(pixels) => to_f32(pixels),
        DecodingResult::U16(pixels) => to_f32(pixels),
        DecodingResult::U32(pixels) => to_f32(pixels),
        DecodingResult::U64(pixels) => to_f32(pixels),
        DecodingResult::I8(pixels) => to_f32(pixels),
        DecodingResult::I16(pixels) => to_f32(pixels),
        DecodingResult::I32(pixels) => to_f32(pixels),
        DecodingResult::I64(pixels) => to_f32(pixels),
    };
    let count = pixels.len();
    Array2::from_shape_vec((height as usize, width as usize), pixels).map_err(|_| {
        malformed(&format!(
            "{count} samples for {width} x {height} pixels: more than one channel"
        ))
    })
}

fn to_f32<T: AsPrimitive<f32>>(pixels: Vec<T>) -> Vec<f32> {
    pixels.into_iter().map(T::as_).collect()
}
