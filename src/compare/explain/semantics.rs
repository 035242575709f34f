//! Known differences of meaning: a cache left behind, the readings of the physics, and the switches between them.

use super::{Case, Cause, Finding, case::distance};
use crate::{
    classic::options::Physics,
    compare::{CompareError, FileIdentity, built_in::left_table_at},
};

/// Runs a side that lay among other files once more in an empty directory.
pub fn stale_files(case: &mut Case<'_>) -> Result<Option<Finding>, CompareError> {
    for side in [0, 1] {
        let [run, other] = [side, 1 - side].map(|side| case.sides[side].run);
        if run.found_in_directory.is_empty() {
            continue;
        }
        let Some(clean) = case.sides[side].try_alone(&case.words.words)? else {
            continue;
        };
        let left = distance(clean.image.view(), other.image.view());
        if case.vanished(left) {
            let found = &run.found_in_directory;
            let was_read =
                |file: &&FileIdentity| run.says_it_read.iter().any(|read| read.path == file.path);
            let read: Vec<String> = found
                .iter()
                .filter(was_read)
                .map(FileIdentity::name)
                .collect();
            let names = if read.is_empty() {
                found.iter().map(FileIdentity::name).collect()
            } else {
                read
            };
            return Ok(Some(Finding {
                cause: Cause::StaleFile,
                text: format!(
                    "stale file: run in an empty directory, side {} agrees (relative L2 {left:.1e}); it had found {} \
                     where it ran",
                    case.sides[side].label(),
                    names.join(", ")
                ),
                accounts_for_all: true,
            }));
        }
    }
    Ok(None)
}

/// Runs one side under every other reading of the physics, pivot rule and interpolation switch.
pub fn other_readings(case: &mut Case<'_>) -> Result<Option<Finding>, CompareError> {
    for side in [0, 1] {
        if !case.sides[side].is_built_in() {
            continue;
        }
        let label = case.sides[side].label();
        let [run, other] = [side, 1 - side].map(|side| case.sides[side].run);
        let run_out = run
            .left_table
            .map(|pixel| format!("side {label}'s {}", left_table_at(pixel)));
        for (words, meaning) in readings(case, run_out.as_deref()) {
            let words_of_run = case.words.with(&words);
            let Some(run) = case.sides[side].try_run(&words_of_run)? else {
                continue;
            };
            let left = distance(run.image.view(), other.image.view());
            if case.vanished(left) {
                return Ok(Some(Finding {
                    cause: Cause::Semantics,
                    text: format!(
                        "known difference of meaning: with {} side {label} agrees (relative L2 {left:.1e}); {meaning}",
                        words.join(" ")
                    ),
                    accounts_for_all: true,
                }));
            }
        }
    }
    Ok(None)
}

/// What can be switched, and what the switch means for this input.
fn readings(case: &Case<'_>, run_out: Option<&str>) -> Vec<(Vec<String>, String)> {
    let mut readings: Vec<(Vec<String>, String)> = Vec::new();
    let mut add = |words: &[&str], meaning: String| {
        readings.push((words.iter().map(|w| (*w).to_owned()).collect(), meaning));
    };
    let physics = case.experiment.physics;
    let differences = &case.experiment.notices.physics_differences;
    let meaning = if differences.is_empty() {
        "the readings of the physics were not known to differ for this input".to_owned()
    } else {
        format!("for this input: {}", differences.join("; "))
    };
    for (name, other) in [
        ("spec", Physics::Spec),
        ("c-parity", Physics::CParity),
        ("corrected", Physics::Corrected),
    ] {
        if other != physics {
            add(&["-physics", name], meaning.clone());
        }
    }
    for pivot in ["beam", "sample"] {
        let meaning = "the pivot rule: one side turns the detector about the other point";
        add(&["-pivot", pivot], meaning.to_owned());
    }
    let switch = if case.experiment.sampling.interpolate {
        "-nointerpolate"
    } else {
        "-interpolate"
    };
    let meaning = "one side interpolates the structure factors and the other does not";
    add(&[switch], meaning.to_owned());
    if let Some(place) = run_out {
        let about_it = readings
            .iter_mut()
            .filter(|(words, _)| words[0] != "-pivot");
        for (_, meaning) in about_it {
            *meaning += &format!("; {place}");
        }
    }
    readings
}
