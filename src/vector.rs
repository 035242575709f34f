//! Vectors and rotations of the laboratory frame, right-handed, angles in radians.

use std::f64::consts::FRAC_1_PI;

/// Degrees in a radian, as the classic program multiplies them.
pub const DEGREES_PER_RADIAN: f64 = 180.0 * FRAC_1_PI;

/// Radians of an angle in degrees.
///
/// By division, as in the classic program; [`f64::to_radians`] multiplies and parts from it in the last bit, on which hang a step at
/// exactly φ = 0, the cells that fit into a sample of a round size, and an automatic oversampling.
pub fn radians(degrees: f64) -> f64 {
    degrees / DEGREES_PER_RADIAN
}

/// A vector in the laboratory frame.
pub type Vector = [f64; 3];

/// a, b, c in Å, or a*, b*, c* in Å⁻¹.
pub type CellVectors = [Vector; 3];

/// A rotation, row-major: it turns the column vector v into `m[i]·v`.
pub type Matrix = [Vector; 3];

/// a·b
pub fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// a×b
pub fn cross(a: Vector, b: Vector) -> Vector {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// |v|
pub fn norm(v: Vector) -> f64 {
    dot(v, v).sqrt()
}

/// factor·v
pub fn scale(v: Vector, factor: f64) -> Vector {
    v.map(|component| component * factor)
}

/// a + b
pub fn add(a: Vector, b: Vector) -> Vector {
    std::array::from_fn(|i| a[i] + b[i])
}

/// a − b
pub fn subtract(a: Vector, b: Vector) -> Vector {
    std::array::from_fn(|i| a[i] - b[i])
}

/// v/|v|, `None` for a vector without a direction.
pub fn unit(v: Vector) -> Option<Vector> {
    let length = norm(v);
    (length > 0.0 && length.is_finite()).then(|| scale(v, 1.0 / length))
}

/// m·v
pub fn apply(m: &Matrix, v: Vector) -> Vector {
    m.map(|row| dot(row, v))
}

/// Turns v about the laboratory axes x, then y, then z.
pub fn rotate_xyz(v: Vector, angles_rad: [f64; 3]) -> Vector {
    let mut v = v;
    for (axis, angle) in angles_rad.into_iter().enumerate() {
        // A zero angle leaves the vector untouched to the last bit.
        if angle != 0.0 {
            let (i, j) = ((axis + 1) % 3, (axis + 2) % 3);
            let (sin, cos) = angle.sin_cos();
            (v[i], v[j]) = (cos * v[i] - sin * v[j], sin * v[i] + cos * v[j]);
        }
    }
    v
}

/// Turns v about a unit axis: Rodrigues' formula. A zero angle changes no more than the sign of a zero.
pub fn rotate_about(v: Vector, axis: Vector, angle_rad: f64) -> Vector {
    let (sin, cos) = angle_rad.sin_cos();
    let along = dot(axis, v) * (1.0 - cos);
    let across = cross(axis, v);
    std::array::from_fn(|i| v[i] * cos + across[i] * sin + axis[i] * along)
}

/// The dual basis: `(v×w)/volume` and so on. Direct from reciprocal vectors and the other way round.
pub fn dual([u, v, w]: CellVectors, volume: f64) -> CellVectors {
    [cross(v, w), cross(w, u), cross(u, v)].map(|product| scale(product, 1.0 / volume))
}

/// u·(v×w)
pub fn triple_product([u, v, w]: CellVectors) -> f64 {
    dot(u, cross(v, w))
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_2;

    use proptest::prelude::*;

    use super::*;

    const AXES: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    fn assert_right_handed_and_orthonormal(turned: Matrix) {
        for i in 0..3 {
            for j in 0..3 {
                let expected = f64::from(u8::from(i == j));
                assert!((dot(turned[i], turned[j]) - expected).abs() < 1e-14);
            }
        }
        assert!((dot(cross(turned[0], turned[1]), turned[2]) - 1.0).abs() < 1e-14);
    }

    proptest! {
        #[test]
        fn rotations_about_the_axes_stay_orthonormal(angles in prop::array::uniform3(-10.0..10.0)) {
            assert_right_handed_and_orthonormal(AXES.map(|axis| rotate_xyz(axis, angles)));
        }

        #[test]
        fn rotations_about_any_axis_stay_orthonormal(
            axis in prop::array::uniform3(-1.0..1.0_f64), angle in -10.0..10.0
        ) {
            prop_assume!(norm(axis) > 1e-3);
            let axis = unit(axis).unwrap();
            assert_right_handed_and_orthonormal(AXES.map(|v| rotate_about(v, axis, angle)));
            prop_assert!(norm(subtract(rotate_about(axis, axis, angle), axis)) < 1e-14);
        }
    }

    #[test]
    fn a_quarter_turn_about_each_axis_is_right_handed() {
        for axis in 0..3 {
            let (next, last) = ((axis + 1) % 3, (axis + 2) % 3);
            let mut angles = [0.0; 3];
            angles[axis] = FRAC_PI_2;
            for turned in [
                rotate_xyz(AXES[next], angles),
                rotate_about(AXES[next], AXES[axis], FRAC_PI_2),
            ] {
                assert!(norm(subtract(turned, AXES[last])) < 1e-15);
            }
        }
    }
}
