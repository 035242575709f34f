//! 256-bit lanes.

use std::{
    arch::x86_64::*,
    ops::{BitAnd, BitOr, Not},
};

use super::{
    Lanes, Mask,
    x86::{comparisons, operators, positions, register_operations},
};

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

/// Four float64.
#[derive(Debug, Clone, Copy)]
pub struct F64x4(__m256d);

/// Eight float32.
#[derive(Debug, Clone, Copy)]
pub struct F32x8(__m256);

/// A comparison's outcome: all bits of a lane.
#[derive(Debug, Clone, Copy)]
pub struct Wide<T>(T);

macro_rules! wide_mask {
    ($register:ty, $and:ident, $or:ident, $not:expr, $splat:expr, $bits:ident) => {
        impl BitAnd for Wide<$register> {
            type Output = Self;
            #[inline(always)]
            fn bitand(self, other: Self) -> Self {
                // SAFETY: the instruction set was found before this type's kernels are entered.
                Self(unsafe { $and(self.0, other.0) })
            }
        }

        impl BitOr for Wide<$register> {
            type Output = Self;
            #[inline(always)]
            fn bitor(self, other: Self) -> Self {
                // SAFETY: the instruction set was found before this type's kernels are entered.
                Self(unsafe { $or(self.0, other.0) })
            }
        }

        impl Not for Wide<$register> {
            type Output = Self;
            #[inline(always)]
            fn not(self) -> Self {
                // SAFETY: the instruction set was found before this type's kernels are entered.
                Self(unsafe { $not(self.0) })
            }
        }

        impl Mask for Wide<$register> {
            #[inline(always)]
            fn splat(value: bool) -> Self {
                // SAFETY: the instruction set was found before this type's kernels are entered.
                Self(unsafe { $splat(if value { -1 } else { 0 }) })
            }
            #[inline(always)]
            fn any(self) -> bool {
                self.bits() != 0
            }
            #[inline(always)]
            fn bits(self) -> u32 {
                // SAFETY: the instruction set was found before this type's kernels are entered.
                (unsafe { $bits(self.0) }) as u32
            }
        }
    };
}

wide_mask!(
    __m256d,
    _mm256_and_pd,
    _mm256_or_pd,
    |x| _mm256_xor_pd(x, _mm256_castsi256_pd(_mm256_set1_epi64x(-1))),
    |x| _mm256_castsi256_pd(_mm256_set1_epi64x(x)),
    _mm256_movemask_pd
);
wide_mask!(
    __m256,
    _mm256_and_ps,
    _mm256_or_ps,
    |x| _mm256_xor_ps(x, _mm256_castsi256_ps(_mm256_set1_epi64x(-1))),
    |x| _mm256_castsi256_ps(_mm256_set1_epi64x(x)),
    _mm256_movemask_ps
);

operators!(
    F64x4,
    |x| _mm256_xor_pd(x, _mm256_set1_pd(-0.0)),
    Add add _mm256_add_pd,
    Sub sub _mm256_sub_pd,
    Mul mul _mm256_mul_pd,
    Div div _mm256_div_pd
);

operators!(
    F32x8,
    |x| _mm256_xor_ps(x, _mm256_set1_ps(-0.0)),
    Add add _mm256_add_ps,
    Sub sub _mm256_sub_ps,
    Mul mul _mm256_mul_ps,
    Div div _mm256_div_ps
);

impl Lanes for F64x4 {
    type Scalar = f64;
    type Mask = Wide<__m256d>;
    type Index = __m128i;
    const WIDTH: usize = 4;

    register_operations!(
        f64, splat _mm256_set1_pd, load _mm256_loadu_pd, store _mm256_storeu_pd,
        mul_add _mm256_fmadd_pd, mul_sub _mm256_fmsub_pd,
        sqrt _mm256_sqrt_pd, min _mm256_min_pd, max _mm256_max_pd,
        round _mm256_round_pd::<NEAREST>, ceil _mm256_ceil_pd, floor _mm256_floor_pd,
        abs |x| _mm256_andnot_pd(_mm256_set1_pd(-0.0), x)
    );
    comparisons!(Wide, lt _mm256_cmp_pd::<_CMP_LT_OQ>, le _mm256_cmp_pd::<_CMP_LE_OQ>, equals _mm256_cmp_pd::<_CMP_EQ_OQ>);
    positions!(__m128i, from _mm256_cvttpd_epi32, splat _mm_set1_epi32, add _mm_add_epi32, mul _mm_mullo_epi32);

