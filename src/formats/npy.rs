//! NPY: the array file of NumPy.

mod header;
mod numbers;

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytemuck::NoUninit;
use ndarray::{Array2, Array3, ArrayD, ArrayView, Axis, Dimension, Ix2, Ix3, IxDyn, ShapeBuilder};
use tempfile::NamedTempFile;

use self::{
    header::Header,
    numbers::{size_of_kind, to_f32},
};
use super::{Form, PixelType, Pixels, source::Source};
use crate::files::{
    FileError, atomic_file,
    bounded::{read_beginning, read_part},
};

pub(super) use header::MAGIC;

pub(super) const FORMAT: &str = "NPY";
/// Numbers start at a multiple of as many bytes, so that others can map them.
const ALIGNMENT: usize = 64;
/// The numbers begin before that; NumPy itself reads headers of up to 10 000 characters.
const LONGEST_HEADER_BYTES: u64 = 1 << 16;

/// A number that is written as it lies in memory.
pub trait Element: NoUninit {
    /// NumPy's letter for its kind: f for floats, i for whole numbers, u for those without a sign.
    const KIND: char;
}

macro_rules! elements {
    ($($kind:literal: $($number:ty),*;)*) => {
        $($(impl Element for $number {
            const KIND: char = $kind;
        })*)*
    };
}
elements! {
    'f': f32, f64;
    'i': i8, i16, i32, i64;
    'u': u8, u16, u32, u64;
}

/// Writes an array of shape (slow, fast), or (frame, slow, fast).
///
/// # Errors
/// [`FileError::Write`].
pub fn write<T: Element, D: Dimension>(
    path: &Path,
    image: ArrayView<'_, T, D>,
) -> Result<(), FileError> {
    let pixels = image.as_standard_layout();
    let pixels = pixels.as_slice().expect("the layout is standard");
    atomic_file::write(path, |out| {
        out.write_all(&header(&type_name::<T>(), image.shape()))?;
        out.write_all(bytemuck::cast_slice(pixels))
    })
}

/// Writes an image of shape (slow, fast).
pub(super) fn write_pixels(path: &Path, image: &Pixels<'_>) -> Result<(), FileError> {
    let Form { shape, pixel, .. } = image.form();
    atomic_file::write(path, |out| {
        out.write_all(&header(little_endian_name(pixel), &[shape.0, shape.1]))?;
        image.write(None, out)
    })
}

/// NumPy's name for a type, in this machine's order of bytes.
fn type_name<T: Element>() -> String {
    let order = match size_of::<T>() {
        1 => '|',
        _ if cfg!(target_endian = "little") => '<',
        _ => '>',
    };
    format!("{order}{}{}", T::KIND, size_of::<T>())
}

fn little_endian_name(pixel: PixelType) -> &'static str {
    match pixel {
        PixelType::U16 => "<u2",
        PixelType::U32 => "<u4",
        PixelType::F32 => "<f4",
    }
}

/// All that is before the numbers of an array of at least two dimensions, the last of which runs fastest.
fn header(kind: &str, shape: &[usize]) -> Vec<u8> {
    header_of_length(kind, shape, 0)
}

/// The same with blanks at its end, in at least so many bytes: a multiple of the alignment.
fn header_of_length(kind: &str, shape: &[usize], least: usize) -> Vec<u8> {
    let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
    let shape = shape.join(", ");
    let text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape})}}");

    // Version 1.0, whose length of the text has two bytes.
    let before_text = MAGIC.len() + 4;
    let length = (before_text + text.len() + 2)
        .next_multiple_of(ALIGNMENT)
        .max(least);
    let text_length = u16::try_from(length - before_text).expect("two or three numbers are short");
    let mut bytes = [MAGIC, &[1, 0], &text_length.to_le_bytes(), text.as_bytes()].concat();
    bytes.resize(length - 1, b' ');
    bytes.push(b'\n');
    bytes
}

/// An array of frames that are written one after the other. It appears under its name when it is finished.
pub struct Writer {
    path: PathBuf,
    target: PathBuf,
    temporary: NamedTempFile,
    form: Form,
    header_bytes: usize,
}

