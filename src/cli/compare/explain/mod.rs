//! Why two sides differ: runs that side again with one thing changed, and sees whether the difference vanishes.

mod divergence;
mod parameters;
mod reflection;
mod semantics;

use ndarray::ArrayView2;

use super::{
    error::CompareError,
    side::{Run, Side},
    verdict::Thresholds,
    words::ClassicWords,
};
use crate::{classic::Experiment, measure::agreement, plan::Plan};

/// One finding.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    pub cause: Cause,
    pub text: String,
    /// Whether the finding accounts for the difference to within the thresholds.
    pub accounts_for_all: bool,
}

/// Kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Where two engines part, which is a place and not yet a reason.
    Divergence,
    /// A side ran among files of earlier runs.
    StaleFile,
    /// Another reading of the physics, or a switch of it.
    Semantics,
    /// The structure factor of one reflection.
    StructureFactor,
    /// The whole image is brighter or darker.
    Scale,
    /// A number of the experiment.
    Parameter,
    /// Nothing that was tried.
    Unknown,
}

/// A difference to be explained.
pub struct Case<'a> {
    pub words: &'a ClassicWords,
    pub a: (&'a Side, &'a Run),
    pub b: (&'a Side, &'a Run),
    pub experiment: &'a Experiment,
    pub plan: &'a Plan,
    pub thresholds: Thresholds,
}

impl<'a> Case<'a> {
    /// The side whose runs can be varied at will, and the other one.
    fn varied_and_fixed(&self) -> ((&'a Side, &'a Run), (&'a Side, &'a Run)) {
        if self.a.0.is_built_in() || !self.b.0.is_built_in() {
            (self.a, self.b)
        } else {
            (self.b, self.a)
        }
    }

    /// |one − other| / |other|, infinite where it is undefined.
    fn distance(one: ArrayView2<'_, f32>, other: ArrayView2<'_, f32>) -> f64 {
        if one.dim() != other.dim() {
            return f64::INFINITY;
        }
        let found = agreement(one, other);
        found.relative_l2.unwrap_or(f64::INFINITY)
    }

    /// How far the two sides are apart.
    fn difference(&self) -> f64 {
        Self::distance(self.a.1.image.view(), self.b.1.image.view())
    }

    /// Whether what is left of the difference is within the thresholds, and little beside what it was.
    fn vanished(&self, left: f64) -> bool {
        left <= self.thresholds.max_rel_l2 && left <= 0.1 * self.difference()
    }
}

type Step = fn(&Case<'_>) -> Result<Option<Finding>, CompareError>;

/// What is looked at, in order.
const STEPS: [Step; 6] = [
    divergence::first_divergence,
    semantics::stale_files,
    reflection::one_structure_factor,
    parameters::overall_scale,
    semantics::other_readings,
    parameters::one_parameter,
];

/// Looks for the cause, from what costs least to what costs most, and stops at the first that accounts for everything.
///
/// # Errors
/// Of files alone: a variation that a side refuses explains nothing.
pub fn explain(case: &Case<'_>) -> Result<Vec<Finding>, CompareError> {
    let mut findings = Vec::new();
    for step in STEPS {
        if let Some(finding) = step(case)? {
            let is_all = finding.accounts_for_all;
            findings.push(finding);
            if is_all {
                return Ok(findings);
            }
        }
    }
    if findings
        .iter()
        .all(|finding| finding.cause == Cause::Divergence)
    {
        findings.push(Finding {
            cause: Cause::Unknown,
            text: "neither stale files, another reading of the physics, one structure factor, the scale nor one \
                   parameter accounts for the difference"
                .to_owned(),
            accounts_for_all: false,
        });
    }
    Ok(findings)
}

/// The image of a variation, `None` where the side refuses it.
fn try_run(side: &Side, words: &[std::ffi::OsString]) -> Result<Option<Run>, CompareError> {
    match side.run(words) {
        Ok(run) => Ok(Some(run)),
        Err(CompareError::SideFailed { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}
