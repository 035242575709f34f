//! A box of structure-factor amplitudes.

/// F(h, k, l) in electrons over a box of indices, `default_f` outside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    min: [i32; 3],
    max: [i32; 3],
    values: Vec<f64>,
    default_f: f64,
}

impl Table {
    /// A table over the inclusive box `min..=max` filled with `default_f`.
    pub fn filled(min: [i32; 3], max: [i32; 3], default_f: f64) -> Self {
        let len: usize = (0..3)
            .map(|axis| (max[axis] - min[axis] + 1) as usize)
            .product();
        Self {
            min,
            max,
            values: vec![default_f; len],
            default_f,
        }
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
        std::array::from_fn(|axis| (self.max[axis] - self.min[axis] + 1) as usize)
    }

    /// All values, l fastest.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// F outside the box.
    pub fn default_f(&self) -> f64 {
        self.default_f
    }

    /// Position of an index in [`Table::values`], `None` outside the box.
    pub fn offset(&self, hkl: [i32; 3]) -> Option<usize> {
        let inside = (0..3).all(|axis| (self.min[axis]..=self.max[axis]).contains(&hkl[axis]));
        let [_, nk, nl] = self.shape();
        let at = |axis: usize| (hkl[axis] - self.min[axis]) as usize;
        inside.then(|| (at(0) * nk + at(1)) * nl + at(2))
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
}
