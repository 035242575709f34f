//! Why two sides differ: runs that side again with one thing changed, and sees whether the difference vanishes.

mod case;
mod divergence;
mod finding;
mod parameters;
mod reflection;
mod semantics;

pub use case::{Case, Ran};
pub use finding::{Cause, Finding};

use super::CompareError;

type Step = fn(&mut Case<'_>) -> Result<Option<Finding>, CompareError>;

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
pub fn explain(case: &mut Case<'_>) -> Result<Vec<Finding>, CompareError> {
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
