//! The rules that combine options: pivots, headers, fluence, sensor layers, interpolation, and what is said about them.

use std::{fs, path::Path, sync::Arc};

use nanobragg::{
    classic::{self, Experiment, options::Pivot},
    formats::smv,
    image::Region,
    scene::StructureFactors,
    structure_factors::{Amplitudes, Table},
};
use ndarray::Array2;
use tempfile::TempDir;

fn try_experiment(args: &str) -> Result<Experiment, String> {
    let args = format!("-cell 70 80 90 75 85 95 -N 5 -detpixels 100 {args}");
    let options = classic::parse(args.split_whitespace()).map_err(|error| error.to_string())?;
    Experiment::from_options(&options).map_err(|error| error.to_string())
}

fn experiment(args: &str) -> Experiment {
    try_experiment(args).unwrap_or_else(|error| panic!("{args}: {error}"))
}

fn warns(args: &str, of: &str) -> bool {
    let warnings = experiment(args).notices.warnings;
    warnings.iter().any(|warning| warning.contains(of))
}

#[test]
fn the_pivot_follows_pivot_then_convention_then_the_last_option() {
    for (args, pivot) in [
        ("-distance 100", Pivot::Beam),
        ("-close_distance 100", Pivot::Beam),
        ("-distance 100 -pivot sample", Pivot::Sample),
        ("-distance 100 -xds", Pivot::Sample),
        ("-pivot beam -dials", Pivot::Beam),
        ("-beam_vector 1 0 0", Pivot::Beam),
        ("-beam_vector 1 0 0 -close_distance 100", Pivot::Sample),
        (
            "-beam_vector 1 0 0 -close_distance 100 -Xbeam 5",
            Pivot::Beam,
        ),
        ("-beam_vector 1 0 0 -Xbeam 5 -twotheta 5", Pivot::Sample),
        ("-beam_vector 1 0 0 -twotheta 5 -pivot beam", Pivot::Beam),
        (
            "-close_distance 100 -mosflm -beam_vector 1 0 0",
            Pivot::Beam,
        ),
        ("-adxv -beam_vector 1 0 0", Pivot::Beam),
        ("-denzo -beam_vector 1 0 0", Pivot::Beam),
        ("-xds -beam_vector 1 0 0", Pivot::Sample),
        ("-xds -dials -beam_vector 1 0 0", Pivot::Beam),
        ("-xds -mosflm", Pivot::Beam),
        (
            "-beam_vector 1 0 0 -pivot sample -distance 100 -physics c-parity",
            Pivot::Beam,
        ),
        (
            "-beam_vector 1 0 0 -distance 100 -pivot sample -physics c-parity",
            Pivot::Sample,
        ),
        ("-physics c-parity -pivot sample", Pivot::Beam),
        ("-physics c-parity -pivot beam -xds", Pivot::Sample),
    ] {
        assert_eq!(experiment(args).detector.pivot, pivot, "{args}");
    }
}

#[test]
fn centres_that_do_not_move_the_picture_are_named() {
    const HINT: &str = "-ORGX";
    assert!(warns("-xds -Xbeam 4 -Ybeam 5", HINT));
    assert!(warns("-dials -Xclose 4", HINT));
    for args in [
        "-xds -ORGX 40 -ORGY 50",
        "-xds -Xbeam 4 -pivot beam",
        "-Xbeam 4 -Ybeam 5",
        "-beam_vector 1 0 0 -Xclose 4 -Yclose 5",
        "-xds -Xclose 4 -Yclose 5 -physics corrected",
    ] {
        assert!(!warns(args, HINT), "{args}");
    }
    let idle = experiment("-xds -Xbeam 4 -Ybeam 5").detector;
    assert_eq!(idle.origin_m, experiment("-xds").detector.origin_m);
}

