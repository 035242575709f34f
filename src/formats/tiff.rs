//! TIFF with one grey channel: float32 photons, or counts of 16 or 32 bits.

use std::fs::{self, File};
use std::io::{self, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ndarray::Array2;
use num_traits::AsPrimitive;
use tempfile::NamedTempFile;
use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::encoder::TiffEncoder;
use tiff::encoder::colortype::{ColorType, Gray16, Gray32, Gray32Float};
use tiff::encoder::{TiffKind, TiffKindBig, TiffValue};
use tiff::tags::Tag;

use super::{Form, History, PixelType, Pixels, extent, source::Source};
use crate::files::{FileError, atomic_file};

pub(super) const FORMAT: &str = "TIFF";
pub(super) const MAGICS: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];
/// What is written of a pixel.
const LARGEST_PIXEL_BYTES: u64 = 4;
/// Tags, history and strips of an image, at most.
const PAGE_BYTES: u64 = 1 << 16;
const LARGEST_NUMBER_BYTES: usize = 8;
/// Images of one file.
const MOST_FRAMES: usize = 1 << 20;
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
    let history = history.lines().join("\n");
    atomic_file::write(path, |out| {
        let mut pages = TiffEncoder::new(out).map_err(io::Error::other)?;
        page(&mut pages, &image, Some(&history))
    })
}

/// A file of many images, written one after the other. It appears under its name when it is finished.
pub struct Writer {
    path: PathBuf,
    target: PathBuf,
    temporary: NamedTempFile,
    pages: Pages,
    /// Where each image ends, with the place of the next, which is none as yet.
    ends: Vec<u64>,
    /// Of the first image.
    history: Option<String>,
}

/// Offsets of the original format end at 4 GB.
enum Pages {
    Small(Box<TiffEncoder<File>>),
    Big(Box<TiffEncoder<File, TiffKindBig>>),
}

impl Writer {
    /// A file for so many images.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn create(
        path: &Path,
        frames: usize,
        form: Form,
        history: &History,
    ) -> Result<Self, FileError> {
        let target = atomic_file::resolve_links(path);
        let bytes = (form.shape.0 * form.shape.1) as u64 * LARGEST_PIXEL_BYTES + PAGE_BYTES;
        let is_small = bytes.saturating_mul(frames as u64) < u64::from(u32::MAX);
        let start = || -> io::Result<(NamedTempFile, Pages)> {
            let temporary = atomic_file::create_beside(&target)?;
            let file = temporary.as_file().try_clone()?;
            let pages = match is_small {
                true => TiffEncoder::new(file).map(|pages| Pages::Small(Box::new(pages))),
                false => TiffEncoder::new_big(file).map(|pages| Pages::Big(Box::new(pages))),
            };
            Ok((temporary, pages.map_err(io::Error::other)?))
        };
        let (temporary, pages) = start().map_err(FileError::write(path))?;
        Ok(Self {
            path: path.to_owned(),
            target,
            temporary,
            pages,
            ends: Vec::new(),
            history: Some(history.lines().join("\n")),
        })
    }

    /// Writes the next image.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn push(&mut self, image: &Pixels<'_>) -> Result<(), FileError> {
        let history = self.history.take();
        let written = match &mut self.pages {
            Pages::Small(pages) => page(pages, image, history.as_deref()),
            Pages::Big(pages) => page(pages, image, history.as_deref()),
        };
        written
            .and_then(|()| self.temporary.as_file().metadata())
            .map(|found| self.ends.push(found.len()))
            .map_err(FileError::write(&self.path))
    }

    /// Lets the file end with its first `frames` images, of which there is one at least, whatever was written after them.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn end_at(&mut self, frames: usize) -> Result<(), FileError> {
        let nowhere: &[u8] = match self.pages {
            Pages::Small(_) => &[0; 4],
            Pages::Big(_) => &[0; 8],
        };
        let end = self.ends[frames - 1];
        let file = self.temporary.as_file_mut();
        file.set_len(end)
            .and_then(|()| file.seek(SeekFrom::Start(end - nowhere.len() as u64)))
            .and_then(|_| file.write_all(nowhere))
            .map_err(FileError::write(&self.path))
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn finish(self) -> Result<(), FileError> {
        drop(self.pages);
        atomic_file::finish(self.temporary.into_temp_path(), &self.target)
            .map_err(FileError::write(&self.path))
    }
}

fn page<W: Write + Seek, K: TiffKind>(
    pages: &mut TiffEncoder<W, K>,
    image: &Pixels<'_>,
    history: Option<&str>,
) -> io::Result<()> {
    let Form { shape, pixel, .. } = image.form();
    match (image, pixel) {
        (Pixels::Photons(photons), _) => {
            let photons = photons.as_standard_layout();
            let photons = photons.as_slice().expect("the layout is standard");
            encode::<Gray32Float, _, _>(pages, shape, photons, history)
        }
        (Pixels::Counts(counts), PixelType::U16) => {
            encode::<Gray16, _, _>(pages, shape, &counts.to_vec(), history)
        }
        (Pixels::Counts(counts), _) => {
            encode::<Gray32, _, _>(pages, shape, &counts.to_vec(), history)
        }
    }
}

fn encode<C: ColorType, W: Write + Seek, K: TiffKind>(
    pages: &mut TiffEncoder<W, K>,
    (slow, fast): (usize, usize),
    pixels: &[C::Inner],
    history: Option<&str>,
) -> io::Result<()>
where
    [C::Inner]: TiffValue,
{
    let (Ok(width), Ok(height)) = (u32::try_from(fast), u32::try_from(slow)) else {
        return Err(io::ErrorKind::FileTooLarge.into());
    };
    let mut written = || -> tiff::TiffResult<()> {
        let mut image = pages.new_image::<C>(width, height)?;
        if let Some(history) = history {
            image.encoder().write_tag(Tag::ImageDescription, history)?;
        }
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

/// A file whose images are of known size.
pub(super) struct Reader {
    path: PathBuf,
    /// Images from the first on that are of one size and type.
    frames: usize,
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
        let mut frames = 1;
        // What is of another kind, or damaged, is not a further image: a thumbnail, say.
        while frames < MOST_FRAMES && decoder.more_images() && decoder.next_image().is_ok() {
            match describe(&mut decoder) {
                Ok(next) if next == (shape, colour) => frames += 1,
                _ => break,
            }
        }
        Ok(Self {
            path: path.to_owned(),
            frames,
            shape,
            file_bytes,
        })
    }
}

impl Source for Reader {
    fn shape(&self) -> (usize, usize) {
        self.shape
    }

    fn count(&self) -> usize {
        self.frames
    }

    fn read(&self, index: usize) -> Result<Array2<f32>, FileError> {
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
        decoder
            .seek_to_image(index)
            .map_err(|error| malformed(&error))?;
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
