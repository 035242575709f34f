//! AT-PARALLEL-001 to 008, 025, 026, 029: where peaks are.

use nanobragg::internals::measure::{self, RadialPower, full_width_at_half_maximum, match_peaks};

use super::{
    Check, On,
    check::rows,
    classic,
    images::{correlation, distance_px, experiment, peaks, render},
};

rows! {
    Rendered: [
        at_parallel_001_the_beam_centre_scales_with_the_detector,
        at_parallel_002_the_beam_centre_in_pixels_scales_with_the_pixel,
        at_parallel_003_the_peak_is_where_the_beam_meets_an_offset_detector,
        at_parallel_004_mosflm_and_xds_are_half_a_pixel_apart,
        at_parallel_005_one_centre_by_orgx_and_by_xbeam_gives_one_centre,
        at_parallel_006_first_order_spots_obey_braggs_law,
        at_parallel_007_a_rotated_detector_has_the_classic_peaks,
        at_parallel_008_a_triclinic_crystal_has_the_classic_peaks,
        at_parallel_025_the_strongest_peak_is_the_classic_one,
        at_parallel_026_a_triclinic_peak_has_its_classic_absolute_position,
        at_parallel_029_subpixels_take_away_aliases_and_leave_peaks_in_place,
    ],
}

const TO_THE_BEAM: &str = "strongest peak to the direct beam, px";
const MATCHED: &str = "peaks matched with the classic program";
const APART: &str = "largest distance of matched peaks, px";
const CUBIC: &str = "-default_F 100 -cell 100 100 100 90 90 90 -pixel 0.1 -distance 100";

pub fn at_parallel_001_the_beam_centre_scales_with_the_detector(check: &mut Check, on: On) {
    for pixels in [64, 128, 256, 512] {
        let pair = classic::pair(check, on, &format!("AT-PARALLEL-001_{pixels}"));
        let middle_m = f64::from(pixels) / 2.0 * 0.1e-3;
        for centre in pair.ours.experiment.detector.beam_centre_m {
            check.at_most(
                "error of the beam centre, m",
                (centre - middle_m).abs(),
                1e-12,
            );
        }
        let middle = [f64::from(pixels) / 2.0; 2];
        check.at_most(
            "strongest peak to the centre, px",
            distance_px(&pair.ours.peaks()[0], middle),
            2.0,
        );
    }
}

pub fn at_parallel_002_the_beam_centre_in_pixels_scales_with_the_pixel(check: &mut Check, on: On) {
    for pixel in ["0.05", "0.1", "0.2", "0.4"] {
        let pair = classic::pair(check, on, &format!("AT-PARALLEL-002_{pixel}"));
        let detector = &pair.ours.experiment.detector;
        let expected = 25.6 / pixel.parse::<f64>().expect("a number");
        for centre in detector.beam_centre_m {
            let error = (centre / detector.pixel_size_m - expected).abs();
            check.at_most("error of the centre, px", error, 0.1);
        }
        if pair.ours.holds_the_beam() {
            let distance = distance_px(&pair.ours.peaks()[0], pair.ours.beam_pixel());
            check.at_most(TO_THE_BEAM, distance, 1.0);
        }
    }
}

pub fn at_parallel_003_the_peak_is_where_the_beam_meets_an_offset_detector(
    check: &mut Check,
    on: On,
) {
    let mut images: Vec<_> = ["20_20", "30_40", "45_25"]
        .map(|centre| classic::pair(check, on, &format!("AT-PARALLEL-003_{centre}")).ours)
        .into();
    let far = format!("{CUBIC} -lambda 6.2 -N 5 -mosflm -detpixels 1024 -Xbeam 60 -Ybeam 60");
    images.push(render(on, &far));
    let mut on_the_detector = 0;
    for ours in images.iter().filter(|ours| ours.holds_the_beam()) {
        check.at_most(
            TO_THE_BEAM,
            distance_px(&ours.peaks()[0], ours.beam_pixel()),
            1.0,
        );
        on_the_detector += 1;
    }
    assert_eq!(on_the_detector, 3);
}

