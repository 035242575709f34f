//! The pixels of a file: photons, or counts in as many bits as they need.

use std::io::{self, Write};

use ndarray::ArrayView2;

use super::little_endian::write_numbers;
use crate::image::{CountPixel, Counts};

/// What is written.
#[derive(Clone)]
pub enum Pixels<'a> {
    /// Shape (slow, fast).
    Photons(ArrayView2<'a, f32>),
    Counts(Counts<'a>),
}

/// The type of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelType {
    U16,
    U32,
    F32,
}

impl PixelType {
    /// Bytes of a pixel.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }
}

/// What all images of a file have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Form {
    /// Slow and fast pixels.
    pub shape: (usize, usize),
    pub pixel: PixelType,
    /// The largest value.
    pub saturation: f64,
}

impl Form {
    /// Photons on (slow, fast) pixels.
    pub fn photons(shape: (usize, usize)) -> Self {
        Self {
            shape,
            pixel: PixelType::F32,
            saturation: f32::MAX.into(),
        }
    }

    /// Counts on (slow, fast) pixels, in numbers of which the largest is left to mark pixels that were not recorded.
    pub fn counts(shape: (usize, usize), saturation: u32) -> Self {
        let pixel = if saturation < u16::MAX.into() {
            PixelType::U16
        } else {
            PixelType::U32
        };
        Self {
            shape,
            pixel,
            saturation: saturation.into(),
        }
    }
}

impl<'a> Pixels<'a> {
    /// Size and type.
    pub fn form(&self) -> Form {
        match self {
            Self::Photons(photons) => Form::photons(photons.dim()),
            Self::Counts(counts) => Form::counts(counts.dim(), counts.saturation()),
        }
    }

    /// Writes the pixels as little-endian numbers of their type, fast axis first. Counts where `recorded` is 0 become the largest
    /// number of the type, as Dectris marks the pixels of an Eiger that do not count.
    pub(super) fn write(&self, recorded: Option<&[u8]>, out: &mut dyn Write) -> io::Result<()> {
        match (self, self.form().pixel) {
            (Self::Photons(photons), _) => {
                let photons = photons.as_standard_layout();
                write_numbers(out, photons.as_slice().expect("the layout is standard"))
            }
            (Self::Counts(counts), PixelType::U16) => write_counts::<u16>(counts, recorded, out),
            (Self::Counts(counts), _) => write_counts::<u32>(counts, recorded, out),
        }
    }
}

fn write_counts<T: CountPixel + super::little_endian::Number>(
    counts: &Counts<'_>,
    recorded: Option<&[u8]>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(mut recorded) = recorded else {
        return counts.for_each_block(|block: &[T]| write_numbers(out, block));
    };
    let mut marked = Vec::new();
    counts.for_each_block(|block: &[T]| {
        let (here, later) = recorded.split_at(block.len());
        recorded = later;
        marked.clear();
        let pixels = block.iter().zip(here);
        marked.extend(pixels.map(|(&count, &recorded)| match recorded {
            0 => T::narrow(u32::MAX),
            _ => count,
        }));
        write_numbers(out, &marked)
    })
}

impl<'a> From<ArrayView2<'a, f32>> for Pixels<'a> {
    fn from(photons: ArrayView2<'a, f32>) -> Self {
        Self::Photons(photons)
    }
}

impl<'a> From<ArrayView2<'a, u16>> for Pixels<'a> {
    fn from(counts: ArrayView2<'a, u16>) -> Self {
        Self::Counts(counts.into())
    }
}

impl<'a> From<&Counts<'a>> for Pixels<'a> {
    fn from(counts: &Counts<'a>) -> Self {
        Self::Counts(counts.clone())
    }
}

impl<'a> From<Counts<'a>> for Pixels<'a> {
    fn from(counts: Counts<'a>) -> Self {
        Self::Counts(counts)
    }
}