impl Writer {
    /// An array of so many frames.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn create(path: &Path, frames: usize, form: Form) -> Result<Self, FileError> {
        let shape = [frames, form.shape.0, form.shape.1];
        let target = atomic_file::resolve_links(path);
        let header = header(little_endian_name(form.pixel), &shape);
        let start = || -> io::Result<NamedTempFile> {
            let mut temporary = atomic_file::create_beside(&target)?;
            // The temporary file itself would tell its name with every error.
            temporary.as_file_mut().write_all(&header)?;
            Ok(temporary)
        };
        let temporary = start().map_err(FileError::write(path))?;
        Ok(Self {
            path: path.to_owned(),
            target,
            temporary,
            form,
            header_bytes: header.len(),
        })
    }

    /// Writes the next frame, of the type and shape of all.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn push(&mut self, frame: &Pixels<'_>) -> Result<(), FileError> {
        frame
            .write(None, self.temporary.as_file_mut())
            .map_err(FileError::write(&self.path))
    }

    /// Lets the array end with its first `frames` frames, whatever was written after them.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn end_at(&mut self, frames: usize) -> Result<(), FileError> {
        let (slow, fast) = self.form.shape;
        let kind = little_endian_name(self.form.pixel);
        let header = header_of_length(kind, &[frames, slow, fast], self.header_bytes);
        let frame_bytes = slow * fast * self.form.pixel.bytes();
        let end = header.len() as u64 + frames as u64 * frame_bytes as u64;
        let file = self.temporary.as_file_mut();
        file.set_len(end)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(&header))
            .map_err(FileError::write(&self.path))
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn finish(self) -> Result<(), FileError> {
        atomic_file::finish(self.temporary.into_temp_path(), &self.target)
            .map_err(FileError::write(&self.path))
    }
}

/// Reads a two-dimensional array of any real number type of up to 64 bits, or of truth values.
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
    let reader = Reader::open(path)?;
    let mut array = read_array(path)?;
    if array.ndim() == 2 {
        array.insert_axis_inplace(Axis(0));
    }
    let frames = array.into_dimensionality::<Ix3>();
    let changed = || FileError::malformed(path, FORMAT, "it changed while it was read");
    let frames = frames.map_err(|_| changed())?;
    if frames.dim() != (reader.frames, reader.shape.0, reader.shape.1) {
        return Err(changed());
    }
    Ok(frames)
}

fn read_array(path: &Path) -> Result<ArrayD<f32>, FileError> {
    let bytes = fs::read(path).map_err(FileError::read(path))?;
    parse(&bytes).map_err(|problem| FileError::malformed(path, FORMAT, problem))
}

