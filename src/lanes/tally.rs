//! One lane that counts what is done with it, so that the operations of a sample are counted by running the kernel and
//! not by reading it.

use std::{
    cell::Cell,
    ops::{Add, Div, Mul, Neg, Sub},
};

use super::{Lanes, Real, scalar::Fused};

/// Arithmetic done, in either precision.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Operations {
    /// Fused multiply-adds, two floating-point operations each.
    pub fused: f64,
    /// Additions, subtractions and multiplications.
    pub plain: f64,
    /// Divisions and square roots.
    pub divided: f64,
    /// Roundings, comparisons, selections, magnitudes, signs: no floating-point operations, yet work.
    pub other: f64,
    /// Numbers fetched from the structure factor table.
    pub gathered: f64,
}

impl Operations {
    /// Floating-point operations, a fused multiply-add counted as two.
    pub fn flops(&self) -> f64 {
        2.0 * self.fused + self.plain + self.divided
    }

    /// Instructions on lanes, whatever they do.
    pub fn instructions(&self) -> f64 {
        self.fused + self.plain + self.divided + self.other + self.gathered
    }

    /// Each count as a share of `count`.
    pub fn per(&self, count: f64) -> Self {
        Self {
            fused: self.fused / count,
            plain: self.plain / count,
            divided: self.divided / count,
            other: self.other / count,
            gathered: self.gathered / count,
        }
    }
}

thread_local! {
    static DONE: Cell<Operations> = const {
        Cell::new(Operations { fused: 0.0, plain: 0.0, divided: 0.0, other: 0.0, gathered: 0.0 })
    };
}

/// What `work` did with tallied lanes on this thread.
pub fn tally(work: impl FnOnce()) -> Operations {
    DONE.set(Operations::default());
    work();
    DONE.get()
}

/// One number that counts.
#[derive(Debug, Clone, Copy)]
pub struct Tallied<T>(Fused<T>);

fn count(kind: fn(&mut Operations) -> &mut f64) {
    let mut done = DONE.get();
    *kind(&mut done) += 1.0;
    DONE.set(done);
}

macro_rules! operator {
    ($trait:ident, $method:ident, $kind:ident) => {
        impl<T: Real> $trait for Tallied<T>
        where
            Fused<T>: Lanes<Scalar = T>,
        {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                count(|done| &mut done.$kind);
                Self($trait::$method(self.0, other.0))
            }
        }
    };
}

operator!(Add, add, plain);
operator!(Sub, sub, plain);
operator!(Mul, mul, plain);
operator!(Div, div, divided);

impl<T: Real> Neg for Tallied<T>
where
    Fused<T>: Lanes<Scalar = T>,
{
    type Output = Self;
    fn neg(self) -> Self {
        count(|done| &mut done.other);
        Self(-self.0)
    }
}

/// Operations of one operand that are counted as `$kind`.
macro_rules! of_one {
    ($($method:ident: $kind:ident),*) => {
        $(fn $method(self) -> Self {
            count(|done| &mut done.$kind);
            Self(self.0.$method())
        })*
    };
}

/// Operations of two operands, none of them floating-point arithmetic.
macro_rules! of_two {
    ($($method:ident -> $output:ty),*) => {
        $(fn $method(self, other: Self) -> $output {
            count(|done| &mut done.other);
            self.0.$method(other.0).into()
        })*
    };
}

impl<T> From<Fused<T>> for Tallied<T> {
    fn from(number: Fused<T>) -> Self {
        Self(number)
    }
}

impl<T: Real> Lanes for Tallied<T>
where
    Fused<T>: Lanes<Scalar = T>,
{
    type Scalar = T;
    type Mask = <Fused<T> as Lanes>::Mask;
    type Index = <Fused<T> as Lanes>::Index;
    const WIDTH: usize = 1;

    fn splat(value: T) -> Self {
        Self(Fused::splat(value))
    }
    fn load(from: &[T]) -> Self {
        Self(Fused::load(from))
    }
    fn store(self, to: &mut [T]) {
        self.0.store(to);
    }
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        count(|done| &mut done.fused);
        Self(self.0.mul_add(factor.0, addend.0))
    }
    fn mul_sub(self, factor: Self, subtrahend: Self) -> Self {
        count(|done| &mut done.fused);
        Self(self.0.mul_sub(factor.0, subtrahend.0))
    }
    of_one!(round: other, ceil: other, floor: other, abs: other, sqrt: divided);
    of_two!(
        min -> Self, max -> Self, scale_by_power_of_two -> Self,
        lt -> Self::Mask, le -> Self::Mask, equals -> Self::Mask
    );
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        count(|done| &mut done.other);
        Self(Fused::select(mask, yes.0, no.0))
    }
    fn to_index(self) -> Self::Index {
        count(|done| &mut done.other);
        self.0.to_index()
    }
    fn index_mul_add(position: Self::Index, factor: i32, addend: Self::Index) -> Self::Index {
        count(|done| &mut done.other);
        Fused::index_mul_add(position, factor, addend)
    }
    fn index_offset(position: Self::Index, addend: i32) -> Self::Index {
        count(|done| &mut done.other);
        Fused::index_offset(position, addend)
    }
    fn gather(table: &[T], position: Self::Index, wanted: Self::Mask, otherwise: Self) -> Self {
        count(|done| &mut done.gathered);
        Self(Fused::gather(table, position, wanted, otherwise.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_counted_once_and_does_what_it_does_uncounted() {
        let number = |value: f64| Tallied::<f64>::splat(value);
        let mut result = 0.0;
        let done = tally(|| {
            let product = number(3.0).mul_add(number(4.0), number(5.0)) - number(1.0);
            let root = (product / number(4.0)).sqrt();
            result = Tallied::select(number(1.0).lt(root), root, number(0.0)).0.0;
        });
        assert_eq!(result, 2.0);
        let expected = Operations {
            fused: 1.0,
            plain: 1.0,
            divided: 2.0,
            other: 2.0,
            gathered: 0.0,
        };
        assert_eq!(done, expected);
        assert_eq!(done.flops(), 5.0);
        assert_eq!(done.instructions(), 6.0);
    }
}
