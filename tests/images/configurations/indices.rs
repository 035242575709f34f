//! How good the Miller indices of the float32 engines are, on the lines that the property is tried on.

use std::sync::Arc;

use nanobragg::{
    engine::{Engine, Precision, Ray, Record, Sample, SourceRay, Total},
    image::Pixel,
    internals::{
        cpu::{CpuEngine, CpuOptions},
        gpu::{GpuEngine, GpuOptions},
    },
    plan::{Orientations, Plan},
    scene::{Shape, StructureFactors, Weighting},
    vector::norm,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use super::{lines, run};

/// Of an index at the centre of a tile: the rounding of its fraction, and of a sum with it.
const INDEX_ERROR: f64 = 6e-8;
/// Of the step from there in direction, over the step: four roundings of 2⁻²⁴. The test at the end measures both.
const STEP_ERROR: f64 = 2.4e-7;
/// Half the diagonal of the CPU engine's tile of 32 × 4 pixels, the longer one.
const HALF_TILE_PIXELS: f64 = 16.2;

/// Error of the scattering vectors in float32, Å⁻¹: where the index of the shortest axis is off by [`INDEX_ERROR`].
pub fn scattering_error(plan: &Plan) -> f64 {
    let cell = &plan.crystal().orientations.cells[0];
    let shortest = cell
        .iter()
        .map(|axis| norm(*axis))
        .fold(f64::INFINITY, f64::min);
    INDEX_ERROR / shortest + step_error(plan)
}

/// The part of it that comes from the step away from the centre of a tile.
fn step_error(plan: &Plan) -> f64 {
    let wavelengths = plan.sources().iter().map(|s| s.wavelength_angstrom);
    STEP_ERROR * largest_step(plan) / wavelengths.fold(f64::INFINITY, f64::min)
}

/// The largest step from the centre of a tile, over the distance of the point that it leads to.
fn largest_step(plan: &Plan) -> f64 {
    let panel = plan.panel();
    // The pixels of a classic camera are squares.
    let [pixel_m, _] = panel.pixel_size_m;
    let sensor = panel.sensor;
    let step_m = HALF_TILE_PIXELS * pixel_m + sensor.layer_m * (sensor.layers - 1) as f64;
    if let Some(bend) = panel.bend {
        return step_m / bend.radius_m.abs();
    }
    let distance_m = |pixel: Pixel| {
        norm(panel.position_m(pixel.fast as f64 + 0.5, pixel.slow as f64 + 0.5, 0.0))
    };
    let nearest = plan
        .rendered_pixels()
        .map(distance_m)
        .fold(f64::INFINITY, f64::min);
    step_m / (nearest - pixel_m).max(panel.near_distance_m().abs())
}

/// The indices of a pixel's samples, in order.
#[derive(Default)]
struct Indices(Vec<[f64; 3]>);

impl Record for Indices {
    fn ray(&mut self, _: &Ray) {}
    fn source(&mut self, _: &SourceRay) {}
    fn sample(&mut self, sample: &Sample) {
        self.0.push(sample.index);
    }
    fn total(&mut self, _: &Total) {}
}

/// The plan with its geometry alone: one source, one orientation, one sub-pixel; and so few kernels to compile.
fn geometry_of(line: &str) -> Option<Plan> {
    let mut plan = run(line)?.plan;
    Arc::make_mut(&mut plan.spectrum).sources.truncate(1);
    plan.polarization = None;
    let crystal = &mut plan.crystals[0];
    crystal.domain.shape = Shape::Square;
    crystal.structure_factors = vec![StructureFactors::Constant(100.0)];
    crystal.orientations = Arc::new(Orientations {
        phi_steps: 1,
        domains: 1,
        cells: vec![crystal.orientations.cells[0]],
        weights: None,
    });
    plan.sampling.dmin_angstrom = 0.0;
    plan.sampling.weighting = Weighting::AtTheEnd;
    plan.background = 0.0;
    plan.has_water = false;
    plan.sampling.oversample = 1;
    let panel = &mut Arc::make_mut(&mut plan.detector).panels[0];
    panel.sensor.attenuation_per_m = None;
    Some(plan)
}

#[test]
fn indices_in_float32_are_as_good_as_the_bound_takes_them_to_be() {
    let mut runner = TestRunner::deterministic();
    let cpu = |precision| {
        CpuEngine::new(CpuOptions {
            precision,
            ..CpuOptions::default()
        })
    };
    let (mut exact, mut single) = (cpu(Precision::F64), cpu(Precision::F32));
    let mut gpu = GpuEngine::new(GpuOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let mut worst = [(0.0, String::new()), (0.0, String::new())];
    for _ in 0..400 {
        let tree = lines::line().new_tree(&mut runner).expect("a line");
        let line = tree.current().to_string();
        let Some(plan) = geometry_of(&line) else {
            continue;
        };
        let region = plan.panel().region;
        let cell = plan.crystal().orientations.cells[0];
        let step_error = step_error(&plan);
        for [fast, slow] in [
            [region.fast_min, region.slow_min],
            [(region.fast_min + region.fast_max) / 2, region.slow_max],
        ] {
            let pixel = Pixel {
                panel: 0,
                slow,
                fast,
            };
            let engines: [&mut dyn Engine; 3] = [&mut exact, &mut single, &mut gpu];
            let [exact, single, gpu] = engines.map(|engine| {
                let mut indices = Indices::default();
                engine
                    .trace(&plan, pixel, &mut indices)
                    .expect("the pixel is traced");
                indices.0
            });
            assert_eq!(exact.len(), plan.panel().sensor.layers, "{line}");
            for (layer, exact) in exact.iter().enumerate() {
                for axis in 0..3 {
                    let allowed = INDEX_ERROR + norm(cell[axis]) * step_error;
                    for (worst, found) in worst.iter_mut().zip([&single, &gpu]) {
                        let part = (found[layer][axis] - exact[axis]).abs() / allowed;
                        if part > worst.0 {
                            *worst = (part, line.clone());
                        }
                    }
                }
            }
        }
    }
    println!("of the error that is allowed, CPU and GPU: {worst:#?}");
    for (part, line) in worst {
        assert!(part <= 1.0, "{part} of the allowed error: {line}");
    }
}