#[test]
fn corrected_physics_puts_the_near_point_where_it_was_typed() {
    let near = |args: &str| {
        let [fast, slow] = experiment(args).detector.near_point_m;
        [fast * 1e3, slow * 1e3].map(|mm| (mm * 1e9).round() / 1e9)
    };
    assert_eq!(near("-xds -Xclose 4 -physics corrected"), [4.0, 5.0]);
    assert_eq!(near("-xds -Xclose 4 -physics spec"), [5.0, 5.0]);
    assert_eq!(
        near("-mosflm -pivot sample -Xclose 3 -Yclose 4 -physics corrected"),
        [4.05, 3.05]
    );
}

#[test]
fn flux_exposure_and_beam_size_decide_the_fluence_and_clip_the_sample_across_the_beam() {
    let args = "-flux 1e12 -exposure 0.5 -beamsize 0.001 -fluence 7 -samplesize 0.0015";
    let experiment = experiment(args);
    assert!((experiment.beam.fluence / 5e23 - 1.0).abs() < 1e-12);
    let [along, width, height] = experiment.crystal.size_m();
    assert!(along >= 1.5e-6);
    assert!((1.0e-6..1.01e-6).contains(&width) && (1.0e-6..1.01e-6).contains(&height));
    for named in ["-fluence", "-sample_y", "-sample_z"] {
        assert!(warns(args, named), "{named}");
    }
    assert!(!warns(args, "-sample_x"));
    assert!(warns("-samplesize 0.2 -oversample 1", "clipped"));
}

#[test]
fn the_default_fluence_makes_the_intensity_f_squared() {
    let experiment = experiment("-oversample 3 -mosaic 1 -mosaic_domains 4 -osc 1 -phisteps 5");
    let plan = experiment.plan(&Amplitudes::Constant(1.0)).unwrap();
    assert_eq!(plan.samples_per_pixel(plan.panel()), 180);
    assert!((plan.scale * 180.0 - 1.0).abs() < 1e-6, "{}", plan.scale);
}

#[test]
fn structure_factors_are_interpolated_for_few_cells_and_only_in_a_table() {
    let table = Amplitudes::Table(Arc::new(Table::filled([0; 3], [5; 3], 1.0)));
    let chosen = |args: &str, amplitudes| {
        let plan = experiment(args).plan(amplitudes).unwrap();
        plan.crystal().structure_factors.clone()
    };
    let is_tricubic =
        |args: &str| matches!(chosen(args, &table)[..], [StructureFactors::Tricubic(_)]);
    assert!(is_tricubic("-Na 2"));
    assert!(is_tricubic("-interpolate"));
    assert!(!is_tricubic("-N 3"));
    assert!(!is_tricubic("-Na 2 -nointerpolate"));
    assert_eq!(
        chosen("-interpolate", &Amplitudes::Constant(3.0)),
        [StructureFactors::Constant(3.0)]
    );
    // The classic program decides before the size of the sample is known.
    let sized = |physics| is_tricubic(&format!("-N 1 -samplesize 0.0005 -physics {physics}"));
    assert_eq!(
        ["spec", "c-parity", "corrected"].map(sized),
        [true, true, false]
    );
}

#[test]
fn sensor_layers_fill_the_sensor_in_corrected_physics() {
    let sensor = |physics| {
        let args =
            format!("-detector_abs 300 -detector_thick 450 -thicksteps 5 -physics {physics}");
        experiment(&args).detector.sensor
    };
    let depth_um = |physics| (sensor(physics).layer_m * 5e6).round();
    assert_eq!(
        ["spec", "c-parity", "corrected"].map(depth_um),
        [563.0, 563.0, 450.0]
    );
    let transparent = experiment("-detector_abs inf -detector_thick 450")
        .detector
        .sensor;
    assert_eq!(
        (transparent.layers, transparent.attenuation_per_m),
        (1, None)
    );
    assert!(warns("-detector_thick 450", "-detector_abs"));
}

#[test]
fn source_weights_count_in_corrected_physics_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sources");
    fs::write(&path, "-10 0 0 1 1e-10 # on axis\n\n-10 0.1 0 4\n-9 0\n").unwrap();
    let weights = |physics| -> Vec<f64> {
        let args = format!("-sourcefile {} -physics {physics}", path.display());
        let plan = experiment(&args).plan(&Amplitudes::Constant(1.0)).unwrap();
        plan.sources().iter().map(|source| source.weight).collect()
    };
    assert_eq!(weights("spec"), [1.0; 3]);
    assert_eq!(weights("c-parity"), [1.0; 3]);
    assert_eq!(weights("corrected"), [0.5, 2.0, 0.5]);
}

