//! 128-bit lanes of 64-bit Arm, whose baseline they belong to.

use std::{
    arch::aarch64::*,
    ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub},
};

use super::{Lanes, Mask};

/// Two float64.
#[derive(Debug, Clone, Copy)]
pub struct F64x2(float64x2_t);

/// Four float32.
#[derive(Debug, Clone, Copy)]
pub struct F32x4(float32x4_t);

/// A comparison's outcome: all bits of a lane.
#[derive(Debug, Clone, Copy)]
pub struct Wide<T>(T);

macro_rules! wide_mask {
    ($register:ty, $splat:ident($ones:expr), $and:ident, $or:ident, $xor:ident, $lane:ident, $($number:literal),+) => {
        impl BitAnd for Wide<$register> {
            type Output = Self;
            #[inline(always)]
            fn bitand(self, other: Self) -> Self {
                // SAFETY: NEON belongs to the baseline of 64-bit Arm.
                Self(unsafe { $and(self.0, other.0) })
            }
        }

        impl BitOr for Wide<$register> {
            type Output = Self;
            #[inline(always)]
            fn bitor(self, other: Self) -> Self {
                // SAFETY: NEON belongs to the baseline of 64-bit Arm.
                Self(unsafe { $or(self.0, other.0) })
            }
        }

        impl Not for Wide<$register> {
            type Output = Self;
            #[inline(always)]
            fn not(self) -> Self {
                // SAFETY: NEON belongs to the baseline of 64-bit Arm.
                Self(unsafe { $xor(self.0, $splat($ones)) })
            }
        }

        impl Mask for Wide<$register> {
            #[inline(always)]
            fn splat(value: bool) -> Self {
                // SAFETY: NEON belongs to the baseline of 64-bit Arm.
                Self(unsafe { $splat(if value { $ones } else { 0 }) })
            }
            #[inline(always)]
            fn any(self) -> bool {
                self.bits() != 0
            }
            #[inline(always)]
            fn bits(self) -> u32 {
                // SAFETY: NEON belongs to the baseline of 64-bit Arm.
                0 $(| ((unsafe { $lane::<$number>(self.0) } as u32 & 1) << $number))+
            }
        }
    };
}

wide_mask!(
    uint64x2_t,
    vdupq_n_u64(u64::MAX),
    vandq_u64,
    vorrq_u64,
    veorq_u64,
    vgetq_lane_u64,
    0,
    1
);
wide_mask!(
    uint32x4_t,
    vdupq_n_u32(u32::MAX),
    vandq_u32,
    vorrq_u32,
    veorq_u32,
    vgetq_lane_u32,
    0,
    1,
    2,
    3
);

macro_rules! operators {
    ($lanes:ident, $neg:ident, $($operator:ident $method:ident $intrinsic:ident),+) => {
        $(impl $operator for $lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: NEON belongs to the baseline of 64-bit Arm.
                Self(unsafe { $intrinsic(self.0, other.0) })
            }
        })+

        impl Neg for $lanes {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                // SAFETY: NEON belongs to the baseline of 64-bit Arm.
                Self(unsafe { $neg(self.0) })
            }
        }
    };
}

operators!(
    F64x2, vnegq_f64, Add add vaddq_f64, Sub sub vsubq_f64, Mul mul vmulq_f64, Div div vdivq_f64
);
operators!(
    F32x4, vnegq_f32, Add add vaddq_f32, Sub sub vsubq_f32, Mul mul vmulq_f32, Div div vdivq_f32
);