pub fn at_parallel_004_mosflm_and_xds_are_half_a_pixel_apart(check: &mut Check, on: On) {
    let mosflm = classic::pair(check, on, "AT-PARALLEL-004_mosflm").ours;
    let xds = classic::pair(check, on, "AT-PARALLEL-004_xds").ours;
    let strongest = |ours: &super::images::Rendered| {
        let beam = ours.beam_pixel();
        let nearest = |x: &measure::Peak, y: &measure::Peak| {
            distance_px(x, beam).total_cmp(&distance_px(y, beam))
        };
        ours.peaks().into_iter().min_by(nearest).expect("a peak")
    };
    let (a, b) = (strongest(&mosflm), strongest(&xds));
    for apart in [(a.slow - b.slow).abs(), (a.fast - b.fast).abs()] {
        check.at_least("distance along an axis, at least, px", apart, 0.4);
        check.at_most("distance along an axis, at most, px", apart, 0.6);
    }
    // Moved by half a pixel, XDS shows the same cubic lattice.
    let line = "-default_F 100 -cell 100 -lambda 1.0 -N 5 -detpixels 256 -distance 100 -pixel 0.1";
    let aligned = render(on, &format!("{line} -xds -ORGX 129 -ORGY 129"));
    let agreement = measure::agreement(aligned.image.view(), mosflm.image.view());
    check.at_least("correlation when aligned", correlation(&agreement), 0.9999);
}

pub fn at_parallel_005_one_centre_by_orgx_and_by_xbeam_gives_one_centre(check: &mut Check, on: On) {
    let xds = classic::pair(check, on, "AT-PARALLEL-005_xds_org").ours;
    let denzo = classic::pair(check, on, "AT-PARALLEL-005_denzo_beam").ours;
    let line = "-default_F 100 -cell 100 -lambda 1.0 -N 5 -detpixels 256";
    let mosflm = render(on, &format!("{line} -mosflm -Xbeam 15 -Ybeam 10"));
    let reference = xds.beam_pixel();
    for ours in [&xds, &denzo, &mosflm] {
        let [slow, fast] = ours.beam_pixel();
        let apart = (slow - reference[0]).abs().max((fast - reference[1]).abs());
        check.at_most(
            "difference of the centres along an axis, px",
            apart,
            0.5 + 1e-9,
        );
    }
    for option in ["-Xbeam", "-Ybeam", "-Xclose", "-Yclose"] {
        let notices = experiment(&format!("{line} -xds {option} 3")).notices;
        let said = notices.warnings.join("\n");
        assert!(
            said.contains(option),
            "{option} is ignored in silence: {said}"
        );
    }
}

pub fn at_parallel_006_first_order_spots_obey_braggs_law(check: &mut Check, on: On) {
    for (distance_mm, lambda, name) in [
        (50.0, 1.0_f64, "50_1.0"),
        (100.0, 1.5, "100_1.5"),
        (200.0, 2.0, "200_2.0"),
    ] {
        classic::pair(check, on, &format!("AT-PARALLEL-006_{name}"));
        // The classic images have one sample a pixel, which at 50 mm meets the spots at their zeros alone; the number that is
        // chosen where none is given finds them.
        let ours = render(
            on,
            &format!(
                "-default_F 100 -cell 100 -pixel 0.1 -detpixels 256 -mosflm -N 10 -distance {distance_mm} -lambda {lambda}"
            ),
        );
        let radius = distance_mm * (2.0 * (lambda / 200.0).asin()).tan() / 0.1;
        let beam = ours.beam_pixel();
        let all = ours.peaks();
        for direction in [[0.0, 1.0], [0.0, -1.0], [1.0, 0.0], [-1.0, 0.0]] {
            let expected = [
                beam[0] + radius * direction[0],
                beam[1] + radius * direction[1],
            ];
            let nearest = all
                .iter()
                .map(|p| (distance_px(p, expected), distance_px(p, beam)));
            let (error, found) = nearest.min_by(|x, y| x.0.total_cmp(&y.0)).expect("a peak");
            check.at_most(
                "first-order spot to its place by Bragg's law, px",
                error,
                0.5,
            );
            check.at_most(
                "error of its distance from the beam",
                (found / radius - 1.0).abs(),
                0.01,
            );
        }
    }
}

