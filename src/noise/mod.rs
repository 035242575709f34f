//! Photon-counting noise, and what else detectors do to an image.
//!
//! Every stream is reproducible: the same seed gives the same numbers as the classic program, bit for bit.

pub mod detector;
mod poisson;

pub use poisson::{EXACT_ABOVE, NoiseImage, PoissonDeviates, noise_image};
