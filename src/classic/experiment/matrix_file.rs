//! The MOSFLM orientation matrix.

use std::path::Path;

use super::ExperimentError;
use crate::files::{bounded, columns};
use crate::vector::{CellVectors, dual, triple_product};

/// The largest file that is read; MOSFLM writes 600 bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Reads a*, b*, c* in Å⁻¹ from the first nine numbers of a file: the A matrix, rows x, y, z, columns a*, b*, c*,
/// in units of 1/λ. What follows in the file (missets, U matrix, cell) is not looked at.
pub(super) fn read_reciprocal_vectors(
    path: &Path,
    wavelength_m: f64,
) -> Result<CellVectors, ExperimentError> {
    let text = bounded::read_text(path, MAX_BYTES).map_err(|source| ExperimentError::Read {
        path: path.to_owned(),
        source,
    })?;
    let mut elements = Vec::with_capacity(9);
    let words = text.lines().enumerate().flat_map(|(index, line)| {
        let words = columns::of_numbers(line.as_bytes());
        words.map(move |word| (index + 1, String::from_utf8_lossy(word)))
    });
    for (line, word) in words.take(9) {
        let element: f64 = word
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite())
            .ok_or_else(|| {
                ExperimentError::line(path, line, format!("{word:?} is not a number"))
            })?;
        elements.push(element * (1e-10 / wavelength_m));
    }
    if elements.len() < 9 {
        return Err(ExperimentError::file(
            path,
            format!(
                "holds {} numbers where a MOSFLM A matrix has 9",
                elements.len()
            ),
        ));
    }
    let vectors: CellVectors =
        std::array::from_fn(|axis| std::array::from_fn(|row| elements[3 * row + axis]));
    let volume_of_reciprocal = triple_product(vectors);
    let real_space = dual(vectors, volume_of_reciprocal);
    // Elements such as 1e205 have products that overflow.
    let spans_a_cell = (1.0 / volume_of_reciprocal).is_normal()
        && real_space.iter().flatten().all(|x| x.is_finite());
    if spans_a_cell {
        Ok(vectors)
    } else {
        Err(ExperimentError::file(
            path,
            "its three columns span no cell; is it a MOSFLM A matrix?",
        ))
    }
}