#[test]
fn the_region_of_interest_is_cut_to_the_detector() {
    let region = |roi| experiment(roi).detector.region;
    let limits = |fast_min, fast_max, slow_min, slow_max| Region {
        fast_min,
        fast_max,
        slow_min,
        slow_max,
    };
    assert_eq!(region(""), limits(0, 99, 0, 99));
    assert_eq!(region("-roi 10 20 30 40"), limits(10, 20, 30, 40));
    assert_eq!(region("-roi -1 500 99 -7"), limits(0, 99, 99, 99));
}

/// Writes an image of this camera, 40 x 30 pixels, its left half 0.
fn write_image(path: &Path, args: &str) {
    let mut header = experiment(args).smv_header();
    header.pixel_size_mm = 0.1;
    let counts = Array2::from_shape_fn((30, 40), |(_, fast)| u16::from(fast >= 20));
    smv::write(path, &header, counts.view()).unwrap();
}

#[test]
fn options_win_over_the_image_and_the_image_over_the_mask() {
    let folder = TempDir::new().unwrap();
    let [mask, image] = ["mask.img", "image.img"].map(|name| folder.path().join(name));
    write_image(
        &mask,
        "-distance 110 -lambda 1.1 -phi 1 -osc 2 -Xbeam 1 -Ybeam 2",
    );
    write_image(
        &image,
        "-distance 120 -lambda 1.2 -phi 3 -osc 4 -Xbeam 1 -Ybeam 2",
    );
    let read = |args: String| {
        let args = format!("-cell 70 80 90 -N 5 {args}");
        let options = classic::parse(args.split_whitespace()).unwrap();
        Experiment::from_options(&options).unwrap()
    };
    let (mask, image) = (mask.display(), image.display());

    let masked = read(format!("-mask {mask}"));
    assert_eq!(
        (masked.detector.fast_pixels, masked.detector.slow_pixels),
        (40, 30)
    );
    assert_eq!(masked.smv_header().distance_mm, 110.0);
    assert_eq!(masked.smv_header().osc_range_deg.round(), 2.0);
    // Counted from the other edge of 30 pixels of 0.1 mm.
    assert_eq!(masked.smv_header().beam_center_mm, [1.0, 1.0]);
    let plan = masked.plan(&Amplitudes::Constant(1.0)).unwrap();
    assert!(!plan.panel().is_unmasked(29, 19) && plan.panel().is_unmasked(29, 20));

    let both = read(format!("-img {image} -mask {mask} -lambda 1.3"));
    assert_eq!(both.smv_header().distance_mm, 120.0);
    assert_eq!(both.smv_header().beam_center_mm, [1.0, 2.0]);
    assert_eq!(both.smv_header().phi_deg.round(), 3.0);
    assert!((both.smv_header().wavelength_angstrom - 1.3).abs() < 1e-12);
    assert!(both.detector.mask.is_some());

    let header_wins = read(format!("-img {image} -distance 300"));
    assert_eq!(header_wins.smv_header().distance_mm, 120.0);
    let warnings = header_wins.notices.warnings.join("\n");
    assert!(warnings.contains("CLOSE_DISTANCE"), "{warnings}");

    let error = try_experiment(&format!("-mask {mask}")).unwrap_err();
    assert!(error.starts_with("-mask"), "{error}");
}

