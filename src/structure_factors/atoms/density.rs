//! Electron density on a grid, so that a Fourier transform gives all structure factors at once.
//!
//! L. F. Ten Eyck, Acta Cryst. A33, 486 (1977). Every atom is blurred by the same B, so that the grid can carry it; the blur is
//! taken back from the structure factors.

use std::f64::consts::PI;

use rayon::prelude::*;

use super::{
    cell_axes::{CellAxes, turned},
    grid::Grid,
    model::{Displacement, Scatterer},
};
use crate::structure_factors::symmetry::SpaceGroup;

/// Grid points per period at the resolution limit, over the two that are needed at least.
pub(super) const OVERSAMPLING: f64 = 1.5;
/// Density below this, electrons/Å³, is left out.
const CUTOFF: f64 = 1e-5;

/// The B, Å², that makes the narrowest atom wide enough for the grid.
pub(super) fn blur(scatterers: &[Scatterer], resolution: f64) -> f64 {
    let spacing = resolution / (2.0 * OVERSAMPLING);
    let narrowest = scatterers
        .iter()
        .map(|scatterer| smallest_b(&scatterer.displacement))
        .fold(f64::MAX, f64::min);
    (8.0 * PI * PI * spacing * spacing / 1.1 - narrowest).max(0.0)
}

/// B of an isotropic atom; a bound for the narrowest direction of another.
fn smallest_b(displacement: &Displacement) -> f64 {
    match displacement {
        Displacement::Isotropic(b) => *b,
        Displacement::Anisotropic(_) => {
            let u = displacement.u_matrix();
            // Gershgorin: no eigenvalue is smaller.
            let bound = |i: usize| {
                let others: f64 = (0..3).filter(|&j| j != i).map(|j| u[i][j].abs()).sum();
                u[i][i] - others
            };
            8.0 * PI * PI * (0..3).map(bound).fold(f64::MAX, f64::min)
        }
    }
}

/// Adds the density of all atoms and their images to the real part of the grid, electrons/Å³.
pub(super) fn add_atoms(
    grid: &mut Grid,
    scatterers: &[Scatterer],
    axes: &CellAxes,
    group: &SpaceGroup,
    blur: f64,
) {
    let blobs: Vec<Blob> = scatterers
        .par_iter()
        .flat_map_iter(|scatterer| {
            group.operators.iter().map(move |operator| {
                let rotation = axes.cartesian_rotation(&operator.rotation);
                let u = turned(&rotation, &scatterer.displacement.u_matrix());
                Blob::new(scatterer, operator.on_point(scatterer.position), &u, blur)
            })
        })
        .collect();
    let size = grid.size;
    let [star_a, star_b, star_c] = axes.reciprocal_lengths();
    grid.values
        .par_chunks_mut(size[1] * size[2])
        .enumerate()
        .for_each(|(plane, values)| {
            for blob in &blobs {
                let reach = |star: f64| blob.radius * star;
                for a in periodic(blob.position[0], reach(star_a), size[0], plane) {
                    let da = a as f64 / size[0] as f64 - blob.position[0];
                    for b in within(blob.position[1], reach(star_b), size[1]) {
                        let db = b as f64 / size[1] as f64 - blob.position[1];
                        let row = b.rem_euclid(size[1] as i64) as usize * size[2];
                        for c in within(blob.position[2], reach(star_c), size[2]) {
                            let dc = c as f64 / size[2] as f64 - blob.position[2];
                            let column = c.rem_euclid(size[2] as i64) as usize;
                            values[row + column].re +=
                                blob.density(axes.to_cartesian([da, db, dc]));
                        }
                    }
                }
            }
        });
}

/// Grid lines within `reach` of a fractional coordinate.
fn within(centre: f64, reach: f64, size: usize) -> std::ops::RangeInclusive<i64> {
    let first = ((centre - reach) * size as f64).ceil() as i64;
    let last = ((centre + reach) * size as f64).floor() as i64;
    first..=last
}

/// Those of [`within`] that are repeats of one plane of the cell.
fn periodic(centre: f64, reach: f64, size: usize, plane: usize) -> impl Iterator<Item = i64> {
    let range = within(centre, reach, size);
    let offset = (plane as i64 - range.start()).rem_euclid(size as i64);
    (range.start() + offset..=*range.end()).step_by(size)
}

