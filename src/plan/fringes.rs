//! How many fringes of a crystal's transform lie on a piece of the detector, which is what a float that measures from the
//! middle of the piece has to hold.

use super::{Plan, PlannedCrystal};
use crate::{
    scene::{Panel, Shape, Source},
    vector::{Vector, add, dot, norm, scale},
};

impl Plan {
    /// The most fringes between the middle of a piece of a panel, `tile` pixels (fast, slow) in size, and its corners: cells
    /// along an axis times the change of the Miller index. Where a shape has no fringes, as many as make its transform
    /// change as much.
    pub fn fringes_within(&self, panel: &Panel, tile: [usize; 2]) -> f64 {
        let reach = |axis: usize| tile[axis] as f64 * panel.pixel_size_m[axis] / 2.0;
        let reach_m = reach(0).hypot(reach(1));
        let angle = (reach_m / nearest_m(panel)).min(2.0);
        let size = self.crystals.iter().map(size_angstrom).fold(0.0, f64::max);
        size * angle / self.shortest_wavelength_angstrom()
    }

    /// As large as a Miller index can be.
    pub fn largest_index(&self) -> f64 {
        let edge = |crystal: &PlannedCrystal| {
            (0..3)
                .map(|axis| edge_angstrom(crystal, axis))
                .fold(0.0, f64::max)
        };
        let edge = self.crystals.iter().map(edge).fold(0.0, f64::max);
        2.0 * edge / self.shortest_wavelength_angstrom()
    }

    fn shortest_wavelength_angstrom(&self) -> f64 {
        let shortest = |shortest: f64, source: &Source| shortest.min(source.wavelength_angstrom);
        self.sources().iter().fold(f64::INFINITY, shortest)
    }
}

/// The longest edge of a crystal in Å, as its transform has it.
fn size_angstrom(crystal: &PlannedCrystal) -> f64 {
    let domain = &crystal.domain;
    let volume: f64 = domain.n_cells.iter().product();
    let edge = |axis: usize| {
        let cells = match domain.shape {
            Shape::Square => domain.n_cells[axis],
            Shape::Round => domain.n_cells[axis] * domain.fudge.sqrt(),
            // Their width is that of a sphere around the lattice point, in Å⁻¹.
            Shape::Gauss | Shape::Tophat => {
                volume * norm(crystal.reciprocal_space[axis]) * domain.fudge.sqrt()
            }
        };
        cells * edge_angstrom(crystal, axis)
    };
    (0..3).map(edge).fold(0.0, f64::max)
}

/// An edge of the unit cell. Orientations turn it and leave its length.
fn edge_angstrom(crystal: &PlannedCrystal, axis: usize) -> f64 {
    let first = crystal.orientations.cells.first();
    first.map_or(0.0, |cell| norm(cell[axis]))
}

/// Distance from the sample to the nearest point of the rendered part of a panel.
pub fn nearest_m(panel: &Panel) -> f64 {
    if let Some(bend) = panel.bend {
        return bend.radius_m.abs();
    }
    let region = panel.region;
    let along = |axis: Vector, size_m: f64, first: usize, end: usize| {
        let foot = -dot(panel.origin_m, axis);
        foot.clamp(first as f64 * size_m, end as f64 * size_m)
    };
    let [fast_m, slow_m] = panel.pixel_size_m;
    let fast = along(panel.fast, fast_m, region.fast_min, region.fast_max + 1);
    let slow = along(panel.slow, slow_m, region.slow_min, region.slow_max + 1);
    let point = add(scale(panel.fast, fast), scale(panel.slow, slow));
    norm(add(panel.origin_m, point))
}
