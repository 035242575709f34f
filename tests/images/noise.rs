//! Photon noise is the classic program's to the byte, and Poisson's in distribution.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use nanobragg::formats::{raw_float, smv};
use nanobragg::image::Image;
use nanobragg::image::Region;
use nanobragg::noise::{NoiseImage, PoissonDeviates, noise_image};

fn golden(case: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden/expected")
        .join(case)
        .join(file)
}

/// The noise image made from a golden float image, and the pixels of the golden noise image.
fn classic_and_ours(case: &str, seed: i64, adc: f64) -> (Array2<u16>, NoiseImage) {
    let mean = raw_float::read(&golden(case, "float.bin"), None).unwrap();
    let classic = smv::read(&golden(case, "noise.img")).unwrap().counts;
    let (height, width) = mean.dim();
    let whole = Region {
        fast_min: 0,
        fast_max: width - 1,
        slow_min: 0,
        slow_max: height - 1,
    };
    let ours = noise_image(&Image::from_array(mean), whole, seed, adc);
    (classic, ours)
}

/// Mean and variance of many draws, in standard errors from the Poisson distribution's.
fn deviations(mean: f32) -> (f64, f64) {
    const DRAWS: usize = 200_000;
    let mut deviates = PoissonDeviates::new(31_415);
    let draws: Vec<f64> = (0..DRAWS).map(|_| f64::from(deviates.draw(mean))).collect();
    let n = DRAWS as f64;
    let average = draws.iter().sum::<f64>() / n;
    let variance = draws.iter().map(|x| (x - average).powi(2)).sum::<f64>() / (n - 1.0);
    let expected = f64::from(mean);
    let variance_error = ((2.0 * expected * expected + expected) / n).sqrt();
    (
        (average - expected) / (expected / n).sqrt(),
        (variance - expected) / variance_error,
    )
}

#[test]
fn at_noise_001_dim_noise_is_the_classic_programs_byte_for_byte() {
    let (classic, ours) = classic_and_ours("noise_dim", 271_828, 40.0);
    assert_eq!(ours.counts, classic);
    assert_eq!((ours.photons, ours.overloads), (20_308_667.0, 0));
}

#[test]
fn at_noise_001_bright_noise_is_the_classic_programs_byte_for_byte() {
    let (classic, ours) = classic_and_ours("noise_bright", 31_415, 100.0);
    assert_eq!(ours.counts, classic);
    assert_eq!(
        (ours.photons.round(), ours.overloads),
        (1_164_894_354.0, 434)
    );
}

#[test]
fn at_noise_001_mean_and_variance_are_poissons_in_all_three_regimes() {
    for mean in [0.1, 3.0, 11.9, 12.0, 500.0, 2e4, 2e6] {
        let (average, variance) = deviations(mean);
        assert!(
            average.abs() < 4.0,
            "mean {mean}: average {average:.1} standard errors off"
        );
        assert!(
            variance.abs() < 4.0,
            "mean {mean}: variance {variance:.1} standard errors off"
        );
    }
}

#[test]
fn single_precision_widens_the_variance_near_a_million_photons_by_less_than_three_percent() {
    // The exponent of the rejection method is a difference of numbers near 1e7 in float32, as in the classic program.
    let (average, variance) = deviations(9.9e5);
    let standard_errors_in_three_percent = 0.03 / (2.0_f64 / 200_000.0).sqrt();
    assert!(average.abs() < 4.0);
    assert!(variance.abs() < standard_errors_in_three_percent);
}

#[test]
fn a_dark_pixel_counts_nothing_but_still_spends_a_random_number() {
    let mut without = PoissonDeviates::new(5);
    let mut with = PoissonDeviates::new(5);
    assert_eq!(with.draw(0.0), 0.0);
    let (first, second) = (without.draw(100.0), without.draw(100.0));
    assert_ne!(with.draw(100.0), first);
    assert_ne!(first, second);
}

#[test]
fn pixels_outside_the_region_stay_zero_whatever_the_offset() {
    let region = Region {
        fast_min: 1,
        fast_max: 2,
        slow_min: 1,
        slow_max: 1,
    };
    let image = Image::from_array(Array2::from_elem((3, 4), 50.0));
    let noise = noise_image(&image, region, 1, 40.0);
    let lit: Vec<(usize, usize)> = noise
        .counts
        .indexed_iter()
        .filter_map(|(pixel, count)| (*count > 0).then_some(pixel))
        .collect();
    assert_eq!(lit, [(1, 1), (1, 2)]);
}

#[test]
fn pixels_that_are_not_numbers_or_negative_become_zero() {
    let row = Region {
        fast_min: 0,
        fast_max: 2,
        slow_min: 0,
        slow_max: 0,
    };
    let image = Image::from_array(ndarray::array![[f32::NAN, -3.0, 1e30]]);
    let noise = noise_image(&image, row, 1, 0.0);
    assert_eq!(noise.counts, ndarray::array![[0, 0, u16::MAX]]);
}