/// What both lane types have, by the names of their intrinsics.
macro_rules! register_operations {
    (
        $scalar:ty, splat $splat:ident, load $load:ident, store $store:ident, mul_add $mul_add:ident, neg $neg:ident,
        sqrt $sqrt:ident, round $round:ident, ceil $ceil:ident, floor $floor:ident, abs $abs:ident,
        lt $lt:ident, le $le:ident, equals $equals:ident, select $select:ident,
        position $splat_index:ident $add_index:ident $mul_index:ident
    ) => {
        #[inline(always)]
        fn splat(value: $scalar) -> Self {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Self(unsafe { $splat(value) })
        }
        #[inline(always)]
        fn load(from: &[$scalar]) -> Self {
            let from = &from[..Self::WIDTH];
            // SAFETY: NEON belongs to the baseline of 64-bit Arm; the slice holds WIDTH numbers, and the load is unaligned.
            Self(unsafe { $load(from.as_ptr()) })
        }
        #[inline(always)]
        fn store(self, to: &mut [$scalar]) {
            let to = &mut to[..Self::WIDTH];
            // SAFETY: NEON belongs to the baseline of 64-bit Arm; the slice holds WIDTH numbers, and the store is unaligned.
            unsafe { $store(to.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn mul_add(self, factor: Self, addend: Self) -> Self {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Self(unsafe { $mul_add(addend.0, self.0, factor.0) })
        }
        #[inline(always)]
        fn mul_sub(self, factor: Self, subtrahend: Self) -> Self {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Self(unsafe { $mul_add($neg(subtrahend.0), self.0, factor.0) })
        }
        #[inline(always)]
        fn sqrt(self) -> Self {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Self(unsafe { $sqrt(self.0) })
        }
        #[inline(always)]
        fn round(self) -> Self {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Self(unsafe { $round(self.0) })
        }
        #[inline(always)]
        fn ceil(self) -> Self {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Self(unsafe { $ceil(self.0) })
        }
        #[inline(always)]
        fn floor(self) -> Self {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Self(unsafe { $floor(self.0) })
        }
        #[inline(always)]
        fn abs(self) -> Self {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Self(unsafe { $abs(self.0) })
        }
        // By comparison, so that of a number and NaN the same one comes out as on every other set.
        #[inline(always)]
        fn min(self, other: Self) -> Self {
            Self::select(self.lt(other), self, other)
        }
        #[inline(always)]
        fn max(self, other: Self) -> Self {
            Self::select(other.lt(self), self, other)
        }
        #[inline(always)]
        fn lt(self, other: Self) -> Self::Mask {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Wide(unsafe { $lt(self.0, other.0) })
        }
        #[inline(always)]
        fn le(self, other: Self) -> Self::Mask {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Wide(unsafe { $le(self.0, other.0) })
        }
        #[inline(always)]
        fn equals(self, other: Self) -> Self::Mask {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Wide(unsafe { $equals(self.0, other.0) })
        }
        #[inline(always)]
        fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            Self(unsafe { $select(mask.0, yes.0, no.0) })
        }
        #[inline(always)]
        fn index_mul_add(position: Self::Index, factor: i32, addend: Self::Index) -> Self::Index {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            unsafe { $add_index($mul_index(position, $splat_index(factor)), addend) }
        }
        #[inline(always)]
        fn index_offset(position: Self::Index, addend: i32) -> Self::Index {
            // SAFETY: NEON belongs to the baseline of 64-bit Arm.
            unsafe { $add_index(position, $splat_index(addend)) }
        }
    };
}

/// An entry of the table, where it has one at that position and it is wanted.
#[inline(always)]
fn entry<S: Copy>(table: &[S], position: i32, wanted: u32, otherwise: S) -> S {
    match usize::try_from(position) {
        Ok(position) if wanted != 0 => table.get(position).copied().unwrap_or(otherwise),
        _ => otherwise,
    }
}

impl Lanes for F64x2 {
    type Scalar = f64;
    type Mask = Wide<uint64x2_t>;
    type Index = int32x2_t;
    const WIDTH: usize = 2;

    register_operations!(
        f64, splat vdupq_n_f64, load vld1q_f64, store vst1q_f64, mul_add vfmaq_f64, neg vnegq_f64,
        sqrt vsqrtq_f64, round vrndnq_f64, ceil vrndpq_f64, floor vrndmq_f64, abs vabsq_f64,
        lt vcltq_f64, le vcleq_f64, equals vceqq_f64, select vbslq_f64,
        position vdup_n_s32 vadd_s32 vmul_s32
    );

    #[inline(always)]
    fn scale_by_power_of_two(self, exponent: Self) -> Self {
        // SAFETY: NEON belongs to the baseline of 64-bit Arm.
        Self(unsafe {
            let biased = vaddq_s64(vcvtq_s64_f64(exponent.0), vdupq_n_s64(1023));
            vmulq_f64(self.0, vreinterpretq_f64_s64(vshlq_n_s64::<52>(biased)))
        })
    }
    #[inline(always)]
    fn to_index(self) -> int32x2_t {
        // SAFETY: NEON belongs to the baseline of 64-bit Arm.
        unsafe { vmovn_s64(vcvtq_s64_f64(self.0)) }
    }
    #[inline(always)]
    fn gather(table: &[f64], position: int32x2_t, wanted: Self::Mask, otherwise: Self) -> Self {
        let mut positions = [0; 2];
        // SAFETY: NEON belongs to the baseline of 64-bit Arm; the array holds WIDTH positions.
        unsafe { vst1_s32(positions.as_mut_ptr(), position) };
        let wanted = wanted.bits();
        let mut numbers = [0.0; 2];
        otherwise.store(&mut numbers);
        for lane in 0..2 {
            numbers[lane] = entry(table, positions[lane], wanted >> lane & 1, numbers[lane]);
        }
        Self::load(&numbers)
    }
}

impl Lanes for F32x4 {
    type Scalar = f32;
    type Mask = Wide<uint32x4_t>;
    type Index = int32x4_t;
    const WIDTH: usize = 4;

    register_operations!(
        f32, splat vdupq_n_f32, load vld1q_f32, store vst1q_f32, mul_add vfmaq_f32, neg vnegq_f32,
        sqrt vsqrtq_f32, round vrndnq_f32, ceil vrndpq_f32, floor vrndmq_f32, abs vabsq_f32,
        lt vcltq_f32, le vcleq_f32, equals vceqq_f32, select vbslq_f32,
        position vdupq_n_s32 vaddq_s32 vmulq_s32
    );

    #[inline(always)]
    fn scale_by_power_of_two(self, exponent: Self) -> Self {
        // SAFETY: NEON belongs to the baseline of 64-bit Arm.
        Self(unsafe {
            let biased = vaddq_s32(vcvtq_s32_f32(exponent.0), vdupq_n_s32(127));
            vmulq_f32(self.0, vreinterpretq_f32_s32(vshlq_n_s32::<23>(biased)))
        })
    }
    #[inline(always)]
    fn to_index(self) -> int32x4_t {
        // SAFETY: NEON belongs to the baseline of 64-bit Arm.
        unsafe { vcvtq_s32_f32(self.0) }
    }
    #[inline(always)]
    fn gather(table: &[f32], position: int32x4_t, wanted: Self::Mask, otherwise: Self) -> Self {
        let mut positions = [0; 4];
        // SAFETY: NEON belongs to the baseline of 64-bit Arm; the array holds WIDTH positions.
        unsafe { vst1q_s32(positions.as_mut_ptr(), position) };
        let wanted = wanted.bits();
        let mut numbers = [0.0; 4];
        otherwise.store(&mut numbers);
        for lane in 0..4 {
            numbers[lane] = entry(table, positions[lane], wanted >> lane & 1, numbers[lane]);
        }
        Self::load(&numbers)
    }
}
