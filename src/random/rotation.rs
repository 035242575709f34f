//! Random rotations: mosaic domains and random missets.

use super::Ran1;
use crate::vector::{Matrix, Vector, norm, radians};

/// Half-angle that the classic program hands to the cap for `-misset random`. It means degrees and is read as
/// radians; with so many turns the rotation is as good as any random one.
const MISSET_CAP_RAD: f64 = 90.0;

/// Rotations of the mosaic domains: uniformly spread axes, angles up to `spread_deg`. Domain 0 is never turned.
pub fn mosaic_rotations(spread_deg: f64, count: usize, seed: i64) -> Vec<Matrix> {
    const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let mut stream = Ran1::new(seed);
    (0..count)
        .map(|domain| {
            // Drawn for the first domain too, so that the others do not depend on that choice.
            let rotation = rotation_in_cap(radians(spread_deg), &mut stream);
            if domain == 0 { IDENTITY } else { rotation }
        })
        .collect()
}

/// Angles about x, then y, then z, in radians, of a random orientation.
pub fn random_misset(seed: i64) -> [f64; 3] {
    let rotation = rotation_in_cap(MISSET_CAP_RAD, &mut Ran1::new(seed));
    angles_about_xyz(&rotation)
}

/// A rotation about a random axis by at most `half_angle_rad`.
///
/// The angle is computed in single precision, as the classic program does: its last bits are visible in the images.
fn rotation_in_cap(half_angle_rad: f64, stream: &mut Ran1) -> Matrix {
    let [r1, r2, r3] = std::array::from_fn(|_| 2.0 * f64::from(stream.uniform()) - 1.0);
    let across = (1.0 - r2 * r2).sqrt();
    let (sin, cos) = (std::f64::consts::PI * r1).sin_cos();
    let axis = [across * sin, across * cos, r2];
    let spread = ((1.0 - r3 * r3) as f32).powf((1.0_f64 / 3.0) as f32);
    rotation_about(axis, f64::from(half_angle_rad as f32 * spread))
}

/// Rodrigues' formula for a unit axis.
fn rotation_about([x, y, z]: [f64; 3], angle_rad: f64) -> Matrix {
    let (s, c) = angle_rad.sin_cos();
    let t = 1.0 - c;
    [
        [c + t * (x * x), t * x * y - s * z, t * x * z + s * y],
        [t * x * y + s * z, c + t * (y * y), t * y * z - s * x],
        [t * x * z - s * y, t * y * z + s * x, c + t * (z * z)],
    ]
}

/// The angles α, β, γ (radians) with m = R_z(γ)·R_y(β)·R_x(α).
///
/// To the last bit those of the classic program, which makes each row one long, twice: cell counts hang on it.
fn angles_about_xyz(m: &Matrix) -> [f64; 3] {
    let one_long = |row: Vector| row.map(|component| component / norm(row));
    let [x, y, z] = m.map(|row| one_long(one_long(row)));
    [
        z[1].atan2(z[2]),
        (-z[0]).atan2((z[1] * z[1] + z[2] * z[2]).sqrt()),
        y[0].atan2(x[0]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Angle of a rotation, from its trace.
    fn angle_deg(m: &Matrix) -> f64 {
        let cos = (m[0][0] + m[1][1] + m[2][2] - 1.0) / 2.0;
        cos.clamp(-1.0, 1.0).acos().to_degrees()
    }

    #[test]
    fn a_random_misset_is_the_one_that_the_classic_program_printed() {
        let printed = include_str!("../../golden/expected/misset_random/stdout.txt")
            .lines()
            .find_map(|line| line.strip_prefix("random orientation misset angles: "))
            .unwrap();
        let [x, y, z] = random_misset(12345).map(f64::to_degrees);
        assert_eq!(format!("{x:.6} {y:.6} {z:.6} deg"), printed);
    }

    #[test]
    fn the_first_mosaic_domain_is_not_turned_and_no_other_leaves_the_cap() {
        let rotations = mosaic_rotations(0.5, 1000, 12345);
        assert_eq!(angle_deg(&rotations[0]), 0.0);
        let largest = rotations.iter().map(angle_deg).fold(0.0, f64::max);
        assert!(largest > 0.45 && largest <= 0.5 + 1e-6, "{largest}");
    }

    #[test]
    fn more_domains_do_not_change_the_first_ones() {
        let (few, many) = (mosaic_rotations(1.0, 3, 7), mosaic_rotations(1.0, 30, 7));
        assert_eq!(few[..], many[..3]);
    }

    #[test]
    fn mosaic_rotations_are_orthonormal() {
        for m in mosaic_rotations(30.0, 100, 99) {
            for i in 0..3 {
                for j in 0..3 {
                    let dot: f64 = (0..3).map(|k| m[i][k] * m[j][k]).sum();
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!((dot - expected).abs() < 1e-14);
                }
            }
        }
    }
}
