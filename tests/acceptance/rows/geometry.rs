//! AT-GEO: where the detector stands.

use nanobragg::{
    classic::options::Pivot,
    vector::{dot, norm, subtract},
};

use super::{
    Check, On,
    check::rows,
    images::{experiment, render, same},
    theory,
};

rows! {
    Described: [
        at_geo_001_a_mosflm_detector_starts_half_a_pixel_before_its_centre,
        at_geo_002_the_pivot_follows_the_options,
        at_geo_003_a_rotated_detector_keeps_its_near_distance_and_its_centre,
        at_geo_004_each_convention_swings_about_its_own_axis_and_the_header_says_how_far,
    ],
    Rendered: [
        at_geo_005_every_pixel_of_a_curved_detector_is_at_one_distance,
        at_geo_006_point_pixels_lose_area_and_obliquity,
    ],
}

const CRYSTAL: &str = "-cell 100 -default_F 100 -detpixels 64";

pub fn at_geo_001_a_mosflm_detector_starts_half_a_pixel_before_its_centre(check: &mut Check) {
    let line = "-mosflm -pixel 0.1 -distance 100 -Xbeam 51.2 -Ybeam 51.2 -cell 100 -default_F 1";
    let origin = experiment(line).detector.origin_m;
    let error = norm(subtract(origin, [0.1, 0.05125, -0.05125]));
    check.at_most("error of the origin, m", error, 1e-9);
}

pub fn at_geo_002_the_pivot_follows_the_options(check: &mut Check) {
    for (line, pivot) in [
        ("-distance 100", Pivot::Beam),
        ("-beam_vector 1 0 0 -close_distance 100", Pivot::Sample),
        ("-distance 100 -pivot sample", Pivot::Sample),
    ] {
        let detector = experiment(&format!("{CRYSTAL} {line}")).detector;
        assert_eq!(detector.pivot, pivot, "{line}");
    }
    check.asserted();
}

pub fn at_geo_003_a_rotated_detector_keeps_its_near_distance_and_its_centre(check: &mut Check) {
    let turned =
        "-close_distance 90 -detector_rotx 5 -detector_roty 3 -detector_rotz 2 -twotheta 15";
    for line in [
        "-mosflm -pivot beam -Xbeam 3 -Ybeam 4",
        "-denzo -pivot beam -Xbeam 3 -Ybeam 4",
        "-xds -pivot beam -Xbeam 3 -Ybeam 4",
        "-xds -pivot sample -ORGX 30.5 -ORGY 40.5",
        "-mosflm -pivot sample -ORGX 30.5 -ORGY 40.5",
    ] {
        let experiment = experiment(&format!("{CRYSTAL} {line} {turned}"));
        let (detector, beam) = (&experiment.detector, experiment.frame.beam);
        // Where the line of the beam meets the plane, from the axes alone.
        let along = dot(detector.origin_m, detector.normal) / dot(beam, detector.normal);
        let hit = std::array::from_fn(|i| along * beam[i] - detector.origin_m[i]);
        let spot = [dot(hit, detector.fast), dot(hit, detector.slow)];
        if detector.pivot == Pivot::Beam {
            let half = if line.contains("mosflm") {
                0.05e-3
            } else {
                0.0
            };
            let typed = if line.contains("xds") {
                [3e-3, 4e-3]
            } else {
                [4e-3 + half, 3e-3 + half]
            };
            let error = (spot[0] - typed[0]).hypot(spot[1] - typed[1]);
            check.at_most("distance of the beam from the centre, m", error, 1e-12);
        } else {
            // What turns about the sample keeps its near point; the beam leaves it by the angle of the turn.
            let near = [3e-3, 4e-3];
            let error =
                (detector.near_point_m[0] - near[0]).hypot(detector.near_point_m[1] - near[1]);
            check.at_most(
                "distance of the near point from the centre, m",
                error,
                1e-12,
            );
            let close = (detector.close_distance_m - 0.09).abs();
            check.at_most("error of the near distance, m", close, 1e-12);
        }
        let ratio = detector.close_distance_m / detector.beam_normal_ratio;
        let error = (detector.distance_m - ratio).abs();
        check.at_most("distance less close / r, m", error, 1e-12);
    }
}

pub fn at_geo_004_each_convention_swings_about_its_own_axis_and_the_header_says_how_far(
    check: &mut Check,
) {
    for (convention, axis) in [
        ("-mosflm", [0.0, 0.0, -1.0]),
        ("-denzo", [0.0, 0.0, -1.0]),
        ("-adxv", [-1.0, 0.0, 0.0]),
        ("-xds", [1.0, 0.0, 0.0]),
        ("-dials", [0.0, 1.0, 0.0]),
    ] {
        let experiment = experiment(&format!("{CRYSTAL} {convention} -twotheta 12.5"));
        assert_eq!(experiment.frame.twotheta_axis, axis, "{convention}");
        let header = experiment.smv_header().to_bytes(64, 64);
        let text = String::from_utf8_lossy(&header).into_owned();
        assert!(text.contains("TWOTHETA=12.5;\n"), "{convention}: {text}");
    }
    check.asserted();
}

/// One cell of constant F without polarisation scatters the same into every direction, so the image is the solid angle.
const FLAT: &str = "-cell 100 -N 1 -default_F 100 -nopolar -detpixels 96 -pixel 0.5 -distance 40 \
                    -Xbeam 12 -Ybeam 31 -oversample 1";

pub fn at_geo_005_every_pixel_of_a_curved_detector_is_at_one_distance(check: &mut Check, on: On) {
    let curved = render(on, &format!("{FLAT} -curved_det")).image;
    let mean = curved.mean().expect("the image has pixels");
    let spread = curved
        .iter()
        .map(|v| f64::from((v / mean - 1.0).abs()))
        .fold(0.0, f64::max);
    check.at_most("spread of the solid angle", spread, 1e-6);
    let flat = render(on, FLAT);
    let expected = theory::image(&flat.plan, |_| 100.0);
    same(
        check,
        "flat detector, relative L2 to theory",
        flat.image.view(),
        expected.view(),
        1e-6,
    );
    let fall = flat.image.iter().copied().fold(f32::INFINITY, f32::min) / mean;
    check.at_most(
        "darkest flat pixel over the curved one",
        f64::from(fall),
        0.7,
    );
}

pub fn at_geo_006_point_pixels_lose_area_and_obliquity(check: &mut Check, on: On) {
    let square = render(on, FLAT);
    let point = render(on, &format!("{FLAT} -point_pixel"));
    let panel = square.plan.panel();
    let pixel_m2: f64 = panel.pixel_size_m.iter().product();
    for ((at, square_photons), point_photons) in square.image.indexed_iter().zip(&point.image) {
        let ray = theory::first_ray(&square.plan, at.0, at.1);
        let expected = ray.distance_m / (pixel_m2 * panel.near_distance_m());
        let ratio = f64::from(*point_photons) / f64::from(*square_photons);
        check.at_most(
            "1/R² over pixel²/R²·close/R",
            (ratio / expected - 1.0).abs(),
            1e-6,
        );
    }
}