/// A file whose header is read: one image, or the frames of a stack.
pub(super) struct Reader {
    path: PathBuf,
    frames: usize,
    /// Pixels (slow, fast).
    shape: (usize, usize),
    kind: String,
    column_major: bool,
    /// Where the numbers begin.
    start: u64,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let (beginning, file_bytes) = read_beginning(path, LONGEST_HEADER_BYTES)?;
        Self::parse(path, &beginning, file_bytes)
            .map_err(|problem| FileError::malformed(path, FORMAT, problem))
    }

    fn parse(path: &Path, bytes: &[u8], file_bytes: u64) -> Result<Self, String> {
        let (header, rest) = Header::split(bytes)?;
        let start = (bytes.len() - rest.len()) as u64;
        header.check(file_bytes - start)?;
        let (frames, slow, fast) = match header.shape[..] {
            [slow, fast] => (1, slow, fast),
            [frames, slow, fast] => (frames, slow, fast),
            _ => {
                return Err(format!(
                    "it has {} dimensions, not slow, fast or frame, slow, fast",
                    header.shape.len()
                ));
            }
        };
        if frames == 0 || slow == 0 || fast == 0 {
            return Err("it has no pixels".to_owned());
        }
        Ok(Self {
            path: path.to_owned(),
            frames,
            shape: (slow, fast),
            kind: header.kind.to_owned(),
            column_major: header.column_major,
            start,
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
        let malformed = |problem: String| FileError::malformed(&self.path, FORMAT, problem);
        if index >= self.frames {
            return Err(malformed(format!(
                "it has {} frames, number {index} from 0 was asked for",
                self.frames
            )));
        }
        if self.column_major {
            return Ok(read_frames(&self.path)?
                .index_axis(Axis(0), index)
                .to_owned());
        }
        let (slow, fast) = self.shape;
        let frame_bytes = slow * fast * size_of_kind(&self.kind).unwrap_or(1);
        let start = self.start + index as u64 * frame_bytes as u64;
        let bytes = read_part(&self.path, start, frame_bytes)?;
        let pixels = to_f32(&self.kind, &bytes)
            .ok_or_else(|| malformed(format!("its numbers are of type '{}'", self.kind)))?;
        Ok(
            Array2::from_shape_vec(self.shape, pixels)
                .expect("there are as many numbers as pixels"),
        )
    }
}

fn parse(bytes: &[u8]) -> Result<ArrayD<f32>, String> {
    let (header, numbers) = Header::split(bytes)?;
    header.check(numbers.len() as u64)?;
    let pixels =
        to_f32(header.kind, numbers).ok_or_else(|| format!("'{}' is no number", header.kind))?;
    let shape = IxDyn(&header.shape).set_f(header.column_major);
    let array = ArrayD::from_shape_vec(shape, pixels)
        .map_err(|error| format!("{:?}: {error}", header.shape))?;
    // Whoever takes an image takes its pixels row by row.
    Ok(if header.column_major {
        array.as_standard_layout().into_owned()
    } else {
        array
    })
}

#[cfg(test)]
mod tests {
    use half::f16;
    use ndarray::array;

    use super::{
        header::{shape_of, split},
        *,
    };

    fn file(version: u8, text: &str, numbers: &[u8]) -> Vec<u8> {
        let length = (text.len() as u32).to_le_bytes();
        let length = &length[..if version == 1 { 2 } else { 4 }];
        [MAGIC, &[version, 0], length, text.as_bytes(), numbers].concat()
    }

    fn problem(text: &str, numbers: &[u8]) -> String {
        parse(&file(1, text, numbers)).unwrap_err()
    }

    #[test]
    fn the_header_is_as_long_as_others_want_it_and_ends_a_line() {
        let bytes = header("<u2", &[3, 512, 1024]);
        assert_eq!(bytes.len(), 128);
        let (text, numbers) = split(&bytes).unwrap();
        assert!(numbers.is_empty());
        let expected = "{'descr': '<u2', 'fortran_order': False, 'shape': (3, 512, 1024)}";
        assert_eq!(text.trim_end(), expected);
        assert!(text.ends_with(" \n"));
        // A text that leaves no room for the end of the line in 64 bytes takes 64 more.
        for digits in 1..30 {
            let shape = [10_usize.pow(digits % 19), 10_usize.pow(digits / 2)];
            let bytes = header("<f4", &shape);
            assert_eq!(bytes.len() % ALIGNMENT, 0);
            assert_eq!(shape_of(split(&bytes).unwrap().0).unwrap(), shape);
        }
    }

    #[test]
    fn every_version_and_either_order_of_bytes_and_of_dimensions_is_read() {
        let expected = array![[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]].into_dyn();
        let rows = [1_u8, 2, 3, 4, 5, 6];
        let numpy = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n";
        for version in 1..=3 {
            assert_eq!(parse(&file(version, numpy, &rows)).unwrap(), expected);
        }
        let text = "{'descr':'|i1','fortran_order':True,'shape':(2,3)}";
        let array = parse(&file(1, text, &[1, 4, 2, 5, 3, 6])).unwrap();
        assert_eq!(array, expected);
        assert!(array.is_standard_layout());
        let big: Vec<u8> = rows
            .iter()
            .flat_map(|&n| f64::from(n).to_be_bytes())
            .collect();
        let text = "{\"shape\": (2, 3), \"fortran_order\": False, \"descr\": \">f8\"}\n";
        assert_eq!(parse(&file(2, text, &big)).unwrap(), expected);
        let small: Vec<u8> = rows
            .iter()
            .flat_map(|&n| f16::from_f32(n.into()).to_le_bytes())
            .collect();
        assert_eq!(
            parse(&file(3, &numpy.replace("|u1", "<f2"), &small)).unwrap(),
            expected
        );
    }

    #[test]
    fn a_file_of_something_else_is_refused_with_a_reason() {
        let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n";
        assert!(parse(&file(1, good, &[0; 8])).is_ok());
        for (from, to, bytes, reason) in [
            ("<f4", "<c8", 8, "'<c8'"),
            ("<f4", "|O", 8, "'|O'"),
            ("<f4", "", 8, "''"),
            ("<f4", "\u{e9}f4", 8, "'\u{e9}f4'"),
            ("'<f4'", "[('a', '<f4')]", 8, "no type of numbers"),
            ("False", "0", 8, "no fortran_order"),
            ("(1, 2)", "2", 8, "no shape"),
            ("(1, 2)", "(1, -2)", 8, "no shape"),
            ("(1, 2)", "(4294967296, 4294967296)", 8, "2 numbers"),
            ("descr", "describe", 8, "no type of numbers"),
            ("<f4", "<f4", 7, "7 bytes"),
            ("<f4", "<f4", 12, "3 numbers"),
            ("<f4", "<f4", 4, "1 numbers"),
        ] {
            let said = problem(&good.replace(from, to), &vec![0; bytes]);
            assert!(said.contains(reason), "{said}");
        }
        assert!(parse(&file(4, good, &[0; 8])).is_err());
        assert!(parse(&file(1, good, &[])[..20]).is_err());
    }
}
