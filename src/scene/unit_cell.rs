//! Unit cells: lengths and angles to vectors and back. Lengths in Å, reciprocal ones in Å⁻¹, angles in radians inside.

use crate::vector::{CellVectors, Vector, cross, dot, norm, radians};

/// Why six numbers are no unit cell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnitCellError(String);

/// Edges and angles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitCell {
    /// a, b, c (or a*, b*, c*).
    pub lengths: [f64; 3],
    /// α, β, γ (or α*, β*, γ*), degrees.
    pub angles_deg: [f64; 3],
}

impl UnitCell {
    /// A cell of edges a b c in Å and angles α β γ in degrees.
    ///
    /// # Errors
    /// What keeps them from being a cell.
    pub fn new(parameters: [f64; 6]) -> Result<Self, UnitCellError> {
        let [a, b, c, alpha, beta, gamma] = parameters;
        if let Some(value) = parameters.iter().find(|value| !value.is_finite()) {
            return Err(UnitCellError(format!("{value} is not a finite number")));
        }
        let cell = Self {
            lengths: [a, b, c],
            angles_deg: [alpha, beta, gamma],
        };
        if let Some(length) = cell.lengths.iter().find(|length| **length <= 0.0) {
            return Err(UnitCellError(format!(
                "an edge of {length} Å should be more than 0"
            )));
        }
        if let Some(angle) = cell
            .angles_deg
            .iter()
            .find(|angle| **angle <= 0.0 || **angle >= 180.0)
        {
            return Err(UnitCellError(format!(
                "an angle of {angle}° should lie between 0 and 180"
            )));
        }
        let sum: f64 = cell.angles_deg.iter().sum();
        let closes = sum < 360.0 && cell.angles_deg.iter().all(|angle| 2.0 * angle < sum);
        let volume = cell.volume();
        if closes && !volume.is_normal() {
            return Err(UnitCellError(format!(
                "edges of {a:e} {b:e} {c:e} Å span a volume that no number holds"
            )));
        }
        if !(closes && volume > 0.0) {
            return Err(UnitCellError(format!(
                "no cell has the angles {alpha} {beta} {gamma}: each has to be less than the sum of the others, and all together less than 360"
            )));
        }
        Ok(cell)
    }

    /// The cell that vectors span.
    pub fn of_vectors(vectors: &CellVectors) -> Self {
        let angle = |u: Vector, v: Vector| norm(cross(u, v)).atan2(dot(u, v)).to_degrees();
        let [a, b, c] = *vectors;
        Self {
            lengths: vectors.map(norm),
            angles_deg: [angle(b, c), angle(a, c), angle(a, b)],
        }
    }

    /// a b c in Å, α β γ in degrees.
    pub fn parameters(&self) -> [f64; 6] {
        let [a, b, c] = self.lengths;
        let [alpha, beta, gamma] = self.angles_deg;
        [a, b, c, alpha, beta, gamma]
    }

    /// Volume from the half-sum formula.
    pub fn volume(&self) -> f64 {
        let [alpha, beta, gamma] = self.angles_deg.map(radians);
        let half = (alpha + beta + gamma) / 2.0;
        let skew = half.sin() * (half - alpha).sin() * (half - beta).sin() * (half - gamma).sin();
        2.0 * self.lengths.iter().product::<f64>() * skew.abs().sqrt()
    }

    /// a*, b*, c* with a* along x and b* in the xy plane.
    ///
    /// The classic program divides the last component of c* by sin γ* where sin γ belongs, which bends cells with two
    /// or more oblique angles a little; `exact` does not. The order of the operations is its own too: see [`radians`].
    pub fn reciprocal_vectors(&self, exact: bool) -> CellVectors {
        let [a, b, c] = self.lengths;
        let [alpha, beta, gamma] = self.angles_deg.map(radians);
        let volume = self.volume();
        let reciprocal_volume = 1.0 / volume;
        let a_star = b * c * alpha.sin() * reciprocal_volume;
        let b_star = c * a * beta.sin() * reciprocal_volume;
        let c_star = a * b * gamma.sin() * reciprocal_volume;
        // cos of the reciprocal angle between the edges whose direct angles are `first` and `second`.
        let cosine = |opposite: f64, first: f64, second: f64| {
            let cos = (first.cos() * second.cos() - opposite.cos()) / (first.sin() * second.sin());
            cos.clamp(-1.0, 1.0)
        };
        let cos_alpha_star = cosine(alpha, beta, gamma);
        let cos_beta_star = cosine(beta, gamma, alpha);
        let cos_gamma_star = cosine(gamma, alpha, beta);
        let sin_gamma_star = (c * reciprocal_volume / a_star / b_star).min(1.0);
        let height = if exact {
            1.0 / c
        } else {
            c_star * volume / (a * b * c * sin_gamma_star)
        };
        [
            [a_star, 0.0, 0.0],
            [b_star * cos_gamma_star, b_star * sin_gamma_star, 0.0],
            [
                c_star * cos_beta_star,
                c_star * (cos_alpha_star - cos_beta_star * cos_gamma_star) / sin_gamma_star,
                height,
            ],
        ]
    }

    /// Whether the classic program's formula bends this cell.
    pub fn is_bent_by_classic_formula(&self) -> bool {
        self.angles_deg
            .iter()
            .filter(|angle| **angle != 90.0)
            .count()
            > 1
    }
}
