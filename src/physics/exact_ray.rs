//! Directions of rays to 2⁻³⁸ in 32-bit integers, for detectors on which the step from a tile's centre to its pixels is too
//! long for float32.
//!
//! A point of a flat panel is a whole number of steps away from the centre of its tile, so its place is a sum of products of
//! whole numbers. It is measured in the distance of the tile's farthest point. Its length is found by a float and one
//! step of Newton's method, of which only the small correction is a float again.
//!
//! The functions are the twins of those in `shaders/exact_ray.wgsl`.

use super::anchor::{DIRECTION_BITS, LIMB_BITS, Limb, Limbs, carried, carry, dot, limbs, low_limb};
use crate::vector::Vector;

/// Steps are written to one limb more than places.
const STEP_BITS: i32 = DIRECTION_BITS + LIMB_BITS as i32;
/// Rays whose lengths differ by more than this factor have no common unit.
pub const LARGEST_RATIO: f64 = 60.0;
/// The most steps away from a tile's centre, all directions together.
pub const MOST_STEPS: usize = 1 << 17;

/// A step as whole multiples of 2⁻⁵⁵ of the unit, limbs from high to low.
pub type Step = [Limb; 4];

/// The rays of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// The centre of the tile at the front of the sensor.
    pub centre: Limbs,
    /// Half a sub-pixel along the fast and the slow axis, and one layer of the sensor.
    pub steps: [Step; 3],
}

/// A place within the unit.
pub fn place(vector: Vector) -> Limbs {
    limbs(vector, DIRECTION_BITS)
}

/// A step within the unit.
pub fn step(vector: Vector) -> Step {
    limbs(vector, STEP_BITS)
}

/// The point so many steps away from the centre.
pub fn point(frame: Frame, steps: [i32; 3]) -> Limbs {
    let [fast, slow, layer] = frame.steps;
    let mut point = [[0; 3]; 3];
    for axis in 0..3 {
        let column = |limb: usize| {
            fast[limb][axis] * steps[0] + slow[limb][axis] * steps[1] + layer[limb][axis] * steps[2]
        };
        let parts = carried(
            frame.centre[0][axis] + column(0),
            frame.centre[1][axis] + column(1),
            frame.centre[2][axis] + column(2) + carry(column(3)),
        );
        for (limb, part) in point.iter_mut().zip(parts) {
            limb[axis] = part;
        }
    }
    point
}

/// The unit vector to a point.
pub fn exact_direction(point: Limbs) -> Limbs {
    let rough = rough(point);
    let inverse = 1.0 / (rough[0] * rough[0] + rough[1] * rough[1] + rough[2] * rough[2]).sqrt();
    let scaled = stretched(point, (inverse * 2_097_152.0).round_ties_even() as i32);
    corrected(scaled)
}

/// In float32.
fn rough(point: Limbs) -> [f32; 3] {
    [0, 1, 2]
        .map(|axis| point[0][axis] as f32 * 2f32.powi(-13) + point[1][axis] as f32 * 2f32.powi(-27))
}

/// A point times `factor`·2⁻²¹.
fn stretched(point: Limbs, factor: i32) -> Limbs {
    let above = carry(factor);
    let below = factor - (above << LIMB_BITS);
    let mut product = [[0; 3]; 3];
    for axis in 0..3 {
        let [high, middle, low] = [0, 1, 2].map(|limb| point[limb][axis]);
        let third = middle * below + low * above + carry(low * below);
        let second = high * below + middle * above + carry(third);
        let first = high * above + carry(second);
        // Seven bits lower are the weights of a direction.
        let top = (first + 64) >> 7;
        let next = (low_limb(second) + 64) >> 7;
        product[0][axis] = top;
        product[1][axis] = ((first - (top << 7)) << 7) + next;
        product[2][axis] = ((low_limb(second) - (next << 7)) << 7) + ((low_limb(third) + 64) >> 7);
    }
    product
}

/// A vector of nearly unit length brought to it.
fn corrected(v: Limbs) -> Limbs {
    let rest = (1 << 26) - dot(v[0], v[0]);
    let upper = (rest << LIMB_BITS) - 2 * dot(v[0], v[1]);
    let lower = 2 * dot(v[0], v[2]) + dot(v[1], v[1]);
    // 1 − v²
    let excess = upper as f32 * 2f32.powi(-40) - lower as f32 * 2f32.powi(-54);
    let share = excess * (0.5 + 0.375 * excess);
    let rough = rough(v);
    let mut unit = [[0; 3]; 3];
    for axis in 0..3 {
        let more = (rough[axis] * share * 2.199_023_3e12).round_ties_even() as i32;
        let parts = carried(v[0][axis], v[1][axis], v[2][axis] + more);
        for (limb, part) in unit.iter_mut().zip(parts) {
            limb[axis] = part;
        }
    }
    unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{add, norm, scale};
    use proptest::prelude::*;

    fn value(limbs: Limbs) -> Vector {
        [0, 1, 2].map(|axis| {
            (f64::from(limbs[0][axis]) * 2f64.powi(28)
                + f64::from(limbs[1][axis]) * 2f64.powi(14)
                + f64::from(limbs[2][axis]))
                * 2f64.powi(-DIRECTION_BITS)
        })
    }

    fn within(size: f64) -> impl Strategy<Value = Vector> {
        prop::array::uniform3(-size..size)
    }

    proptest! {
        #[test]
        fn a_point_is_its_steps_from_the_centre(
            centre in within(0.4),
            steps in prop::array::uniform3(within(1.0)),
            counts in prop::array::uniform3(-40000i32..40000),
        ) {
            // All steps together stay within a half of the unit.
            let steps = steps.map(|step| scale(step, 0.16 / 40000.0));
            let exact = (0..3).fold(centre, |sum, i| add(sum, scale(steps[i], f64::from(counts[i]))));
            let frame = Frame { centre: place(centre), steps: steps.map(step) };
            let found = value(point(frame, counts));
            for axis in 0..3 {
                prop_assert!((found[axis] - exact[axis]).abs() < 2f64.powi(-37), "{found:?} {exact:?}");
            }
        }

        #[test]
        fn a_direction_has_unit_length_and_its_points_way(towards in within(1.0), length in -6.0..0.0f64) {
            prop_assume!(norm(towards) > 0.1);
            let length = length.exp2();
            let exact = scale(towards, 1.0 / norm(towards));
            let found = value(exact_direction(place(scale(exact, length))));
            for axis in 0..3 {
                let error = (found[axis] - exact[axis]).abs();
                prop_assert!(error < 2f64.powi(-40) + 2f64.powi(-41) / length, "{error:e} {length}");
            }
        }
    }
}
