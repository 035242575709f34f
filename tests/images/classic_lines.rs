//! Lines on which this program and the classic one could part: the sum of the image that the classic program draws, to its last
//! printed digit.

use std::fs;

use nanobragg::classic::{self, Session};

/// What most lines begin with.
const BASE: &str = "-cell 50 -default_F 10 -detpixels 8 -seed 1";

/// The sum of the image of a line, in which `B` stands for [`BASE`].
fn sum(line: &str, physics: &str) -> f64 {
    let line = format!("{line} -device cpu -physics {physics}").replace("B ", &format!("{BASE} "));
    let options = classic::parse(line.split_whitespace()).unwrap_or_else(|e| panic!("{line}: {e}"));
    let session = Session::of(&options).map_err(|error| error.to_string());
    let image = session.and_then(|mut session| session.render().map_err(|error| error.to_string()));
    let image = image.unwrap_or_else(|error| panic!("{line}: {error}"));
    image
        .as_slice()
        .iter()
        .map(|&photons| f64::from(photons))
        .sum()
}

#[track_caller]
fn is_sum(line: &str, physics: &str, expected: f64) {
    let found = sum(line, physics);
    let difference = (found - expected).abs();
    assert!(
        difference <= 2e-7 * expected.abs(),
        "{line}, {physics}: {found} instead of {expected}"
    );
}

/// Lines on which spec and c-parity draw the classic image.
fn are_classic(lines: &[(&str, f64)]) {
    for &(line, classic) in lines {
        is_sum(line, "spec", classic);
        is_sum(line, "c-parity", classic);
    }
}

/// Lines on which spec draws another image than c-parity, which draws the classic one.
fn are_classic_in_c_parity(lines: &[(&str, f64, f64)]) {
    for &(line, classic, spec) in lines {
        is_sum(line, "spec", spec);
        is_sum(line, "c-parity", classic);
    }
}

#[test]
fn options_that_are_read_and_not_used_change_nothing() {
    are_classic(&[
        ("B -N 3", 2.2685411),
        (
            "B -N 3 -coherent -density 1.2 -sample_density 2 -MW 18 -molecular_weight 20",
            2.2685411,
        ),
        ("B -N 3 -4stol nosuch.stol", 2.2685411),
    ]);
}

#[test]
fn a_cell_that_is_given_again_keeps_what_it_does_not_name() {
    let line = "-cell 40 50 60 80 90 100 -cell 30 -default_F 10 -detpixels 8 -seed 1 -N 3";
    are_classic(&[(line, 2.0142736)]);
}

#[test]
fn sizes_of_zero_and_less_count_as_not_given() {
    are_classic(&[
        ("B -N 3 -sample_x 0", 2.2685411),
        ("B -N 3 -samplesize 0", 2.2685411),
        ("B -N 3 -sample_x -1", 2.2685411),
    ]);
}

#[test]
fn negative_steps_ranges_and_spreads_count_as_not_given() {
    are_classic(&[
        ("B -N 3 -dispersion -1", 2.2685411),
        ("B -N 3 -dispersion -1 -dispsteps 5", 1.9157276),
        ("B -N 3 -hdivrange -1 -hdivsteps 3", 0.42675206),
        ("B -N 3 -hdivrange 2 -hdivsteps -3", 2.1908329),
        ("B -N 3 -hdivstep -1 -hdivsteps 3 -hdivrange 2", 2.2167356),
        ("B -N 3 -mosaic -1 -mosaic_dom 5", 2.2685411),
        ("B -N 3 -oversample -2", 2.2685411),
        (
            "B -N 3 -detector_thick 100 -detector_abs 300 -thicksteps -3",
            0.5897787,
        ),
    ]);
}

#[test]
fn columns_of_a_source_file_may_be_separated_by_commas() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sources");
    fs::write(&path, "-10,0,0,1,1e-10\n-10 0.05 0 1 1.01e-10\n").unwrap();
    are_classic(&[(&format!("B -N 3 -sourcefile {}", path.display()), 1.4429416)]);
}

#[test]
fn numbers_of_fixed_width_may_join() {
    let folder = tempfile::tempdir().unwrap();
    let [hkl, matrix] = ["joined.hkl", "joined.mat"].map(|name| folder.path().join(name));
    fs::write(
        &hkl,
        "-100-100-100 50\n1-10  2 50\n   0   0   0 80\n   1-1-1  20\n",
    )
    .unwrap();
    fs::write(
        &matrix,
        "0.02-0.001 0.0\n0.001 0.015-0.002\n-0.0005-0.0001 0.017\n",
    )
    .unwrap();
    let (hkl, matrix) = (hkl.display(), matrix.display());
    are_classic(&[
        (
            &format!("-cell 40 50 60 -hkl {hkl} -detpixels 8 -seed 1 -N 3"),
            128.12287,
        ),
        (
            &format!("-mat {matrix} -default_F 10 -detpixels 8 -seed 1 -N 3"),
            1.6535294,
        ),
    ]);
}

