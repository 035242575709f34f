//! A box of structure-factor amplitudes.

use super::{Reflection, StructureFactorError};

/// The largest box that is allocated: 2²⁹ points, 4 GiB, every index of a ±400 table.
pub const MAX_TABLE_POINTS: u64 = 1 << 29;

/// F(h, k, l) in electrons over a box of indices, `default_f` outside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    min: [i32; 3],
    max: [i32; 3],
    values: Vec<f64>,
    default_f: f64,
}

/// Reflections that a file lists more than once with different F.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeats {
    /// How many lines gave an index a second, different F.
    pub count: usize,
    pub first: [i32; 3],
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
        let too_large = StructureFactorError::BoxTooLarge { min, max };
        let mut points: u64 = 1;
        for axis in 0..3 {
            let length = i64::from(max[axis]) - i64::from(min[axis]) + 1;
            points = match u64::try_from(length).map(|length| points.checked_mul(length)) {
                Ok(Some(points)) if (1..=MAX_TABLE_POINTS).contains(&points) => points,
                _ => return Err(too_large),
            };
        }
        let mut values = Vec::new();
        if values.try_reserve_exact(points as usize).is_err() {
            return Err(too_large);
        }
        values.resize(points as usize, default_f);
        Ok(Self {
            min,
            max,
            values,
            default_f,
        })
    }

    /// The smallest box around `reflections`; points that none of them names take `default_f`, and of several
    /// that name the same point the last one counts.
    ///
    /// # Errors
    /// [`StructureFactorError::BoxTooLarge`], see [`Table::try_filled`]; `reflections` must not be empty.
    pub fn from_reflections(
        reflections: &[Reflection],
        default_f: f64,
    ) -> Result<(Self, Option<Repeats>), StructureFactorError> {
        let mut min = [i32::MAX; 3];
        let mut max = [i32::MIN; 3];
        for reflection in reflections {
            for axis in 0..3 {
                min[axis] = min[axis].min(reflection.hkl[axis]);
                max[axis] = max[axis].max(reflection.hkl[axis]);
            }
        }
        let mut table = Self::try_filled(min, max, default_f)?;
        let mut named = vec![0u64; table.values.len().div_ceil(64)];
        let mut repeats: Option<Repeats> = None;
        for reflection in reflections {
            let offset = table.offset_inside(reflection.hkl);
            let bit = 1 << (offset % 64);
            if named[offset / 64] & bit != 0 && table.values[offset] != reflection.f {
                repeats
                    .get_or_insert(Repeats {
                        count: 0,
                        first: reflection.hkl,
                    })
                    .count += 1;
            }
            named[offset / 64] |= bit;
            table.values[offset] = reflection.f;
        }
        Ok((table, repeats))
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

    pub(super) fn values_mut(&mut self) -> &mut [f64] {
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

    fn offset_inside(&self, hkl: [i32; 3]) -> usize {
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

    fn reflection(hkl: [i32; 3], f: f64) -> Reflection {
        Reflection { hkl, f }
    }

    #[test]
    fn the_box_is_the_smallest_around_the_reflections() {
        let list = [reflection([-2, 3, 0], 5.0), reflection([1, 3, 4], 7.0)];
        let (table, repeats) = Table::from_reflections(&list, 2.5).unwrap();
        assert_eq!((table.min(), table.max()), ([-2, 3, 0], [1, 3, 4]));
        assert_eq!(table.shape(), [4, 1, 5]);
        assert_eq!(table.get([-2, 3, 0]), 5.0);
        assert_eq!(table.get([1, 3, 4]), 7.0);
        assert_eq!(table.get([0, 3, 0]), 2.5);
        assert_eq!(table.get([9, 9, 9]), 2.5);
        assert_eq!(repeats, None);
    }

    #[test]
    fn of_two_values_for_one_index_the_last_counts_and_the_first_is_reported() {
        let list = [
            reflection([1, 1, 1], 5.0),
            reflection([1, 1, 1], 5.0),
            reflection([1, 1, 1], 6.0),
        ];
        let (table, repeats) = Table::from_reflections(&list, 0.0).unwrap();
        assert_eq!(table.get([1, 1, 1]), 6.0);
        let repeats = repeats.unwrap();
        assert_eq!((repeats.count, repeats.first), (1, [1, 1, 1]));
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