/// A mask of the classic program's, 12 x 12 pixels with the left five columns 0, whose header of 538 bytes says 512.
fn write_outgrown(path: &Path) {
    let mut bytes = b"{\nHEADER_BYTES=512;\nDIM=2;\nBYTE_ORDER=little_endian;\nTYPE=unsigned_short;\nSIZE1=12;\nSIZE2=12;\n\
        PIXEL_SIZE=0.2;\nDISTANCE=150;\n"
        .to_vec();
    bytes.resize(519, b' ');
    bytes.extend(b"\nWAVELENGTH=1.2;\n}\x0c");
    for _ in 0..12 {
        bytes.extend((0..12).flat_map(|fast| u16::from(fast >= 5).to_le_bytes()));
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_image_whose_header_outgrew_its_stated_length_is_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("long.img");
    write_outgrown(&path);
    let read = |option: &str, physics: &str| {
        let words = format!(
            "-cell 70 80 90 -N 5 {option} {} -physics {physics}",
            path.display()
        );
        let options = classic::parse(words.split_whitespace()).unwrap();
        Experiment::from_options(&options).unwrap()
    };
    for option in ["-img", "-mask"] {
        for (physics, from, wavelength) in [("spec", 538, 1.2), ("c-parity", 512, 1.0)] {
            let experiment = read(option, physics);
            let header = experiment.smv_header();
            assert_eq!(header.pixel_size_mm, 0.2);
            // Behind the stated end.
            assert!((header.wavelength_angstrom - wavelength).abs() < 1e-12);
            let warnings = experiment.notices.warnings.join("\n");
            let said = format!(
                "its header of 538 bytes says that it has 512; its pixels are read from byte {from} on"
            );
            assert!(warnings.contains(&said), "{warnings}");
            assert!(
                experiment
                    .notices
                    .physics_differences
                    .join(" ")
                    .contains("header")
            );
        }
    }
    let first_row = |physics: &str| {
        let mask = read("-mask", physics).detector.mask.unwrap();
        mask.pixels[..14].to_vec()
    };
    assert_eq!(
        first_row("spec"),
        [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0]
    );
    // The rest of the header is read as 13 pixels.
    assert_eq!(
        first_row("c-parity"),
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]
    );
}

#[test]
fn a_run_says_in_one_line_where_the_physics_would_differ() {
    let line = |args: &str| {
        let experiment = experiment(args);
        experiment.notices.physics_line(experiment.physics)
    };
    let square = "-cell 70 80 90 90 90 90 -oversample 1";
    assert_eq!(
        line(square),
        "physics: spec; the others would give the same image"
    );
    for same in [
        "-fdet_vector 0 0 1 -sdet_vector 0 -1 0 -pivot beam",
        "-curved_det -detector_roty 0",
        "-detector_abs 0 -detector_thick 0",
    ] {
        let line = line(&format!("{square} {same}"));
        assert!(line.contains("the same image"), "{same}: {line}");
    }
    for (args, reason) in [
        ("-oversample 1", "oblique"),
        ("-cell 70 80 90 -oversample 2", "every sample"),
        ("-cell 70 80 90 -oversample 1 -osc 1 -phisteps 4", "φ = 0"),
        ("-cell 70 80 90 -oversample 1 -pivot sample", "-pivot"),
        (
            "-cell 70 80 90 -oversample 1 -fdet_vector 0 0 1 -pivot sample -distance 100",
            "pivot of a later option",
        ),
        (
            "-cell 70 80 90 -oversample 1 -fdet_vector 0.2 0 1",
            "-odet_vector",
        ),
        (
            "-cell 70 80 90 -oversample 1 -oversample_thick",
            "black in c-parity",
        ),
        (
            "-cell 70 80 90 -oversample 1 -nopolar -oversample_polar",
            "overrides -nopolar",
        ),
        (
            "-cell 70 80 90 -oversample 1 -curved_det",
            "ignores -curved_det",
        ),
        (
            "-cell 70 80 90 -oversample 1 -detector_thick 9 -detector_abs 0 -detector_abs 9",
            "no sensor once",
        ),
        (
            "-cell 70 80 90 -oversample 1 -detector_thick 9",
            "sensor layer",
        ),
    ] {
        let line = line(args);
        assert!(
            line.contains(reason) && line.lines().count() == 1,
            "{args}: {line}"
        );
    }
    assert!(line(&format!("{square} -physics c-parity")).starts_with("physics: c-parity"));
}
