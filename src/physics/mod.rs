//! The physics of one sample, as pure functions over [`Lanes`](crate::lanes::Lanes).
//!
//! Each is written once and compiled for one lane, for every vector width and for both precisions; the WGSL functions of
//! the same names in `shaders/` are the only second writing.

pub mod anchor;
pub mod elementary;
pub mod exact_ray;
pub mod factors;
pub mod lattice;
pub mod ray;
pub mod structure_factor;

/// `[value(0), value(1), value(2)]` without a closure: one would be compiled for the baseline processor, and no vector
/// instruction could be inlined into it.
macro_rules! each_axis {
    ($axis:ident => $value:expr) => {
        [
            {
                let $axis = 0usize;
                $value
            },
            {
                let $axis = 1usize;
                $value
            },
            {
                let $axis = 2usize;
                $value
            },
        ]
    };
}

pub(crate) use each_axis;

/// Three numbers in all lanes.
#[inline(always)]
pub(crate) fn splat<L: crate::lanes::Lanes>(numbers: [L::Scalar; 3]) -> Triple<L> {
    each_axis!(axis => L::splat(numbers[axis]))
}

/// Three numbers, or three vectors of them.
pub type Triple<L> = [L; 3];

/// a × b.
#[inline(always)]
pub fn cross<L: crate::lanes::Lanes>(a: Triple<L>, b: Triple<L>) -> Triple<L> {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// a·b, fused from the last component to the first.
#[inline(always)]
pub fn dot<L: crate::lanes::Lanes>(a: Triple<L>, b: Triple<L>) -> L {
    a[0].mul_add(b[0], a[1].mul_add(b[1], a[2] * b[2]))
}
