//! Coordinates in the PDB format: <https://www.wwpdb.org/documentation/file-format-content/format33/v3.3.html>.

use super::{
    cell_axes::CellAxes,
    model::{Atom, Displacement, Model},
};
use crate::structure_factors::symmetry::SpaceGroup;

/// What is wrong, and the line if it is one.
pub type Problem = (Option<usize>, String);

/// Reads the first model of a PDB file; `group` replaces the space group of its CRYST1 record.
///
/// # Errors
/// A record that cannot be read, no cell, or no atoms.
pub fn parse(text: &str, group: Option<&SpaceGroup>) -> Result<Model, Problem> {
    let mut cell: Option<([f64; 6], String)> = None;
    // The cell may come after nothing but remarks, so positions wait until it is known.
    let mut atoms: Vec<(Atom, [f64; 3])> = Vec::new();
    let mut last_serial = "";
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let unreadable = |what: &str| (Some(number), format!("cannot read {what}"));
        let record = columns(line, 1, 6);
        match record {
            "CRYST1" => {
                let fields = [(7, 15), (16, 24), (25, 33), (34, 40), (41, 47), (48, 54)];
                let mut values = [0.0; 6];
                for (value, (first, last)) in values.iter_mut().zip(fields) {
                    *value = real(line, first, last).ok_or_else(|| unreadable("the cell"))?;
                }
                cell = Some((values, columns(line, 56, 66).to_owned()));
            }
            "ATOM" | "HETATM" => {
                last_serial = columns(line, 7, 11);
                let mut place = [0.0; 3];
                for (axis, value) in place.iter_mut().enumerate() {
                    let first = 31 + 8 * axis;
                    *value = real(line, first, first + 7)
                        .ok_or_else(|| unreadable("the coordinates of an atom"))?;
                }
                let or = |first, last, default: f64| match columns(line, first, last) {
                    "" => Some(default),
                    _ => real(line, first, last),
                };
                let occupancy = or(55, 60, 1.0).ok_or_else(|| unreadable("an occupancy"))?;
                let b = or(61, 66, 0.0).ok_or_else(|| unreadable("a B factor"))?;
                let atom = Atom {
                    element: element(line).to_owned(),
                    charge: charge(columns(line, 79, 80)),
                    position: [0.0; 3],
                    occupancy,
                    displacement: Displacement::Isotropic(b),
                };
                atoms.push((atom, place));
            }
            "ANISOU" => {
                let mut u = [0.0; 6];
                for (i, value) in u.iter_mut().enumerate() {
                    let first = 29 + 7 * i;
                    *value = real(line, first, first + 6)
                        .ok_or_else(|| unreadable("an anisotropic displacement"))?
                        * 1e-4;
                }
                if let Some((atom, _)) = atoms.last_mut()
                    && columns(line, 7, 11) == last_serial
                {
                    atom.displacement = Displacement::Anisotropic(u);
                }
            }
            "ENDMDL" => break,
            _ => {}
        }
    }
    let (cell, name) = cell.ok_or((None, "has no CRYST1 record, and so no cell".into()))?;
    let axes = CellAxes::new(cell).map_err(|problem| (None, format!("CRYST1: {problem}")))?;
    if atoms.is_empty() {
        return Err((None, "holds no ATOM record".into()));
    }
    let group = match group {
        Some(group) => group.clone(),
        None => SpaceGroup::find(&name)
            .map_err(|problem| (None, format!("CRYST1: {problem}, with -spacegroup")))?,
    };
    let placed = atoms.into_iter().map(|(atom, place)| Atom {
        position: axes.to_fractional(place),
        ..atom
    });
    Ok(Model {
        cell,
        group,
        atoms: placed.collect(),
    })
}

/// Columns `first` to `last`, counted from 1, without the blanks around them.
fn columns(line: &str, first: usize, last: usize) -> &str {
    let end = last.min(line.len());
    line.get(first - 1..end).unwrap_or_default().trim()
}

fn real(line: &str, first: usize, last: usize) -> Option<f64> {
    let value: f64 = columns(line, first, last).parse().ok()?;
    (value.is_finite() && value.abs() < 1e7).then_some(value)
}

/// From its own columns, or from the start of the atom's name in old files.
fn element(line: &str) -> &str {
    match columns(line, 77, 78) {
        "" => columns(line, 13, 14).trim_start_matches(|letter: char| letter.is_ascii_digit()),
        element => element,
    }
}

/// `2+`, `1-`.
pub(super) fn charge(text: &str) -> i32 {
    let (digits, sign) = match (text.strip_suffix('+'), text.strip_suffix('-')) {
        (Some(digits), _) => (digits, 1),
        (_, Some(digits)) => (digits, -1),
        _ => (text, 1),
    };
    digits
        .parse::<i32>()
        .map_or(0, |size| sign * size.clamp(-9, 9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_and_elements_are_read_where_files_put_them() {
        for (text, expected) in [
            ("2+", 2),
            ("1-", -1),
            ("", 0),
            ("+", 0),
            ("-1", -1),
            ("3", 3),
        ] {
            assert_eq!(charge(text), expected, "{text:?}");
        }
        let old = "ATOM      1 1HB  ALA A   1      11.104   6.134  -6.504  1.00  0.00";
        assert_eq!(element(old), "H");
        let new =
            "HETATM    9 ZN    ZN A   1      -0.734   1.386   5.133  0.50 36.14          ZN2+";
        assert_eq!(element(new), "ZN");
        assert_eq!(charge(columns(new, 79, 80)), 2);
    }

    #[test]
    fn only_the_first_model_counts() {
        let text = "CRYST1   20.000   20.000   20.000  90.00  90.00  90.00 P 1           1\nMODEL 1\n\
            ATOM      1  CA  ALA A   1      10.000   5.000   2.000  1.00 10.00           C\nENDMDL\nMODEL 2\n\
            ATOM      1  CA  ALA A   1      11.000   5.000   2.000  1.00 10.00           C\nENDMDL\n";
        let model = parse(text, None).unwrap();
        assert_eq!(model.atoms.len(), 1);
        assert_eq!(model.atoms[0].position, [0.5, 0.25, 0.1]);
    }
}
