//! `-pngfile`: which photons are drawn, and how.

use std::{fmt, path::Path};

use ndarray::Array2;

use crate::{
    classic::options::OutputOptions,
    files::FileError,
    formats::History,
    image::Image,
    noise::NoiseImage,
    picture::{ColourMap, Contrast, Geometry, Marks, Picture},
    plan::Plan,
};

/// Pixels from which the contrast of an image is taken.
const SAMPLE: usize = 1 << 20;

/// The picture of an image. What it says is what the run reports and the file holds.
pub struct Preview {
    /// Photons that were counted; `None` draws those of the image itself.
    counted: Option<Array2<f32>>,
    contrast: Contrast,
    colours: ColourMap,
    marks: Option<Marks>,
}

impl Preview {
    /// The picture of the photons that were counted, up to `most`, or, where none were, of those of the image.
    pub fn of(
        options: &OutputOptions,
        plan: &Plan,
        image: &Image,
        noise: Option<&NoiseImage>,
        most: u32,
    ) -> Self {
        let counted = noise
            .map(|noise| noise.counts(0.0, most).to_array())
            .map(|counts| counts.mapv(|count| count as f32));
        let photons = counted
            .as_ref()
            .map_or(image.view(), |counted| counted.view());
        let panel = plan.panel();
        let contrast = match options.png_scale {
            Some(scale) => Contrast::linear(1.0 / scale),
            None => {
                let pixels = panel.region.fast_len() * panel.region.slow_len();
                // Odd, so that the pixels do not stand in columns.
                let stride = (pixels / SAMPLE) | 1;
                let sample = panel.rendered_pixels().step_by(stride);
                let contrast = Contrast::of(sample.map(|pixel| photons[pixel]).collect());
                match &counted {
                    Some(_) => contrast.up_to(most.into()),
                    None => contrast,
                }
            }
        };
        let beam = options.png_rings.then(|| plan.spectrum.mean()).flatten();
        Self {
            contrast,
            colours: options.png_colours,
            marks: beam.and_then(|beam| Marks::of(Geometry::new(panel, beam))),
            counted,
        }
    }

    /// Writes the PNG file.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn write(&self, path: &Path, image: &Image, history: &History) -> Result<(), FileError> {
        let picture = Picture {
            image: self
                .counted
                .as_ref()
                .map_or(image.view(), |counted| counted.view()),
            contrast: self.contrast,
            colours: self.colours,
            marks: self.marks.as_ref(),
        };
        picture.write(path, &self.to_string(), history)
    }
}

impl fmt::Display for Preview {
    /// `noise image, 0.3 to 85 photons, white to black, rings at 8, 4 Å`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.counted {
            Some(_) => "noise image",
            None => "image without noise",
        };
        let Contrast { low, high, .. } = self.contrast;
        let [low, high] = [low, high].map(three_digits);
        let ends = self.colours.ends();
        write!(f, "{what}, {low} to {high} photons, {ends}")?;
        if let Some(marks) = &self.marks
            && !marks.spacings.is_empty()
        {
            let spacings: Vec<String> = marks.spacings.iter().map(f64::to_string).collect();
            write!(f, ", rings at {} Å", spacings.join(", "))?;
        }
        Ok(())
    }
}

/// A number of photons, to three digits and to the photon.
fn three_digits(photons: f64) -> String {
    let digits = (2 - photons.abs().max(1e-9).log10().floor() as i32).clamp(0, 12);
    let power = 10_f64.powi(digits);
    ((photons * power).round() / power).to_string()
}
