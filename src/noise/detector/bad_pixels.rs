//! Pixels that do not measure.

use ndarray::Array2;

use super::generator::{Effect, Streams};

/// Shares of the pixels that are broken.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BadPixels {
    /// Always 0.
    pub dead: f64,
    /// Always saturated.
    pub hot: f64,
}

impl BadPixels {
    /// Breaks pixels; returns a byte for each, 0 for the broken ones, or `None` when there are none.
    pub(super) fn apply(
        &self,
        detector: &Streams,
        counts: &mut Array2<u32>,
        saturation: u32,
    ) -> Option<Vec<u8>> {
        if self.dead <= 0.0 && self.hot <= 0.0 {
            return None;
        }
        let width = counts.ncols();
        let mut fate: Vec<f32> = vec![0.0; counts.len()];
        detector.for_each_row(Effect::BadPixels, &mut fate, width, |deviates, row| {
            row.fill_with(|| deviates.uniform());
        });
        let good = counts.iter_mut().zip(fate).map(|(count, fate)| {
            let fate = f64::from(fate);
            let (is_dead, is_hot) = (fate < self.dead, fate >= 1.0 - self.hot);
            if is_dead {
                *count = 0;
            } else if is_hot {
                *count = saturation;
            }
            u8::from(!is_dead && !is_hot)
        });
        Some(good.collect())
    }
}
