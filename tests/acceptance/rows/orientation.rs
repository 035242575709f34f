//! AT-PARALLEL-021 to 024: how the crystal is turned.

use nanobragg::internals::measure;

use super::{
    Check, On,
    check::rows,
    classic,
    images::{correlation, worst},
};

rows! {
    Rendered: [
        at_parallel_021_phi_steps_are_the_classic_ones,
        at_parallel_022_phi_steps_on_a_rotated_detector_are_the_classic_ones,
        at_parallel_023_missets_are_the_classic_ones,
        at_parallel_024_random_missets_are_the_classic_ones_and_differ_by_their_seed,
    ],
}

fn close(check: &mut Check, pair: &classic::Pair) {
    let what = "largest difference over the brightest pixel";
    check.at_most(what, worst(&pair.agreement), 1e-5);
}

pub fn at_parallel_021_phi_steps_are_the_classic_ones(check: &mut Check, on: On) {
    for steps in [1, 9] {
        let pair = classic::pair(check, on, &format!("AT-PARALLEL-021_{steps}"));
        close(check, &pair);
    }
}

pub fn at_parallel_022_phi_steps_on_a_rotated_detector_are_the_classic_ones(
    check: &mut Check,
    on: On,
) {
    let rotated = classic::pair(check, on, "AT-PARALLEL-022");
    close(check, &rotated);
    let straight = classic::pair(check, on, "AT-PARALLEL-021_9");
    let ratio = rotated.ours.sum() / straight.ours.sum();
    check.at_most(
        "sum over that of the straight detector, less one",
        (ratio - 1.0).abs(),
        0.15,
    );
}

pub fn at_parallel_023_missets_are_the_classic_ones(check: &mut Check, on: On) {
    for case in 0..4 {
        let pair = classic::pair(check, on, &format!("AT-PARALLEL-023_{case}"));
        close(check, &pair);
    }
}

pub fn at_parallel_024_random_missets_are_the_classic_ones_and_differ_by_their_seed(
    check: &mut Check,
    on: On,
) {
    let [one, other] = ["12345", "54321"].map(|seed| {
        let pair = classic::pair(check, on, &format!("AT-PARALLEL-024_{seed}"));
        close(check, &pair);
        pair.ours.image
    });
    let agreement = measure::agreement(one.view(), other.view());
    check.at_most(
        "correlation between the seeds",
        correlation(&agreement),
        0.7,
    );
}
