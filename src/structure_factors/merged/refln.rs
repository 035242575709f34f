//! `_refln` loops of CIF and mmCIF files.

use super::{Column, MergedFile, Quantity, Sign};
use crate::structure_factors::{
    cif::{self, Block, Loop},
    symmetry::{Operator, SpaceGroup},
};

const INDEX_TAGS: [&str; 3] = ["_refln_index_h", "_refln_index_k", "_refln_index_l"];

/// Tags that hold an amplitude or an intensity, and whether it was measured.
const QUANTITIES: [(&str, Quantity, Measured); 15] = {
    use Measured::{No, Yes};
    use Quantity::{Amplitude, Intensity};
    [
        ("pdbx_f_calc_with_solvent", Amplitude, No),
        ("f_calc", Amplitude, No),
        ("f_calc_au", Amplitude, No),
        ("f_squared_calc", Intensity, No),
        ("f_meas", Amplitude, Yes),
        ("f_meas_au", Amplitude, Yes),
        ("pdbx_f_plus", Amplitude, Yes),
        ("pdbx_f_minus", Amplitude, Yes),
        ("f_squared_meas", Intensity, Yes),
        ("intensity_calc", Intensity, No),
        ("intensity_meas", Intensity, Yes),
        ("intensity_meas_au", Intensity, Yes),
        ("pdbx_i_plus", Intensity, Yes),
        ("pdbx_i_minus", Intensity, Yes),
        ("f_model", Amplitude, No),
    ]
};

#[derive(Clone, Copy, PartialEq)]
enum Measured {
    Yes,
    No,
}

/// Whether a text starts as CIF files do.
pub fn is_cif(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii_start)
        .find(|line| !line.is_empty() && line[0] != b'#')
        .and_then(|line| line.get(..5))
        .is_some_and(|start| start.eq_ignore_ascii_case(b"data_"))
}

/// What is wrong, and the line if it is one.
pub type Problem = (Option<usize>, String);

/// Reads the first block with a `_refln` loop.
///
/// # Errors
/// Bad syntax, no such loop, or no symmetry (unless `symmetry_is_given`).
pub fn parse(bytes: &[u8], symmetry_is_given: bool) -> Result<MergedFile, Problem> {
    let text = String::from_utf8_lossy(bytes);
    let blocks = cif::parse(&text).map_err(|error| (Some(error.line), error.problem))?;
    let with_reflections: Vec<_> = blocks
        .iter()
        .filter_map(|block| Some((block, block.loop_with(INDEX_TAGS[0])?)))
        .collect();
    let Some(&(block, table)) = with_reflections.first() else {
        let holds_atoms = blocks.iter().any(|block| block.atoms().is_some());
        let advice = match holds_atoms {
            true => "; it holds coordinates: give it with -pdb",
            false => "",
        };
        return Err((
            None,
            format!("no block of the CIF file has a loop of _refln.index_h{advice}"),
        ));
    };
    read_block(
        &blocks,
        block,
        table,
        with_reflections.len(),
        symmetry_is_given,
    )
    .map_err(|problem| (None, format!("data_{}: {problem}", block.name)))
}

fn read_block(
    blocks: &[Block],
    block: &Block,
    table: &Loop,
    blocks_with_reflections: usize,
    symmetry_is_given: bool,
) -> Result<MergedFile, String> {
    let mut hkl = vec![[0; 3]; table.rows()];
    for (axis, tag) in INDEX_TAGS.iter().enumerate() {
        let column = table
            .column(tag)
            .ok_or_else(|| format!("the _refln loop has no {tag}"))?;
        for (row, (index, text)) in hkl.iter_mut().zip(column).enumerate() {
            index[axis] = text
                .parse()
                .ok()
                .filter(|index: &i32| index.abs() < 1_000_000)
                .ok_or_else(|| format!("{tag} of reflection {} is {text:?}", row + 1))?;
        }
    }
    let is_unused: Vec<bool> = ["_refln_status", "_refln_observed_status"]
        .iter()
        .find_map(|tag| table.column(tag))
        .map(|column| column.map(|status| matches!(status, "x" | "-")).collect())
        .unwrap_or_default();
    let mut columns = Vec::new();
    for tag in table.tags() {
        let name = tag.strip_prefix("_refln_").unwrap_or(tag);
        let Some(&(_, quantity, measured)) = QUANTITIES.iter().find(|(tag, ..)| *tag == name)
        else {
            continue;
        };
        let mut values = Vec::with_capacity(hkl.len());
        for (row, text) in table.column(tag).into_iter().flatten().enumerate() {
            let is_used =
                measured == Measured::No || !is_unused.get(row).is_some_and(|&unused| unused);
            values.push(match cif::is_known(text) && is_used {
                true => cif::parse_number(text)
                    .ok_or_else(|| format!("{tag} of reflection {} is {text:?}", row + 1))?,
                false => f64::NAN,
            });
        }
        if values.iter().all(|value| value.is_nan()) {
            continue;
        }
        columns.push(Column {
            label: name.to_owned(),
            quantity,
            sign: Sign::of_label(name),
            cell: block.cell(),
            values,
        });
    }

    // Coordinates and reflections may come in one file, with the symmetry in one block only.
    let in_order = || std::iter::once(block).chain(blocks);
    let space_group = in_order().find_map(Block::space_group).map(str::to_owned);
    let mut operators = Vec::new();
    if let Some(triplets) = in_order()
        .map(Block::operator_triplets)
        .find(|triplets| !triplets.is_empty())
    {
        for triplet in triplets {
            operators.push(Operator::parse(triplet)?);
        }
    } else if let Some(name) = &space_group {
        operators = SpaceGroup::find(name)?.operators;
    } else if !symmetry_is_given {
        return Err("the CIF file names no symmetry; give it with -spacegroup".into());
    }
    let mut notes = Vec::new();
    if blocks_with_reflections > 1 {
        notes.push(format!(
            "data_{}, the first of {blocks_with_reflections} blocks with reflections, is used",
            block.name
        ));
    }
    Ok(MergedFile {
        format: "CIF",
        hkl,
        columns,
        cell: in_order().find_map(Block::cell),
        operators,
        space_group,
        notes,
    })
}
