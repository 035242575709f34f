//! From a scene to the plan of its image; what two images share is made once.

use std::sync::Arc;

use rayon::prelude::*;

use super::{Orientations, Plan, PlannedCrystal};
use crate::{
    scene::{Background, Crystal, Goniometer, Mosaic, Scene, Weighting},
    vector::{CellVectors, Matrix, apply},
};

/// Square of the classical electron radius, m².
pub const ELECTRON_RADIUS_SQUARED_M2: f64 = 7.94079248018965e-30;
const AVOGADRO: f64 = 6.02214179e23;
/// Electrons that a water molecule scatters with in the forward direction, as the classic program has it.
const WATER_F: f64 = 2.57;
/// g/mol
const WATER_MOLECULAR_WEIGHT: f64 = 18.0;
/// g/m³
const WATER_DENSITY: f64 = 1e6;

/// Why a scene has no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A part is empty.
    #[error("the scene has no {0}")]
    Empty(&'static str),
    /// Lists that belong together have different lengths.
    #[error("{what}: {count} where {needed} are needed")]
    Count {
        what: &'static str,
        count: usize,
        needed: usize,
    },
    /// The classic running sum knows one crystal and no weights.
    #[error(
        "the classic running sum is that of one crystal whose sources and domains count alike; {0} need another weighting"
    )]
    RunningSum(&'static str),
}

/// Makes plans, and keeps what the next one can use.
#[derive(Debug, Default)]
pub struct Planner {
    kept: Vec<Oriented>,
    orientations_made: u64,
}

/// Orientations and what they were made from.
#[derive(Debug)]
struct Oriented {
    real_space: CellVectors,
    goniometer: Arc<Goniometer>,
    mosaic: Arc<Mosaic>,
    orientations: Arc<Orientations>,
}

impl Planner {
    /// How many lists of orientations have been made.
    pub fn orientations_made(&self) -> u64 {
        self.orientations_made
    }

    /// The plan of a scene's image.
    ///
    /// # Errors
    /// [`PlanError`] for a scene without an image.
    pub fn plan(&mut self, scene: &Scene) -> Result<Plan, PlanError> {
        check(scene)?;
        let kept = std::mem::take(&mut self.kept);
        for crystal in &scene.crystals {
            let entry = self.orient(crystal, &scene.goniometer, &kept);
            self.kept.push(entry);
        }
        let orientations = |number: usize| Arc::clone(&self.kept[number].orientations);
        let first = orientations(0).cells.len() as f64;
        let crystals: Vec<PlannedCrystal> = scene
            .crystals
            .iter()
            .enumerate()
            .map(|(number, crystal)| {
                let orientations = orientations(number);
                PlannedCrystal {
                    domain: crystal.domain,
                    reciprocal_space: crystal.reciprocal_space,
                    weight: crystal.scale * (first / orientations.cells.len() as f64),
                    orientations,
                    structure_factors: crystal.structure_factors.clone(),
                }
            })
            .collect();
        let oversample = scene.sampling.oversample as f64;
        let steps = scene.spectrum.sources.len() as f64 * first * oversample * oversample;
        let fluence = scene.beam.fluence;
        Ok(Plan {
            detector: Arc::clone(&scene.detector),
            sampling: scene.sampling,
            spectrum: Arc::clone(&scene.spectrum),
            polarization: scene.beam.polarization,
            crystals,
            background: scene
                .background
                .iter()
                .map(|background| intensity(*background, fluence))
                .fold(0.0, |sum, one| sum + one),
            has_water: !scene.background.is_empty(),
            scale: ELECTRON_RADIUS_SQUARED_M2 * fluence / steps,
        })
    }

    fn orient(
        &mut self,
        crystal: &Crystal,
        goniometer: &Arc<Goniometer>,
        kept: &[Oriented],
    ) -> Oriented {
        let is_same = |entry: &&Oriented| {
            entry.real_space == crystal.real_space
                && Arc::ptr_eq(&entry.mosaic, &crystal.mosaic)
                && entry.goniometer == *goniometer
        };
        let orientations = match kept.iter().find(is_same) {
            Some(entry) => Arc::clone(&entry.orientations),
            None => {
                self.orientations_made += 1;
                Arc::new(orientations(crystal, goniometer))
            }
        };
        Oriented {
            real_space: crystal.real_space,
            goniometer: Arc::clone(goniometer),
            mosaic: Arc::clone(&crystal.mosaic),
            orientations,
        }
    }
}