#[test]
fn a_named_convention_leaves_its_pivot_to_own_axes() {
    are_classic(&[
        (
            "B -N 3 -xds -fdet_vector 0 0 1 -detector_roty 20",
            2.0944929,
        ),
        (
            "B -N 3 -dials -fdet_vector 0 0 1 -detector_roty 20",
            2.379921,
        ),
        (
            "B -N 3 -close_distance 50 -mosflm -fdet_vector 0 0 1 -detector_roty 20",
            2.8736119,
        ),
        (
            "B -N 3 -mosflm -close_distance 50 -fdet_vector 0 0 1 -detector_roty 20",
            2.772231,
        ),
    ]);
}

#[test]
fn in_c_parity_the_last_option_that_names_a_pivot_wins() {
    are_classic_in_c_parity(&[(
        "B -N 3 -fdet_vector 0 0 1 -pivot sample -distance 100 -detector_roty 10",
        2.4296856,
        0.10937545,
    )]);
    are_classic(&[(
        "B -N 3 -fdet_vector 0 0 1 -distance 100 -pivot sample -detector_roty 10",
        0.10937545,
    )]);
}

#[test]
fn a_normal_that_is_not_given_stays_along_x_in_c_parity() {
    are_classic_in_c_parity(&[("B -N 3 -fdet_vector 0.2 0 1", 2.4713749, 2.4252851)]);
    let distance = |physics: &str| {
        let line = format!("{BASE} -N 3 -sdet_vector 0 1 0 -physics {physics}");
        let options = classic::parse(line.split_whitespace()).unwrap();
        let experiment = classic::Experiment::from_options(&options).unwrap();
        (experiment.smv_header().distance_mm * 1e9).round() / 1e9
    };
    assert_eq!(distance("c-parity"), 100.0);
    assert_eq!(distance("spec"), -100.0);
    let options = classic::parse(
        format!("{BASE} -N 3 -fdet_vector 0.2 0 1 -physics c-parity").split_whitespace(),
    );
    let experiment = classic::Experiment::from_options(&options.unwrap()).unwrap();
    assert_eq!(
        format!("{:.4}", experiment.smv_header().distance_mm),
        "99.9216"
    );
}

#[test]
fn a_polarisation_axis_along_the_beam_matters_not_without_polarisation() {
    let line = "B -N 3 -beam_vector 0 0 1 -fdet_vector 1 0 0 -sdet_vector 0 1 0 -odet_vector 0 0 1 -nopolar";
    are_classic(&[(line, 2.4450713)]);
}

#[test]
fn an_infinite_attenuation_takes_the_sensor_away_where_it_stands_in_c_parity() {
    are_classic_in_c_parity(&[(
        "B -N 3 -detector_thick 100 -detector_abs 0 -detector_abs 300",
        2.2685411,
        0.5897787,
    )]);
    let line = "B -N 3 -detector_abs 300 -detector_thick 100 -detector_abs inf -detector_thick 50 -detector_abs 200";
    are_classic(&[(line, 0.47055161)]);
}

#[test]
fn in_c_parity_capture_by_a_sensor_without_thickness_is_nothing() {
    are_classic_in_c_parity(&[
        ("B -N 3 -oversample_thick", 0.0, 2.2685411),
        (
            "B -N 3 -oversample_thick -detector_thick 100 -detector_abs 0",
            0.0,
            2.2685411,
        ),
    ]);
}

#[test]
fn in_c_parity_polarisation_of_every_sample_overrides_nopolar() {
    const LINE: &str = "B -N 3 -misset 10 20 30 -oversample 3 -distance 20 -pixel 2";
    are_classic_in_c_parity(&[
        (
            &format!("{LINE} -polar 0.9 -nopolar -oversample_polar"),
            1172.1972,
            1544.9625,
        ),
        (
            &format!("{LINE} -nopolar -oversample_polar"),
            1163.884,
            1544.9625,
        ),
    ]);
    are_classic(&[(&format!("{LINE} -nopolar"), 1544.9625)]);
}

#[test]
fn in_c_parity_a_last_curved_det_goes_unheard() {
    are_classic_in_c_parity(&[(
        "B -N 3 -pixel 2 -distance 20 -curved_det",
        1367.8957,
        1598.5657,
    )]);
    are_classic(&[("B -N 3 -pixel 2 -distance 20 -curved_det -nopgm", 1598.5657)]);
}

#[test]
fn a_detector_plane_through_the_sample_is_sampled_once() {
    are_classic(&[("B -N 3 -twotheta 90", 1.9873777e-16)]);
}

#[test]
fn an_axis_of_the_swing_has_length_one() {
    is_sum(
        "B -N 3 -twotheta_axis 0 2 0 -twotheta 10",
        "c-parity",
        sum("B -N 3 -twotheta_axis 0 1 0 -twotheta 10", "spec"),
    );
}
