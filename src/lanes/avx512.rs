//! 512-bit lanes.

use std::{
    arch::x86_64::*,
    ops::{BitAnd, BitOr, Not},
};

use super::{
    Lanes, Mask,
    x86::{comparisons, operators, positions, register_operations},
};

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
const UP: i32 = _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC;
const DOWN: i32 = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;

/// Eight float64.
#[derive(Debug, Clone, Copy)]
pub struct F64x8(__m512d);

/// Sixteen float32.
#[derive(Debug, Clone, Copy)]
pub struct F32x16(__m512);

/// A comparison's outcome, one bit a lane.
#[derive(Debug, Clone, Copy)]
pub struct Bits<T>(T);

macro_rules! bit_mask {
    ($t:ty) => {
        impl BitAnd for Bits<$t> {
            type Output = Self;
            #[inline(always)]
            fn bitand(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }

        impl BitOr for Bits<$t> {
            type Output = Self;
            #[inline(always)]
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl Not for Bits<$t> {
            type Output = Self;
            #[inline(always)]
            fn not(self) -> Self {
                Self(!self.0)
            }
        }

        impl Mask for Bits<$t> {
            #[inline(always)]
            fn splat(value: bool) -> Self {
                Self(if value { <$t>::MAX } else { 0 })
            }
            #[inline(always)]
            fn any(self) -> bool {
                self.0 != 0
            }
            #[inline(always)]
            fn bits(self) -> u32 {
                u32::from(self.0)
            }
        }
    };
}

bit_mask!(__mmask8);
bit_mask!(__mmask16);

operators!(
    F64x8,
    |x| _mm512_xor_pd(x, _mm512_set1_pd(-0.0)),
    Add add _mm512_add_pd,
    Sub sub _mm512_sub_pd,
    Mul mul _mm512_mul_pd,
    Div div _mm512_div_pd
);

operators!(
    F32x16,
    |x| _mm512_xor_ps(x, _mm512_set1_ps(-0.0)),
    Add add _mm512_add_ps,
    Sub sub _mm512_sub_ps,
    Mul mul _mm512_mul_ps,
    Div div _mm512_div_ps
);

impl Lanes for F64x8 {
    type Scalar = f64;
    type Mask = Bits<__mmask8>;
    type Index = __m256i;
    const WIDTH: usize = 8;

    register_operations!(
        f64, splat _mm512_set1_pd, load _mm512_loadu_pd, store _mm512_storeu_pd,
        mul_add _mm512_fmadd_pd, mul_sub _mm512_fmsub_pd,
        sqrt _mm512_sqrt_pd, min _mm512_min_pd, max _mm512_max_pd,
        round _mm512_roundscale_pd::<NEAREST>, ceil _mm512_roundscale_pd::<UP>, floor _mm512_roundscale_pd::<DOWN>,
        abs _mm512_abs_pd
    );
    comparisons!(Bits, lt _mm512_cmp_pd_mask::<_CMP_LT_OQ>, le _mm512_cmp_pd_mask::<_CMP_LE_OQ>, equals _mm512_cmp_pd_mask::<_CMP_EQ_OQ>);
    positions!(__m256i, from _mm512_cvttpd_epi32, splat _mm256_set1_epi32, add _mm256_add_epi32, mul _mm256_mullo_epi32);

    #[inline(always)]
    fn scale_by_power_of_two(self, exponent: Self) -> Self {
        // SAFETY: the instruction set was found before this type's kernels are entered.
        Self(unsafe { _mm512_scalef_pd(self.0, exponent.0) })
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        // SAFETY: the instruction set was found before this type's kernels are entered.
        Self(unsafe { _mm512_mask_blend_pd(mask.0, no.0, yes.0) })
    }
    #[inline(always)]
    fn gather(table: &[f64], position: __m256i, wanted: Self::Mask, otherwise: Self) -> Self {
        let len = table.len().min(i32::MAX as usize) as i32;
        // SAFETY: as above; only lanes whose position is below the table's length are read.
        Self(unsafe {
            let inside = _mm256_mask_cmplt_epu32_mask(wanted.0, position, _mm256_set1_epi32(len));
            _mm512_mask_i32gather_pd::<8>(otherwise.0, inside, position, table.as_ptr().cast())
        })
    }
}

impl Lanes for F32x16 {
    type Scalar = f32;
    type Mask = Bits<__mmask16>;
    type Index = __m512i;
    const WIDTH: usize = 16;

    register_operations!(
        f32, splat _mm512_set1_ps, load _mm512_loadu_ps, store _mm512_storeu_ps,
        mul_add _mm512_fmadd_ps, mul_sub _mm512_fmsub_ps,
        sqrt _mm512_sqrt_ps, min _mm512_min_ps, max _mm512_max_ps,
        round _mm512_roundscale_ps::<NEAREST>, ceil _mm512_roundscale_ps::<UP>, floor _mm512_roundscale_ps::<DOWN>,
        abs _mm512_abs_ps
    );
    comparisons!(Bits, lt _mm512_cmp_ps_mask::<_CMP_LT_OQ>, le _mm512_cmp_ps_mask::<_CMP_LE_OQ>, equals _mm512_cmp_ps_mask::<_CMP_EQ_OQ>);
    positions!(__m512i, from _mm512_cvttps_epi32, splat _mm512_set1_epi32, add _mm512_add_epi32, mul _mm512_mullo_epi32);

    #[inline(always)]
    fn scale_by_power_of_two(self, exponent: Self) -> Self {
        // SAFETY: the instruction set was found before this type's kernels are entered.
        Self(unsafe { _mm512_scalef_ps(self.0, exponent.0) })
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        // SAFETY: the instruction set was found before this type's kernels are entered.
        Self(unsafe { _mm512_mask_blend_ps(mask.0, no.0, yes.0) })
    }
    #[inline(always)]
    fn gather(table: &[f32], position: __m512i, wanted: Self::Mask, otherwise: Self) -> Self {
        let len = table.len().min(i32::MAX as usize) as i32;
        // SAFETY: as above; only lanes whose position is below the table's length are read.
        Self(unsafe {
            let inside = _mm512_mask_cmplt_epu32_mask(wanted.0, position, _mm512_set1_epi32(len));
            _mm512_mask_i32gather_ps::<4>(otherwise.0, inside, position, table.as_ptr().cast())
        })
    }
}
