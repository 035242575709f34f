//! Photon noise is the classic program's to the byte, and Poisson's in distribution.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use nanobragg::formats::{raw_float, smv};
use nanobragg::image::Image;
use nanobragg::image::Region;
use nanobragg::noise::{EXACT_ABOVE, NoiseImage, PoissonDeviates, noise_image};

fn golden(case: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden/expected")
        .join(case)
        .join(file)
}

/// The noise image made from a golden float image, and the pixels of the golden noise image.
fn classic_and_ours(case: &str, seed: i64, adc: f64) -> (Array2<u16>, Array2<u16>, NoiseImage) {
    let mean = raw_float::read(&golden(case, "float.bin"), None).unwrap();
    let classic = smv::read(&golden(case, "noise.img")).unwrap().counts;
    let (height, width) = mean.dim();
    let whole = Region {
        fast_min: 0,
        fast_max: width - 1,
        slow_min: 0,
        slow_max: height - 1,
    };
    let ours = noise_image(&Image::from_array(mean), whole, seed, f32::INFINITY);
    let counts = ours.counts(adc, 65_535).to_array();
    (classic, counts.mapv(|count| count as u16), ours)
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
    let (classic, counts, ours) = classic_and_ours("noise_dim", 271_828, 40.0);
    assert_eq!(counts, classic);
    assert_eq!(
        (ours.photons, ours.overloads(40.0, 65_535)),
        (20_308_667.0, 0)
    );
}

#[test]
fn at_noise_001_bright_noise_is_the_classic_programs_byte_for_byte() {
    let (classic, counts, ours) = classic_and_ours("noise_bright", 31_415, 100.0);
    assert_eq!(counts, classic);
    assert_eq!(
        (ours.photons.round(), ours.overloads(100.0, 65_535)),
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
    let noise = noise_image(&image, region, 1, f32::INFINITY);
    let lit: Vec<(usize, usize)> = noise
        .counts(40.0, 65_535)
        .to_array()
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
    for exact_above in [f32::INFINITY, EXACT_ABOVE] {
        let noise = noise_image(&image, row, 1, exact_above);
        let counts = noise.counts(0.0, 65_535).to_array();
        assert_eq!(counts, ndarray::array![[0, 0, 65_535]]);
    }
}

/// Bright pixels, some of them far beyond 16 bits.
fn bright() -> (Image, Region) {
    let mean = Array2::from_shape_fn((60, 80), |(slow, fast)| {
        [300.0, 60_000.0, 66_000.0, 70_000.0, 9e5, 3e7, 4e9][(slow * 80 + fast) % 7]
    });
    (Image::from_array(mean), Region::whole(80, 60))
}

#[test]
fn exact_counts_leave_the_classic_image_as_it_is() {
    let (image, region) = bright();
    let classic = noise_image(&image, region, 7, f32::INFINITY);
    let exact = noise_image(&image, region, 7, EXACT_ABOVE);
    for offset in [0.0, 40.0, 1000.0] {
        let smv = |noise: &NoiseImage| noise.counts(offset, 65_535).to_array();
        assert_eq!(smv(&classic), smv(&exact), "offset {offset}");
    }
    let most = u32::MAX - 1;
    assert_ne!(
        classic.counts(0.0, most).to_array(),
        exact.counts(0.0, most).to_array()
    );
}

/// How far draws stray from the Poisson distribution of a mean: chi-square per degree of freedom over values that are expected often.
fn chi_square(mean: f32, mut draw: impl FnMut() -> f64) -> f64 {
    const DRAWS: usize = 400_000;
    const BINS: usize = 200;
    let sigma = f64::from(mean).sqrt();
    let first = (f64::from(mean) - 3.0 * sigma).round();
    // Single values, so that a rough distribution shows.
    let step = (6.0 * sigma / BINS as f64).max(1.0).floor();
    let mut seen = vec![0.0; BINS];
    for _ in 0..DRAWS {
        let value = draw() - first;
        if value >= 0.0 && (value / step) < BINS as f64 && value.rem_euclid(step) < 1.0 {
            seen[(value / step) as usize] += 1.0;
        }
    }
    let ln_mean = f64::from(mean).ln();
    let terms: Vec<f64> = (0..BINS)
        .filter_map(|bin| {
            let count = first + bin as f64 * step;
            let probability = (count * ln_mean - f64::from(mean) - libm::lgamma(count + 1.0)).exp();
            let expected = probability * DRAWS as f64;
            (expected > 10.0).then(|| (seen[bin] - expected).powi(2) / expected)
        })
        .collect();
    assert!(terms.len() > 30, "{} values at {mean}", terms.len());
    terms.iter().sum::<f64>() / terms.len() as f64
}

#[test]
fn every_value_beyond_16_bits_is_as_likely_as_poisson_has_it() {
    for mean in [68_500.0, 2e5, 9e5] {
        let mut deviates = PoissonDeviates::new(9).exact_above(EXACT_ABOVE);
        let exact = chi_square(mean, || deviates.photons(mean));
        assert!((0.5..1.5).contains(&exact), "{mean}: {exact}");
    }
    // Which single precision does not achieve.
    let mut deviates = PoissonDeviates::new(9);
    assert!(chi_square(9e5, || deviates.photons(9e5)) > 2.0);
}

#[test]
fn large_counts_are_whole_and_have_poissons_mean_and_variance() {
    const DRAWS: usize = 50_000;
    for mean in [68_300.0_f32, 1.2e6, 3e7, 4e9] {
        let mut deviates = PoissonDeviates::new(3).exact_above(EXACT_ABOVE);
        let draws: Vec<f64> = (0..DRAWS).map(|_| deviates.photons(mean)).collect();
        assert!(draws.iter().all(|draw| draw.fract() == 0.0));
        let odd = draws.iter().filter(|draw| *draw % 2.0 == 1.0).count();
        assert!(odd.abs_diff(DRAWS / 2) < 800, "{mean}: {odd} odd ones");
        let (n, expected) = (DRAWS as f64, f64::from(mean));
        let average = draws.iter().sum::<f64>() / n;
        let variance = draws.iter().map(|x| (x - average).powi(2)).sum::<f64>() / (n - 1.0);
        assert!(
            (average - expected).abs() < 4.0 * (expected / n).sqrt(),
            "{mean}: {average}"
        );
        assert!(
            (variance / expected - 1.0).abs() < 4.0 * (2.0 / n).sqrt(),
            "{mean}: {variance}"
        );
    }
}
