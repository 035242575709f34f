//! Structure factors computed from atomic coordinates.
//!
//! Absolute, in electrons: scattering factors of free atoms, displacement, occupancy, and a flat bulk solvent. Small structures are
//! summed directly, others by a Fourier transform of their density.

use rayon::prelude::*;
use rustfft::num_complex::Complex64;

use super::{MAX_TABLE_POINTS, Reflection, symmetry::SpaceGroup};

mod bulk_solvent;
mod cell_axes;
pub mod coordinates_cif;
mod density;
mod direct;
mod grid;
mod model;
pub mod pdb;
mod scattering_factors;

pub use bulk_solvent::{B_SOL, BulkSolvent, K_SOL};
use cell_axes::CellAxes;
use grid::Grid;
use model::Scatterer;
pub use model::{Atom, Displacement, Model};
pub use scattering_factors::ScatteringFactor;

/// Atoms × operators × reflections that are still summed directly.
const MAX_DIRECT_TERMS: f64 = 2e7;
/// Indices that are looked through for those within the resolution: those of the largest table.
const MAX_INDICES: f64 = MAX_TABLE_POINTS as f64;
/// Atoms × operators of a structure; the largest virus capsids have a tenth of it.
const MAX_ATOMS: usize = 1 << 25;

/// How the sum over the atoms is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Direct,
    Fft,
}

/// Structure factors of a model: one reflection of each set of equivalents, absences left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Computed {
    pub reflections: Vec<Reflection>,
    pub method: Method,
    /// The part of the cell that the bulk solvent fills.
    pub solvent_fraction: Option<f64>,
}

/// Computes |F| of every reflection with a spacing of at least `resolution` Å, F(000) among them.
///
/// # Errors
/// A cell or element that is none, or more reflections or grid points than fit into memory.
pub fn structure_factors(
    model: &Model,
    resolution: f64,
    solvent: Option<BulkSolvent>,
    method: Option<Method>,
) -> Result<Computed, String> {
    let axes = CellAxes::new(model.cell)?;
    let operators = model.group.operators.len();
    if model.atoms.len().saturating_mul(operators) > MAX_ATOMS {
        return Err(format!(
            "{} atoms with {operators} operators are more than the {MAX_ATOMS} atoms that a cell may hold",
            model.atoms.len()
        ));
    }
    let scatterers = model.scatterers()?;
    if scatterers.is_empty() {
        return Err("no atom has an occupancy above 0".into());
    }
    for scatterer in &scatterers {
        let b = scatterer.displacement.b_equivalent();
        if !(-50.0..=10_000.0).contains(&b) {
            return Err(format!("an atom has a B factor of {b} Å²"));
        }
    }
    let unique = unique_reflections(&axes, &model.group, resolution)?;
    let terms = unique.len() as f64 * scatterers.len() as f64 * model.group.operators.len() as f64;
    let chosen = match terms <= MAX_DIRECT_TERMS {
        true => Method::Direct,
        false => Method::Fft,
    };
    let method = method.unwrap_or(chosen);
    let blur = density::blur(&scatterers, resolution);
    let grid = match (method, solvent) {
        (Method::Direct, None) => None,
        (Method::Fft, None) => Some(Grid::new(
            &axes,
            resolution,
            density::OVERSAMPLING,
            f64::MAX,
        )?),
        (_, Some(_)) => {
            let spacing = bulk_solvent::MAX_SPACING;
            Some(Grid::new(
                &axes,
                resolution,
                density::OVERSAMPLING,
                spacing,
            )?)
        }
    };
    let mut solvent_fraction = None;
    let grid = grid.map(|mut grid| {
        if method == Method::Fft {
            density::add_atoms(&mut grid, &scatterers, &axes, &model.group, blur);
        }
        if solvent.is_some() {
            solvent_fraction = Some(bulk_solvent::add_mask(&mut grid, model, &axes));
        }
        grid.transform();
        grid
    });
    let atoms = atom_sums(
        method,
        &scatterers,
        &axes,
        &model.group,
        &unique,
        grid.as_ref(),
        blur,
    );
    let amplitude = |(&hkl, from_atoms): (&[i32; 3], Complex64)| {
        let mut total = from_atoms;
        if let (Some(solvent), Some(grid)) = (solvent, &grid) {
            let (_, mask) = grid.coefficients(hkl);
            let damping = (-solvent.b_sol * axes.s_squared(hkl)).exp();
            total += mask * (axes.volume * solvent.k_sol * damping);
        }
        Reflection {
            hkl,
            f: total.norm(),
        }
    };
    Ok(Computed {
        reflections: unique.iter().zip(atoms).map(amplitude).collect(),
        method,
        solvent_fraction,
    })
}

fn atom_sums(
    method: Method,
    scatterers: &[Scatterer],
    axes: &CellAxes,
    group: &SpaceGroup,
    unique: &[[i32; 3]],
    grid: Option<&Grid>,
    blur: f64,
) -> Vec<Complex64> {
    match (method, grid) {
        (Method::Fft, Some(grid)) => unique
            .iter()
            .map(|&hkl| {
                let (coefficient, _) = grid.coefficients(hkl);
                coefficient * (axes.volume * (blur * axes.s_squared(hkl)).exp())
            })
            .collect(),
        _ => direct::sum(scatterers, axes, group, unique),
    }
}

/// The largest of each set of equivalents within the resolution, systematic absences left out.
fn unique_reflections(
    axes: &CellAxes,
    group: &SpaceGroup,
    resolution: f64,
) -> Result<Vec<[i32; 3]>, String> {
    // h = a·q, so no index is larger than an edge over the resolution.
    let columns = [0, 1, 2].map(|axis| axes.orthogonalization.map(|row| row[axis]));
    let edges = columns.map(|edge| edge.iter().map(|v| v * v).sum::<f64>().sqrt());
    let reach = edges.map(|edge| (edge / resolution).floor());
    let indices: f64 = reach.iter().map(|reach| 2.0 * reach + 1.0).product();
    if indices.is_nan() || indices > MAX_INDICES {
        return Err(format!(
            "there are too many reflections within {resolution} Å; take a coarser -resolution"
        ));
    }
    let [h_max, k_max, l_max] = reach.map(|reach| reach as i32);
    let rotations = group.rotations();
    let image = |rotation: &[[i32; 3]; 3], hkl: [i32; 3]| -> [i32; 3] {
        std::array::from_fn(|j| (0..3).map(|i| hkl[i] * rotation[i][j]).sum())
    };
    let limit = 0.25 / (resolution * resolution);
    let found = (-h_max..=h_max)
        .into_par_iter()
        .flat_map_iter(|h| {
            let rotations = &rotations;
            (-k_max..=k_max).flat_map(move |k| {
                (-l_max..=l_max)
                    .map(move |l| [h, k, l])
                    .filter(move |&hkl| axes.s_squared(hkl) <= limit)
                    .filter(move |&hkl| {
                        rotations.iter().all(|rotation| {
                            let equivalent = image(rotation, hkl);
                            equivalent <= hkl && equivalent.map(|i| -i) <= hkl
                        })
                    })
                    .filter(move |&hkl| !group.is_absent(hkl))
            })
        })
        .collect();
    Ok(found)
}
