//! Miller indices of a tile's centre to 2⁻³⁰ in 32-bit integers.
//!
//! A Miller index of a few hundred in float32 is good to 3·10⁻⁵, which a crystal of 1000 cells turns into a visible part
//! of a fringe. So the index of a tile's centre is computed exactly and only its fraction becomes a float; a pixel
//! adds the small difference from the centre. The vectors are written as whole numbers in three balanced limbs of 14
//! bits, whose products and sums fit 32-bit integers exactly: nothing depends on how an engine rounds, fuses or reorders
//! floating-point operations, and the integer part of the index falls off by a shift.
//!
//! The functions are the twins of those in `shaders/anchor.wgsl`.

/// Bits of one limb.
const LIMB_BITS: u32 = 14;
/// Magnitudes up to 2^41 fit three limbs with the highest within ±2^13.
const MAGNITUDE_BITS: i32 = 41;

/// x, y, z of one limb.
pub type Limb = [i32; 3];

/// A vector as whole multiples of a power of two: limbs from high to low, each within ±2^13.
pub type Limbs = [Limb; 3];

/// The grids on which cell vectors and scattering vectors are written down, chosen so that the largest components fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Cell vectors are multiples of 2^-this Å.
    cell_bits: i32,
    /// Scattering vectors are multiples of 2^-this Å⁻¹.
    scattering_bits: i32,
}

/// A Miller index in two parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Index {
    pub whole: i32,
    /// Within ±0.7.
    pub fraction: f32,
}

/// What [`miller_index`] needs to know of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndexScale {
    /// Bits of the highest product below the point.
    pub shift: u32,
    /// Weights of the four columns of products, high to low.
    pub scales: [f32; 4],
}

impl Grid {
    /// The finest grid that holds components up to `cell` Å and `scattering` Å⁻¹, `None` where the indices would reach
    /// 2^25 or are not finite.
    pub fn new(cell: f64, scattering: f64) -> Option<Self> {
        if !(cell.is_finite() && scattering.is_finite()) {
            return None;
        }
        let bits_above_point = |largest: f64| largest.max(1e-30).log2().floor() as i32 + 1;
        let scattering_top = bits_above_point(scattering);
        // At least one bit of the highest product has to lie below the point, and at most 25.
        let cell_top = bits_above_point(cell).max(1 - scattering_top);
        (cell_top + scattering_top <= 25).then_some(Self {
            cell_bits: MAGNITUDE_BITS - cell_top,
            scattering_bits: MAGNITUDE_BITS - scattering_top,
        })
    }

    /// A cell vector in Å.
    pub fn cell(&self, vector: [f64; 3]) -> Limbs {
        limbs(vector, self.cell_bits)
    }

    /// A scattering vector in Å⁻¹.
    pub fn scattering(&self, vector: [f64; 3]) -> Limbs {
        limbs(vector, self.scattering_bits)
    }

    /// The weights of the products of two such vectors.
    pub fn index_scale(&self) -> IndexScale {
        let lowest_bit = self.cell_bits + self.scattering_bits;
        let weight = |column: i32| 2f32.powi(column * LIMB_BITS as i32 - lowest_bit);
        IndexScale {
            shift: (lowest_bit - 4 * LIMB_BITS as i32) as u32,
            scales: [weight(4), weight(3), weight(2), weight(1)],
        }
    }
}

fn limbs(vector: [f64; 3], bits: i32) -> Limbs {
    let mut limbs = [[0; 3]; 3];
    for (axis, component) in vector.into_iter().enumerate() {
        let whole = (component * 2f64.powi(bits)).round() as i64;
        let half = 1i64 << (LIMB_BITS - 1);
        let mut rest = whole;
        for limb in limbs.iter_mut().rev().take(2) {
            let low = ((rest + half) & ((1 << LIMB_BITS) - 1)) - half;
            limb[axis] = low as i32;
            rest = (rest - low) >> LIMB_BITS;
        }
        limbs[0][axis] = rest as i32;
    }
    limbs
}

fn dot(a: Limb, b: Limb) -> i32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The dot product of a cell vector and a scattering vector, whole part and fraction.
pub fn miller_index(cell: Limbs, q: Limbs, scale: IndexScale) -> Index {
    let IndexScale { shift, scales } = scale;
    let high = dot(cell[0], q[0]);
    let middle = dot(cell[0], q[1]) + dot(cell[1], q[0]);
    let low = dot(cell[0], q[2]) + dot(cell[1], q[1]) + dot(cell[2], q[0]);
    let lowest = dot(cell[1], q[2]) + dot(cell[2], q[1]);
    let whole = (high + (1 << (shift - 1))) >> shift;
    let rest = high - (whole << shift);
    Index {
        whole,
        fraction: rest as f32 * scales[0]
            + (middle as f32 * scales[1] + (low as f32 * scales[2] + lowest as f32 * scales[3])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_index_is_its_dot_product_to_seven_digits_of_a_fringe(
            cell in prop::array::uniform3(-300.0..300.0f64),
            q in prop::array::uniform3(-1.0..1.0f64),
        ) {
            let grid = Grid::new(300.0, 1.0).unwrap();
            let index = miller_index(grid.cell(cell), grid.scattering(q), grid.index_scale());
            let exact: f64 = (0..3).map(|axis| cell[axis] * q[axis]).sum();
            let error = f64::from(index.whole) + f64::from(index.fraction) - exact;
            prop_assert!(error.abs() < 4e-8, "{error:e}");
            prop_assert!(index.fraction.abs() < 0.7);
        }

        #[test]
        fn limbs_keep_to_their_bits(value in -2f64.powi(20)..2f64.powi(20)) {
            let [high, middle, low] = limbs([value, 0.0, -value], 21);
            for limb in [high, middle, low].concat() {
                prop_assert!(limb.abs() <= 1 << 13);
            }
            let sum = (i64::from(high[0]) << 28) + (i64::from(middle[0]) << 14) + i64::from(low[0]);
            prop_assert_eq!(sum, (value * 2f64.powi(21)).round() as i64);
        }
    }

    #[test]
    fn a_grid_refuses_indices_it_cannot_hold() {
        assert!(Grid::new(1e7, 10.0).is_none());
        assert!(Grid::new(f64::NAN, 1.0).is_none());
        assert!(Grid::new(1e-3, 1e-3).is_some());
    }
}
