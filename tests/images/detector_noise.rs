//! Each effect of a detector has the size that was asked for, and every image can be made again.

use std::path::{Path, PathBuf};

use nanobragg::formats::{raw_float, smv};
use nanobragg::image::Image;
use nanobragg::noise::EXACT_ABOVE;
use nanobragg::noise::detector::{
    BadPixels, Generator, Measured, PointSpread, Readout, SpreadShape,
};
use ndarray::Array2;

const GENERATORS: [Generator; 2] = [Generator::Classic, Generator::Counter];

fn flat(photons: f32) -> Image {
    Image::from_array(Array2::from_elem((200, 300), photons))
}

fn mean_and_variance(measured: &Measured) -> (f64, f64) {
    let n = measured.counts.len() as f64;
    let counts = measured.counts.mapv(f64::from);
    let mean = counts.sum() / n;
    let variance = counts.mapv(|count| (count - mean).powi(2)).sum() / (n - 1.0);
    (mean, variance)
}

#[track_caller]
fn assert_near(found: f64, expected: f64, relative: f64) {
    assert!(
        (found / expected - 1.0).abs() < relative,
        "{found} instead of {expected}"
    );
}

#[test]
fn the_default_detector_is_the_classic_program() {
    let golden = |case: &str, file: &str| -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("golden/expected")
            .join(case)
            .join(file)
    };
    for (case, seed, offset) in [
        ("noise_dim", 271_828, 40.0),
        ("noise_bright", 31_415, 100.0),
    ] {
        let image = raw_float::read(&golden(case, "float.bin"), None).unwrap();
        let detector = Readout {
            seed,
            offset,
            ..Readout::default()
        };
        let measured = detector.measure(&Image::from_array(image));
        let classic = smv::read(&golden(case, "noise.img")).unwrap().counts;
        assert_eq!(measured.counts, classic.mapv(u32::from), "{case}");
    }
}

#[test]
fn an_image_does_not_depend_on_the_number_of_threads() {
    for generator in GENERATORS {
        let detector = Readout {
            scale: 1.3,
            flicker: 0.1,
            calibration: 0.02,
            point_spread: Some(PointSpread {
                shape: SpreadShape::Fiber,
                fwhm_pixels: 1.5,
                radius_pixels: Some(20),
            }),
            gain: 1.8,
            readout_noise: 3.0,
            bad_pixels: BadPixels {
                dead: 0.01,
                hot: 0.01,
            },
            generator,
            ..Readout::default()
        };
        let with = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| detector.measure(&flat(25.0)))
        };
        assert_eq!(with(1), with(5), "{generator:?}");
    }
}

#[test]
fn variance_grows_with_gain_and_readout_noise_as_a_photon_transfer_curve_says() {
    for generator in GENERATORS {
        for photons in [4.0, 100.0, 5000.0] {
            let detector = Readout {
                gain: 3.0,
                readout_noise: 5.0,
                offset: 50.0,
                generator,
                ..Readout::default()
            };
            let (mean, variance) = mean_and_variance(&detector.measure(&flat(photons)));
            let photons = f64::from(photons);
            let rounding = 1.0 / 12.0;
            assert_near(mean, 50.0 + 3.0 * photons, 0.01);
            assert_near(variance, 9.0 * photons + 25.0 + rounding, 0.03);
        }
    }
}

#[test]
fn a_longer_exposure_collects_more_photons() {
    for generator in GENERATORS {
        let detector = Readout {
            scale: 2.5,
            generator,
            ..Readout::default()
        };
        let measured = detector.measure(&flat(40.0));
        assert_near(measured.photons, 100.0 * 60_000.0, 0.01);
    }
}

#[test]
fn the_calibration_belongs_to_the_detector_and_not_to_the_image() {
    for generator in GENERATORS {
        let measure = |seed, detector_seed| {
            let detector = Readout {
                calibration: 0.05,
                offset: 0.0,
                generator,
                seed,
                detector_seed,
                ..Readout::default()
            };
            detector.measure(&flat(40_000.0)).counts.mapv(f64::from)
        };
        let correlation = |a: &Array2<f64>, b: &Array2<f64>| {
            let (a, b) = (a - a.mean().unwrap(), b - b.mean().unwrap());
            (&a * &b).sum() / ((&a * &a).sum() * (&b * &b).sum()).sqrt()
        };
        let (one, same, other) = (measure(1, 9), measure(2, 9), measure(1, 10));
        assert_near(one.std(1.0) / 40_000.0, 0.05, 0.03);
        assert!(correlation(&one, &same) > 0.98);
        assert!(correlation(&one, &other).abs() < 0.02);
    }
}

