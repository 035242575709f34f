//! Miller indices of a tile's centre to 2⁻³⁰ in 32-bit integers.
//!
//! A Miller index of a few hundred in float32 is good to 3·10⁻⁵, which a crystal of 1000 cells turns into a visible part
//! of a fringe. So the index of a tile's centre is computed exactly and only its fraction becomes a float; a pixel
//! adds the small difference from the centre. The vectors are written as whole numbers in three balanced limbs of 14
//! bits, whose products and sums fit 32-bit integers exactly: nothing depends on how an engine rounds, fuses or reorders
//! floating-point operations, and the integer part of the index falls off by a shift. The scattering vector itself is made
//! in the same way where it is used, so that tiles and sources come to a kernel apart.
//!
//! The functions are the twins of those in `shaders/anchor.wgsl`.

/// Bits of one limb.
pub(super) const LIMB_BITS: u32 = 14;
/// Half of what a limb counts to.
pub(super) const HALF: i32 = 1 << (LIMB_BITS - 1);
/// Magnitudes up to 2^41 fit three limbs with the highest within ±2^13.
const MAGNITUDE_BITS: i32 = 41;
/// Unit vectors are multiples of 2^-this.
pub(super) const DIRECTION_BITS: i32 = 41;

/// x, y, z of one limb.
pub type Limb = [i32; 3];

/// A vector as whole multiples of a power of two: limbs from high to low, each within ±2^13.
pub type Limbs = [Limb; 3];

/// The grids on which cell vectors and scattering vectors are written down, chosen so that the largest components fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Cell vectors are multiples of 2^-this Å.
    pub cell_bits: i32,
    /// Scattering vectors are multiples of 2^-this Å⁻¹.
    pub scattering_bits: i32,
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

    /// An inverse wavelength in Å⁻¹, one limb an element.
    pub fn inverse_wavelength(&self, per_angstrom: f64) -> Limb {
        // The product with a unit vector has three limbs more than a scattering vector.
        let bits = self.scattering_bits + 3 * LIMB_BITS as i32 - DIRECTION_BITS;
        limbs([per_angstrom, 0.0, 0.0], bits).map(|limb| limb[0])
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

/// A unit vector.
pub fn direction(vector: [f64; 3]) -> Limbs {
    limbs(vector, DIRECTION_BITS)
}

/// A vector as whole multiples of 2^-`bits`, in as many limbs as are asked for, from high to low.
pub(super) fn limbs<const LIMBS: usize>(vector: [f64; 3], bits: i32) -> [Limb; LIMBS] {
    let mut limbs = [[0; 3]; LIMBS];
    for (axis, component) in vector.into_iter().enumerate() {
        let whole = (component * 2f64.powi(bits)).round() as i64;
        let half = i64::from(HALF);
        let mut rest = whole;
        for limb in limbs.iter_mut().rev().take(LIMBS - 1) {
            let low = ((rest + half) & ((1 << LIMB_BITS) - 1)) - half;
            limb[axis] = low as i32;
            rest = (rest - low) >> LIMB_BITS;
        }
        limbs[0][axis] = rest as i32;
    }
    limbs
}

/// What has to be taken off a whole number to leave a multiple of 2^14: within ±2^13.
pub(super) fn low_limb(whole: i32) -> i32 {
    ((whole + HALF) & ((1 << LIMB_BITS) - 1)) - HALF
}

/// What a whole number leaves for the limb above, in its units.
pub(super) fn carry(whole: i32) -> i32 {
    (whole + HALF) >> LIMB_BITS
}

/// Limbs of one component brought to their bits.
pub(super) fn carried(high: i32, middle: i32, low: i32) -> [i32; 3] {
    let middle = middle + carry(low);
    [high + carry(middle), low_limb(middle), low_limb(low)]
}

/// The scattering vector (direction − incident)/wavelength on the grid that the inverse wavelength was made for.
pub fn scattering_vector(direction: Limbs, incident: Limbs, inverse_wavelength: Limb) -> Limbs {
    let w = inverse_wavelength;
    let mut q = [[0; 3]; 3];
    for axis in 0..3 {
        let [high, middle, low] =
            [0, 1, 2].map(|limb| direction[limb][axis] - incident[limb][axis]);
        // Each limb of the product with the carry of the one below it; the three lowest are rounded away.
        let second = middle * w[2] + low * w[1] + carry(low * w[2]);
        let third = high * w[2] + middle * w[1] + low * w[0] + carry(second);
        let fourth = high * w[1] + middle * w[0] + carry(third);
        for (limb, part) in q.iter_mut().zip(carried(0, high * w[0], fourth)) {
            limb[axis] = part;
        }
    }
    q
}

pub(super) fn dot(a: Limb, b: Limb) -> i32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The products of the limbs of two vectors, added by their weights, high to low; the least of all is left out.
fn columns(cell: Limbs, q: Limbs) -> [i32; 4] {
    [
        dot(cell[0], q[0]),
        dot(cell[0], q[1]) + dot(cell[1], q[0]),
        dot(cell[0], q[2]) + dot(cell[1], q[1]) + dot(cell[2], q[0]),
        dot(cell[1], q[2]) + dot(cell[2], q[1]),
    ]
}

/// The dot product of a cell vector and a scattering vector, whole part and fraction.
pub fn miller_index(cell: Limbs, q: Limbs, scale: IndexScale) -> Index {
    let IndexScale { shift, scales } = scale;
    let [high, middle, low, lowest] = columns(cell, q);
    let whole = (high + (1 << (shift - 1))) >> shift;
    let rest = high - (whole << shift);
    Index {
        whole,
        fraction: rest as f32 * scales[0]
            + (middle as f32 * scales[1] + (low as f32 * scales[2] + lowest as f32 * scales[3])),
    }
}

/// A Miller index whose fraction has 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExactIndex {
    pub whole: i32,
    /// In units of 2⁻³², within ±½: a whole multiple of it wraps around as often as a fringe does.
    pub fraction: i32,
}