/// One atom's density: a sum of Gaussians.
struct Blob {
    position: [f64; 3],
    /// Å
    radius: f64,
    shape: Shape,
}

enum Shape {
    /// height · exp(−rate · r²)
    Round([(f64, f64); 6]),
    /// height · exp(−r·M·r), M as xx yy zz xy xz yz with the mixed parts doubled.
    Ellipsoid(Box<[(f64, [f64; 6]); 6]>),
}

impl Blob {
    fn new(scatterer: &Scatterer, position: [f64; 3], u: &[[f64; 3]; 3], blur: f64) -> Self {
        let factor = &scatterer.factor;
        let widest_b = 8.0 * PI * PI * (u[0][0] + u[1][1] + u[2][2]) / 3.0;
        let round = |b: f64| {
            std::array::from_fn(|i| {
                let total = factor.b[i] + b + blur;
                let height = scatterer.weight * factor.a[i] * (4.0 * PI / total).powf(1.5);
                (height, 4.0 * PI * PI / total)
            })
        };
        match scatterer.displacement {
            Displacement::Isotropic(b) => Self {
                position,
                radius: radius(&round(b)),
                shape: Shape::Round(round(b)),
            },
            Displacement::Anisotropic(_) => Self {
                position,
                // The trace of a positive tensor bounds its largest eigenvalue.
                radius: radius(&round(3.0 * widest_b)),
                shape: Shape::Ellipsoid(Box::new(std::array::from_fn(|i| {
                    ellipsoid(scatterer.weight * factor.a[i], factor.b[i] + blur, u)
                }))),
            },
        }
    }

    fn density(&self, [x, y, z]: [f64; 3]) -> f64 {
        match &self.shape {
            Shape::Round(terms) => {
                let r_squared = x * x + y * y + z * z;
                let value = |&(height, rate): &(f64, f64)| height * (-rate * r_squared).exp();
                terms.iter().map(value).sum()
            }
            Shape::Ellipsoid(terms) => terms
                .iter()
                .map(|(height, [xx, yy, zz, xy, xz, yz])| {
                    let exponent = xx * x * x + yy * y * y + zz * z * z;
                    let mixed = xy * x * y + xz * x * z + yz * y * z;
                    height * (-exponent - mixed).exp()
                })
                .sum(),
        }
    }
}

/// One Gaussian whose B is a tensor: `b` and 8π²U.
fn ellipsoid(a: f64, b: f64, u: &[[f64; 3]; 3]) -> (f64, [f64; 6]) {
    let m: [[f64; 3]; 3] = std::array::from_fn(|i| {
        std::array::from_fn(|j| 8.0 * PI * PI * u[i][j] + if i == j { b } else { 0.0 })
    });
    let cofactor = |i: usize, j: usize| {
        let [i1, i2, j1, j2] = [(i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3];
        m[i1][j1] * m[i2][j2] - m[i1][j2] * m[i2][j1]
    };
    let determinant: f64 = (0..3).map(|j| m[0][j] * cofactor(0, j)).sum();
    let scale = 4.0 * PI * PI / determinant;
    let rates = [
        scale * cofactor(0, 0),
        scale * cofactor(1, 1),
        scale * cofactor(2, 2),
        2.0 * scale * cofactor(0, 1),
        2.0 * scale * cofactor(0, 2),
        2.0 * scale * cofactor(1, 2),
    ];
    (a * (4.0 * PI).powf(1.5) / determinant.sqrt(), rates)
}

/// Where the density has sunk below the cutoff for good, Å.
fn radius(terms: &[(f64, f64); 6]) -> f64 {
    const STEP: f64 = 0.1;
    const FARTHEST: f64 = 20.0;
    let bound = |r: f64| -> f64 {
        let value = |&(height, rate): &(f64, f64)| height.abs() * (-rate * r * r).exp();
        terms.iter().map(value).sum()
    };
    let steps = (FARTHEST / STEP) as i32;
    let radii = (1..=steps).map(|step| f64::from(step) * STEP);
    radii
        .into_iter()
        .find(|&r| bound(r) < CUTOFF)
        .unwrap_or(FARTHEST)
}
