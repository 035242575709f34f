//! One reflection whose structure factor differs shows as a difference that is confined to its own spot.

use std::collections::HashMap;

use super::{Case, Cause, Finding};
use crate::{compare::CompareError, image::Pixel};

/// Share of the squared difference that one reflection has to hold.
const CONFINED: f64 = 0.99;
/// Reflections on the image that a share of the difference could fall on by chance.
const FEWEST_REFLECTIONS: usize = 4;

/// Assigns every pixel to its nearest reflection and looks for one that holds the difference.
pub fn one_structure_factor(case: &mut Case<'_>) -> Result<Option<Finding>, CompareError> {
    let cells = &case.plan.crystal().orientations.cells;
    let Some([a, b]) = case.images().filter(|_| !cells.is_empty()) else {
        return Ok(None);
    };
    let middle_step = case.plan.crystal().orientations.phi_steps / 2;
    let cell = &cells[middle_step * case.plan.crystal().orientations.domains];
    let mut by_reflection: HashMap<[i32; 3], Held> = HashMap::new();
    let mut total = 0.0;
    for (((slow, fast), &a), &b) in a.indexed_iter().zip(b.iter()) {
        let Some(index) = case.plan.miller_index(Pixel::at(slow, fast), cell) else {
            return Ok(None);
        };
        let hkl = index.map(|component| component.round() as i32);
        let (a, b) = (f64::from(a), f64::from(b));
        let squared = (a - b).powi(2);
        total += squared;
        let held = by_reflection.entry(hkl).or_default();
        held.squared_difference += squared;
        held.sum_a += a;
        held.sum_b += b;
    }
    let worst = by_reflection
        .iter()
        .max_by(|(_, x), (_, y)| x.squared_difference.total_cmp(&y.squared_difference));
    let Some(([h, k, l], held)) = worst else {
        return Ok(None);
    };
    let share = held.squared_difference / total;
    if share.is_nan() || share < CONFINED || by_reflection.len() < FEWEST_REFLECTIONS {
        return Ok(None);
    }
    let ratio = (held.sum_a / held.sum_b).sqrt();
    Ok(Some(Finding {
        cause: Cause::StructureFactor,
        text: format!(
            "one structure factor: {:.4} % of the squared difference lies in the spot of reflection {h} {k} {l}, whose \
             |F| is {ratio:.6} times as large for a as for b",
            100.0 * share
        ),
        accounts_for_all: true,
    }))
}

#[derive(Default)]
struct Held {
    squared_difference: f64,
    sum_a: f64,
    sum_b: f64,
}
