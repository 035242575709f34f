//! What came of looking for a cause.

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
