//! Known differences of meaning: a cache left behind, the readings of the physics, and the switches between them.

use super::{Case, Cause, CompareError, Finding, try_run};
use crate::{
    classic::options::Physics,
    cli::{
        compare::{
            side::{Run, Side},
            told::FileIdentity,
        },
        simulate::RUN_OUT,
    },
};

/// Runs a side that lay among other files once more in an empty directory.
pub fn stale_files(case: &Case<'_>) -> Result<Option<Finding>, CompareError> {
    for ((side, run), (_, other)) in [(case.a, case.b), (case.b, case.a)] {
        if run.found_in_directory.is_empty() {
            continue;
        }
        let Some(clean) = try_run(&side.isolated(), &case.words.words)? else {
            continue;
        };
        let left = Case::distance(clean.image.view(), other.image.view());
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
                    side.label,
                    names.join(", ")
                ),
                accounts_for_all: true,
            }));
        }
    }
    Ok(None)
}

/// Runs one side under every other reading of the physics, pivot rule and interpolation switch.
pub fn other_readings(case: &Case<'_>) -> Result<Option<Finding>, CompareError> {
    let built_in = [(case.a, case.b), (case.b, case.a)]
        .into_iter()
        .filter(|((side, _), _)| side.is_built_in());
    for ((side, run), (_, other)) in built_in {
        for (words, meaning) in readings(case, run_out(side, run).as_deref()) {
            let Some(run) = try_run(side, &case.words.with(&words))? else {
                continue;
            };
            let left = Case::distance(run.image.view(), other.image.view());
            if case.vanished(left) {
                return Ok(Some(Finding {
                    cause: Cause::Semantics,
                    text: format!(
                        "known difference of meaning: with {} side {} agrees (relative L2 {left:.1e}); {meaning}",
                        words.join(" "),
                        side.label
                    ),
                    accounts_for_all: true,
                }));
            }
        }
    }
    Ok(None)
}

/// Where a side's interpolation left its table, as the run says.
fn run_out(side: &Side, run: &Run) -> Option<String> {
    let warning = run.stderr.lines().find_map(|line| line.split_once(RUN_OUT));
    let (place, _) = warning?.1.split_once(',')?;
    Some(format!("side {}'s {RUN_OUT}{place}", side.label))
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
