//! The metric of a cell, with a along x and b in the xy plane as in PDB files.

/// Cartesian axes of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CellAxes {
    /// Columns a, b, c as rows of x, y, z, Å.
    pub orthogonalization: [[f64; 3]; 3],
    /// Its inverse; rows a*, b*, c*, Å⁻¹.
    pub fractionalization: [[f64; 3]; 3],
    /// Å³
    pub volume: f64,
}

impl CellAxes {
    pub fn new(cell: [f64; 6]) -> Result<Self, String> {
        let [a, b, c, alpha, beta, gamma] = cell;
        let (cos_alpha, cos_beta) = (alpha.to_radians().cos(), beta.to_radians().cos());
        let (sin_gamma, cos_gamma) = gamma.to_radians().sin_cos();
        let c_y = (cos_alpha - cos_beta * cos_gamma) / sin_gamma;
        let c_z = (1.0 - cos_beta * cos_beta - c_y * c_y).sqrt();
        let volume = a * b * c * sin_gamma * c_z;
        let is_usable = volume > 1.0 && volume < 1e12 && [a, b, c].iter().all(|edge| *edge > 1.0);
        if !is_usable {
            return Err(format!(
                "{} is no cell of a crystal",
                cell.map(|value| value.to_string()).join(" ")
            ));
        }
        let m = [
            [a, b * cos_gamma, c * cos_beta],
            [0.0, b * sin_gamma, c * c_y],
            [0.0, 0.0, c * c_z],
        ];
        let inverse = [
            [
                1.0 / m[0][0],
                -m[0][1] / (m[0][0] * m[1][1]),
                (m[0][1] * m[1][2] - m[0][2] * m[1][1]) / (m[0][0] * m[1][1] * m[2][2]),
            ],
            [0.0, 1.0 / m[1][1], -m[1][2] / (m[1][1] * m[2][2])],
            [0.0, 0.0, 1.0 / m[2][2]],
        ];
        Ok(Self {
            orthogonalization: m,
            fractionalization: inverse,
            volume,
        })
    }

    pub fn to_fractional(self, cartesian: [f64; 3]) -> [f64; 3] {
        multiply(&self.fractionalization, cartesian)
    }

    pub fn to_cartesian(self, fractional: [f64; 3]) -> [f64; 3] {
        multiply(&self.orthogonalization, fractional)
    }

    /// Length of a fractional vector, Å.
    pub fn length(&self, fractional: [f64; 3]) -> f64 {
        let [x, y, z] = self.to_cartesian(fractional);
        (x * x + y * y + z * z).sqrt()
    }

    /// h·a* + k·b* + l·c*, Å⁻¹.
    pub fn reciprocal_vector(&self, hkl: [i32; 3]) -> [f64; 3] {
        std::array::from_fn(|i| {
            (0..3)
                .map(|axis| f64::from(hkl[axis]) * self.fractionalization[axis][i])
                .sum()
        })
    }

    /// s² = (sin θ/λ)² = 1/(4 d²), Å⁻².
    pub fn s_squared(&self, hkl: [i32; 3]) -> f64 {
        let [x, y, z] = self.reciprocal_vector(hkl);
        (x * x + y * y + z * z) / 4.0
    }

    /// |a*|, |b*|, |c*|, Å⁻¹: how far apart in fractions of an edge two planes one Å apart are.
    pub fn reciprocal_lengths(&self) -> [f64; 3] {
        self.fractionalization
            .map(|row| row.iter().map(|v| v * v).sum::<f64>().sqrt())
    }

    /// The Cartesian matrix of a rotation of fractional coordinates.
    pub fn cartesian_rotation(&self, rotation: &[[i32; 3]; 3]) -> [[f64; 3]; 3] {
        let rotation = rotation.map(|row| row.map(f64::from));
        product(
            &product(&self.orthogonalization, &rotation),
            &self.fractionalization,
        )
    }
}

pub(super) fn multiply(m: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
    m.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

pub(super) fn product(a: &[[f64; 3]; 3], b: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| a[i][k] * b[k][j]).sum()))
}

/// r·U·rᵀ: a tensor in turned axes.
pub(super) fn turned(rotation: &[[f64; 3]; 3], tensor: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let transposed = std::array::from_fn(|i| std::array::from_fn(|j| rotation[j][i]));
    product(&product(rotation, tensor), &transposed)
}