#[test]
fn the_beam_flickers_from_image_to_image_and_not_within_one() {
    for generator in GENERATORS {
        let totals: Vec<f64> = (1..=60)
            .map(|seed| {
                let detector = Readout {
                    flicker: 0.1,
                    generator,
                    seed,
                    ..Readout::default()
                };
                let measured = detector.measure(&flat(100.0));
                let (mean, variance) = mean_and_variance(&measured);
                assert_near(variance, mean - 40.0, 0.05);
                measured.photons
            })
            .collect();
        let mean = totals.iter().sum::<f64>() / 60.0;
        let variance = totals.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / 59.0;
        assert_near(variance.sqrt() / mean, 0.1, 0.35);
    }
}

#[test]
fn spreading_follows_the_photons_so_that_neighbours_share_their_noise() {
    let detector = |point_spread| Readout {
        point_spread,
        offset: 0.0,
        gain: 10.0,
        ..Readout::default()
    };
    let spread = PointSpread {
        shape: SpreadShape::Gaussian,
        fwhm_pixels: 2.0,
        radius_pixels: None,
    };
    let (_, sharp) = mean_and_variance(&detector(None).measure(&flat(100.0)));
    let blurred = detector(Some(spread)).measure(&flat(100.0)).counts;
    let inner = blurred.slice(ndarray::s![10..190, 10..290]).mapv(f64::from);
    assert_near(inner.mean().unwrap(), 1000.0, 0.01);
    // The squares of a Gaussian sum to 1/(4πσ²); averaging over a pixel adds 1/12 to σ².
    let sigma = 2.0 / 2.354_82;
    let expected = sharp / (4.0 * std::f64::consts::PI * (sigma * sigma + 1.0 / 12.0));
    assert_near(inner.var(1.0), expected, 0.05);
}

#[test]
fn a_point_spread_never_makes_noise_greater_and_a_narrow_one_leaves_it() {
    let variance = |point_spread| {
        let detector = Readout {
            point_spread,
            offset: 0.0,
            gain: 100.0,
            ..Readout::default()
        };
        let counts = detector.measure(&flat(400.0)).counts;
        let inner = counts.slice(ndarray::s![60..140, 60..240]).mapv(f64::from);
        inner.var(1.0)
    };
    let sharp = variance(None);
    let mut before = sharp;
    for (fwhm_pixels, least, most) in [
        (0.1, 0.9, 1.01),
        (1.0, 0.2, 0.5),
        (3.0, 0.03, 0.08),
        (10.0, 0.002, 0.008),
    ] {
        let spread = variance(Some(PointSpread {
            shape: SpreadShape::Gaussian,
            fwhm_pixels,
            radius_pixels: None,
        }));
        // From below: a spread that blurs too much loses more noise than the squares of its shares add up to.
        let share = spread / sharp;
        assert!((least..most).contains(&share), "{fwhm_pixels}: {share}");
        assert!(spread <= before, "{fwhm_pixels}");
        before = spread;
    }
}

#[test]
fn a_detector_of_20_or_32_bits_counts_as_far_as_that() {
    for generator in GENERATORS {
        for (saturation, photons) in [(1_048_575, 2e6), (1_048_575, 5e5), (u32::MAX - 1, 3e9)] {
            let detector = Readout {
                saturation,
                offset: 0.0,
                exact_above: EXACT_ABOVE,
                generator,
                ..Readout::default()
            };
            let measured = detector.measure(&flat(photons));
            let (mean, variance) = mean_and_variance(&measured);
            if f64::from(photons) > f64::from(saturation) {
                assert_eq!((mean, variance), (saturation.into(), 0.0));
                assert_eq!(measured.overloads, 60_000);
            } else {
                assert_near(mean, photons.into(), 1e-4);
                assert_near(variance, photons.into(), 0.03);
            }
        }
    }
}

#[test]
fn overloads_stop_at_the_saturation_and_are_counted() {
    let detector = Readout {
        saturation: 1000,
        ..Readout::default()
    };
    let measured = detector.measure(&flat(5000.0));
    assert!(measured.counts.iter().all(|&count| count == 1000));
    assert_eq!(measured.overloads, 60_000);
    assert_eq!(detector.measure(&flat(10.0)).overloads, 0);
}

#[test]
fn the_same_pixels_are_bad_in_every_image() {
    for generator in GENERATORS {
        let measure = |seed| {
            let detector = Readout {
                bad_pixels: BadPixels {
                    dead: 0.02,
                    hot: 0.01,
                },
                generator,
                seed,
                ..Readout::default()
            };
            detector.measure(&flat(100.0))
        };
        let (one, two) = (measure(1), measure(2));
        assert_eq!(one.good, two.good);
        let share =
            |value| one.counts.iter().filter(|&&count| count == value).count() as f64 / 60_000.0;
        assert_near(share(0), 0.02, 0.15);
        assert_near(share(65_535), 0.01, 0.15);
        let good = one.good.unwrap();
        for (count, good) in one.counts.iter().zip(good) {
            assert_eq!(good == 0, *count == 0 || *count == 65_535);
        }
    }
}