/// Refuses what has no image.
fn check(scene: &Scene) -> Result<(), PlanError> {
    for (what, is_empty) in [
        ("crystal", scene.crystals.is_empty()),
        ("source", scene.spectrum.sources.is_empty()),
        ("panel", scene.detector.panels.is_empty()),
        ("step of phi", scene.goniometer.phi_rad.is_empty()),
        ("sub-pixel", scene.sampling.oversample == 0),
    ] {
        if is_empty {
            return Err(PlanError::Empty(what));
        }
    }
    for panel in &scene.detector.panels {
        if panel.sensor.layers == 0 {
            return Err(PlanError::Empty("sensor layer"));
        }
        let (last_fast, last_slow) = (panel.region.fast_max, panel.region.slow_max);
        if last_fast >= panel.fast_pixels || last_slow >= panel.slow_pixels {
            return Err(PlanError::Count {
                what: "pixels of a panel, of which its region reaches beyond",
                count: panel.pixels(),
                needed: (last_fast + 1) * (last_slow + 1),
            });
        }
        if let Some(mask) = panel
            .mask
            .as_ref()
            .filter(|mask| mask.len() != panel.pixels())
        {
            return Err(PlanError::Count {
                what: "pixels of a panel's mask",
                count: mask.len(),
                needed: panel.pixels(),
            });
        }
    }
    let sources = scene.spectrum.sources.len();
    for crystal in &scene.crystals {
        let mosaic = &crystal.mosaic;
        if mosaic.rotations.is_empty() {
            return Err(PlanError::Empty("mosaic domain"));
        }
        let factors = crystal.structure_factors.len();
        let weights = mosaic.weights.as_ref().map(Vec::len);
        for (what, count, needed) in [
            (
                "structure factors of a crystal",
                factors,
                if factors == 1 { 1 } else { sources },
            ),
            (
                "weights of mosaic domains",
                weights.unwrap_or(mosaic.rotations.len()),
                mosaic.rotations.len(),
            ),
        ] {
            if count != needed {
                return Err(PlanError::Count {
                    what,
                    count,
                    needed,
                });
            }
        }
    }
    if !matches!(scene.sampling.weighting, Weighting::RunningSum(_)) {
        return Ok(());
    }
    let weighs = |crystal: &Arc<Crystal>| crystal.mosaic.weights.is_some() || crystal.scale != 1.0;
    let sources = &scene.spectrum.sources;
    for (what, is_so) in [
        ("several crystals", scene.crystals.len() > 1),
        (
            "weights of crystals and domains",
            scene.crystals.iter().any(weighs),
        ),
        (
            "weights of sources",
            sources.iter().any(|source| source.weight != 1.0),
        ),
        (
            "structure factors by source",
            scene.crystals[0].structure_factors.len() > 1,
        ),
    ] {
        if is_so {
            return Err(PlanError::RunningSum(what));
        }
    }
    Ok(())
}

/// Intensity of a background, in the unit of F².
fn intensity(background: Background, fluence: f64) -> f64 {
    let Background::Water { edge_m } = background;
    WATER_F.powi(2)
        * ELECTRON_RADIUS_SQUARED_M2
        * fluence
        * edge_m.powi(3)
        * WATER_DENSITY
        * AVOGADRO
        / WATER_MOLECULAR_WEIGHT
}

/// Every φ step's cell in every mosaic domain.
pub fn oriented_cells(
    cell: CellVectors,
    goniometer: &Goniometer,
    rotations: &[Matrix],
) -> Vec<CellVectors> {
    let steps: Vec<CellVectors> = goniometer.turned(cell).collect();
    steps
        .par_iter()
        .flat_map_iter(|cell| {
            rotations
                .iter()
                .map(move |rotation| cell.map(|axis| apply(rotation, axis)))
        })
        .collect()
}

fn orientations(crystal: &Crystal, goniometer: &Goniometer) -> Orientations {
    let Mosaic { rotations, weights } = &*crystal.mosaic;
    let phi_steps = goniometer.phi_rad.len();
    let weights = weights.as_ref().map(|weights| {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let normalised = weights.iter().map(|weight| weight / mean);
        std::iter::repeat_n(normalised, phi_steps)
            .flatten()
            .collect()
    });
    Orientations {
        phi_steps,
        domains: rotations.len(),
        cells: oriented_cells(crystal.real_space, goniometer, rotations),
        weights,
    }
}
