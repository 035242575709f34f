//! What is wrong with a described experiment.

use std::path::{Path, PathBuf};

use crate::{classic::plain, files::FileError};

/// Why an experiment cannot be simulated.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// An option is missing, out of range, or contradicts another.
    #[error("{option}: {problem}")]
    Option {
        option: &'static str,
        problem: String,
    },
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A file says something else than it should.
    #[error("{}, line {line}: {problem}", path.display())]
    Line {
        path: PathBuf,
        line: usize,
        problem: String,
    },
    /// An image that gives the camera cannot be read.
    #[error(transparent)]
    Image(#[from] FileError),
    /// A file as a whole does not fit.
    #[error("{}: {problem}", path.display())]
    File { path: PathBuf, problem: String },
}

impl ExperimentError {
    /// True when the command line is to blame, false when a file is.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Option { .. })
    }

    pub(in crate::classic) fn option(option: &'static str, problem: impl Into<String>) -> Self {
        Self::Option {
            option,
            problem: problem.into(),
        }
    }

    pub(super) fn file(path: &Path, problem: impl Into<String>) -> Self {
        Self::File {
            path: path.to_owned(),
            problem: problem.into(),
        }
    }

    pub(super) fn line(path: &Path, line: usize, problem: impl Into<String>) -> Self {
        Self::Line {
            path: path.to_owned(),
            line,
            problem: problem.into(),
        }
    }
}

/// Largest count of anything that is sampled along one axis: sources, φ steps, domains, layers.
const LARGEST_COUNT: f64 = 1e6;
/// Largest number of samples in one pixel: a core takes months over it.
const LARGEST_SAMPLES: f64 = 1e15;
/// Largest number of orientations: φ steps times mosaic domains.
const LARGEST_ORIENTATIONS: f64 = 1e7;

pub(super) fn finite(option: &'static str, value: f64) -> Result<f64, ExperimentError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(ExperimentError::option(
            option,
            format!("{} is not a finite number", plain(value)),
        ))
    }
}

/// Checks a value that may be left out.
pub(super) fn finite_if_given(
    option: &'static str,
    value: Option<f64>,
) -> Result<Option<f64>, ExperimentError> {
    value.map(|value| finite(option, value)).transpose()
}

pub(super) fn positive(option: &'static str, value: f64) -> Result<f64, ExperimentError> {
    if finite(option, value)? > 0.0 {
        Ok(value)
    } else {
        Err(ExperimentError::option(
            option,
            format!("{} should be more than 0", plain(value)),
        ))
    }
}

pub(super) fn not_negative(option: &'static str, value: f64) -> Result<f64, ExperimentError> {
    if finite(option, value)? >= 0.0 {
        Ok(value)
    } else {
        Err(ExperimentError::option(
            option,
            format!("{} should not be negative", plain(value)),
        ))
    }
}

/// Checks a number of samples that memory and patience have to cover.
pub(super) fn count(option: &'static str, value: f64) -> Result<usize, ExperimentError> {
    if value <= LARGEST_COUNT {
        Ok(value.max(0.0) as usize)
    } else {
        Err(ExperimentError::option(
            option,
            format!(
                "{} samples are more than the {LARGEST_COUNT} that can be rendered",
                plain(value)
            ),
        ))
    }
}

/// Checks that every orientation of the crystal can be held in memory.
pub(super) fn orientations_fit(orientations: f64) -> Result<(), ExperimentError> {
    if orientations <= LARGEST_ORIENTATIONS {
        return Ok(());
    }
    Err(ExperimentError::option(
        "-mosaic_domains",
        format!(
            "times -phisteps these are {} orientations, more than the {} that can be rendered",
            plain(orientations),
            plain(LARGEST_ORIENTATIONS)
        ),
    ))
}

/// Checks that a pixel can be finished.
pub(super) fn samples_end(samples: f64) -> Result<(), ExperimentError> {
    if samples <= LARGEST_SAMPLES {
        return Ok(());
    }
    Err(ExperimentError::option(
        "-oversample",
        format!(
            "with sources, phi steps, mosaic domains and sensor layers each pixel is {} samples, more than the {} that can be rendered",
            plain(samples),
            plain(LARGEST_SAMPLES)
        ),
    ))
}
