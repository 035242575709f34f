//! A box of structure-factor amplitudes.

use std::sync::OnceLock;

use super::{MAX_TABLE_POINTS, StructureFactorError};

/// F(h, k, l) in electrons over a box of indices, `default_f` outside it.
#[derive(Debug, Clone)]
pub struct Table {
    min: [i32; 3],
    max: [i32; 3],
    values: Vec<f64>,
    /// The values in float32, made for the first engine that reads them so.
    single: OnceLock<Vec<f32>>,
    default_f: f64,
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        (self.min, self.max, self.default_f) == (other.min, other.max, other.default_f)
            && self.values == other.values
    }
}

impl Table {
    /// A table over the inclusive box `min..=max` filled with `default_f`.
    ///
    /// # Panics
    /// When the box is inside out or does not fit into memory; [`Table::try_filled`] says so instead.
    pub fn filled(min: [i32; 3], max: [i32; 3], default_f: f64) -> Self {
        Self::try_filled(min, max, default_f).expect("a box of indices that fits into memory")
    }

    /// A table over the inclusive box `min..=max` filled with `default_f`.
    ///
    /// # Errors
    /// [`StructureFactorError::BoxTooLarge`] above [`MAX_TABLE_POINTS`], for a box that is inside out, or when memory
    /// runs out.
    pub fn try_filled(
        min: [i32; 3],
        max: [i32; 3],
        default_f: f64,
    ) -> Result<Self, StructureFactorError> {
        let points = Self::points(min, max)?;
        let mut values = Vec::new();
        if values.try_reserve_exact(points as usize).is_err() {
            return Err(StructureFactorError::BoxTooLarge { min, max });
        }
        values.resize(points as usize, default_f);
        Ok(Self {
            min,
            max,
            values,
            single: OnceLock::new(),
            default_f,
        })
    }

    /// Points of the inclusive box `min..=max`.
    pub(super) fn points(min: [i32; 3], max: [i32; 3]) -> Result<u64, StructureFactorError> {
        let mut points: u64 = 1;
        for axis in 0..3 {
            let length = i64::from(max[axis]) - i64::from(min[axis]) + 1;
            points = u64::try_from(length)
                .ok()
                .and_then(|length| points.checked_mul(length))
                .filter(|points| (1..=MAX_TABLE_POINTS).contains(points))
                .ok_or(StructureFactorError::BoxTooLarge { min, max })?;
        }
        Ok(points)
    }

    /// Smallest h, k, l.
    pub fn min(&self) -> [i32; 3] {
        self.min
    }

    /// Largest h, k, l.
    pub fn max(&self) -> [i32; 3] {
        self.max
    }

    /// Number of indices along each axis.
    pub fn shape(&self) -> [usize; 3] {
        std::array::from_fn(|axis| {
            (i64::from(self.max[axis]) - i64::from(self.min[axis]) + 1) as usize
        })
    }

    /// All values, l fastest.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The same in float32: made once, whoever asks.
    pub fn single_values(&self) -> &[f32] {
        self.single
            .get_or_init(|| self.values.iter().map(|&f| f as f32).collect())
    }

    pub(super) fn values_mut(&mut self) -> &mut [f64] {
        self.single = OnceLock::new();
        &mut self.values
    }

    /// F outside the box.
    pub fn default_f(&self) -> f64 {
        self.default_f
    }

    /// Position of an index in [`Table::values`], `None` outside the box.
    pub fn offset(&self, hkl: [i32; 3]) -> Option<usize> {
        let inside = (0..3).all(|axis| (self.min[axis]..=self.max[axis]).contains(&hkl[axis]));
        inside.then(|| self.offset_inside(hkl))
    }

    pub(super) fn offset_inside(&self, hkl: [i32; 3]) -> usize {
        let [_, nk, nl] = self.shape();
        let at = |axis: usize| (i64::from(hkl[axis]) - i64::from(self.min[axis])) as usize;
        (at(0) * nk + at(1)) * nl + at(2)
    }

    /// F of an index.
    pub fn get(&self, hkl: [i32; 3]) -> f64 {
        self.offset(hkl)
            .map_or(self.default_f, |offset| self.values[offset])
    }

    /// Sets F of an index inside the box.
    ///
    /// # Panics
    /// When `hkl` is outside the box.
    pub fn set(&mut self, hkl: [i32; 3], f: f64) {
        let offset = self.offset(hkl).expect("the index lies inside the table");
        self.single = OnceLock::new();
        self.values[offset] = f;
    }

    /// How many points are not zero.
    pub fn nonzero(&self) -> usize {
        self.values.iter().filter(|&&f| f != 0.0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_outside_the_box_have_the_default() {
        let mut table = Table::filled([-2, 3, 0], [1, 3, 4], 2.5);
        table.set([1, 3, 4], 7.0);
        assert_eq!(table.shape(), [4, 1, 5]);
        assert_eq!(table.get([1, 3, 4]), 7.0);
        assert_eq!(table.get([1, 4, 4]), 2.5);
        assert_eq!(table.values().last(), Some(&7.0));
    }

    #[test]
    fn an_absurd_box_is_refused_before_it_is_allocated() {
        for (min, max) in [
            ([0; 3], [i32::MAX; 3]),
            ([i32::MIN; 3], [i32::MAX; 3]),
            ([0; 3], [900; 3]),
            ([0; 3], [-1; 3]),
        ] {
            assert!(Table::try_filled(min, max, 1.0).is_err(), "{min:?} {max:?}");
        }
    }
}
