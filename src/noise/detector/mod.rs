//! What a detector does to the photons that reach it.

mod bad_pixels;
mod convolution;
mod generator;
mod point_spread;

use ndarray::Array2;
use rayon::prelude::*;

use crate::image::Image;
use generator::{Effect, Streams};

pub use bad_pixels::BadPixels;
pub use generator::Generator;
pub use point_spread::{PointSpread, SpreadShape};

/// Photons of a pixel whose mean is infinite: more than any detector counts, and few enough to be spread over the image.
const ENDLESS: f32 = 1e20;

/// A detector and an exposure. The default adds Poisson noise and the classic offset of 40, and nothing else.
///
/// Effects apply in the order of the fields up to `saturation`.
#[derive(Debug, Clone, PartialEq)]
pub struct Readout {
    /// Factor on every pixel's mean: longer exposures, brighter beams.
    pub scale: f64,
    /// Relative rms variation of the beam from image to image.
    pub flicker: f64,
    /// Relative rms error of the calibration from pixel to pixel, the same in every image of a detector.
    pub calibration: f64,
    pub point_spread: Option<PointSpread>,
    /// Counts per photon.
    pub gain: f64,
    /// Counts rms.
    pub readout_noise: f64,
    /// Counts.
    pub offset: f64,
    /// Largest count that is read out.
    pub saturation: u32,
    pub bad_pixels: BadPixels,
    pub generator: Generator,
    /// Means above this are drawn exactly, whatever the generator; the classic program's numbers are otherwise its own.
    pub exact_above: f32,
    /// Of what differs from image to image.
    pub seed: i64,
    /// Of what belongs to the detector: calibration and bad pixels.
    pub detector_seed: i64,
}

impl Default for Readout {
    fn default() -> Self {
        Self {
            scale: 1.0,
            flicker: 0.0,
            calibration: 0.0,
            point_spread: None,
            gain: 1.0,
            readout_noise: 0.0,
            offset: 40.0,
            saturation: u16::MAX.into(),
            bad_pixels: BadPixels::default(),
            generator: Generator::Classic,
            exact_above: f32::INFINITY,
            seed: 1,
            detector_seed: 1,
        }
    }
}

/// An image as it was read out.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Shape (slow, fast).
    pub counts: Array2<u32>,
    /// Photons that arrived, before any other effect than their own statistics.
    pub photons: f64,
    /// Pixels that wanted to exceed the saturation.
    pub overloads: u64,
    /// One byte per pixel, fast axis first, 0 for bad pixels and those that are no number; `None` when all are good.
    pub good: Option<Vec<u8>>,
    /// Pixels whose mean is infinite: they are saturated.
    pub infinite: u64,
    /// Pixels whose mean is no number: they are 0.
    pub not_a_number: u64,
}

impl Readout {
    /// Measures an image of mean photons per pixel. The result does not depend on the number of threads.
    pub fn measure(&self, image: &Image) -> Measured {
        let width = image.fast_pixels();
        let streams = |seed| Streams {
            generator: self.generator,
            exact_above: self.exact_above,
            seed,
        };
        let (shot, build) = (streams(self.seed), streams(self.detector_seed));
        let flicker = 1.0 + self.flicker * f64::from(shot.single(Effect::Flicker).gaussian());
        let factor = self.scale * flicker.max(0.0);

        let mut signal = image.as_slice().to_vec();
        let scaled = |pixel: f32| (f64::from(pixel) * factor) as f32;
        let is_infinite = |pixel: f32| scaled(pixel) == f32::INFINITY;
        shot.for_each_row(Effect::Photons, &mut signal, width, |deviates, row| {
            for pixel in row {
                let mean = scaled(*pixel);
                // Every pixel takes its numbers from the stream.
                let drawn = deviates.poisson(if mean.is_finite() { mean } else { 0.0 });
                *pixel = match mean {
                    f32::INFINITY => ENDLESS,
                    _ => drawn,
                };
            }
        });
        let means = image.as_slice();
        let infinite = means.iter().filter(|pixel| is_infinite(**pixel)).count() as u64;
        let not_a_number = means.iter().filter(|pixel| pixel.is_nan()).count() as u64;
        let photons = match infinite {
            0 => sum_of_rows(&signal, width),
            _ => f64::INFINITY,
        };
        if self.calibration > 0.0 {
            build.for_each_row(Effect::Calibration, &mut signal, width, |deviates, row| {
                for pixel in row {
                    *pixel *= (1.0 + self.calibration * f64::from(deviates.gaussian())) as f32;
                }
            });
        }
        if let Some(point_spread) = &self.point_spread {
            point_spread.blur(&mut signal, width);
        }
        signal
            .par_iter_mut()
            .for_each(|pixel| *pixel = (f64::from(*pixel) * self.gain) as f32);
        if self.readout_noise > 0.0 {
            shot.for_each_row(Effect::Readout, &mut signal, width, |deviates, row| {
                for pixel in row {
                    *pixel += (self.readout_noise * f64::from(deviates.gaussian())) as f32;
                }
            });
        }
        let (counts, overloads) = self.digitise(signal);
        let mut counts = Array2::from_shape_vec(image.view().dim(), counts)
            .expect("there are as many counts as pixels");
        let mut good = self.bad_pixels.apply(&build, &mut counts, self.saturation);
        if not_a_number > 0 {
            let good = good.get_or_insert_with(|| vec![1; means.len()]);
            for ((good, count), mean) in good.iter_mut().zip(&mut counts).zip(means) {
                if mean.is_nan() {
                    (*good, *count) = (0, 0);
                }
            }
        }
        Measured {
            counts,
            photons,
            overloads,
            good,
            infinite,
            not_a_number,
        }
    }

    /// Adds the offset, rounds, and clips to 0 … saturation.
    fn digitise(&self, signal: Vec<f32>) -> (Vec<u32>, u64) {
        let limit = f64::from(self.saturation);
        // Counts take the memory of the signal.
        let mut pixels: Vec<u32> = bytemuck::cast_vec(signal);
        let overloads = pixels
            .par_iter_mut()
            .filter_map(|pixel| {
                let level = (f64::from(f32::from_bits(*pixel)) + self.offset + 0.5).floor();
                *pixel = level.min(limit) as u32;
                (level > limit).then_some(())
            })
            .count();
        (pixels, overloads as u64)
    }
}

/// A sum that does not depend on how rows are shared among threads.
fn sum_of_rows(pixels: &[f32], width: usize) -> f64 {
    let rows: Vec<f64> = pixels
        .par_chunks(width)
        .map(|row| row.iter().map(|&pixel| f64::from(pixel)).sum())
        .collect();
    rows.iter().sum()
}
