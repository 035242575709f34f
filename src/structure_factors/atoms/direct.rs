//! Structure factors as the sum over all atoms: exact, and slow for large cells.

use std::f64::consts::{PI, TAU};

use rayon::prelude::*;
use rustfft::num_complex::Complex64;

use super::{
    cell_axes::{CellAxes, multiply, turned},
    model::{Displacement, Scatterer},
};
use crate::structure_factors::symmetry::{Operator, SpaceGroup, TRANSLATION_UNIT};

/// F(h) = Σ occ · f(s) · T(h) · exp(2πi h·x) over the atoms of the cell, electrons.
pub fn sum(
    scatterers: &[Scatterer],
    axes: &CellAxes,
    group: &SpaceGroup,
    reflections: &[[i32; 3]],
) -> Vec<Complex64> {
    let kinds = Kinds::of(scatterers);
    let tensors: Vec<Option<[[f64; 3]; 3]>> = scatterers
        .iter()
        .map(|scatterer| match scatterer.displacement {
            Displacement::Isotropic(_) => None,
            Displacement::Anisotropic(_) => Some(with_reciprocal_axes(scatterer, axes)),
        })
        .collect();
    reflections
        .par_iter()
        .map(|&hkl| {
            let s_squared = axes.s_squared(hkl);
            let factors: Vec<f64> = kinds.factors.iter().map(|f| f.at(s_squared)).collect();
            let heights: Vec<f64> = scatterers
                .iter()
                .zip(&kinds.of_scatterer)
                .map(|(scatterer, &kind)| {
                    let spread = match scatterer.displacement {
                        Displacement::Isotropic(b) => (-b * s_squared).exp(),
                        Displacement::Anisotropic(_) => 1.0,
                    };
                    scatterer.weight * factors[kind] * spread
                })
                .collect();
            let images = group
                .operators
                .iter()
                .map(|operator| image_sum(operator, hkl, scatterers, &heights, &tensors));
            images.sum()
        })
        .collect()
}

/// The part of one symmetry operator: every atom as seen by h·R, with the phase of h·t.
fn image_sum(
    operator: &Operator,
    hkl: [i32; 3],
    scatterers: &[Scatterer],
    heights: &[f64],
    tensors: &[Option<[[f64; 3]; 3]>],
) -> Complex64 {
    let [h, k, l] = operator.on_reflection(hkl).map(f64::from);
    let shift = f64::from(operator.phase_of(hkl)) / f64::from(TRANSLATION_UNIT);
    let mut total = Complex64::ZERO;
    for ((scatterer, &height), tensor) in scatterers.iter().zip(heights).zip(tensors) {
        let [x, y, z] = scatterer.position;
        let (sin, cos) = (TAU * (h * x + k * y + l * z + shift)).sin_cos();
        let spread = tensor.as_ref().map_or(1.0, |u| {
            let [uh, uk, ul] = multiply(u, [h, k, l]);
            (-2.0 * PI * PI * (h * uh + k * uk + l * ul)).exp()
        });
        total += Complex64::new(cos, sin) * (height * spread);
    }
    total
}

/// The tensor that h·U·h is taken with when h is in indices.
fn with_reciprocal_axes(scatterer: &Scatterer, axes: &CellAxes) -> [[f64; 3]; 3] {
    turned(&axes.fractionalization, &scatterer.displacement.u_matrix())
}

/// The distinct scattering factors, so that each is worked out once a reflection.
struct Kinds {
    factors: Vec<super::scattering_factors::ScatteringFactor>,
    of_scatterer: Vec<usize>,
}

impl Kinds {
    fn of(scatterers: &[Scatterer]) -> Self {
        let mut kinds = Self {
            factors: Vec::new(),
            of_scatterer: Vec::new(),
        };
        for scatterer in scatterers {
            let found = kinds.factors.iter().position(|f| *f == scatterer.factor);
            kinds
                .of_scatterer
                .push(found.unwrap_or(kinds.factors.len()));
            if found.is_none() {
                kinds.factors.push(scatterer.factor);
            }
        }
        kinds
    }
}
