//! The kernels compiled for each instruction set, and the choice between them.

use super::{
    CpuOptions,
    kernel::{Finished, TileJob, render_tile},
    run::LookupKind,
    spots::{ConstantF, Gauss, NearestF, Round, Spots, Square, Tophat, TricubicF, accumulate},
    tile::Scratch,
};
#[cfg(not(target_arch = "aarch64"))]
use crate::lanes::scalar::Unfused;
#[cfg(target_arch = "aarch64")]
use crate::lanes::{F32x4, F64x2};
#[cfg(target_arch = "x86_64")]
use crate::lanes::{F32x8, F32x16, F64x4, F64x8};
use crate::{
    lanes::{Isa, Portable, scalar::Fused, tally::Tallied},
    scene::Shape,
};

/// The inner loop for one shape and one way to F.
type Accumulate<S> = unsafe fn(&mut Spots<'_, S>);
/// The inner loop for each shape and each way to F.
type Choose<S> = fn(Shape, LookupKind) -> Accumulate<S>;
type RenderTile<S> = unsafe fn(&mut TileJob<'_, S>, &mut Scratch, Choose<S>) -> Finished;

/// The kernels of one instruction set and precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kernels<S> {
    render_tile: RenderTile<S>,
    accumulate: Choose<S>,
}

impl<S> Kernels<S> {
    /// Renders a tile into `scratch.columns.values`.
    pub fn render_tile(&self, job: &mut TileJob<'_, S>, scratch: &mut Scratch) -> Finished {
        // SAFETY: `new` takes kernels of instruction sets that this processor has.
        unsafe { (self.render_tile)(job, scratch, self.accumulate) }
    }
}

/// Compiles the kernels for lanes `$geometry` (float64) and `$lanes` under the given target features.
macro_rules! kernels {
    ($name:ident, $scalar:ty, $geometry:ty, $lanes:ty, $records:literal $(, $features:literal)?) => {
        mod $name {
            use super::*;

            $(#[target_feature(enable = $features)])?
            fn tile(job: &mut TileJob<'_, $scalar>, scratch: &mut Scratch, choose: Choose<$scalar>) -> Finished {
                // SAFETY: the inner loop is compiled for the features that this function already runs with.
                render_tile::<$geometry, $scalar>(job, scratch, &mut |spots| unsafe {
                    choose(spots.crystal.shape, spots.amplitudes.kind())(spots)
                })
            }

            macro_rules! inner {
                ($function:ident, $shape:ty, $lookup:ty) => {
                    $(#[target_feature(enable = $features)])?
                    fn $function(spots: &mut Spots<'_, $scalar>) {
                        accumulate::<$lanes, $shape, $lookup, $records>(spots);
                    }
                };
            }

            inner!(square_constant, Square, ConstantF);
            inner!(square_nearest, Square, NearestF);
            inner!(square_tricubic, Square, TricubicF);
            inner!(round_constant, Round, ConstantF);
            inner!(round_nearest, Round, NearestF);
            inner!(round_tricubic, Round, TricubicF);
            inner!(gauss_constant, Gauss, ConstantF);
            inner!(gauss_nearest, Gauss, NearestF);
            inner!(gauss_tricubic, Gauss, TricubicF);
            inner!(tophat_constant, Tophat, ConstantF);
            inner!(tophat_nearest, Tophat, NearestF);
            inner!(tophat_tricubic, Tophat, TricubicF);

            fn choose(shape: Shape, lookup: LookupKind) -> Accumulate<$scalar> {
                match (shape, lookup) {
                    (Shape::Square, LookupKind::Constant) => square_constant,
                    (Shape::Square, LookupKind::Nearest) => square_nearest,
                    (Shape::Square, LookupKind::Tricubic) => square_tricubic,
                    (Shape::Round, LookupKind::Constant) => round_constant,
                    (Shape::Round, LookupKind::Nearest) => round_nearest,
                    (Shape::Round, LookupKind::Tricubic) => round_tricubic,
                    (Shape::Gauss, LookupKind::Constant) => gauss_constant,
                    (Shape::Gauss, LookupKind::Nearest) => gauss_nearest,
                    (Shape::Gauss, LookupKind::Tricubic) => gauss_tricubic,
                    (Shape::Tophat, LookupKind::Constant) => tophat_constant,
                    (Shape::Tophat, LookupKind::Nearest) => tophat_nearest,
                    (Shape::Tophat, LookupKind::Tricubic) => tophat_tricubic,
                }
            }

            pub const KERNELS: Kernels<$scalar> = Kernels { render_tile: tile, accumulate: choose };
        }
    };
}

#[cfg(target_arch = "x86_64")]
kernels!(
    avx512_f64,
    f64,
    F64x8,
    F64x8,
    false,
    "avx512f,avx512dq,avx512vl,avx512bw,fma"
);
#[cfg(target_arch = "x86_64")]
kernels!(
    avx512_f32,
    f32,
    F64x8,
    F32x16,
    false,
    "avx512f,avx512dq,avx512vl,avx512bw,fma"
);
#[cfg(target_arch = "x86_64")]
kernels!(avx2_f64, f64, F64x4, F64x4, false, "avx2,fma");
#[cfg(target_arch = "x86_64")]
kernels!(avx2_f32, f32, F64x4, F32x8, false, "avx2,fma");
#[cfg(target_arch = "x86_64")]
kernels!(fused_f64, f64, Fused<f64>, Fused<f64>, true, "avx2,fma");
#[cfg(target_arch = "x86_64")]
kernels!(fused_f32, f32, Fused<f64>, Fused<f32>, true, "avx2,fma");
kernels!(portable_f64, f64, Portable<f64, 4>, Portable<f64, 4>, false);
kernels!(portable_f32, f32, Portable<f64, 4>, Portable<f32, 8>, false);
#[cfg(target_arch = "aarch64")]
kernels!(neon_f64, f64, F64x2, F64x2, false);
#[cfg(target_arch = "aarch64")]
kernels!(neon_f32, f32, F64x2, F32x4, false);
#[cfg(target_arch = "aarch64")]
kernels!(one_f64, f64, Fused<f64>, Fused<f64>, true);
#[cfg(target_arch = "aarch64")]
kernels!(one_f32, f32, Fused<f64>, Fused<f32>, true);
#[cfg(not(target_arch = "aarch64"))]
kernels!(one_f64, f64, Unfused<f64>, Unfused<f64>, true);
#[cfg(not(target_arch = "aarch64"))]
kernels!(one_f32, f32, Unfused<f64>, Unfused<f32>, true);

kernels!(tally_f64, f64, Tallied<f64>, Tallied<f64>, false);
kernels!(tally_f32, f32, Tallied<f64>, Tallied<f32>, false);

/// The float64 kernels in one lane that counts.
pub(super) fn tallied_f64() -> Kernels<f64> {
    tally_f64::KERNELS
}

/// The float32 kernels in one lane that counts.
pub(super) fn tallied_f32() -> Kernels<f32> {
    tally_f32::KERNELS
}

impl Kernels<f64> {
    /// The kernels that the options ask for.
    ///
    /// `CpuEngine::new` has made sure that the processor has the instruction set.
    pub fn new(options: CpuOptions) -> Self {
        match (options.isa, options.scalar) {
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512, false) => avx512_f64::KERNELS,
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx2, false) => avx2_f64::KERNELS,
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512 | Isa::Avx2, true) => fused_f64::KERNELS,
            #[cfg(target_arch = "aarch64")]
            (Isa::Neon, false) => neon_f64::KERNELS,
            #[cfg(target_arch = "aarch64")]
            (Isa::Neon, true) => one_f64::KERNELS,
            (Isa::Portable, false) => portable_f64::KERNELS,
            (Isa::Portable, true) => one_f64::KERNELS,
        }
    }
}

impl Kernels<f32> {
    /// The kernels that the options ask for.
    ///
    /// `CpuEngine::new` has made sure that the processor has the instruction set.
    pub fn new(options: CpuOptions) -> Self {
        match (options.isa, options.scalar) {
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512, false) => avx512_f32::KERNELS,
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx2, false) => avx2_f32::KERNELS,
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512 | Isa::Avx2, true) => fused_f32::KERNELS,
            #[cfg(target_arch = "aarch64")]
            (Isa::Neon, false) => neon_f32::KERNELS,
            #[cfg(target_arch = "aarch64")]
            (Isa::Neon, true) => one_f32::KERNELS,
            (Isa::Portable, false) => portable_f32::KERNELS,
            (Isa::Portable, true) => one_f32::KERNELS,
        }
    }
}
