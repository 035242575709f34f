//! From photons to the whole numbers of a detector image.

use ndarray::Array2;
use rayon::prelude::*;

use crate::image::Image;
use crate::image::Region;

/// Where the brightest pixel ends unless a scale is given.
const FULL_SCALE: f64 = 55_000.0;
/// The offset of every count unless `-adc` gives another.
pub const DEFAULT_ADC: f64 = 40.0;

/// The scale that puts the brightest pixel at 55000.
pub fn automatic_scale(max: f64) -> f64 {
    if max > 0.0 { FULL_SCALE / max } else { 1.0 }
}

/// Photons times `scale` plus the offset `adc`, rounded and clipped to 0…65535; zero outside the region.
pub fn integer_image(image: &Image, region: Region, scale: f64, adc: f64) -> Array2<u16> {
    let fast_pixels = image.fast_pixels();
    let mut counts = Array2::zeros((image.slow_pixels(), fast_pixels));
    let fast = region.fast_min..=region.fast_max;
    counts
        .as_slice_mut()
        .expect("a new array is stored in standard layout")
        .par_chunks_mut(fast_pixels)
        .zip(image.as_slice().par_chunks(fast_pixels))
        .skip(region.slow_min)
        .take(region.slow_len())
        .for_each(|(counts, photons)| {
            for (count, photons) in counts[fast.clone()].iter_mut().zip(&photons[fast.clone()]) {
                *count = quantise(f64::from(*photons) * scale + adc);
            }
        });
    counts
}

/// Rounds half up, but through single precision: a value just below a half can go up, as in the classic program.
fn quantise(value: f64) -> u16 {
    ((value.clamp(0.0, f64::from(u16::MAX)) + 0.5) as f32) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rounded_through_single_precision_and_clipped() {
        assert_eq!(quantise(0.49), 0);
        assert_eq!(quantise(0.5), 1);
        assert_eq!(quantise(40_000.499_999), 40_001);
        assert_eq!(quantise(-3.0), 0);
        assert_eq!(quantise(65_534.6), 65_535);
        assert_eq!(quantise(1e9), 65_535);
        assert_eq!(quantise(f64::NAN), 0);
    }
}
