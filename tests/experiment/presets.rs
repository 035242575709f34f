//! Cameras by name: what a preset sets, and what wins over it.

use std::fs;

use nanobragg::{
    classic::{self, Experiment, presets::PRESETS},
    formats::smv,
};
use ndarray::Array2;
use tempfile::TempDir;

fn try_experiment(args: &str) -> Result<Experiment, String> {
    let args = format!("-default_F 1 -cell 70 80 90 -N 1 -oversample 1 {args}");
    let options = classic::parse(args.split_whitespace()).map_err(|error| error.to_string())?;
    Experiment::from_options(&options).map_err(|error| error.to_string())
}

fn experiment(args: &str) -> Experiment {
    try_experiment(args).unwrap_or_else(|error| panic!("{args}: {error}"))
}

#[test]
fn every_preset_is_a_camera() {
    for preset in PRESETS {
        let made = experiment(&format!("-detector {}", preset.name));
        let detector = &made.detector;
        assert_eq!([detector.fast_pixels, detector.slow_pixels], preset.pixels);
        assert!((detector.pixel_size_m * 1e3 / preset.pixel_mm - 1.0).abs() < 1e-12);
        assert_eq!(
            detector.mask.is_some(),
            preset.has_gaps(),
            "{}",
            preset.name
        );
        assert_eq!(made.notices.warnings, [] as [String; 0], "{}", preset.name);
        let note = &made.notices.notes[0];
        assert!(note.contains(preset.sensor.material), "{note}");
    }
}

#[test]
fn a_preset_names_its_sensor_in_headers_and_gives_the_image_no_depth() {
    let made = experiment("-detector pilatus6m");
    assert_eq!(
        (made.detector.thickness_m, made.detector.sensor.layers),
        (0.0, 1)
    );
    for (args, material, thickness_m) in [
        ("-detector pilatus6m", "Si", 320e-6),
        ("-detector eiger1m", "Si", 450e-6),
        ("-detector rayonix_mx225hs", "Gd2O2S", 40e-6),
        ("-detector adsc_q210", "Gd2O2S", 0.0),
        (
            "-detector eiger1m -detector_thick 300 -detector_abs 500",
            "Si",
            300e-6,
        ),
        ("-detpixels 8", "Si", 0.0),
    ] {
        let named = experiment(args).acquisition();
        assert_eq!(named.sensor_material, material, "{args}");
        let off = named.sensor_thickness_m - thickness_m;
        assert!(off.abs() < 1e-12, "{args}: {off}");
    }
}

#[test]
fn a_preset_that_other_options_change_is_told_as_it_is() {
    for (args, pixels) in [
        ("", "1030 x 1065 pixels of 0.075 mm;"),
        (
            "-pixel 0.1",
            "1030 x 1065 pixels of 0.1 mm, by other options",
        ),
        (
            "-detpixels 64",
            "64 x 64 pixels of 0.075 mm, by other options",
        ),
    ] {
        let notes = experiment(&format!("-detector eiger1m {args}"))
            .notices
            .notes;
        let line = format!("-detector eiger1m: {pixels}");
        assert!(
            notes.iter().any(|note| note.starts_with(&line)),
            "{notes:?}"
        );
    }
}

#[test]
fn words_win_over_the_preset_and_the_preset_over_an_image() {
    let typed = experiment("-detector pilatus2m -pixel 0.2").detector;
    assert_eq!((typed.fast_pixels, typed.pixel_size_m), (1475, 0.2e-3));
    assert!(typed.mask.is_some());
    for args in ["-detpixels_f 100", "-detsize_f 17.2", "-detpixels 100"] {
        let made = experiment(&format!("-detector pilatus2m {args}"));
        assert_eq!(made.detector.fast_pixels, 100, "{args}");
        assert!(made.detector.mask.is_none(), "{args}");
        let warnings = made.notices.warnings.join("\n");
        assert!(warnings.contains("without its gaps"), "{args}: {warnings}");
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("image.img");
    let header = experiment("-distance 120 -detpixels 40").smv_header();
    smv::write(&path, &header, Array2::<u16>::ones((40, 40)).view()).unwrap();
    let made = experiment(&format!("-detector pilatus300k -img {}", path.display()));
    assert_eq!(
        (made.detector.fast_pixels, made.detector.slow_pixels),
        (487, 619)
    );
    assert!((made.detector.distance_m - 0.12).abs() < 1e-9);
}

#[test]
fn gaps_and_mask_are_both_left_out() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mask.img");
    let header = experiment("-detector pilatus300k").smv_header();
    let counts = Array2::from_shape_fn((619, 487), |(_, fast)| u16::from(fast >= 100));
    smv::write(&path, &header, counts.view()).unwrap();
    let masked = experiment(&format!("-detector pilatus300k -mask {}", path.display()));
    let mask = masked.detector.mask.expect("there is a mask").pixels;
    let counts = |fast: usize, slow: usize| mask[slow * 487 + fast] == 1;
    assert!(!counts(99, 0) && counts(100, 0) && counts(100, 194));
    assert!(!counts(100, 195) && !counts(100, 211) && counts(100, 212));
    let recorded = experiment("-detector pilatus300k")
        .acquisition()
        .mask
        .unwrap();
    assert_eq!(recorded[195 * 487], 0);

    fs::remove_file(&path).unwrap();
    let header = experiment("-detpixels 40").smv_header();
    smv::write(&path, &header, Array2::<u16>::ones((40, 40)).view()).unwrap();
    let refused = try_experiment(&format!("-detector pilatus300k -mask {}", path.display()));
    assert!(refused.unwrap_err().starts_with("-mask"));
}

#[test]
fn an_unknown_camera_is_refused_by_the_name_of_the_option() {
    let message = try_experiment("-detector eiger15m").unwrap_err();
    assert!(
        message.starts_with("-detector: there is no \"eiger15m\"; is it eiger1"),
        "{message}"
    );
}
