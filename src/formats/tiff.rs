//! TIFF with one grey channel: float32 photons, or counts of 16 or 32 bits.

use std::fs::File;
use std::io::{self, BufReader, Seek, Write};
use std::path::Path;

use ndarray::Array2;
use num_traits::AsPrimitive;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::encoder::TiffEncoder;
use tiff::encoder::TiffValue;
use tiff::encoder::colortype::{ColorType, Gray16, Gray32, Gray32Float};
use tiff::tags::Tag;

use super::{Form, History, PixelType, Pixels};
use crate::files::{FileError, atomic_file};

const FORMAT: &str = "TIFF";
pub(super) const MAGICS: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];
/// A damaged file may claim any size; beyond this much memory it has to have at least a tenth as many bytes.
const MODEST_BYTES: usize = 256 << 20;

/// Writes an uncompressed image whose description is its history.
///
/// # Errors
/// [`FileError::Write`].
pub fn write<'a>(
    path: &Path,
    image: impl Into<Pixels<'a>>,
    history: &History,
) -> Result<(), FileError> {
    let image = image.into();
    let Form { shape, pixel, .. } = image.form();
    let history = history.lines().join("\n");
    atomic_file::write(path, |out| match (&image, pixel) {
        (Pixels::Photons(photons), _) => {
            let photons = photons.as_standard_layout();
            let photons = photons.as_slice().expect("the layout is standard");
            encode::<Gray32Float>(out, shape, photons, &history)
        }
        (Pixels::Counts(counts), PixelType::U16) => {
            encode::<Gray16>(out, shape, &counts.to_vec(), &history)
        }
        (Pixels::Counts(counts), _) => encode::<Gray32>(out, shape, &counts.to_vec(), &history),
    })
}

fn encode<C: ColorType>(
    out: impl Write + Seek,
    (slow, fast): (usize, usize),
    pixels: &[C::Inner],
    history: &str,
) -> io::Result<()>
where
    [C::Inner]: TiffValue,
{
    let (Ok(width), Ok(height)) = (u32::try_from(fast), u32::try_from(slow)) else {
        return Err(io::ErrorKind::FileTooLarge.into());
    };
    let written = || -> tiff::TiffResult<()> {
        let mut encoder = TiffEncoder::new(out)?;
        let mut image = encoder.new_image::<C>(width, height)?;
        image.encoder().write_tag(Tag::ImageDescription, history)?;
        image.write_data(pixels)
    };
    written().map_err(io::Error::other)
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
