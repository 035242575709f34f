//! Random numbers: the classic generator, random rotations, and photon-counting noise.
//!
//! Every stream is reproducible: the same seed gives the same numbers as the classic program, bit for bit.

mod poisson;
mod ran1;
mod rotation;

pub use poisson::{NoiseImage, PoissonDeviates, noise_image};
pub use ran1::Ran1;
pub use rotation::{Matrix, mosaic_rotations, random_misset};
