//! The GPU engine renders all of a scene: panels of every kind, crystals with weights, structure factors by source.

use std::sync::Arc;

use nanobragg::{
    engine::{Engine, Outcome, Ray, Record, Sample, SourceRay, Total},
    image::{Image, Pixel, Region},
    internals::{
        cpu::CpuEngine,
        gpu::{GpuEngine, GpuOptions, LimitCaps},
    },
    plan::{Plan, Planes, Planner},
    progress::Progress,
    scene::{
        Background, Beam, Bend, Crystal, Detector, Domain, Mosaic, Panel, PerSampleFactors,
        Sampling, Scene, Sensor, Shape, Source, Spectrum, StructureFactors, UnitCell, Weighting,
    },
    structure_factors::Table,
    vector::{rotate_about, rotate_xyz},
};

/// A table whose values differ from index to index.
fn table(first: i32, size: i32) -> Arc<Table> {
    let mut table = Table::filled([-size; 3], [size; 3], 3.0);
    for h in -size..=size {
        for k in -size..=size {
            for l in -size..=size {
                let f = ((h * 31 + k * 17 + l * 7 + first).rem_euclid(23) + 5) as f64;
                table.set([h, k, l], f);
            }
        }
    }
    Arc::new(table)
}

fn crystal(shape: Shape, turn: f64, factors: Vec<StructureFactors>) -> Crystal {
    let cell = UnitCell::new([40.0, 50.0, 60.0, 80.0, 95.0, 100.0]).unwrap();
    let mut crystal = Crystal::new(cell, StructureFactors::Constant(1.0));
    crystal.real_space = crystal.real_space.map(|v| rotate_xyz(v, [turn, 0.3, 0.1]));
    crystal.domain = Domain {
        shape,
        n_cells: [6.0, 5.0, 4.0],
        fudge: 1.0,
    };
    crystal.structure_factors = factors;
    crystal
}

/// Panels of three kinds: a tilted one with a mask and without a sensor, two tilted ones of another size with an
/// absorbing sensor of three layers and oblong pixels, of which one has a region, and a bent one.
fn panels() -> Vec<Panel> {
    let mut masked = Panel::facing(37, 50, 3e-4, 0.06);
    let tilt = |panel: &mut Panel, angle: f64| {
        let axis = [0.0, 1.0, 0.0];
        for vector in [
            &mut panel.fast,
            &mut panel.slow,
            &mut panel.normal,
            &mut panel.origin_m,
        ] {
            *vector = rotate_about(*vector, axis, angle);
        }
    };
    let mask = (0..masked.pixels()).map(|i| u8::from(i % 7 != 0 && !(600..1500).contains(&i)));
    masked.mask = Some(Arc::new(mask.collect()));
    tilt(&mut masked, 0.4);
    let mut absorbing = Panel::facing(60, 23, 2e-4, 0.05);
    absorbing.pixel_size_m[1] = 5e-4;
    absorbing.sensor = Sensor {
        layers: 3,
        layer_m: 1e-4,
        attenuation_per_m: Some(3e3),
        grows_from_behind: false,
    };
    let mut windowed = absorbing.clone();
    tilt(&mut absorbing, -0.3);
    tilt(&mut windowed, -1.1);
    windowed.region = Region {
        fast_min: 5,
        fast_max: 40,
        slow_min: 3,
        slow_max: 20,
    };
    let mut bent = Panel::facing(40, 30, 4e-4, 0.07);
    bent.bend = Some(Bend {
        beam: [0.0, 0.0, 1.0],
        radius_m: 0.07,
    });
    vec![masked, absorbing, windowed, bent]
}

fn scene() -> Scene {
    let beam = Beam::of_wavelength(1.0);
    let by_source = [0, 0, 1].map(|number| {
        let tables = [table(1, 20), table(2, 30)];
        StructureFactors::Nearest(Arc::clone(&tables[number]))
    });
    let first = by_source[0].clone();
    let mut one = crystal(
        Shape::Square,
        0.2,
        vec![first.clone(), first, by_source[2].clone()],
    );
    one.mosaic = Arc::new(Mosaic {
        weights: Some(vec![0.5, 1.0, 2.5, 0.25, 1.0]),
        ..Mosaic::cap(0.4, 5, 7)
    });
    let mut two = crystal(Shape::Gauss, 1.2, vec![StructureFactors::Constant(9.0)]);
    two.scale = 0.3;
    two.mosaic = Arc::new(Mosaic::cap(0.2, 130, 3));
    let mut scene = Scene::new(beam, Detector { panels: panels() }, one);
    scene.crystals.push(Arc::new(two));
    let source = |angle: f64, wavelength_angstrom, weight| Source {
        incident: rotate_xyz([0.0, 0.0, 1.0], [angle, 0.0, 0.0]),
        wavelength_angstrom,
        weight,
    };
    scene.spectrum = Arc::new(Spectrum {
        sources: vec![
            source(0.0, 1.0, 0.5),
            source(0.002, 1.01, 2.0),
            source(-0.001, 0.98, 0.5),
        ],
    });
    scene.background = vec![Background::Water { edge_m: 1e-6 }];
    scene.sampling = Sampling {
        oversample: 2,
        dmin_angstrom: 1.3,
        ..Sampling::default()
    };
    scene
}

