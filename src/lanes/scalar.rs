//! One lane: the oracle that the wide kernels are checked against, and what traces run on.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use super::{Lanes, Mask, real::PowerOfTwo};

/// One number whose `mul_add` rounds once, as the instruction sets with FMA do.
pub type Fused<T> = One<T, true>;

/// One number whose `mul_add` rounds twice: the plainest reading of a formula, and what sets without FMA do.
pub type Unfused<T> = One<T, false>;

/// One lane.
#[derive(Debug, Clone, Copy)]
pub struct One<T, const FUSED: bool>(pub T);

/// A number in one fused lane.
pub fn fused<T>(value: T) -> Fused<T> {
    One(value)
}

/// A comparison's outcome.
#[derive(Debug, Clone, Copy)]
pub struct OneMask(bool);

impl BitAnd for OneMask {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for OneMask {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Not for OneMask {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl Mask for OneMask {
    #[inline(always)]
    fn splat(value: bool) -> Self {
        Self(value)
    }
    #[inline(always)]
    fn any(self) -> bool {
        self.0
    }
    #[inline(always)]
    fn bits(self) -> u32 {
        u32::from(self.0)
    }
}

macro_rules! one_lane {
    ($t:ty) => {
        impl<const FUSED: bool> Add for One<$t, FUSED> {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl<const FUSED: bool> Sub for One<$t, FUSED> {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl<const FUSED: bool> Mul for One<$t, FUSED> {
            type Output = Self;
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Self(self.0 * other.0)
            }
        }

        impl<const FUSED: bool> Div for One<$t, FUSED> {
            type Output = Self;
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                Self(self.0 / other.0)
            }
        }

        impl<const FUSED: bool> Neg for One<$t, FUSED> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl<const FUSED: bool> Lanes for One<$t, FUSED> {
            type Scalar = $t;
            type Mask = OneMask;
            type Index = i32;
            const WIDTH: usize = 1;

            #[inline(always)]
            fn splat(value: $t) -> Self {
                Self(value)
            }
            #[inline(always)]
            fn load(from: &[$t]) -> Self {
                Self(from[0])
            }
            #[inline(always)]
            fn store(self, to: &mut [$t]) {
                to[0] = self.0;
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                if FUSED {
                    Self(self.0.mul_add(factor.0, addend.0))
                } else {
                    Self(self.0 * factor.0 + addend.0)
                }
            }
            #[inline(always)]
            fn mul_sub(self, factor: Self, subtrahend: Self) -> Self {
                self.mul_add(factor, -subtrahend)
            }
            #[inline(always)]
            fn round(self) -> Self {
                Self(self.0.round_ties_even())
            }
            #[inline(always)]
            fn ceil(self) -> Self {
                Self(self.0.ceil())
            }
            #[inline(always)]
            fn floor(self) -> Self {
                Self(self.0.floor())
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(self.0.sqrt())
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self(self.0.abs())
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self(if self.0 < other.0 { self.0 } else { other.0 })
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self(if self.0 > other.0 { self.0 } else { other.0 })
            }
            #[inline(always)]
            fn scale_by_power_of_two(self, exponent: Self) -> Self {
                Self(self.0 * <$t>::power_of_two(exponent.0))
            }
            #[inline(always)]
            fn lt(self, other: Self) -> OneMask {
                OneMask(self.0 < other.0)
            }
            #[inline(always)]
            fn le(self, other: Self) -> OneMask {
                OneMask(self.0 <= other.0)
            }
            #[inline(always)]
            fn equals(self, other: Self) -> OneMask {
                OneMask(self.0 == other.0)
            }
            #[inline(always)]
            fn select(mask: OneMask, yes: Self, no: Self) -> Self {
                if mask.0 { yes } else { no }
            }
            #[inline(always)]
            fn to_index(self) -> i32 {
                self.0 as i32
            }
            #[inline(always)]
            fn index_mul_add(position: i32, factor: i32, addend: i32) -> i32 {
                position.wrapping_mul(factor).wrapping_add(addend)
            }
            #[inline(always)]
            fn index_offset(position: i32, addend: i32) -> i32 {
                position.wrapping_add(addend)
            }
            #[inline(always)]
            fn gather(table: &[$t], position: i32, wanted: OneMask, otherwise: Self) -> Self {
                if wanted.0 {
                    table
                        .get(position as u32 as usize)
                        .map_or(otherwise, |&value| Self(value))
                } else {
                    otherwise
                }
            }
        }
    };
}

one_lane!(f32);
one_lane!(f64);
