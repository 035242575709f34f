//! What the two x86-64 instruction sets share: the operations that differ only in an intrinsic's name.

/// Implements the arithmetic operators of a lane type over `std::arch` intrinsics.
///
/// Every `unsafe` block inside has the same reason: the lane types are visible to this crate alone, and the only way to
/// a kernel over them is `engine::cpu::dispatch`, which has found the instruction set on this processor first.
macro_rules! operators {
    ($lanes:ident, $neg:expr, $($operator:ident $method:ident $intrinsic:ident),+) => {
        $(impl std::ops::$operator for $lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: the instruction set was found before this type's kernels are entered.
                Self(unsafe { $intrinsic(self.0, other.0) })
            }
        })+

        impl std::ops::Neg for $lanes {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                // SAFETY: the instruction set was found before this type's kernels are entered.
                Self(unsafe { $neg(self.0) })
            }
        }
    };
}

/// The part of [`super::Lanes`] whose intrinsics take and return whole registers.
macro_rules! register_operations {
    (
        $scalar:ty, splat $splat:ident, load $load:ident, store $store:ident, mul_add $mul_add:ident, mul_sub $mul_sub:ident,
        sqrt $sqrt:ident, min $min:ident, max $max:ident, round $round:expr, ceil $ceil:expr, floor $floor:expr, abs $abs:expr
    ) => {
        #[inline(always)]
        fn splat(value: $scalar) -> Self {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            Self(unsafe { $splat(value) })
        }
        #[inline(always)]
        fn load(from: &[$scalar]) -> Self {
            let from = &from[..Self::WIDTH];
            // SAFETY: as above; the slice holds WIDTH numbers and the load is unaligned.
            Self(unsafe { $load(from.as_ptr()) })
        }
        #[inline(always)]
        fn store(self, to: &mut [$scalar]) {
            let to = &mut to[..Self::WIDTH];
            // SAFETY: as above; the slice holds WIDTH numbers and the store is unaligned.
            unsafe { $store(to.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn mul_add(self, factor: Self, addend: Self) -> Self {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            Self(unsafe { $mul_add(self.0, factor.0, addend.0) })
        }
        #[inline(always)]
        fn mul_sub(self, factor: Self, subtrahend: Self) -> Self {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            Self(unsafe { $mul_sub(self.0, factor.0, subtrahend.0) })
        }
        #[inline(always)]
        fn sqrt(self) -> Self {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            Self(unsafe { $sqrt(self.0) })
        }
        #[inline(always)]
        fn min(self, other: Self) -> Self {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            Self(unsafe { $min(self.0, other.0) })
        }
        #[inline(always)]
        fn max(self, other: Self) -> Self {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            Self(unsafe { $max(self.0, other.0) })
        }
        #[inline(always)]
        fn round(self) -> Self {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            Self(unsafe { $round(self.0) })
        }
        #[inline(always)]
        fn ceil(self) -> Self {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            Self(unsafe { $ceil(self.0) })
        }
        #[inline(always)]
        fn floor(self) -> Self {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            Self(unsafe { $floor(self.0) })
        }
        #[inline(always)]
        fn abs(self) -> Self {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            Self(unsafe { $abs(self.0) })
        }
    };
}

/// The comparisons of [`super::Lanes`]; `$outcome` makes a mask of what the intrinsics return.
macro_rules! comparisons {
    ($outcome:ident, lt $lt:expr, le $le:expr, equals $equals:expr) => {
        #[inline(always)]
        fn lt(self, other: Self) -> Self::Mask {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            $outcome(unsafe { $lt(self.0, other.0) })
        }
        #[inline(always)]
        fn le(self, other: Self) -> Self::Mask {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            $outcome(unsafe { $le(self.0, other.0) })
        }
        #[inline(always)]
        fn equals(self, other: Self) -> Self::Mask {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            $outcome(unsafe { $equals(self.0, other.0) })
        }
    };
}

/// The arithmetic of [`super::Lanes`] on positions in a table.
macro_rules! positions {
    ($index:ty, from $convert:ident, splat $splat:ident, add $add:ident, mul $mul:ident) => {
        #[inline(always)]
        fn to_index(self) -> $index {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            unsafe { $convert(self.0) }
        }
        #[inline(always)]
        fn index_mul_add(position: $index, factor: i32, addend: $index) -> $index {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            unsafe { $add($mul(position, $splat(factor)), addend) }
        }
        #[inline(always)]
        fn index_offset(position: $index, addend: i32) -> $index {
            // SAFETY: the instruction set was found before this type's kernels are entered.
            unsafe { $add(position, $splat(addend)) }
        }
    };
}

pub(super) use {comparisons, operators, positions, register_operations};
