//! Absolute-scale X-ray diffraction images of small crystals on pixel detectors.
//!
//! The data flow in one direction, each step a plain value that can be printed, compared and tested alone:
//!
//! ```text
//! words ─ cli ─► Options ─► Experiment ─► Plan ─► Engine ─► Image ─► formats
//!                (typed)    (SI, checked)  (flat    cpu │ gpu
//!                                          buffers)
//! ```
//!
//! An image in ten lines, and a second one of another orientation that repeats nothing that stayed the same:
//!
//! ```
//! use nanobragg::{classic, options::Misset, simulator::Simulator};
//!
//! let words = "-default_F 100 -cell 70 80 90 75 85 95 -N 10 -distance 100 -detpixels 64 -device cpu";
//! let mut simulator = Simulator::new(classic::parse(words.split(' '))?)?;
//! let image = simulator.render()?;
//! println!("{} photons, {:?}", image.view().sum(), image.view().dim());
//!
//! simulator.change(|options| options.crystal.misset = Some(Misset::Angles([10.0, 20.0, 30.0])))?;
//! assert_ne!(simulator.render()?, image);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bench;
pub mod classic;
pub mod cli;
pub mod compare;
pub mod engine;
pub mod files;
pub mod formats;
pub mod image;
pub mod lanes;
pub mod measure;
pub mod noise;
pub mod physics;
pub mod plan;
pub mod progress;
pub mod random;
pub mod scene;
pub mod simulator;
pub mod structure_factors;
pub mod trace;
pub mod vector;

/// The examples of the README, which the documentation tests run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
