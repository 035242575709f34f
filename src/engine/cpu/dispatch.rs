//! The kernels compiled for each instruction set, and the choice between them.

use super::{
    CpuOptions,
    kernel::{Finished, TileJob, render_tile},
    spots::{Lookup, Recorded, Spots, Untapped, accumulate},
    tile::Scratch,
};
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use crate::lanes::scalar::Fused;
#[cfg(not(target_arch = "aarch64"))]
use crate::lanes::scalar::Unfused;
#[cfg(target_arch = "aarch64")]
use crate::lanes::{F32x4, F64x2};
#[cfg(target_arch = "x86_64")]
use crate::lanes::{F32x8, F32x16, F64x4, F64x8};
use crate::{
    lanes::{Isa, Portable, tally::Tallied},
    scene::Shape,
};

/// An inner loop.
type Accumulate<S> = unsafe fn(&mut Spots<'_, S>);
/// The inner loop for a shape and a look-up.
type Choose<S> = fn(Shape, Lookup) -> Accumulate<S>;
type RenderTile<S> = unsafe fn(&mut TileJob<'_, S>, &mut Scratch, Choose<S>) -> Finished;

/// The kernels of one kind of lanes and precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kernels<S> {
    render_tile: RenderTile<S>,
    choose: Choose<S>,
}

impl<S> Kernels<S> {
    /// Renders a tile into `scratch.columns.values`.
    pub fn render_tile(&self, job: &mut TileJob<'_, S>, scratch: &mut Scratch) -> Finished {
        // SAFETY: `asked_for` takes kernels of instruction sets that this processor has.
        unsafe { (self.render_tile)(job, scratch, self.choose) }
    }
}

/// Kernels in both precisions.
#[derive(Debug, Clone, Copy)]
pub(super) struct BothKernels {
    pub double: Kernels<f64>,
    pub single: Kernels<f32>,
}

/// Compiles the kernels for lanes `$double` (float64, and the geometry in either precision) and `$single` (float32) under
/// the given target features, in a module of their own, which the compiler takes for a unit of work. The macro `$loops`
/// makes the inner loops, with `$tap` to hear of samples.
macro_rules! kernels {
    ($name:ident, $double:ty, $single:ty, $loops:ident, $tap:ty $(, $features:literal)?) => {
        mod $name {
            use super::*;

            pub const KERNELS: BothKernels = BothKernels {
                double: in_precision!(f64, $double, $double, $loops, $tap $(, $features)?),
                single: in_precision!(f32, $double, $single, $loops, $tap $(, $features)?),
            };
        }
    };
}

/// The kernels in one precision.
macro_rules! in_precision {
    ($scalar:ty, $geometry:ty, $lanes:ty, $loops:ident, $tap:ty $(, $features:literal)?) => {{
        $(#[target_feature(enable = $features)])?
        fn tile(job: &mut TileJob<'_, $scalar>, scratch: &mut Scratch, choose: Choose<$scalar>) -> Finished {
            // SAFETY: the inner loop is compiled for the features that this function already runs with.
            render_tile::<$geometry, $scalar>(job, scratch, &mut |spots| unsafe {
                choose(spots.crystal.shape, Lookup::of(&spots.amplitudes))(spots)
            })
        }

        Kernels { render_tile: tile, choose: $loops!($scalar, $lanes, $tap $(, $features)?) }
    }};
}

/// An inner loop for every shape and look-up, where speed is worth it.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! loops_by_kind {
    ($scalar:ty, $lanes:ty, $tap:ty $(, $features:literal)?) => {{
        macro_rules! compiled {
            ($shape:path, $lookup:path) => {{
                $(#[target_feature(enable = $features)])?
                fn inner(spots: &mut Spots<'_, $scalar>) {
                    accumulate::<$lanes, $tap>(spots, $shape, $lookup);
                }
                inner
            }};
        }

        fn choose(shape: Shape, lookup: Lookup) -> Accumulate<$scalar> {
            by_kind!(compiled, shape, lookup)
        }
        choose
    }};
}

/// What `$compiled` makes of the shape and the look-up, each of which is one line here.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! by_kind {
    ($compiled:ident, $shape:expr, $lookup:expr) => {
        match $shape {
            Shape::Square => by_kind!($compiled, Shape::Square; $lookup),
            Shape::Round => by_kind!($compiled, Shape::Round; $lookup),
            Shape::Gauss => by_kind!($compiled, Shape::Gauss; $lookup),
            Shape::Tophat => by_kind!($compiled, Shape::Tophat; $lookup),
        }
    };
    ($compiled:ident, $shape:path; $lookup:expr) => {
        match $lookup {
            Lookup::Constant => $compiled!($shape, Lookup::Constant),
            Lookup::Nearest => $compiled!($shape, Lookup::Nearest),
            Lookup::Tricubic => $compiled!($shape, Lookup::Tricubic),
        }
    };
}

/// One inner loop that asks for the shape and the look-up at every sample.
macro_rules! one_loop {
    ($scalar:ty, $lanes:ty, $tap:ty $(, $features:literal)?) => {{
        $(#[target_feature(enable = $features)])?
        fn inner(spots: &mut Spots<'_, $scalar>) {
            let (shape, lookup) = (spots.crystal.shape, Lookup::of(&spots.amplitudes));
            accumulate::<$lanes, $tap>(spots, shape, lookup);
        }
        |_, _| inner
    }};
}

#[cfg(target_arch = "x86_64")]
kernels!(
    avx512,
    F64x8,
    F32x16,
    loops_by_kind,
    Untapped,
    "avx512f,avx512dq,avx512vl,avx512bw,fma"
);
#[cfg(target_arch = "x86_64")]
kernels!(avx2, F64x4, F32x8, loops_by_kind, Untapped, "avx2,fma");
#[cfg(target_arch = "x86_64")]
kernels!(
    fused,
    Fused<f64>,
    Fused<f32>,
    one_loop,
    Recorded,
    "avx2,fma"
);
#[cfg(target_arch = "aarch64")]
kernels!(neon, F64x2, F32x4, loops_by_kind, Untapped);
kernels!(portable, Portable<f64, 4>, Portable<f32, 8>, one_loop, Untapped);
#[cfg(target_arch = "aarch64")]
kernels!(one, Fused<f64>, Fused<f32>, one_loop, Recorded);
#[cfg(not(target_arch = "aarch64"))]
kernels!(one, Unfused<f64>, Unfused<f32>, one_loop, Recorded);
kernels!(tally, Tallied<f64>, Tallied<f32>, one_loop, Untapped);

/// The kernels in one lane that counts.
pub(super) const TALLIED: BothKernels = tally::KERNELS;

/// The kernels that the options ask for.
///
/// `CpuEngine::new` has made sure that the processor has the instruction set.
fn asked_for(options: CpuOptions) -> BothKernels {
    match (options.isa, options.scalar) {
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx512, false) => avx512::KERNELS,
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx2, false) => avx2::KERNELS,
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx512 | Isa::Avx2, true) => fused::KERNELS,
        #[cfg(target_arch = "aarch64")]
        (Isa::Neon, false) => neon::KERNELS,
        #[cfg(target_arch = "aarch64")]
        (Isa::Neon, true) => one::KERNELS,
        (Isa::Portable, false) => portable::KERNELS,
        (Isa::Portable, true) => one::KERNELS,
    }
}

impl Kernels<f64> {
    /// The float64 kernels that the options ask for.
    pub fn new(options: CpuOptions) -> Self {
        asked_for(options).double
    }
}

impl Kernels<f32> {
    /// The float32 kernels that the options ask for.
    pub fn new(options: CpuOptions) -> Self {
        asked_for(options).single
    }
}
