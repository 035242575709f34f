//! PNG as an image: masks that were painted, and pictures of 8 or 16 bits a pixel.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use png::{BitDepth, ColorType, Decoder, Limits, Transformations};

use super::{extent, source::Source};
use crate::files::{FileError, bounded};

pub(super) const FORMAT: &str = "PNG";
pub(super) const MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n";
/// What the decoder may take beside the pixels: rows, palettes, colour profiles.
const DECODER_BYTES: usize = 64 << 20;

/// A picture whose size is known.
pub(super) struct Reader {
    path: PathBuf,
    /// Pixels (slow, fast).
    shape: (usize, usize),
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let file_bytes = std::fs::metadata(path)
            .map_err(FileError::read(path))?
            .len();
        let malformed = |problem: String| FileError::malformed(path, FORMAT, problem);
        let mut decoder = decoder(path)?;
        let info = decoder
            .read_header_info()
            .map_err(|error| malformed(error.to_string()))?;
        let shape = (info.height as usize, info.width as usize);
        extent::packed_pixels(shape, info.bits_per_pixel() as u64, file_bytes)
            .map_err(malformed)?;
        Ok(Self {
            path: path.to_owned(),
            shape,
        })
    }

    /// Grey values from 0 for black; a colour counts as its brightest channel.
    fn pixels(&self) -> Result<Vec<f32>, Problem> {
        let mut decoder = decoder(&self.path)?;
        decoder.set_transformations(Transformations::EXPAND);
        let mut reader = decoder.read_info().map_err(unusable)?;
        let info = reader.info();
        if (info.height as usize, info.width as usize) != self.shape {
            return Err(Problem::Content("it changed while it was read".to_owned()));
        }
        let bytes = reader.output_buffer_size().ok_or_else(|| {
            Problem::Content("its pixels need more memory than there is".to_owned())
        })?;
        let mut samples = bounded::zeros(bytes).map_err(Problem::Content)?;
        let (colour, depth) = reader.output_color_type();
        reader.next_frame(&mut samples).map_err(unusable)?;
        let (channels, has_alpha) = match colour {
            ColorType::Grayscale | ColorType::Indexed => (1, false),
            ColorType::GrayscaleAlpha => (2, true),
            ColorType::Rgb => (3, false),
            ColorType::Rgba => (4, true),
        };
        let sample_bytes = if depth == BitDepth::Sixteen { 2 } else { 1 };
        let value = |sample: &[u8]| {
            let value = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
            sample.iter().fold(0, value)
        };
        let opaque = (1 << (8 * sample_bytes)) - 1;
        let mut pixels = Vec::new();
        pixels
            .try_reserve_exact(self.shape.0 * self.shape.1)
            .map_err(|error| Problem::Content(error.to_string()))?;
        for pixel in samples.chunks_exact(channels * sample_bytes) {
            let mut values = pixel.chunks_exact(sample_bytes).map(value);
            if has_alpha && values.next_back() != Some(opaque) {
                return Err(Problem::Content(
                    "it has transparent pixels, which are neither black nor white; flatten it first".to_owned(),
                ));
            }
            pixels.push(values.max().unwrap_or(0) as f32);
        }
        Ok(pixels)
    }
}

impl Source for Reader {
    fn shape(&self) -> (usize, usize) {
        self.shape
    }

    fn read(&self, _: usize) -> Result<Array2<f32>, FileError> {
        let malformed = |problem: String| FileError::malformed(&self.path, FORMAT, problem);
        let pixels = self.pixels().map_err(|problem| match problem {
            Problem::File(error) => error,
            Problem::Content(problem) => malformed(problem),
        })?;
        let count = pixels.len();
        Array2::from_shape_vec(self.shape, pixels)
            .map_err(|_| malformed(format!("{count} pixels are not those of its header")))
    }
}

enum Problem {
    File(FileError),
    Content(String),
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

fn unusable(error: png::DecodingError) -> Problem {
    Problem::Content(error.to_string())
}

fn decoder(path: &Path) -> Result<Decoder<BufReader<File>>, FileError> {
    let file = File::open(path).map_err(FileError::read(path))?;
    let limits = Limits {
        bytes: DECODER_BYTES,
    };
    Ok(Decoder::new_with_limits(BufReader::new(file), limits))
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use png::Encoder;

    use super::*;

    /// A picture of 2 × 2 pixels.
    fn read(colour: ColorType, depth: BitDepth, samples: &[u8]) -> Result<Array2<f32>, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.png");
        let mut encoder = Encoder::new(File::create(&path).unwrap(), 2, 2);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if colour == ColorType::Indexed {
            encoder.set_palette(vec![0, 0, 0, 0, 9, 200, 255, 255, 255]);
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(samples).unwrap();
        writer.finish().unwrap();
        let reader = Reader::open(&path).map_err(|error| error.to_string())?;
        reader.read(0).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_of_pixel_is_read_and_black_is_zero() {
        use BitDepth::{Eight, One, Sixteen, Two};
        use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb};
        for (colour, depth, samples, expected) in [
            (
                Grayscale,
                Eight,
                &[0, 7, 200, 255][..],
                array![[0.0_f32, 7.0], [200.0, 255.0]],
            ),
            (
                Grayscale,
                Sixteen,
                &[0, 0, 1, 2, 0, 3, 255, 255],
                array![[0.0, 258.0], [3.0, 65535.0]],
            ),
            (
                Grayscale,
                One,
                &[0b0100_0000, 0b1000_0000],
                array![[0.0, 255.0], [255.0, 0.0]],
            ),
            (
                Indexed,
                Two,
                &[0b0001_0000, 0b1000_0000],
                array![[0.0, 200.0], [255.0, 0.0]],
            ),
            (
                Rgb,
                Eight,
                &[0, 0, 0, 1, 2, 3, 9, 8, 7, 0, 0, 255],
                array![[0.0, 3.0], [9.0, 255.0]],
            ),
            (
                GrayscaleAlpha,
                Eight,
                &[0, 255, 1, 255, 2, 255, 3, 255],
                array![[0.0, 1.0], [2.0, 3.0]],
            ),
        ] {
            assert_eq!(
                read(colour, depth, samples).unwrap(),
                expected,
                "{colour:?} {depth:?}"
            );
        }
        let transparent = read(GrayscaleAlpha, Eight, &[0, 255, 1, 254, 2, 255, 3, 255]);
        assert!(transparent.unwrap_err().contains("transparent"));
    }
}
