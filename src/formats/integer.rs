//! From photons to the whole numbers of a detector image.

use crate::image::{Counts, Image, Region};

/// Where the brightest pixel ends unless a scale is given.
const FULL_SCALE: f64 = 55_000.0;

/// The scale that puts the brightest pixel at 55000.
pub fn automatic_int_scale(max: f64) -> f64 {
    if max > 0.0 { FULL_SCALE / max } else { 1.0 }
}

/// Photons times `scale` plus the offset `adc`, rounded and clipped to 0 … `saturation`; zero outside the region.
pub fn integer_image(
    image: &Image,
    region: Region,
    scale: f64,
    adc: f64,
    saturation: u32,
) -> Counts<'_> {
    let photons = image.view();
    Counts::by_row(photons.dim(), saturation, move |slow, counts| {
        counts.fill(0);
        if !(region.slow_min..=region.slow_max).contains(&slow) {
            return;
        }
        let fast = region.fast_min..=region.fast_max;
        let row = photons.row(slow);
        for (count, fast) in counts[fast.clone()].iter_mut().zip(fast) {
            *count = quantise(f64::from(row[fast]) * scale + adc, saturation);
        }
    })
}

/// Rounds half up. Counts of 16 bits go through single precision, where a value just below a half can go up, as in the classic
/// program.
fn quantise(value: f64, saturation: u32) -> u32 {
    let rounded = value.clamp(0.0, f64::from(saturation)) + 0.5;
    if rounded < 65_536.0 {
        rounded as f32 as u32
    } else {
        rounded as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rounded_through_single_precision_and_clipped() {
        let smv = |value| quantise(value, 65_535);
        assert_eq!(smv(0.49), 0);
        assert_eq!(smv(0.5), 1);
        assert_eq!(smv(40_000.499_999), 40_001);
        assert_eq!(smv(-3.0), 0);
        assert_eq!(smv(65_534.6), 65_535);
        assert_eq!(smv(1e9), 65_535);
        assert_eq!(smv(f64::NAN), 0);
    }

    #[test]
    fn counts_beyond_16_bits_are_exact() {
        assert_eq!(quantise(16_777_217.4, 20_000_000), 16_777_217);
        assert_eq!(quantise(1e9, 1_048_575), 1_048_575);
        assert_eq!(quantise(1e300, u32::MAX - 1), u32::MAX - 1);
        assert_eq!(quantise(f64::NAN, u32::MAX - 1), 0);
    }
}
