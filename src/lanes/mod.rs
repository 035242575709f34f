//! Numbers in lanes: one vocabulary over which the kernels of [`crate::physics`] are written once and compiled for
//! every instruction set.
//!
//! Every operation is the IEEE operation of its name, rounded once, and [`Lanes::mul_add`] is fused in all sets that have
//! the instruction. A kernel therefore gives the same bits in one lane ([`scalar::Fused`]) as in sixteen, which is
//! what lets a trace of one pixel stand for the rendered image.

use std::{
    fmt::Debug,
    ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub},
};

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod isa;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
mod real;
pub mod scalar;
pub mod tally;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::{F32x8, F64x4};
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::{F32x16, F64x8};
pub use isa::Isa;
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::{F32x4, F64x2};
pub use portable::Portable;
pub use real::Real;

/// The outcome of a comparison, lane by lane.
pub trait Mask: Copy + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self> {
    /// The same outcome in every lane.
    fn splat(value: bool) -> Self;
    /// Whether any lane is true.
    fn any(self) -> bool;
    /// Bit i is lane i.
    fn bits(self) -> u32;
}

/// A vector of `WIDTH` numbers.
pub trait Lanes:
    Copy
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    type Scalar: Real;
    type Mask: Mask;
    /// Positions in a table.
    type Index: Copy;
    const WIDTH: usize;

    /// The same number in every lane.
    fn splat(value: Self::Scalar) -> Self;

    /// A constant, rounded to the lane's precision.
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self::splat(Self::Scalar::from_f64(value))
    }

    /// The first `WIDTH` numbers of a slice.
    ///
    /// # Panics
    /// When the slice is shorter.
    fn load(from: &[Self::Scalar]) -> Self;

    /// Writes the first `WIDTH` numbers of a slice.
    ///
    /// # Panics
    /// When the slice is shorter.
    fn store(self, to: &mut [Self::Scalar]);

    /// self · factor + addend, rounded once where the hardware can.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// self · factor − subtrahend, rounded once where the hardware can.
    fn mul_sub(self, factor: Self, subtrahend: Self) -> Self;
    /// To the nearest integer, ties to even.
    fn round(self) -> Self;
    fn ceil(self) -> Self;
    fn floor(self) -> Self;
    fn sqrt(self) -> Self;
    fn abs(self) -> Self;
    fn min(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    /// self · 2^exponent for integral exponents within the range of normal numbers.
    fn scale_by_power_of_two(self, exponent: Self) -> Self;
    fn lt(self, other: Self) -> Self::Mask;
    fn le(self, other: Self) -> Self::Mask;
    fn equals(self, other: Self) -> Self::Mask;
    /// `yes` where the mask is true, `no` elsewhere.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// Integral lanes as positions; lanes that do not fit 32 bits give an unspecified position.
    fn to_index(self) -> Self::Index;
    /// position · factor + addend, wrapping.
    fn index_mul_add(position: Self::Index, factor: i32, addend: Self::Index) -> Self::Index;
    /// position + addend, wrapping.
    fn index_offset(position: Self::Index, addend: i32) -> Self::Index;
    /// The table's entries where `wanted` and inside the table, `otherwise` elsewhere.
    fn gather(
        table: &[Self::Scalar],
        position: Self::Index,
        wanted: Self::Mask,
        otherwise: Self,
    ) -> Self;
}

#[cfg(test)]
mod tests;
