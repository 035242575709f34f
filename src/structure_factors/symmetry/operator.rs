//! One symmetry operator: x' = R·x + t in fractional coordinates, exact in twenty-fourths.

use std::fmt;

/// Translations are counted in this fraction of a cell edge: it holds halves, thirds, quarters, sixths and eighths.
pub const TRANSLATION_UNIT: i32 = 24;

/// No setting in use has larger numbers in a rotation.
const MAX_COEFFICIENT: i32 = 3;

/// A rotation (or its inverse through the origin) of whole numbers and a translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Operator {
    /// Rows of R.
    pub rotation: [[i32; 3]; 3],
    /// In units of 1 / [`TRANSLATION_UNIT`], 0 to 23.
    pub translation: [i32; 3],
}

impl Operator {
    pub const IDENTITY: Self = Self {
        rotation: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        translation: [0; 3],
    };

    /// Reads a triplet such as `-y+1/2, x-y, z` or `1/2+X,-Y,Z`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(triplet: &str) -> Result<Self, String> {
        let problem = || format!("{triplet:?} is no symmetry operator such as x,-y,z+1/2");
        let mut operator = Self {
            rotation: [[0; 3]; 3],
            translation: [0; 3],
        };
        let mut rows = 0;
        for (axis, text) in triplet.split(',').enumerate() {
            if axis > 2 {
                return Err(problem());
            }
            let (row, translation) = parse_row(text).ok_or_else(problem)?;
            operator.rotation[axis] = row;
            operator.translation[axis] = translation.rem_euclid(TRANSLATION_UNIT);
            rows += 1;
        }
        let is_small = |value: &i32| value.abs() <= MAX_COEFFICIENT;
        let is_plausible = operator.rotation.as_flattened().iter().all(is_small);
        if rows != 3 || !is_plausible || operator.determinant().abs() != 1 {
            return Err(problem());
        }
        Ok(operator)
    }

    /// `self` after `first`.
    pub fn after(&self, first: &Self) -> Self {
        let product = |i: usize, j: usize| -> i32 {
            let row = self.rotation[i];
            (0..3).map(|k| row[k] * first.rotation[k][j]).sum()
        };
        let moved = |i: usize| -> i32 {
            let row = self.rotation[i];
            (0..3).map(|k| row[k] * first.translation[k]).sum()
        };
        let rotation = std::array::from_fn(|i| std::array::from_fn(|j| product(i, j)));
        let translation: [i32; 3] = std::array::from_fn(|i| self.translation[i] + moved(i));
        Self {
            rotation,
            translation: translation.map(|t| t.rem_euclid(TRANSLATION_UNIT)),
        }
    }

    /// The inverse.
    pub fn inverse(&self) -> Self {
        let r = &self.rotation;
        let determinant = self.determinant();
        let cofactor = |i: usize, j: usize| {
            let [i1, i2] = [(i + 1) % 3, (i + 2) % 3];
            let [j1, j2] = [(j + 1) % 3, (j + 2) % 3];
            r[i1][j1] * r[i2][j2] - r[i1][j2] * r[i2][j1]
        };
        let rotation: [[i32; 3]; 3] =
            std::array::from_fn(|i| std::array::from_fn(|j| cofactor(j, i) * determinant));
        let translation = std::array::from_fn(|i| {
            let moved: i32 = (0..3).map(|j| rotation[i][j] * self.translation[j]).sum();
            (-moved).rem_euclid(TRANSLATION_UNIT)
        });
        Self {
            rotation,
            translation,
        }
    }

    /// det R: 1, or −1 for an improper operator.
    pub fn determinant(&self) -> i32 {
        let [a, b, c] = self.rotation;
        a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
            + a[2] * (b[0] * c[1] - b[1] * c[0])
    }

    /// The equivalent reflection h·R.
    pub fn on_reflection(&self, hkl: [i32; 3]) -> [i32; 3] {
        std::array::from_fn(|j| (0..3).map(|i| hkl[i] * self.rotation[i][j]).sum())
    }

    /// h·t in twenty-fourths of a turn: the phase by which F(h·R) differs from F(h).
    pub fn phase_of(&self, hkl: [i32; 3]) -> i32 {
        let turns: i32 = (0..3).map(|i| hkl[i] * self.translation[i]).sum();
        turns.rem_euclid(TRANSLATION_UNIT)
    }

    /// Where the operator takes a point, fractional coordinates.
    pub fn on_point(&self, point: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|i| {
            let rotated: f64 = (0..3)
                .map(|j| f64::from(self.rotation[i][j]) * point[j])
                .sum();
            rotated + f64::from(self.translation[i]) / f64::from(TRANSLATION_UNIT)
        })
    }
}

