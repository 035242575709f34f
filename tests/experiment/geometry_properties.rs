//! What must hold for every camera and every cell, not only for the golden ones.

use nanobragg::{
    classic::{
        Experiment,
        options::{
            Convention, CrystalOptions, DetectorOptions, Options, Physics, Pivot, SamplingOptions,
        },
    },
    scene::UnitCell,
    vector::Vector,
};
use proptest::prelude::*;

fn dot(a: Vector, b: Vector) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn convention() -> impl Strategy<Value = Convention> {
    prop::sample::select(vec![
        Convention::Mosflm,
        Convention::Xds,
        Convention::Adxv,
        Convention::Denzo,
        Convention::Dials,
        Convention::Custom,
    ])
}

/// A detector of 200 x 150 pixels of 0.2 mm with a centre that was typed, in every convention.
fn detector(pivot: Pivot) -> impl Strategy<Value = DetectorOptions> {
    (
        convention(),
        prop::array::uniform3(-35.0..35.0_f64),
        -35.0..35.0_f64,
        50.0..400.0_f64,
        prop::array::uniform2(2.0..28.0_f64),
    )
        .prop_map(move |(convention, tilts, twotheta, distance, [x, y])| {
            let [rotx, roty, rotz] = tilts.map(Some);
            DetectorOptions {
                convention: Some(convention),
                pivot: Some(pivot),
                detpixels_fast: Some(200),
                detpixels_slow: Some(150),
                pixel_mm: Some(0.2),
                xbeam_mm: Some(x),
                ybeam_mm: Some(y),
                rotx_deg: rotx,
                roty_deg: roty,
                rotz_deg: rotz,
                twotheta_deg: Some(twotheta),
                distance_mm: (pivot == Pivot::Beam).then_some(distance),
                close_distance_mm: (pivot == Pivot::Sample).then_some(distance),
                ..Default::default()
            }
        })
}

fn experiment(detector: DetectorOptions) -> Experiment {
    Experiment::from_options(&Options {
        detector,
        crystal: CrystalOptions {
            cell: Some([50.0, 60.0, 70.0, 90.0, 90.0, 90.0]),
            ..Default::default()
        },
        ..Default::default()
    })
    .unwrap()
}

/// Fast and slow coordinates in mm of the typed centre: what the convention's axes make of -Xbeam and -Ybeam.
fn typed_centre_mm(detector: &DetectorOptions) -> [f64; 2] {
    let (x, y) = (detector.xbeam_mm.unwrap(), detector.ybeam_mm.unwrap());
    match detector.convention.unwrap() {
        Convention::Adxv => [x, 30.0 - y],
        Convention::Mosflm => [y + 0.1, x + 0.1],
        Convention::Denzo => [y, x],
        Convention::Xds | Convention::Dials | Convention::Custom => [x, y],
    }
}

/// Fast and slow coordinates in mm of the point where the direct beam goes through the detector.
fn beam_hit_mm(experiment: &Experiment) -> [f64; 2] {
    let detector = &experiment.detector;
    let beam = experiment.frame.beam;
    let along = dot(detector.origin_m, detector.normal) / dot(beam, detector.normal);
    let hit: Vector = std::array::from_fn(|i| along * beam[i] - detector.origin_m[i]);
    [detector.fast, detector.slow].map(|axis| dot(hit, axis) * 1e3)
}

fn assert_close(ours: [f64; 2], expected: [f64; 2]) {
    for (ours, expected) in ours.iter().zip(expected) {
        assert!((ours - expected).abs() < 1e-9, "{ours} {expected}");
    }
}

proptest! {
    #[test]
    fn a_tilted_detector_keeps_its_beam_centre(typed in detector(Pivot::Beam)) {
        let experiment = experiment(typed.clone());
        assert_close(beam_hit_mm(&experiment), typed_centre_mm(&typed));
        if typed.convention != Some(Convention::Custom) {
            prop_assert_eq!(experiment.detector.pivot, Pivot::Beam);
        }
    }

    #[test]
    fn a_detector_turned_about_the_sample_keeps_its_near_point_and_distance(
        mut typed in detector(Pivot::Sample), origin in prop::array::uniform2(20.0..120.0_f64)
    ) {
        let mut expected = typed_centre_mm(&typed);
        if typed.convention != Some(Convention::Custom) {
            [typed.orgx, typed.orgy] = origin.map(Some);
            expected = origin.map(|pixels| (pixels - 0.5) * 0.2);
        }
        let detector = experiment(typed.clone()).detector;
        assert_close(detector.near_point_m.map(|metres| metres * 1e3), expected);
        assert_close(
            [detector.close_distance_m * 1e3, 0.0],
            [typed.close_distance_mm.unwrap(), 0.0],
        );
    }

    #[test]
    fn an_untilted_detector_is_hit_on_its_centre_whatever_it_turns_about(
        mut typed in prop_oneof![detector(Pivot::Beam), detector(Pivot::Sample)]
    ) {
        typed.rotx_deg = None;
        typed.roty_deg = None;
        typed.rotz_deg = None;
        typed.twotheta_deg = None;
        let experiment = experiment(typed.clone());
        let detector = &experiment.detector;
        assert_close(beam_hit_mm(&experiment), detector.beam_spot_m.map(|metres| metres * 1e3));
        assert_close(detector.near_point_m, detector.beam_spot_m);
        assert_close(
            [detector.distance_m, 0.0],
            [detector.close_distance_m, 0.0],
        );
    }

    #[test]
    fn detector_axes_stay_orthonormal(typed in detector(Pivot::Beam)) {
        let detector = experiment(typed).detector;
        let axes = [detector.fast, detector.slow, detector.normal];
        for i in 0..3 {
            for j in 0..3 {
                let expected = f64::from(u8::from(i == j));
                prop_assert!((dot(axes[i], axes[j]) - expected).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn triclinic_cells_come_back_from_their_vectors(
        lengths in prop::array::uniform3(10.0..400.0_f64),
        angles in prop::array::uniform3(50.0..130.0_f64),
        misset in prop::array::uniform3(-180.0..180.0_f64),
    ) {
        let sum: f64 = angles.iter().sum();
        // Flat cells have no digits left to lose.
        prop_assume!(sum < 350.0 && angles.iter().all(|angle| 2.0 * angle < sum - 10.0));
        let ([a, b, c], [alpha, beta, gamma]) = (lengths, angles);
        let crystal = Experiment::from_options(&Options {
            crystal: CrystalOptions {
                cell: Some([a, b, c, alpha, beta, gamma]),
                misset: Some(nanobragg::classic::options::Misset::Angles(misset)),
                ..Default::default()
            },
            sampling: SamplingOptions {
                physics: Physics::Corrected,
                oversample: Some(1),
                ..Default::default()
            },
            ..Default::default()
        })
        .unwrap()
        .crystal;
        let back = UnitCell::of_vectors(&crystal.real_space);
        for axis in 0..3 {
            prop_assert!((back.lengths[axis] / lengths[axis] - 1.0).abs() < 1e-11);
            prop_assert!((back.angles_deg[axis] - angles[axis]).abs() < 1e-9);
            for other in 0..3 {
                let expected = f64::from(u8::from(axis == other));
                let product = dot(crystal.real_space[axis], crystal.reciprocal_space[other]);
                prop_assert!((product - expected).abs() < 1e-11);
            }
        }
    }
}
