//! The physics of one sample, as pure functions over [`Lanes`](crate::lanes::Lanes).
//!
//! Each is written once and compiled for one lane, for every vector width and for both precisions; the WGSL functions of
//! the same names in `shaders/` are the only second writing.

pub mod anchor;
pub mod elementary;
pub mod factors;
pub mod lattice;
pub mod ray;
pub mod structure_factor;

/// Three numbers, or three vectors of them.
pub type Triple<L> = [L; 3];

/// a·b, fused from the last component to the first.
#[inline(always)]
pub fn dot<L: crate::lanes::Lanes>(a: Triple<L>, b: Triple<L>) -> L {
    a[0].mul_add(b[0], a[1].mul_add(b[1], a[2] * b[2]))
}
