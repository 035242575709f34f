//! AT-PARALLEL-016 to 018, 020: far ends of the scales, and everything together.

use nanobragg::internals::measure::{self, match_peaks};

use super::{
    Check, On,
    check::rows,
    classic,
    images::{peaks, render, same},
};

rows! {
    Rendered: [
        at_parallel_016_extreme_scales_stay_finite_and_classic,
        at_parallel_017_large_tilts_and_swings_are_finite_and_continuous,
        at_parallel_018_aligned_axes_and_zero_angles_are_finite_and_continuous,
        at_parallel_020_everything_at_once_is_the_classic_image,
    ],
}

const TO_FLOAT64: &str = "relative L2 to float64";
const CONTINUITY: &str = "change over a tenth of a turn over the change over it";
const CRYSTAL: &str =
    "-cell 100 -default_F 100 -N 5 -detpixels 96 -pixel 0.4 -distance 80 -oversample 1";

pub fn at_parallel_016_extreme_scales_stay_finite_and_classic(check: &mut Check, on: On) {
    for case in ["tiny", "far"] {
        classic::pair(check, on, &format!("AT-PARALLEL-016_{case}"));
    }
    let large = "-default_F 100 -cell 300 -N 5 -lambda 6 -detpixels 256 -pixel 0.2 -distance 200 -oversample 1";
    let ours = render(on, large);
    same(
        check,
        TO_FLOAT64,
        ours.image.view(),
        ours.again(On::Cpu).view(),
        on.tolerance(),
    );
    assert!(ours.sum() > 0.0);
}

/// The nearer a turn comes to the place, from either side, the less the image differs from the one there: in
/// proportion, so that ten times less makes a tenth of the difference.
fn is_continuous(check: &mut Check, on: On, option: &str, degrees: f64, others: &str) {
    let at = |degrees: f64| render(on, &format!("{CRYSTAL} {others} {option} {degrees}"));
    let here = at(degrees);
    let change = |turn: f64| {
        let there = at(degrees + turn).image;
        let found = measure::agreement(there.view(), here.image.view());
        found.relative_l2.unwrap_or(f64::INFINITY)
    };
    // Differences of float32 images below this are rounding.
    let least = if on == On::Cpu { 1e-4 } else { 1e-3 };
    for side in [1.0, -1.0] {
        let mut turn = 1e-3 * side;
        let mut larger = change(turn);
        while larger > least {
            turn /= 10.0;
            let smaller = change(turn);
            check.at_most(CONTINUITY, smaller / larger, 0.12);
            larger = smaller;
        }
        check.at_most(
            "smallest change that is looked at, relative L2",
            larger,
            least,
        );
    }
    same(
        check,
        TO_FLOAT64,
        here.image.view(),
        here.again(On::Cpu).view(),
        on.tolerance(),
    );
}

pub fn at_parallel_017_large_tilts_and_swings_are_finite_and_continuous(check: &mut Check, on: On) {
    for option in ["-detector_rotx", "-detector_roty", "-detector_rotz"] {
        is_continuous(check, on, option, 50.0, "");
        is_continuous(check, on, option, 75.0, "-pivot sample");
    }
    is_continuous(check, on, "-twotheta", 65.0, "");
    is_continuous(
        check,
        on,
        "-twotheta",
        85.0,
        "-pivot sample -detector_rotx 10",
    );
}

pub fn at_parallel_018_aligned_axes_and_zero_angles_are_finite_and_continuous(
    check: &mut Check,
    on: On,
) {
    for option in [
        "-detector_rotx",
        "-detector_roty",
        "-detector_rotz",
        "-twotheta",
        "-phi",
    ] {
        for convention in ["-mosflm", "-xds"] {
            is_continuous(check, on, option, 0.0, convention);
        }
    }
    is_continuous(check, on, "-phi", 90.0, "-mosflm");
}

pub fn at_parallel_020_everything_at_once_is_the_classic_image(check: &mut Check, on: On) {
    let pair = classic::pair(check, on, "AT-PARALLEL-020");
    let ratio = pair.agreement.sum_ratio.unwrap_or(f64::INFINITY);
    check.at_most("ratio of the sums, less one", (ratio - 1.0).abs(), 0.1);
    let matches = match_peaks(
        &peaks(pair.kept.view()),
        &peaks(pair.classic.view()),
        50,
        1.0,
    );
    assert!(
        matches.only_b.is_empty(),
        "{:?} have no partner",
        matches.only_b
    );
    check.at_most(
        "top 50 peaks to the classic ones, px",
        matches.max_distance_px(),
        1.0,
    );
}
