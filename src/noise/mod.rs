//! Random numbers: the classic generator, random rotations, photon-counting noise, and what else detectors do.
//!
//! Every stream is reproducible: the same seed gives the same numbers as the classic program, bit for bit.

pub mod detector;
mod poisson;
mod ran1;
mod rotation;

pub use poisson::{NoiseImage, PoissonDeviates, noise_image};
pub use ran1::Ran1;
pub use rotation::{Matrix, mosaic_rotations, random_misset};