    #[inline(always)]
    fn scale_by_power_of_two(self, exponent: Self) -> Self {
        // SAFETY: the instruction set was found before this type's kernels are entered.
        Self(unsafe {
            let biased = _mm256_add_epi64(
                _mm256_cvtepi32_epi64(_mm256_cvttpd_epi32(exponent.0)),
                _mm256_set1_epi64x(1023),
            );
            _mm256_mul_pd(self.0, _mm256_castsi256_pd(_mm256_slli_epi64::<52>(biased)))
        })
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        // SAFETY: the instruction set was found before this type's kernels are entered.
        Self(unsafe { _mm256_blendv_pd(no.0, yes.0, mask.0) })
    }
    #[inline(always)]
    fn gather(table: &[f64], position: __m128i, wanted: Self::Mask, otherwise: Self) -> Self {
        let len = table.len().min(i32::MAX as usize) as i32;
        // SAFETY: as above; only lanes whose position is not negative and below the table's length are read.
        Self(unsafe {
            let below = _mm_cmpgt_epi32(_mm_set1_epi32(len), position);
            let inside = _mm_and_si128(below, _mm_cmpgt_epi32(position, _mm_set1_epi32(-1)));
            let inside =
                _mm256_and_pd(_mm256_castsi256_pd(_mm256_cvtepi32_epi64(inside)), wanted.0);
            _mm256_mask_i32gather_pd::<8>(otherwise.0, table.as_ptr(), position, inside)
        })
    }
}

impl Lanes for F32x8 {
    type Scalar = f32;
    type Mask = Wide<__m256>;
    type Index = __m256i;
    const WIDTH: usize = 8;

    register_operations!(
        f32, splat _mm256_set1_ps, load _mm256_loadu_ps, store _mm256_storeu_ps,
        mul_add _mm256_fmadd_ps, mul_sub _mm256_fmsub_ps,
        sqrt _mm256_sqrt_ps, min _mm256_min_ps, max _mm256_max_ps,
        round _mm256_round_ps::<NEAREST>, ceil _mm256_ceil_ps, floor _mm256_floor_ps,
        abs |x| _mm256_andnot_ps(_mm256_set1_ps(-0.0), x)
    );
    comparisons!(Wide, lt _mm256_cmp_ps::<_CMP_LT_OQ>, le _mm256_cmp_ps::<_CMP_LE_OQ>, equals _mm256_cmp_ps::<_CMP_EQ_OQ>);
    positions!(__m256i, from _mm256_cvttps_epi32, splat _mm256_set1_epi32, add _mm256_add_epi32, mul _mm256_mullo_epi32);

    #[inline(always)]
    fn scale_by_power_of_two(self, exponent: Self) -> Self {
        // SAFETY: the instruction set was found before this type's kernels are entered.
        Self(unsafe {
            let biased = _mm256_add_epi32(_mm256_cvttps_epi32(exponent.0), _mm256_set1_epi32(127));
            _mm256_mul_ps(self.0, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased)))
        })
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        // SAFETY: the instruction set was found before this type's kernels are entered.
        Self(unsafe { _mm256_blendv_ps(no.0, yes.0, mask.0) })
    }
    #[inline(always)]
    fn gather(table: &[f32], position: __m256i, wanted: Self::Mask, otherwise: Self) -> Self {
        let len = table.len().min(i32::MAX as usize) as i32;
        // SAFETY: as above; only lanes whose position is not negative and below the table's length are read.
        Self(unsafe {
            let below = _mm256_cmpgt_epi32(_mm256_set1_epi32(len), position);
            let inside =
                _mm256_and_si256(below, _mm256_cmpgt_epi32(position, _mm256_set1_epi32(-1)));
            let inside = _mm256_and_ps(_mm256_castsi256_ps(inside), wanted.0);
            _mm256_mask_i32gather_ps::<4>(otherwise.0, table.as_ptr(), position, inside)
        })
    }
}
