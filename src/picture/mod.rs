//! Pictures of images, to look at: a contrast, colours, and on request rings of resolution, the beam and a scale bar.
//!
//! ```
//! use ndarray::array;
//! use nanobragg::formats::History;
//! use nanobragg::picture::{ColourMap, Contrast, Picture};
//!
//! let photons = array![[20.0_f32, 21.0], [900.0, 19.0]];
//! let picture = Picture {
//!     image: photons.view(),
//!     contrast: Contrast::of(photons.iter().copied().collect()),
//!     colours: ColourMap::Grey,
//!     marks: None,
//! };
//! let mut png = Vec::new();
//! picture.encode(&mut png, "a spot on a background", &History::default())?;
//! # Ok::<(), std::io::Error>(())
//! ```

mod canvas;
mod colours;
mod contrast;
mod font;
mod geometry;
mod marks;
mod palette;

use std::io;
use std::path::Path;

use ndarray::ArrayView2;
use rayon::prelude::*;

use canvas::Dot;

pub use colours::ColourMap;
pub use contrast::Contrast;
pub use geometry::Geometry;
pub use marks::Marks;

use crate::files::{FileError, atomic_file};
use crate::formats::{History, png};

/// What is drawn, and how: a pixel of the picture for each of the image.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// Photons, shape (slow, fast).
    pub image: ArrayView2<'a, f32>,
    pub contrast: Contrast,
    pub colours: ColourMap,
    pub marks: Option<&'a Marks>,
}

impl Picture<'_> {
    /// Writes a PNG file that describes itself so, in characters of Latin-1, and tells how its image was made.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn write(
        &self,
        path: &Path,
        description: &str,
        history: &History,
    ) -> Result<(), FileError> {
        atomic_file::write(path, |out| self.encode(out, description, history))
    }

    /// The same PNG file to any writer.
    ///
    /// # Errors
    /// The writer's own, and for images that are too large for PNG.
    pub fn encode(
        &self,
        out: impl io::Write,
        description: &str,
        history: &History,
    ) -> io::Result<()> {
        let texts = (description, history);
        let pixels = self.image.as_standard_layout();
        let pixels = pixels.as_slice().expect("the layout is standard");
        let levels = pixels
            .par_iter()
            .map(|&photons| self.contrast.level(f64::from(photons)));
        let shape = self.image.dim();
        if self.marks.is_none() && self.colours == ColourMap::Grey {
            let grey: Vec<u8> = levels.map(|level| 255 - level).collect();
            return png::encode_grey(out, &grey, shape, texts);
        }
        let Some(marks) = self.marks else {
            let levels: Vec<u8> = levels.collect();
            let palette = self.colours.palette();
            return png::encode_with_palette(out, &levels, shape, &palette, texts);
        };
        let mut dots: Vec<Dot> = levels.map(|level| Dot { level, ink: 0 }).collect();
        marks.draw(&mut dots, shape);
        let entries: Vec<u8> = dots.par_iter().map(|dot| palette::entry(*dot)).collect();
        let palette = palette::of(self.colours);
        png::encode_with_palette(out, &entries, shape, &palette, texts)
    }
}