/// The dot product of a cell vector and a scattering vector, to the last bit of both. Indices stay below 2²⁰.
pub fn exact_index(cell: Limbs, q: Limbs, scale: IndexScale) -> ExactIndex {
    let IndexScale { shift, scales } = scale;
    let [high, middle, low, lowest] = columns(cell, q);
    let whole = (high + (1 << (shift - 1))) >> shift;
    let rest = high - (whole << shift);
    let below = (low as f32 * scales[2] + lowest as f32 * scales[3]) * 4_294_967_296.0;
    let fraction = (rest << (32 - shift))
        .wrapping_add(moved(middle, 18 - shift as i32))
        .wrapping_add(below.round_ties_even() as i32);
    // What the lower columns carried over.
    let rough = rest as f32 * scales[0] + middle as f32 * scales[1];
    let carried = (rough - fraction as f32 * 2.328_306_4e-10).round_ties_even();
    ExactIndex {
        whole: whole + carried as i32,
        fraction,
    }
}

/// A whole number times 2^`bits`, rounded where bits fall off, and without those that do not fit.
fn moved(whole: i32, bits: i32) -> i32 {
    if bits < 0 {
        (whole + (1 << (-bits - 1))) >> -bits
    } else {
        whole << bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::unit;
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
        fn a_scattering_vector_made_of_its_parts_gives_the_same_index(
            cell in prop::array::uniform3(-300.0..300.0f64),
            towards in prop::array::uniform3(-1.0..1.0f64),
            incident in prop::array::uniform3(-1.0..1.0f64),
            share in 0.01..1.0f64,
        ) {
            let (towards, incident) = (unit(towards), unit(incident));
            prop_assume!(towards.is_some() && incident.is_some());
            let (towards, incident) = (towards.unwrap(), incident.unwrap());
            // Indices as large as in the test above.
            let inverse_wavelength = 0.5 * share;
            let grid = Grid::new(300.0, 1.0).unwrap();
            let q = scattering_vector(
                direction(towards),
                direction(incident),
                grid.inverse_wavelength(inverse_wavelength),
            );
            for limb in q.concat() {
                prop_assert!(limb.abs() <= 1 << 13);
            }
            let index = miller_index(grid.cell(cell), q, grid.index_scale());
            let exact: f64 = (0..3)
                .map(|axis| cell[axis] * (towards[axis] - incident[axis]) * inverse_wavelength)
                .sum();
            let error = f64::from(index.whole) + f64::from(index.fraction) - exact;
            prop_assert!(error.abs() < 4e-8, "{error:e}");
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

    proptest! {
        #[test]
        fn an_exact_index_is_right_to_a_thousandth_of_a_fringe_of_a_hundred_thousand_cells(
            cell in prop::array::uniform3(-1.0..1.0f64),
            q in prop::array::uniform3(-1.0..1.0f64),
            edge in prop::sample::select(vec![5.0, 40.0, 300.0, 900.0]),
            top in prop::sample::select(vec![0.3, 1.0, 3.0]),
        ) {
            let (cell, q) = (cell.map(|x| x * edge), q.map(|x| x * top));
            let grid = Grid::new(edge, top).unwrap();
            let index = exact_index(grid.cell(cell), grid.scattering(q), grid.index_scale());
            let exact: f64 = (0..3).map(|axis| cell[axis] * q[axis]).sum();
            let error = f64::from(index.whole) + f64::from(index.fraction) / 2f64.powi(32) - exact;
            // Both vectors are rounded to their last limb, the fraction to 2^-32.
            let rounding = edge * top * 6.0 * 2f64.powi(-42) + 2f64.powi(-31);
            prop_assert!(error.abs() < rounding, "{error:e} {rounding:e}");
        }
    }

    #[test]
    fn the_largest_scattering_vector_fits_its_limbs() {
        let grid = Grid::new(300.0, 2.0).unwrap();
        let ahead = direction([1.0, -1.0, 0.0]);
        let behind = direction([-1.0, 1.0, 0.0]);
        // As near to 2 as the grid allows.
        let q = scattering_vector(ahead, behind, grid.inverse_wavelength(0.999_999_999 * 2.0));
        let whole = |axis: usize| {
            (i64::from(q[0][axis]) << 28) + (i64::from(q[1][axis]) << 14) + i64::from(q[2][axis])
        };
        let exact = 2.0 * 2.0 * 0.999_999_999 * 2f64.powi(grid.scattering_bits);
        assert!((whole(0) as f64 - exact).abs() <= 1.0 && whole(1) == -whole(0) && whole(2) == 0);
    }

    #[test]
    fn a_grid_refuses_indices_it_cannot_hold() {
        assert!(Grid::new(1e7, 10.0).is_none());
        assert!(Grid::new(f64::NAN, 1.0).is_none());
        assert!(Grid::new(1e-3, 1e-3).is_some());
    }
}
