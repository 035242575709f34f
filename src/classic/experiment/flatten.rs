//! From an experiment to the flat plan that the engines read.

use std::sync::Arc;

use rayon::prelude::*;

use super::{Experiment, SourcePoint};
use crate::vector::apply;
use crate::{
    plan::{
        Crystal, Detector, Orientations, Physics, Plan, Polarization, Source, StructureFactors,
    },
    structure_factors::Amplitudes,
    vector::CellVectors,
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

impl Experiment {
    /// The plan of one image with these structure factors.
    pub fn plan(&self, amplitudes: &Amplitudes) -> Plan {
        let orientations = self.orientations();
        let oversample = self.sampling.oversample as f64;
        let steps = self.sources.points.len() as f64
            * orientations.cells.len() as f64
            * oversample
            * oversample;
        let structure_factors = match amplitudes {
            Amplitudes::Constant(f) => StructureFactors::Constant(*f),
            Amplitudes::Table(table) if self.sampling.interpolate => {
                StructureFactors::Tricubic(Arc::clone(table))
            }
            Amplitudes::Table(table) => StructureFactors::Nearest(Arc::clone(table)),
        };
        Plan {
            detector: self.plan_detector(),
            sources: self.plan_sources(),
            polarization: self.beam.polarization.map(|factor| Polarization {
                factor,
                axis: self.frame.polar,
            }),
            crystal: Crystal {
                shape: self.crystal.shape,
                cells: self.crystal.cells,
                fudge: self.crystal.fudge,
                reciprocal: self.crystal.reciprocal,
            },
            orientations,
            structure_factors,
            dmin_angstrom: self.sampling.dmin_angstrom,
            per_sample: self.sampling.per_sample,
            physics: self.physics,
            background: self.background(),
            has_water: self.beam.water_m != 0.0,
            scale: ELECTRON_RADIUS_SQUARED_M2 * self.beam.fluence / steps,
        }
    }

    /// Intensity of the water, in the unit of F².
    fn background(&self) -> f64 {
        WATER_F.powi(2)
            * ELECTRON_RADIUS_SQUARED_M2
            * self.beam.fluence
            * self.beam.water_m.powi(3)
            * WATER_DENSITY
            * AVOGADRO
            / WATER_MOLECULAR_WEIGHT
    }

    fn plan_detector(&self) -> Detector {
        let detector = &self.detector;
        Detector {
            fast_pixels: detector.fast_pixels,
            slow_pixels: detector.slow_pixels,
            pixel_size_m: detector.pixel_size_m,
            oversample: self.sampling.oversample,
            origin_m: detector.origin_m,
            fast: detector.fast,
            slow: detector.slow,
            normal: detector.normal,
            beam: self.frame.beam,
            distance_m: detector.distance_m,
            close_distance_m: detector.close_distance_m,
            curved: detector.curved,
            point_pixel: detector.point_pixel,
            sensor: detector.sensor,
            region: detector.region,
            mask: detector.mask.as_ref().map(|mask| Arc::clone(&mask.pixels)),
        }
    }

    fn plan_sources(&self) -> Vec<Source> {
        let points = &self.sources.points;
        let mean_weight =
            points.iter().map(|point| point.weight).sum::<f64>() / points.len() as f64;
        let weight = |point: &SourcePoint| match self.physics {
            Physics::Corrected => point.weight / mean_weight,
            Physics::Spec | Physics::CParity => 1.0,
        };
        points
            .iter()
            .map(|point| Source {
                incident: point.incident(),
                wavelength_angstrom: point.wavelength_m * 1e10,
                weight: weight(point),
            })
            .collect()
    }

    /// Every φ step's cell in every mosaic domain.
    fn orientations(&self) -> Orientations {
        let rotations = self.mosaic.rotations();
        let (cells, first_loop) = self
            .goniometer
            .rotated_cells(self.crystal.direct, self.physics);
        let in_domains = |cells: Vec<CellVectors>| -> Arc<Vec<CellVectors>> {
            let oriented = cells.par_iter().flat_map_iter(|cell| {
                rotations
                    .iter()
                    .map(move |rotation| cell.map(|axis| apply(rotation, axis)))
            });
            Arc::new(oriented.collect())
        };
        Orientations {
            phi_steps: self.goniometer.steps.count,
            domains: self.mosaic.domains,
            cells: in_domains(cells),
            first_loop: first_loop.map(in_domains),
        }
    }
}
