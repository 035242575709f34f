//! The uniform generator of the classic program, and the random rotations that it draws.
//!
//! Every stream is reproducible: the same seed gives the same numbers as the classic program, bit for bit.

mod ran1;
mod rotation;

pub use ran1::Ran1;
pub use rotation::{mosaic_rotations, random_misset};
