//! Flat bulk solvent: the space between the molecules, filled evenly.
//!
//! The mask of J.-S. Jiang & A. T. Brünger, J. Mol. Biol. 243, 100 (1994): what is farther from every atom than its radius and that
//! of a probe is solvent; then the surface recedes by a shrinking radius.

use rayon::prelude::*;

use super::{
    cell_axes::CellAxes,
    grid::Grid,
    model::{Atom, Model},
};

/// Mean density of the solvent, electrons/Å³, and its B, Å²: A. Fokine & A. Urzhumtsev, Acta Cryst. D58, 1387 (2002).
pub const K_SOL: f64 = 0.35;
/// See [`K_SOL`].
pub const B_SOL: f64 = 46.0;
/// Å
const PROBE_RADIUS: f64 = 1.11;
/// Å
const SHRINK_RADIUS: f64 = 0.9;
/// The mask's grid is at least this fine, Å.
pub(super) const MAX_SPACING: f64 = 0.6;

/// The solvent between the atoms of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BulkSolvent {
    /// Electrons/Å³.
    pub k_sol: f64,
    /// Å²
    pub b_sol: f64,
}

/// Van der Waals radius, Å: A. Bondi, J. Phys. Chem. 68, 441 (1964). Hydrogen is part of what it is bound to.
fn radius(atom: &Atom) -> Option<f64> {
    Some(match atom.element.to_ascii_uppercase().as_str() {
        "H" | "D" => return None,
        "C" => 1.70,
        "N" => 1.55,
        "O" => 1.52,
        "F" => 1.47,
        "P" | "S" => 1.80,
        "CL" => 1.75,
        "SE" => 1.90,
        "BR" => 1.85,
        "I" => 1.98,
        "ZN" => 1.39,
        "CU" => 1.40,
        "NI" => 1.63,
        "MG" => 1.73,
        "NA" => 2.27,
        "K" => 2.75,
        _ => 2.0,
    })
}

/// Sets the imaginary part of the grid to 1 in the solvent and 0 elsewhere; gives the solvent's part of the cell.
pub(super) fn add_mask(grid: &mut Grid, model: &Model, axes: &CellAxes) -> f64 {
    let [na, nb, nc] = grid.size;
    let spheres: Vec<([f64; 3], f64)> = model
        .atoms
        .iter()
        .filter(|atom| atom.occupancy > 0.0)
        .filter_map(|atom| Some((atom, radius(atom)? + PROBE_RADIUS)))
        .flat_map(|(atom, radius)| {
            let images = model.group.operators.iter();
            images.map(move |operator| (operator.on_point(atom.position), radius))
        })
        .collect();
    let stars = axes.reciprocal_lengths();
    let mut is_solvent = vec![true; grid.values.len()];
    let plane_points = grid.plane_points();
    is_solvent
        .par_chunks_mut(plane_points)
        .enumerate()
        .for_each(|(a, plane)| {
            for &(centre, radius) in &spheres {
                let mut da = a as f64 / na as f64 - centre[0];
                da -= da.round();
                // Radii are far smaller than cells, but a small cell may hold a sphere's own images.
                for image in [da - 1.0, da, da + 1.0] {
                    if image.abs() <= radius * stars[0] {
                        carve(plane, [nb, nc], image, centre, radius, axes);
                    }
                }
            }
        });
    let offsets = offsets_within(SHRINK_RADIUS, grid.size, axes);
    let carved = &is_solvent;
    let wrap = |i: usize, d: i64, n: usize| (i as i64 + d).rem_euclid(n as i64) as usize;
    let solvent_points: usize = grid
        .values
        .par_chunks_mut(plane_points)
        .enumerate()
        .map(|(a, plane)| {
            let mut count = 0;
            for (position, value) in plane.iter_mut().enumerate() {
                let (b, c) = (position / nc, position % nc);
                let is_near_solvent = || {
                    offsets.iter().any(|&[da, db, dc]| {
                        let row = wrap(a, da, na) * nb + wrap(b, db, nb);
                        carved[row * nc + wrap(c, dc, nc)]
                    })
                };
                let is_solvent = carved[a * plane_points + position] || is_near_solvent();
                value.im = if is_solvent { 1.0 } else { 0.0 };
                count += usize::from(is_solvent);
            }
            count
        })
        .sum();
    solvent_points as f64 / grid.values.len() as f64
}

/// Marks the points of one plane, `da` of an edge from a sphere's centre, that lie in the sphere.
fn carve(
    plane: &mut [bool],
    [nb, nc]: [usize; 2],
    da: f64,
    centre: [f64; 3],
    radius: f64,
    axes: &CellAxes,
) {
    let [_, star_b, star_c] = axes.reciprocal_lengths();
    let range = |middle: f64, star: f64, n: usize| {
        let first = ((middle - radius * star) * n as f64).ceil() as i64;
        first..=((middle + radius * star) * n as f64).floor() as i64
    };
    for b in range(centre[1], star_b, nb) {
        let db = b as f64 / nb as f64 - centre[1];
        for c in range(centre[2], star_c, nc) {
            let dc = c as f64 / nc as f64 - centre[2];
            if axes.length([da, db, dc]) < radius {
                let row = b.rem_euclid(nb as i64) as usize;
                plane[row * nc + c.rem_euclid(nc as i64) as usize] = false;
            }
        }
    }
}

/// Steps on the grid that are no longer than `radius` Å.
fn offsets_within(radius: f64, size: [usize; 3], axes: &CellAxes) -> Vec<[i64; 3]> {
    let stars = axes.reciprocal_lengths();
    let reach: [i64; 3] = std::array::from_fn(|i| (radius * stars[i] * size[i] as f64) as i64);
    let mut offsets = Vec::new();
    for a in -reach[0]..=reach[0] {
        for b in -reach[1]..=reach[1] {
            for c in -reach[2]..=reach[2] {
                let step = [a, b, c];
                let fractional = std::array::from_fn(|i| step[i] as f64 / size[i] as f64);
                if axes.length(fractional) <= radius {
                    offsets.push(step);
                }
            }
        }
    }
    offsets
}
