//! Coordinates in mmCIF and in the CIF of small molecules.

use std::collections::HashMap;

use super::{
    cell_axes::{CellAxes, turned},
    model::{Atom, Displacement, Model},
    pdb::{Problem, charge},
};
use crate::structure_factors::{
    cif::{self, Block, Loop},
    symmetry::{Operator, SpaceGroup},
};

const EIGHT_PI_SQUARED: f64 = 8.0 * std::f64::consts::PI * std::f64::consts::PI;
/// The order of the six parts of a displacement tensor.
const PARTS: [&str; 6] = ["11", "22", "33", "12", "13", "23"];

/// Reads the first block with an `_atom_site` loop; `group` replaces its space group.
///
/// # Errors
/// Bad syntax, a value that cannot be read, no cell, no symmetry or no atoms.
pub fn parse(text: &str, group: Option<&SpaceGroup>) -> Result<Model, Problem> {
    let blocks = cif::parse(text).map_err(|error| (Some(error.line), error.problem))?;
    let mut with_atoms = blocks
        .iter()
        .filter_map(|block| Some((block, block.atoms()?)));
    let Some((block, table)) = with_atoms.next() else {
        let holds_reflections = blocks
            .iter()
            .any(|block| block.loop_with("_refln_index_h").is_some());
        let advice = match holds_reflections {
            true => "; it holds reflections: give it with -hkl",
            false => "",
        };
        let problem = format!("no block of the CIF file has a loop of atoms{advice}");
        return Err((None, problem));
    };
    read_block(block, table, group)
        .map_err(|problem| (None, format!("data_{}: {problem}", block.name)))
}

fn read_block(block: &Block, table: &Loop, group: Option<&SpaceGroup>) -> Result<Model, String> {
    let cell = block.cell().ok_or("names no cell")?;
    let axes = CellAxes::new(cell)?;
    let group = match group {
        Some(group) => group.clone(),
        None => group_of(block)?,
    };
    let column = |names: &[&str]| -> Option<Vec<&str>> {
        let found = names
            .iter()
            .find_map(|name| table.column(&format!("_atom_site_{name}")))?;
        Some(found.collect())
    };
    let numbers = |names: &[&str], missing: f64| -> Result<Vec<f64>, String> {
        let Some(column) = column(names) else {
            return Ok(vec![missing; table.rows()]);
        };
        let read = |(row, text): (usize, &&str)| match cif::is_known(text) {
            false => Ok(missing),
            true => cif::parse_number(text)
                .ok_or_else(|| format!("_atom_site_{} of atom {} is {text:?}", names[0], row + 1)),
        };
        column.iter().enumerate().map(read).collect()
    };
    let is_cartesian = column(&["cartn_x"]).is_some();
    let kind = if is_cartesian { "cartn" } else { "fract" };
    let mut places = Vec::new();
    for axis in ["x", "y", "z"] {
        places.push(numbers(&[&format!("{kind}_{axis}")], f64::NAN)?);
    }
    let occupancies = numbers(&["occupancy"], 1.0)?;
    let b = numbers(&["b_iso_or_equiv"], f64::NAN)?;
    let u = numbers(&["u_iso_or_equiv"], 0.0)?;
    let symbols = column(&["type_symbol"]).or_else(|| column(&["label"]));
    let symbols = symbols.ok_or("the loop of atoms has no _atom_site.type_symbol")?;
    let charges = column(&["pdbx_formal_charge"]);
    let models = column(&["pdbx_pdb_model_num"]);
    let names = column(&["id", "label"]).unwrap_or_default();
    let tensors = tensors(block, &axes)?;

    let mut atoms = Vec::new();
    for row in 0..table.rows() {
        if models
            .as_ref()
            .is_some_and(|models| models[row] != models[0])
        {
            break;
        }
        let place: [f64; 3] = std::array::from_fn(|axis| places[axis][row]);
        if !place.iter().all(|value| value.abs() < 1e7) {
            return Err(format!("atom {} has no place", row + 1));
        }
        let (element, own_charge) = element_and_charge(symbols[row]);
        let isotropic = if b[row].is_nan() {
            u[row] * EIGHT_PI_SQUARED
        } else {
            b[row]
        };
        let tensor = names.get(row).and_then(|name| tensors.get(name));
        atoms.push(Atom {
            element: element.to_owned(),
            charge: charges
                .as_ref()
                .map_or(own_charge, |list| charge(list[row])),
            position: if is_cartesian {
                axes.to_fractional(place)
            } else {
                place
            },
            occupancy: occupancies[row],
            displacement: match tensor {
                Some(&tensor) => Displacement::Anisotropic(tensor),
                None => Displacement::Isotropic(isotropic),
            },
        });
    }
    Ok(Model { cell, group, atoms })
}