/// One of the three parts of a triplet: coefficients of x, y, z and the translation.
fn parse_row(text: &str) -> Option<([i32; 3], i32)> {
    let mut row = [0; 3];
    let mut translation = 0.0;
    let mut rest: &str = &text.replace(char::is_whitespace, "").to_ascii_lowercase();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let sign = match rest.as_bytes()[0] {
            b'-' => -1,
            _ => 1,
        };
        rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let end = rest.find(['+', '-']).unwrap_or(rest.len());
        let term = &rest[..end];
        rest = &rest[end..];
        match term {
            "x" => row[0] += sign,
            "y" => row[1] += sign,
            "z" => row[2] += sign,
            _ => translation += f64::from(sign) * parse_fraction(term)?,
        }
    }
    let units = translation * f64::from(TRANSLATION_UNIT);
    // Thirds are sometimes written with two or three decimals.
    let near = (units - units.round()).abs() < 0.1 && units.abs() < 1e6;
    near.then_some((row, units.round() as i32))
}

fn parse_fraction(text: &str) -> Option<f64> {
    let number = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        plain.then(|| text.parse::<f64>().ok()).flatten()
    };
    match text.split_once('/') {
        Some((numerator, denominator)) => {
            let denominator = number(denominator)?;
            (denominator > 0.0).then_some(number(numerator)? / denominator)
        }
        None => number(text),
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (axis, row) in self.rotation.iter().enumerate() {
            if axis > 0 {
                f.write_str(",")?;
            }
            let mut is_first = true;
            for (coefficient, name) in row.iter().zip(["x", "y", "z"]) {
                match coefficient {
                    0 => continue,
                    1 if is_first => {}
                    1 => f.write_str("+")?,
                    -1 => f.write_str("-")?,
                    other => write!(f, "{other:+}")?,
                }
                f.write_str(name)?;
                is_first = false;
            }
            let translation = self.translation[axis];
            if translation != 0 {
                let divisor = greatest_common_divisor(translation, TRANSLATION_UNIT);
                write!(
                    f,
                    "+{}/{}",
                    translation / divisor,
                    TRANSLATION_UNIT / divisor
                )?;
            }
        }
        Ok(())
    }
}

fn greatest_common_divisor(a: i32, b: i32) -> i32 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn triplets_are_read_however_they_are_written() {
        let expected = Operator {
            rotation: [[0, -1, 0], [1, -1, 0], [0, 0, 1]],
            translation: [12, 16, 3],
        };
        for text in [
            "-y+1/2,x-y+2/3,z+1/8",
            "1/2-Y, 2/3+X-Y, 1/8+Z",
            " -y + 0.5 , x - y + .6667 , z+0.125",
            "-y-1/2,x-y-1/3,z-7/8",
        ] {
            assert_eq!(Operator::parse(text), Ok(expected), "{text}");
        }
        assert_eq!(expected.to_string(), "-y+1/2,x-y+2/3,z+1/8");
    }

    #[test]
    fn what_is_no_operator_is_refused() {
        for text in [
            "",
            "x,y",
            "x,y,z,x",
            "x,y,",
            "x,x,x",
            "a,b,c",
            "x,y,z+1/0",
            "x,y,z+1/7",
            "x,y,zz",
            "2x,y,z",
            "x,y,z+1e300",
            "x+y+y+y+y,y,z",
            "x,y,é",
        ] {
            assert!(Operator::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,30}") {
            let _ = Operator::parse(&text);
        }

        #[test]
        fn an_operator_after_its_inverse_is_the_identity(
            order in Just([0usize, 1, 2]).prop_shuffle(),
            signs in prop::array::uniform3(prop::bool::ANY),
            translation in prop::array::uniform3(0..TRANSLATION_UNIT),
        ) {
            let mut rotation = [[0; 3]; 3];
            for axis in 0..3 {
                rotation[axis][order[axis]] = if signs[axis] { 1 } else { -1 };
            }
            let operator = Operator { rotation, translation };
            prop_assert_eq!(operator.after(&operator.inverse()), Operator::IDENTITY);
            prop_assert_eq!(Operator::parse(&operator.to_string()), Ok(operator));
        }
    }
}
