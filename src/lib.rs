//! Absolute-scale X-ray diffraction images of small crystals on pixel detectors.
//!
//! The data flow in one direction, each step a plain value that can be printed, compared and tested alone:
//!
//! ```text
//! words ─ cli ─► Options ─► Experiment ─► Plan ─► Engine ─► Image ─► formats
//!                (typed)    (SI, checked)  (flat    cpu │ gpu
//!                                          buffers)
//! ```

pub mod cli;
pub mod engine;
pub mod experiment;
pub mod formats;
pub mod image;
pub mod lanes;
pub mod measure;
pub mod noise;
pub mod options;
pub mod physics;
pub mod plan;
pub mod progress;
pub mod structure_factors;

/// The examples of the README, which the documentation tests run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
