//! TIFF with one grey channel: float32 photons, or counts of 16 or 32 bits.

use std::fs::{self, File};
use std::io::{self, BufReader, Seek, Write};
use std::path::{Path, PathBuf};

use ndarray::Array2;
use num_traits::AsPrimitive;
use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::encoder::TiffEncoder;
use tiff::encoder::TiffValue;
use tiff::encoder::colortype::{ColorType, Gray16, Gray32, Gray32Float};
use tiff::tags::Tag;

use super::{Form, History, PixelType, Pixels, extent, frames::Source};
use crate::files::{FileError, atomic_file};

pub(super) const FORMAT: &str = "TIFF";
pub(super) const MAGICS: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];
const LARGEST_NUMBER_BYTES: usize = 8;
/// For the values of a tag, such as the places of strips.
const TAG_BYTES: usize = 16 << 20;

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
    Reader::open(path)?.read(0)
}

/// A file whose first image is of known size.
pub(super) struct Reader {
    path: PathBuf,
    /// Pixels (slow, fast).
    shape: (usize, usize),
    file_bytes: u64,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let file_bytes = fs::metadata(path).map_err(FileError::read(path))?.len();
        let malformed = |problem: String| FileError::malformed(path, FORMAT, problem);
        let mut decoder = decoder(path, Limits::default())?;
        let describe = |decoder: &mut Decoder<_>| {
            let (width, height) = decoder.dimensions()?;
            Ok::<_, TiffError>(((height as usize, width as usize), decoder.colortype()?))
        };
        let (shape, colour) =
            describe(&mut decoder).map_err(|error| malformed(error.to_string()))?;
        match colour {
            ::tiff::ColorType::Gray(bits @ 8..) => {
                extent::packed_pixels(shape, bits.into(), file_bytes).map_err(malformed)?;
            }
            ::tiff::ColorType::Gray(bits) => {
                let problem = format!("its pixels have {bits} bits; 8 to 64 are read");
                return Err(malformed(problem));
            }
            other => {
                let problem = format!("it is {other:?}, which is more than one channel");
                return Err(malformed(problem));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            shape,
            file_bytes,
        })
    }
}

impl Source for Reader {
    fn shape(&self) -> (usize, usize) {
        self.shape
    }

    fn read(&self, _: usize) -> Result<Array2<f32>, FileError> {
        let (slow, fast) = self.shape;
        let mut limits = Limits::default();
        limits.decoding_buffer_size = slow * fast * LARGEST_NUMBER_BYTES + TAG_BYTES;
        // Other programs put a whole image into one strip.
        limits.intermediate_buffer_size = limits
            .intermediate_buffer_size
            .max(usize::try_from(self.file_bytes).unwrap_or(usize::MAX));
        let malformed =
            |error: &dyn ToString| FileError::malformed(&self.path, FORMAT, error.to_string());
        let mut decoder = decoder(&self.path, limits)?;
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
        Array2::from_shape_vec(self.shape, pixels)
            .map_err(|_| malformed(&format!("{count} samples for {fast} x {slow} pixels")))
    }
}

fn decoder(path: &Path, limits: Limits) -> Result<Decoder<BufReader<File>>, FileError> {
    let file = File::open(path).map_err(FileError::read(path))?;
    Decoder::new(BufReader::new(file))
        .map(|decoder| decoder.with_limits(limits))
        .map_err(|error| FileError::malformed(path, FORMAT, error))
}

fn to_f32<T: AsPrimitive<f32>>(pixels: Vec<T>) -> Vec<f32> {
    pixels.into_iter().map(T::as_).collect()
}
