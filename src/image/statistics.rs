//! The numbers that a run prints about its image.

use rayon::prelude::*;

use super::{Image, Region};

/// Statistics of the rendered pixels that hold a finite number.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Statistics {
    /// Rendered pixels: inside the region and not masked.
    pub pixels: u64,
    /// Those of them that have left the range of float32, and count for nothing below.
    pub not_finite: u64,
    /// Photons in the brightest pixel; 0 when no pixel is above 0.
    pub max: f64,
    /// The brightest pixel: fast, slow.
    pub max_at: [usize; 2],
    /// Photons per rendered pixel.
    pub mean: f64,
    /// Root of the sum of squares over one less than the number of rendered pixels.
    pub rms: f64,
    /// The same of the differences from the mean, over all pixels of the region, masked ones included.
    pub rmsd: f64,
}

/// Sums over one row.
#[derive(Clone, Copy, Default)]
struct Row {
    pixels: u64,
    not_finite: u64,
    sum: f64,
    sum_of_squares: f64,
    max: f32,
    max_fast: usize,
}

impl Statistics {
    /// Reads the rendered pixels of `image`; rows are summed in order, so the result does not depend on the threads.
    pub fn of(image: &Image, region: Region, mask: Option<&[u8]>) -> Self {
        let fast = region.fast_min..=region.fast_max;
        let width = image.fast_pixels();
        let row_of =
            |slow: usize| &image.as_slice()[slow * width..(slow + 1) * width][fast.clone()];
        let slow = region.slow_min..=region.slow_max;

        let rows: Vec<Row> = slow
            .clone()
            .into_par_iter()
            .map(|slow| {
                let mut row = Row::default();
                for (fast, photons) in fast.clone().zip(row_of(slow)) {
                    if mask.is_some_and(|mask| mask[slow * width + fast] == 0) {
                        continue;
                    }
                    if !photons.is_finite() {
                        row.not_finite += 1;
                        continue;
                    }
                    if *photons > row.max {
                        row.max = *photons;
                        row.max_fast = fast;
                    }
                    let photons = f64::from(*photons);
                    row.pixels += 1;
                    row.sum += photons;
                    row.sum_of_squares += photons * photons;
                }
                row
            })
            .collect();

        let finite: u64 = rows.iter().map(|row| row.pixels).sum();
        let not_finite: u64 = rows.iter().map(|row| row.not_finite).sum();
        let mean = rows.iter().map(|row| row.sum).sum::<f64>() / finite.max(1) as f64;
        let one_less = |count: u64| count.saturating_sub(1).max(1) as f64;
        let region_pixels = (region.fast_len() * region.slow_len()) as u64 - not_finite;
        let sum_of_squares: f64 = rows.iter().map(|row| row.sum_of_squares).sum();
        let deviations: Vec<f64> = slow
            .into_par_iter()
            .map(|slow| {
                let squares = row_of(slow)
                    .iter()
                    .filter(|photons| photons.is_finite())
                    .map(|photons| (f64::from(*photons) - mean).powi(2));
                // A sum of nothing is -0.
                squares.fold(0.0, |sum, square| sum + square)
            })
            .collect();

        let mut statistics = Self {
            pixels: finite + not_finite,
            not_finite,
            mean,
            rms: (sum_of_squares / one_less(finite)).sqrt(),
            rmsd: (deviations.iter().sum::<f64>() / one_less(region_pixels)).sqrt(),
            ..Self::default()
        };
        for (slow, row) in (region.slow_min..).zip(&rows) {
            if f64::from(row.max) > statistics.max {
                statistics.max = f64::from(row.max);
                statistics.max_at = [row.max_fast, slow];
            }
        }
        statistics
    }
}
