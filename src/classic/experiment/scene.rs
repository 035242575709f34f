//! From classic words to the scene that they describe.

use std::sync::Arc;

use super::{ClassicDetector, Experiment, Frame, SourcePoint, Sources};
use crate::{
    classic::options::Physics,
    plan::{Plan, PlanError, Planner},
    scene::{
        self, Background, Beam, Bend, Domain, Mosaic, Panel, Polarization, Sampling, Scene, Source,
        Spectrum, StructureFactors, Weighting,
    },
    structure_factors::Amplitudes,
};

impl Experiment {
    /// The scene with these structure factors. Parts that `before`, an experiment and its scene, has alike are taken from
    /// there.
    pub fn scene(&self, amplitudes: &Amplitudes, before: Option<(&Self, &Scene)>) -> Scene {
        Scene {
            beam: shared(self.scene_beam(), before.map(|(_, scene)| &scene.beam)),
            spectrum: shared(self.spectrum(), before.map(|(_, scene)| &scene.spectrum)),
            detector: shared(
                scene::Detector::of(self.detector.panel(&self.frame)),
                before.map(|(_, scene)| &scene.detector),
            ),
            goniometer: Arc::new(self.goniometer.every_loop(self.physics)),
            crystals: vec![Arc::new(self.scene_crystal(amplitudes, before))],
            background: self.background().into_iter().collect(),
            sampling: self.scene_sampling(),
        }
    }

    /// The plan of the image with these structure factors.
    ///
    /// # Errors
    /// [`PlanError`]
    pub fn plan(&self, amplitudes: &Amplitudes) -> Result<Plan, PlanError> {
        Planner::default().plan(&self.scene(amplitudes, None))
    }

    fn scene_beam(&self) -> Beam {
        Beam {
            direction: self.frame.beam,
            wavelength_angstrom: self.beam.wavelength_angstrom(),
            fluence: self.beam.fluence,
            polarization: self.beam.polarization.map(|factor| Polarization {
                factor,
                axis: self.frame.polar,
            }),
        }
    }

    fn spectrum(&self) -> Spectrum {
        Spectrum {
            sources: self.sources.seen(self.physics),
        }
    }

    fn scene_crystal(
        &self,
        amplitudes: &Amplitudes,
        before: Option<(&Self, &Scene)>,
    ) -> scene::Crystal {
        let crystal = &self.crystal;
        let drawn = before.filter(|(experiment, _)| experiment.mosaic == self.mosaic);
        let mosaic = match drawn {
            Some((_, scene)) => Arc::clone(&scene.crystals[0].mosaic),
            None => Arc::new(Mosaic {
                rotations: self.mosaic.rotations(),
                weights: None,
            }),
        };
        let structure_factors = match amplitudes {
            Amplitudes::Constant(f) => StructureFactors::Constant(*f),
            Amplitudes::Table(table) if self.sampling.interpolate => {
                StructureFactors::Tricubic(Arc::clone(table))
            }
            Amplitudes::Table(table) => StructureFactors::Nearest(Arc::clone(table)),
        };
        scene::Crystal {
            real_space: crystal.real_space,
            reciprocal_space: crystal.reciprocal_space,
            domain: Domain {
                shape: crystal.shape,
                n_cells: crystal.n_cells,
                fudge: crystal.fudge,
            },
            mosaic,
            structure_factors: vec![structure_factors],
            scale: 1.0,
        }
    }

    fn background(&self) -> Option<Background> {
        let edge_m = self.beam.water_m;
        (edge_m != 0.0).then_some(Background::Water { edge_m })
    }

    fn scene_sampling(&self) -> Sampling {
        let per_sample = self.sampling.per_sample;
        Sampling {
            oversample: self.sampling.oversample,
            dmin_angstrom: self.sampling.dmin_angstrom,
            point_pixel: self.detector.point_pixel,
            weighting: match self.physics {
                Physics::Corrected => Weighting::EachTerm,
                _ if per_sample == Default::default() => Weighting::AtTheEnd,
                _ => Weighting::RunningSum(per_sample),
            },
        }
    }
}

impl ClassicDetector {
    /// The one panel of the camera.
    pub(in crate::classic) fn panel(&self, frame: &Frame) -> Panel {
        let detector = self;
        Panel {
            name: String::new(),
            fast_pixels: detector.fast_pixels,
            slow_pixels: detector.slow_pixels,
            pixel_size_m: [detector.pixel_size_m; 2],
            origin_m: detector.origin_m,
            fast: detector.fast,
            slow: detector.slow,
            normal: detector.normal,
            sensor: detector.sensor,
            region: detector.region,
            mask: detector.mask.as_ref().map(|mask| Arc::clone(&mask.pixels)),
            bend: detector.curved.then_some(Bend {
                beam: frame.beam,
                radius_m: detector.distance_m,
            }),
        }
    }
}

impl Sources {
    /// The sources as a reading of the physics weighs them.
    pub(in crate::classic) fn seen(&self, physics: Physics) -> Vec<Source> {
        let points = &self.points;
        let mean_weight =
            points.iter().map(|point| point.weight).sum::<f64>() / points.len() as f64;
        let weight = |point: &SourcePoint| match physics {
            Physics::Corrected => point.weight / mean_weight,
            Physics::Spec | Physics::CParity => 1.0,
        };
        let source = |point: &SourcePoint| Source {
            incident: point.incident(),
            wavelength_angstrom: point.wavelength_m * 1e10,
            weight: weight(point),
        };
        points.iter().map(source).collect()
    }
}

/// The part that is there already, where it is the same.
fn shared<T: PartialEq>(made: T, before: Option<&Arc<T>>) -> Arc<T> {
    match before.filter(|before| ***before == made) {
        Some(before) => Arc::clone(before),
        None => Arc::new(made),
    }
}
