//! X-ray scattering factors of free atoms and ions.
//!
//! D. Waasmaier & A. Kirfel, Acta Cryst. A51, 416 (1995); hydrogen is the bonded one of R. F. Stewart, E. R. Davidson &
//! W. T. Simpson, J. Chem. Phys. 42, 3175 (1965). `scripts/scattering_factors.py` writes the table. Anomalous scattering is
//! left out.

const TABLE: &str = include_str!("waasmaier_kirfel.tsv");

/// f(s) = Σ aᵢ exp(−bᵢ s²) + c in electrons, s = sin θ/λ in Å⁻¹; c is the sixth a, with b = 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScatteringFactor {
    pub a: [f64; 6],
    /// Å²
    pub b: [f64; 6],
}

impl ScatteringFactor {
    /// Of an element symbol and its charge; the neutral atom where the ion is not tabulated. `D` is hydrogen.
    pub fn find(element: &str, charge: i32) -> Option<Self> {
        let element = match element {
            element if element.eq_ignore_ascii_case("D") => "H",
            element => element,
        };
        let ion = match charge {
            0 => None,
            charge if charge > 0 => Some(format!("{element}{charge}+")),
            charge => Some(format!("{element}{}-", -charge)),
        };
        ion.and_then(|ion| Self::row(&ion))
            .or_else(|| Self::row(element))
    }

    fn row(symbol: &str) -> Option<Self> {
        let line = TABLE.lines().find(|line| {
            let found = line.split('\t').next().unwrap_or_default();
            found.eq_ignore_ascii_case(symbol)
        })?;
        let mut numbers = [0.0; 11];
        for (number, text) in numbers.iter_mut().zip(line.split('\t').skip(1)) {
            *number = text.parse().ok()?;
        }
        let mut b = [0.0; 6];
        b[..5].copy_from_slice(&numbers[6..]);
        Some(Self {
            a: std::array::from_fn(|i| numbers[i]),
            b,
        })
    }

    /// f at s² = (sin θ/λ)², Å⁻².
    pub fn at(&self, s_squared: f64) -> f64 {
        self.a
            .iter()
            .zip(self.b)
            .map(|(a, b)| a * (-b * s_squared).exp())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forward_scattering_is_the_number_of_electrons() {
        for (element, charge, electrons) in [
            ("H", 0, 1.0),
            ("C", 0, 6.0),
            ("N", 0, 7.0),
            ("O", 0, 8.0),
            ("S", 0, 16.0),
            ("SE", 0, 34.0),
            ("Zn", 2, 28.0),
            ("CL", -1, 18.0),
            ("U", 0, 92.0),
            ("D", 0, 1.0),
        ] {
            let f = ScatteringFactor::find(element, charge).unwrap().at(0.0);
            assert!((f - electrons).abs() < 0.02, "{element}{charge:+}: {f}");
        }
    }

    #[test]
    fn an_ion_that_is_not_tabulated_is_taken_for_the_atom() {
        let neutral = ScatteringFactor::find("C", 0);
        assert_eq!(ScatteringFactor::find("C", 3), neutral);
        assert_eq!(ScatteringFactor::find("Xx", 0), None);
        assert_eq!(ScatteringFactor::find("#", 0), None);
    }
}
