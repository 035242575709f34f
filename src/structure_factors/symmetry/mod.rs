//! Space groups: their operators, by name, by number, or from a file.

use std::collections::BTreeSet;

mod hall;
mod operator;
mod settings;

pub use operator::{Operator, TRANSLATION_UNIT};

/// The largest space group has 48 rotations and 4 lattice points a cell.
const MAX_OPERATORS: usize = 192;

/// The operators of a space group, all of them, centring translations included.
#[derive(Debug, Clone, PartialEq)]
pub struct SpaceGroup {
    /// As a person would write it.
    pub name: String,
    /// Starts with the identity.
    pub operators: Vec<Operator>,
}

impl SpaceGroup {
    /// By number (1 to 230, in the reference setting of International Tables), Hermann–Mauguin name, long or short (`P 1 21 1`,
    /// `P21`, `R 3:H`, `H 3`), or Hall symbol. Capitals and spaces do not matter in names.
    ///
    /// # Errors
    /// That there is no such group.
    pub fn find(name_or_number: &str) -> Result<Self, String> {
        let setting = settings::find(name_or_number).ok_or_else(|| {
            format!(
                "there is no space group {name_or_number:?}; give a number from 1 to 230 or a name such as \"P 21 21 21\" or \"C2\""
            )
        })?;
        Self::from_operators(setting.name, &hall::generators(setting.hall)?)
    }

    /// From a Hall symbol such as `-P 2ybc`.
    ///
    /// # Errors
    /// What in it is not understood.
    pub fn from_hall(symbol: &str) -> Result<Self, String> {
        Self::from_operators(symbol, &hall::generators(symbol)?)
    }

    /// From the operators that a file lists.
    ///
    /// # Errors
    /// When they do not generate a space group.
    pub fn from_operators(name: &str, generators: &[Operator]) -> Result<Self, String> {
        let mut operators = vec![Operator::IDENTITY];
        let mut known = BTreeSet::from([Operator::IDENTITY]);
        let mut next = 0;
        while next < operators.len() {
            let operator = operators[next];
            for generator in generators {
                let product = generator.after(&operator);
                if known.insert(product) {
                    operators.push(product);
                }
            }
            if operators.len() > MAX_OPERATORS {
                return Err(format!(
                    "the symmetry operators generate more than {MAX_OPERATORS}: they belong to no space group"
                ));
            }
            next += 1;
        }
        Ok(Self {
            name: name.into(),
            operators,
        })
    }

    /// The rotations, each once.
    pub fn rotations(&self) -> Vec<[[i32; 3]; 3]> {
        let distinct: BTreeSet<_> = self.operators.iter().map(|o| o.rotation).collect();
        distinct.into_iter().collect()
    }

    /// Whether symmetry makes F of this reflection zero.
    pub fn is_absent(&self, hkl: [i32; 3]) -> bool {
        self.operators
            .iter()
            .any(|operator| operator.phase_of(hkl) != 0 && operator.on_reflection(hkl) == hkl)
    }

    /// Whether the metric of a cell (lengths, angles in degrees) obeys the rotations to within 2 %.
    pub fn fits_cell(&self, cell: [f64; 6]) -> bool {
        let [a, b, c, alpha, beta, gamma] = cell;
        let cos = [alpha, beta, gamma].map(|angle: f64| angle.to_radians().cos());
        let metric = [
            [a * a, a * b * cos[2], a * c * cos[1]],
            [a * b * cos[2], b * b, b * c * cos[0]],
            [a * c * cos[1], b * c * cos[0], c * c],
        ];
        self.operators.iter().all(|operator| {
            let r = operator.rotation.map(|row| row.map(f64::from));
            (0..3).all(|i| {
                (0..3).all(|j| {
                    let mut turned = 0.0;
                    for k in 0..3 {
                        for l in 0..3 {
                            turned += r[k][i] * metric[k][l] * r[l][j];
                        }
                    }
                    let scale = (metric[i][i] * metric[j][j]).sqrt();
                    (turned - metric[i][j]).abs() < 0.02 * scale
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_operators_is_that_of_the_tables() {
        for (name, count) in [
            ("1", 1),
            ("2", 2),
            ("P 21 21 21", 4),
            ("C2", 4),
            ("I 41/a m d", 32),
            ("R32", 18),
            ("R 3 2:R", 6),
            ("F d -3 m", 192),
            ("230", 96),
        ] {
            assert_eq!(
                SpaceGroup::find(name).unwrap().operators.len(),
                count,
                "{name}"
            );
        }
    }

    #[test]
    fn names_are_found_however_they_are_typed() {
        let wanted = SpaceGroup::find("5").unwrap();
        for name in ["C2", "c 1 2 1", "C121", " C 2 ", "C_1_2_1", "C 2y"] {
            assert_eq!(SpaceGroup::find(name).unwrap(), wanted, "{name}");
        }
        assert_eq!(
            SpaceGroup::find("H 3").unwrap(),
            SpaceGroup::find("146").unwrap()
        );
        for name in ["", "0", "231", "-5", "P 5", "Q 1", "P 21 21 21 21"] {
            assert!(SpaceGroup::find(name).is_err(), "{name}");
        }
    }

    #[test]
    fn screw_axes_and_centring_make_absences() {
        let group = SpaceGroup::find("P 21 21 21").unwrap();
        assert!(group.is_absent([3, 0, 0]) && group.is_absent([0, 0, 1]));
        assert!(!group.is_absent([2, 0, 0]) && !group.is_absent([1, 1, 0]));
        let group = SpaceGroup::find("C2").unwrap();
        assert!(group.is_absent([1, 0, 3]) && !group.is_absent([1, 1, 3]));
    }

    #[test]
    fn operators_of_no_group_are_refused() {
        let strange = Operator::parse("x+y,y,z").unwrap();
        assert!(SpaceGroup::from_operators("strange", &[strange]).is_err());
    }

    #[test]
    fn a_cell_of_the_wrong_shape_is_seen() {
        let tetragonal = SpaceGroup::find("P 43 21 2").unwrap();
        assert!(tetragonal.fits_cell([78.0, 78.0, 37.0, 90.0, 90.0, 90.0]));
        assert!(!tetragonal.fits_cell([78.0, 70.0, 37.0, 90.0, 90.0, 90.0]));
        let hexagonal = SpaceGroup::find("P 61").unwrap();
        assert!(hexagonal.fits_cell([63.4, 63.4, 83.8, 90.0, 90.0, 120.0]));
        assert!(!hexagonal.fits_cell([63.4, 63.4, 83.8, 90.0, 90.0, 90.0]));
    }
}
