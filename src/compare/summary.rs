//! `summary.json`: everything that is known of a comparison, for programs. docs/agreement.md lists every key.

use std::collections::BTreeMap;

use super::{
    FileIdentity,
    explain::Finding,
    metrics::{Metrics, MetricsOptions},
    pictures::PictureScale,
    verdict::{Thresholds, Verdict},
};
use crate::measure::{Build, Machine};

/// Names the meaning of the keys; another number when one of them changes.
pub const FORMAT: &str = "nanobragg-compare-1";

#[derive(Debug, serde::Serialize)]
pub struct Summary {
    pub format: &'static str,
    /// UTC.
    pub created: String,
    pub verdict: Verdict,
    pub thresholds: Thresholds,
    /// What differs between the sides before a pixel is compared.
    pub told: Vec<String>,
    pub explanation: Vec<Finding>,
    /// The classic options as they were typed.
    pub options: String,
    /// Files that the options name.
    pub inputs: Vec<FileIdentity>,
    pub sides: Sides,
    /// Pixels of b along slow and fast before it was resampled to the grid of a.
    pub resampled_from: Option<(usize, usize)>,
    pub measured: MetricsOptions,
    pub metrics: Metrics,
    pub pictures: PictureScale,
    pub build: Build,
    pub machine: Machine,
    pub adapter: Option<AdapterIdentity>,
}

#[derive(Debug, serde::Serialize)]
pub struct Sides {
    pub a: SideSummary,
    pub b: SideSummary,
}

#[derive(Debug, Default, serde::Serialize)]
pub struct SideSummary {
    /// `gpu`, `cpu`, `cpu-f32`, the program, or `file`.
    pub engine: String,
    /// The first line the program printed.
    pub version: Option<String>,
    /// What it said it runs on.
    pub device: Option<String>,
    pub command: Vec<String>,
    pub seconds: Option<f64>,
    pub slow_pixels: usize,
    pub fast_pixels: usize,
    /// The image itself where it was given as a file.
    pub file: Option<FileIdentity>,
    pub found_in_directory: Vec<FileIdentity>,
    pub says_it_read: Vec<FileIdentity>,
    pub header: BTreeMap<String, String>,
}

#[derive(Debug, serde::Serialize)]
pub struct AdapterIdentity {
    pub name: String,
    pub backend: String,
    pub driver: String,
}
