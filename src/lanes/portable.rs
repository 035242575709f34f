//! Lanes as an array, for every processor: the loops below are laid out in the target's own vectors by the compiler.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use super::{Lanes, Mask, real::PowerOfTwo};

/// `N` numbers.
#[derive(Debug, Clone, Copy)]
pub struct Portable<T, const N: usize>([T; N]);

/// `N` outcomes.
#[derive(Debug, Clone, Copy)]
pub struct PortableMask<const N: usize>([bool; N]);

impl<const N: usize> BitAnd for PortableMask<N> {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] & other.0[lane]))
    }
}

impl<const N: usize> BitOr for PortableMask<N> {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] | other.0[lane]))
    }
}

impl<const N: usize> Not for PortableMask<N> {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Self(self.0.map(|outcome| !outcome))
    }
}

impl<const N: usize> Mask for PortableMask<N> {
    #[inline(always)]
    fn splat(value: bool) -> Self {
        Self([value; N])
    }
    #[inline(always)]
    fn any(self) -> bool {
        self.0.contains(&true)
    }
    #[inline(always)]
    fn bits(self) -> u32 {
        self.0
            .iter()
            .enumerate()
            .map(|(lane, &outcome)| u32::from(outcome) << lane)
            .sum()
    }
}

/// The baseline of 64-bit Arm has a fused multiply-add; elsewhere one would be a call into the C library.
const FUSED: bool = cfg!(target_arch = "aarch64");

macro_rules! array_of {
    ($t:ty) => {
        impl<const N: usize> Portable<$t, N> {
            #[inline(always)]
            fn zip(self, other: Self, f: impl Fn($t, $t) -> $t) -> Self {
                Self(std::array::from_fn(|lane| f(self.0[lane], other.0[lane])))
            }

            #[inline(always)]
            fn compare(self, other: Self, f: impl Fn($t, $t) -> bool) -> PortableMask<N> {
                PortableMask(std::array::from_fn(|lane| f(self.0[lane], other.0[lane])))
            }
        }

        impl<const N: usize> Add for Portable<$t, N> {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.zip(other, |x, y| x + y)
            }
        }

        impl<const N: usize> Sub for Portable<$t, N> {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.zip(other, |x, y| x - y)
            }
        }

        impl<const N: usize> Mul for Portable<$t, N> {
            type Output = Self;
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.zip(other, |x, y| x * y)
            }
        }

        impl<const N: usize> Div for Portable<$t, N> {
            type Output = Self;
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                self.zip(other, |x, y| x / y)
            }
        }

        impl<const N: usize> Neg for Portable<$t, N> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(self.0.map(|x| -x))
            }
        }

        impl<const N: usize> Lanes for Portable<$t, N> {
            type Scalar = $t;
            type Mask = PortableMask<N>;
            type Index = [i32; N];
            const WIDTH: usize = N;

            #[inline(always)]
            fn splat(value: $t) -> Self {
                Self([value; N])
            }
            #[inline(always)]
            fn load(from: &[$t]) -> Self {
                Self(std::array::from_fn(|lane| from[..N][lane]))
            }
            #[inline(always)]
            fn store(self, to: &mut [$t]) {
                to[..N].copy_from_slice(&self.0);
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                Self(std::array::from_fn(|lane| {
                    if FUSED {
                        self.0[lane].mul_add(factor.0[lane], addend.0[lane])
                    } else {
                        self.0[lane] * factor.0[lane] + addend.0[lane]
                    }
                }))
            }
            #[inline(always)]
            fn mul_sub(self, factor: Self, subtrahend: Self) -> Self {
                self.mul_add(factor, -subtrahend)
            }
            #[inline(always)]
            fn round(self) -> Self {
                // Adding and taking away 2^(mantissa bits) rounds to even without SSE4.1; larger numbers are whole.
                const WHOLE: $t = 1.0 / <$t>::EPSILON;
                Self(self.0.map(|x| {
                    let near = (x.abs() + WHOLE) - WHOLE;
                    if x.abs() < WHOLE { near.copysign(x) } else { x }
                }))
            }
            #[inline(always)]
            fn ceil(self) -> Self {
                -(-self).floor()
            }
            #[inline(always)]
            fn floor(self) -> Self {
                let near = self.round();
                self.zip(
                    near,
                    |x, rounded| if rounded > x { rounded - 1.0 } else { rounded },
                )
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(self.0.map(|x| x.sqrt()))
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self(self.0.map(|x| x.abs()))
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                self.zip(other, |x, y| if x < y { x } else { y })
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                self.zip(other, |x, y| if x > y { x } else { y })
            }
            #[inline(always)]
            fn scale_by_power_of_two(self, exponent: Self) -> Self {
                self.zip(exponent, |x, power| x * <$t>::power_of_two(power))
            }
            #[inline(always)]
            fn lt(self, other: Self) -> Self::Mask {
                self.compare(other, |x, y| x < y)
            }
            #[inline(always)]
            fn le(self, other: Self) -> Self::Mask {
                self.compare(other, |x, y| x <= y)
            }
            #[inline(always)]
            fn equals(self, other: Self) -> Self::Mask {
                self.compare(other, |x, y| x == y)
            }
            #[inline(always)]
            fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
                Self(std::array::from_fn(|lane| {
                    if mask.0[lane] {
                        yes.0[lane]
                    } else {
                        no.0[lane]
                    }
                }))
            }
            #[inline(always)]
            fn to_index(self) -> Self::Index {
                self.0.map(|x| x as i32)
            }
            #[inline(always)]
            fn index_mul_add(
                position: Self::Index,
                factor: i32,
                addend: Self::Index,
            ) -> Self::Index {
                std::array::from_fn(|lane| {
                    position[lane]
                        .wrapping_mul(factor)
                        .wrapping_add(addend[lane])
                })
            }
            #[inline(always)]
            fn index_offset(position: Self::Index, addend: i32) -> Self::Index {
                position.map(|at| at.wrapping_add(addend))
            }
            #[inline(always)]
            fn gather(
                table: &[$t],
                position: Self::Index,
                wanted: Self::Mask,
                otherwise: Self,
            ) -> Self {
                Self(std::array::from_fn(|lane| {
                    let entry = if wanted.0[lane] {
                        table.get(position[lane] as u32 as usize)
                    } else {
                        None
                    };
                    entry.copied().unwrap_or(otherwise.0[lane])
                }))
            }
        }
    };
}

array_of!(f32);
array_of!(f64);
