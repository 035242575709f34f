//! The two precisions.

use std::fmt::Debug;

/// `f32` or `f64`.
pub trait Real: Copy + Debug + Default + PartialEq + PartialOrd + Send + Sync + 'static {
    /// Whether this is the narrow one: the kernels then take shorter polynomials.
    const SINGLE: bool;
    fn from_f64(value: f64) -> Self;
    fn to_f64(self) -> f64;
}

impl Real for f64 {
    const SINGLE: bool = false;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

impl Real for f32 {
    const SINGLE: bool = true;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

/// 2^exponent for integral exponents within the range of normal numbers.
pub(super) trait PowerOfTwo {
    fn power_of_two(exponent: Self) -> Self;
}

impl PowerOfTwo for f64 {
    #[inline(always)]
    fn power_of_two(exponent: f64) -> f64 {
        f64::from_bits(((exponent as i64 + 1023) << 52) as u64)
    }
}

impl PowerOfTwo for f32 {
    #[inline(always)]
    fn power_of_two(exponent: f32) -> f32 {
        f32::from_bits(((exponent as i32 + 127) << 23) as u32)
    }
}