fn plan(scene: &Scene) -> Plan {
    Planner::default()
        .plan(scene)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn gpu(options: GpuOptions) -> GpuEngine {
    GpuEngine::new(options).unwrap_or_else(|error| panic!("{error}"))
}

/// An image into memory that holds something else before.
fn render(engine: &mut dyn Engine, plan: &Plan) -> (Image, Outcome) {
    let mut image = plan.detector.dark_image();
    image.as_mut_slice().fill(f32::NAN);
    let outcome = engine
        .render(plan, &mut Planes::of(&mut image), &Progress::default())
        .unwrap_or_else(|error| panic!("{error}"));
    (image, outcome)
}

fn relative_l2(found: &Image, exact: &Image) -> f64 {
    let pairs = || found.as_slice().iter().zip(exact.as_slice());
    let square = |value: f64| value * value;
    let difference: f64 = pairs()
        .map(|(&a, &b)| square(f64::from(a) - f64::from(b)))
        .sum();
    let all: f64 = pairs().map(|(_, &b)| square(f64::from(b))).sum();
    assert!(all > 0.0);
    (difference / all).sqrt()
}

/// The scene under every way in which factors meet a sum; running sums know neither crystals nor weights.
fn scenes() -> Vec<(&'static str, Scene)> {
    let each_term = scene();
    let mut at_the_end = scene();
    at_the_end.sampling.weighting = Weighting::AtTheEnd;
    let mut running = scene();
    running.sampling.weighting = Weighting::RunningSum(PerSampleFactors {
        capture: true,
        polarization: true,
        omega: false,
    });
    running.crystals.truncate(1);
    let crystal = Arc::make_mut(&mut running.crystals[0]);
    crystal.structure_factors.truncate(1);
    Arc::make_mut(&mut crystal.mosaic).weights = None;
    for source in &mut Arc::make_mut(&mut running.spectrum).sources {
        source.weight = 1.0;
    }
    vec![
        ("each term", each_term),
        ("at the end", at_the_end),
        ("running", running),
    ]
}

#[test]
fn panels_crystals_weights_and_tables_by_source_are_those_of_the_cpu_engine() {
    let mut engine = gpu(GpuOptions::default());
    for (name, scene) in scenes() {
        let plan = plan(&scene);
        let (found, _) = render(&mut engine, &plan);
        let (exact, _) = render(&mut CpuEngine::default(), &plan);
        let zeros = |image: &Image| image.as_slice().iter().filter(|&&p| p == 0.0).count();
        assert_eq!(zeros(&found), zeros(&exact), "{name}");
        let error = relative_l2(&found, &exact);
        println!("{name}: {error:e}");
        assert!(error < 5e-5, "{name}: {error:e}");
    }
}

#[test]
fn every_panel_is_the_same_alone_bit_for_bit() {
    let mut engine = gpu(GpuOptions::default());
    for (name, scene) in scenes() {
        let (all, _) = render(&mut engine, &plan(&scene));
        for (number, panel) in scene.detector.panels.iter().enumerate() {
            let alone = Scene {
                detector: Arc::new(Detector::of(panel.clone())),
                ..scene.clone()
            };
            let (alone, _) = render(&mut engine, &plan(&alone));
            assert_eq!(alone.view(), all.panel(number), "{name}, panel {number}");
        }
    }
}

#[test]
fn small_slices_and_chunks_give_the_same_bytes() {
    let small = GpuOptions {
        slice_time: std::time::Duration::from_micros(1),
        caps: LimitCaps {
            max_storage_binding: Some(1 << 20),
            max_workgroups: Some(5),
        },
        ..GpuOptions::default()
    };
    let (mut small, mut large) = (gpu(small), gpu(GpuOptions::default()));
    for (name, scene) in scenes() {
        let plan = plan(&scene);
        assert!(
            render(&mut small, &plan).0 == render(&mut large, &plan).0,
            "{name}"
        );
    }
}

#[test]
fn crystals_add_up_in_their_own_scales() {
    let mut engine = gpu(GpuOptions::default());
    let scene = scene();
    let (both, _) = render(&mut engine, &plan(&scene));
    let mut sum = vec![0.0; both.as_slice().len()];
    for (number, crystal) in scene.crystals.iter().enumerate() {
        let alone = Scene {
            crystals: vec![Arc::clone(crystal)],
            background: match number {
                0 => scene.background.clone(),
                _ => Vec::new(),
            },
            ..scene.clone()
        };
        let (alone, _) = render(&mut engine, &plan(&alone));
        for (sum, &pixel) in sum.iter_mut().zip(alone.as_slice()) {
            *sum += pixel;
        }
    }
    let mut added = both.clone();
    added.as_mut_slice().copy_from_slice(&sum);
    let error = relative_l2(&added, &both);
    assert!(error < 1e-6, "{error:e}");
}

#[test]
fn the_first_pixel_beyond_the_table_is_that_of_the_cpu_engine() {
    let mut scene = scene();
    let interpolated = StructureFactors::Tricubic(table(1, 12));
    Arc::make_mut(&mut scene.crystals[0]).structure_factors = vec![interpolated];
    // Interpolation in the first crystal, its end told by the last one.
    let mut engine = gpu(GpuOptions::default());
    for panels in [0..4, 1..4, 1..2] {
        let mut part = scene.clone();
        part.detector = Arc::new(Detector {
            panels: scene.detector.panels[panels].to_vec(),
        });
        let plan = plan(&part);
        let (image, outcome) = render(&mut engine, &plan);
        let (exact, expected) = render(&mut CpuEngine::default(), &plan);
        assert!(
            expected.left_table.is_some(),
            "{}",
            part.detector.panels.len()
        );
        assert_eq!(outcome.left_table, expected.left_table);
        assert!(relative_l2(&image, &exact) < 5e-5);
    }
    scene.crystals.truncate(1);
    let inside = StructureFactors::Tricubic(table(1, 60));
    Arc::make_mut(&mut scene.crystals[0]).structure_factors = vec![inside];
    assert_eq!(render(&mut engine, &plan(&scene)).1.left_table, None);
}

/// Counts what a trace reports.
#[derive(Default)]
struct Counted {
    samples: [usize; 2],
    sources: usize,
    survivors: usize,
    totals: usize,
}

impl Record for Counted {
    fn ray(&mut self, _: &Ray) {}
    fn source(&mut self, source: &SourceRay) {
        self.sources += 1;
        self.survivors += usize::from(source.survives);
    }
    fn sample(&mut self, sample: &Sample) {
        self.samples[sample.crystal] += 1;
    }
    fn total(&mut self, _: &Total) {
        self.totals += 1;
    }
}

#[test]
fn a_traced_pixel_of_any_panel_is_the_rendered_one() {
    let mut engine = gpu(GpuOptions::default());
    for (name, scene) in scenes() {
        let plan = plan(&scene);
        let (image, _) = render(&mut engine, &plan);
        let tiles = engine.counters().tile_bytes;
        for (panel, slow, fast) in [(0, 3, 4), (1, 22, 59), (2, 11, 30), (3, 29, 0), (3, 10, 33)] {
            let pixel = Pixel { panel, slow, fast };
            assert!(plan.renders(pixel));
            let mut counted = Counted::default();
            let value = engine.trace(&plan, pixel, &mut counted).unwrap();
            let rendered = image.panel(panel)[[slow, fast]];
            assert_eq!(value.to_bits(), rendered.to_bits(), "{name}, {pixel:?}");
            assert_eq!(counted.totals, 1);
            let steps = 4 * scene.detector.panels[panel].sensor.layers;
            let crystals = scene.crystals.len();
            assert_eq!(counted.sources, 3 * steps * crystals, "{name}");
            for (number, crystal) in plan.crystals.iter().enumerate() {
                // Every orientation for every ray of every source that the resolution limit lets through.
                let expected = counted.survivors / crystals * crystal.orientations.cells.len();
                assert_eq!(counted.samples[number], expected, "{name}, {pixel:?}");
            }
        }
        // A trace leaves the image's tiles where they are.
        let traced = engine.counters().tile_bytes;
        assert!(traced > tiles);
        render(&mut engine, &plan);
        assert_eq!(engine.counters().tile_bytes, traced);
    }
}
