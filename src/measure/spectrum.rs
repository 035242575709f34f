//! Spatial frequencies of an image: aliasing shows as power near the Nyquist frequency.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use rustfft::{FftPlanner, num_complex::Complex64};

/// Power of the Fourier transform by radial spatial frequency.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RadialPower {
    /// Power in each of the equal steps of frequency from 0 to the corner of the frequency plane.
    power: Vec<f64>,
}

/// Nyquist's frequency is 0.5 per pixel; the corner of the frequency plane lies at √½.
const NYQUIST_PER_PIXEL: f64 = 0.5;

impl RadialPower {
    /// Steps of frequency between zero and Nyquist's.
    const STEPS_TO_NYQUIST: usize = 256;

    /// The power spectrum |FFT|² / pixels of an image less its mean, so that the powers add up to Σ(I − mean)²; what is
    /// not finite counts as 0.
    pub fn of(image: ArrayView2<'_, f32>) -> Self {
        let (slow_pixels, fast_pixels) = image.dim();
        let steps = (Self::STEPS_TO_NYQUIST as f64 * 2.0_f64.sqrt()).ceil() as usize + 1;
        let mut power = vec![0.0; steps];
        if image.is_empty() {
            return Self { power };
        }
        let mut transform =
            image.mapv(|v| Complex64::from(if v.is_finite() { f64::from(v) } else { 0.0 }));
        let mean = transform.sum() / image.len() as f64;
        transform.mapv_inplace(|value| value - mean);
        transform_rows(&mut transform);
        let mut transform = transform.reversed_axes().as_standard_layout().into_owned();
        transform_rows(&mut transform);
        let frequency =
            |index: usize, length: usize| index.min(length - index) as f64 / length as f64;
        for ((fast, slow), value) in transform.indexed_iter() {
            let radius = frequency(slow, slow_pixels).hypot(frequency(fast, fast_pixels));
            let step = (radius / NYQUIST_PER_PIXEL * Self::STEPS_TO_NYQUIST as f64).round();
            power[step as usize] += value.norm_sqr() / image.len() as f64;
        }
        Self { power }
    }

    /// Power at all radial frequencies of at least `fraction` of Nyquist's.
    pub fn above(&self, fraction_of_nyquist: f64) -> f64 {
        let first = (fraction_of_nyquist * Self::STEPS_TO_NYQUIST as f64).ceil() as usize;
        self.power.iter().skip(first).sum()
    }

    /// All power: the image's summed squared deviation from its mean.
    pub fn total(&self) -> f64 {
        self.power.iter().sum()
    }
}

fn transform_rows(values: &mut Array2<Complex64>) {
    let length = values.ncols();
    let fft = FftPlanner::new().plan_fft_forward(length);
    values
        .as_slice_mut()
        .expect("the array is in standard layout")
        .par_chunks_exact_mut(length)
        .for_each(|row| fft.process(row));
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use proptest::prelude::*;

    use super::*;

    fn wave(slow_cycles: f64, fast_cycles: f64) -> Array2<f32> {
        Array2::from_shape_fn((64, 96), |(s, f)| {
            let phase = slow_cycles * s as f64 / 64.0 + fast_cycles * f as f64 / 96.0;
            (10.0 + (TAU * phase).cos()) as f32
        })
    }

    #[test]
    fn a_wave_has_its_power_at_its_own_frequency() {
        // 24 cycles over 96 pixels: half of Nyquist's frequency.
        let spectrum = RadialPower::of(wave(0.0, 24.0).view());
        let expected = 0.5 * 64.0 * 96.0;
        assert!((spectrum.above(0.49) / expected - 1.0).abs() < 1e-5);
        assert!(spectrum.above(0.51) < 1e-5 * expected);
    }

    #[test]
    fn frequencies_of_both_axes_add_as_a_radius() {
        // 0.25 and 0.25 per pixel: √½ of Nyquist's.
        let spectrum = RadialPower::of(wave(16.0, 24.0).view());
        assert!(spectrum.above(0.70) > 0.99 * spectrum.total());
        assert!(spectrum.above(0.72) < 1e-5 * spectrum.total());
    }

    #[test]
    fn flat_and_empty_images_have_no_power() {
        assert_eq!(
            RadialPower::of(Array2::from_elem((8, 8), 3.0).view()).total(),
            0.0
        );
        assert_eq!(RadialPower::of(Array2::zeros((0, 4)).view()).total(), 0.0);
    }

    proptest! {
        #[test]
        fn the_powers_add_up_to_the_variance(
            values in proptest::collection::vec(-5.0_f32..5.0, 7 * 9),
        ) {
            let image = Array2::from_shape_vec((7, 9), values).unwrap();
            let mean = image.iter().map(|&v| f64::from(v)).sum::<f64>() / 63.0;
            let spread: f64 = image.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum();
            let total = RadialPower::of(image.view()).total();
            prop_assert!((total - spread).abs() <= 1e-9 * spread.max(1.0));
        }
    }
}