fn group_of(block: &Block) -> Result<SpaceGroup, String> {
    let triplets = block.operator_triplets();
    let name = block.space_group();
    match name {
        _ if !triplets.is_empty() => {
            let operators: Result<Vec<_>, _> = triplets.into_iter().map(Operator::parse).collect();
            SpaceGroup::from_operators(name.unwrap_or("the file's operators"), &operators?)
        }
        Some(name) => SpaceGroup::find(name),
        None => Err("names no symmetry; give it with -spacegroup".into()),
    }
}

/// Displacement tensors by the name of their atom, along Cartesian axes.
fn tensors<'a>(block: &Block<'a>, axes: &CellAxes) -> Result<HashMap<&'a str, [f64; 6]>, String> {
    // Those of mmCIF are Cartesian, those of small molecules go with the reciprocal axes.
    for (prefix, open, close, key, is_cartesian) in [
        (
            "_atom_site_anisotrop_u",
            "[",
            "]",
            "_atom_site_anisotrop_id",
            true,
        ),
        (
            "_atom_site_aniso_u",
            "_",
            "",
            "_atom_site_aniso_label",
            false,
        ),
    ] {
        let tag = |part: &str| match is_cartesian {
            true => format!("{prefix}[{}]{open}{}{close}", &part[..1], &part[1..]),
            false => format!("{prefix}{open}{part}"),
        };
        let Some(table) = block.loop_with(&tag("11")) else {
            continue;
        };
        let names = table
            .column(key)
            .ok_or_else(|| format!("there is no {key}"))?;
        let mut parts = Vec::new();
        for part in PARTS {
            let values = table.column(&tag(part));
            let values: Vec<_> = values
                .ok_or_else(|| format!("there is no {}", tag(part)))?
                .collect();
            parts.push(values);
        }
        let mut found = HashMap::new();
        for (row, name) in names.enumerate() {
            let mut u = [0.0; 6];
            for (u, values) in u.iter_mut().zip(&parts) {
                *u = cif::parse_number(values[row]).ok_or_else(|| {
                    format!("the displacement of atom {name} is {:?}", values[row])
                })?;
            }
            found.insert(
                name,
                if is_cartesian {
                    u
                } else {
                    to_cartesian(u, axes)
                },
            );
        }
        return Ok(found);
    }
    Ok(HashMap::new())
}

/// From U of exp(−2π² Σ hᵢ hⱼ aᵢ* aⱼ* Uᵢⱼ) to U along Cartesian axes.
fn to_cartesian(u: [f64; 6], axes: &CellAxes) -> [f64; 6] {
    let lengths = axes.reciprocal_lengths();
    let scaled: [[f64; 3]; 3] =
        std::array::from_fn(|i| std::array::from_fn(|j| axes.orthogonalization[i][j] * lengths[j]));
    let m = turned(&scaled, &Displacement::Anisotropic(u).u_matrix());
    [m[0][0], m[1][1], m[2][2], m[0][1], m[0][2], m[1][2]]
}

/// `Zn2+` is zinc with charge 2; `C12` is a carbon with a number.
fn element_and_charge(symbol: &str) -> (&str, i32) {
    let end = symbol
        .find(|letter: char| !letter.is_ascii_alphabetic())
        .unwrap_or(symbol.len());
    let (element, rest) = symbol.split_at(end);
    match rest.ends_with(['+', '-']) {
        true => (element, charge(rest)),
        false => (element, 0),
    }
}