/// Matches the strongest peaks with those of the classic image.
fn match_with_classic(
    check: &mut Check,
    pair: &classic::Pair,
    strongest: usize,
    gate_px: f64,
    part: f64,
) {
    let (ours, classic) = (peaks(pair.kept.view()), peaks(pair.classic.view()));
    let matches = match_peaks(&ours, &classic, strongest, gate_px);
    assert!(
        matches.strongest_b >= strongest.min(20),
        "only {} peaks",
        matches.strongest_b
    );
    check.at_least(MATCHED, matches.matched_fraction(), part);
    check.at_most(APART, matches.max_distance_px(), gate_px);
}

pub fn at_parallel_007_a_rotated_detector_has_the_classic_peaks(check: &mut Check, on: On) {
    let pair = classic::pair(check, on, "AT-PARALLEL-007");
    match_with_classic(check, &pair, 25, 1.0, 0.95);
}

pub fn at_parallel_008_a_triclinic_crystal_has_the_classic_peaks(check: &mut Check, on: On) {
    let pair = classic::pair(check, on, "AT-PARALLEL-008");
    match_with_classic(check, &pair, 100, 1.0, 0.95);
}

/// Distance between the strongest peaks of both programs.
fn strongest_apart(check: &mut Check, on: On, case: &str) {
    let pair = classic::pair(check, on, case);
    let (ours, classic) = (peaks(pair.kept.view()), peaks(pair.classic.view()));
    // Equally strong ones are told apart by rounding: one of the classic program's strongest will do.
    let strongest = classic
        .iter()
        .filter(|p| p.intensity > 0.9999 * classic[0].intensity);
    let apart = strongest
        .map(|p| p.distance_px(&ours[0]))
        .fold(f64::INFINITY, f64::min);
    check.at_most("strongest peak to the classic one, px", apart, 1.0);
}

pub fn at_parallel_025_the_strongest_peak_is_the_classic_one(check: &mut Check, on: On) {
    for case in ["AT-PARALLEL-001_256", "AT-PARALLEL-007", "AT-PARALLEL-008"] {
        strongest_apart(check, on, case);
    }
}

pub fn at_parallel_026_a_triclinic_peak_has_its_classic_absolute_position(
    check: &mut Check,
    on: On,
) {
    strongest_apart(check, on, "AT-PARALLEL-026");
}

pub fn at_parallel_029_subpixels_take_away_aliases_and_leave_peaks_in_place(
    check: &mut Check,
    on: On,
) {
    let images =
        [1, 2, 4, 8].map(|n| classic::pair(check, on, &format!("AT-PARALLEL-029_{n}")).ours);
    let [once, twice, four, eight] = &images;
    let power = |ours: &super::images::Rendered| RadialPower::of(ours.image.view()).above(0.5);
    let left = power(twice) / power(once);
    check.at_most("power above half of Nyquist's, 2 over 1", left, 0.6);
    let finest = eight.peaks();
    for ours in &images {
        let matches = match_peaks(&ours.peaks(), &finest, 20, 3.0);
        check.at_most(
            "drift of the strongest peaks, median, px",
            matches.median_distance_px(),
            0.5,
        );
    }
    let mut settled = 0;
    for peak in finest.iter().take(20) {
        let width = |ours: &super::images::Rendered| {
            let (slow, fast) = full_width_at_half_maximum(ours.image.view(), peak.pixel);
            Some((slow? * fast?).sqrt())
        };
        if let (Some(at_four), Some(at_eight)) = (width(four), width(eight)) {
            check.at_most(
                "change of the FWHM, 4 to 8",
                (at_four / at_eight - 1.0).abs(),
                0.05,
            );
            settled += 1;
        }
    }
    assert!(settled >= 10, "only {settled} peaks have a width");
}
