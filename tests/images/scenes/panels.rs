//! Panels of one camera, and the memory that they are rendered into.

use std::sync::Arc;

use nanobragg::{
    classic::{Order, RasterOrder},
    engine::{Engine, EngineKind, Ray, Record, Sample, SourceRay, Total},
    image::{Pixel, Region},
    internals::cpu::{CpuEngine, CpuOptions},
    plan::{Plan, Planes},
    progress::Progress,
    scene::{
        Background, Bend, Crystal, Detector, Domain, Panel, PerSampleFactors, Scene, Sensor, Shape,
        StructureFactors, Weighting,
    },
    vector::rotate_xyz,
};

use super::{
    PRECISIONS, TILT, TRICLINIC, crystal, engine, plan, render, scene, table, triclinic,
    with_weighting,
};

fn bits<'a>(pixels: impl IntoIterator<Item = &'a f32>) -> Vec<u32> {
    pixels.into_iter().map(|pixel| pixel.to_bits()).collect()
}

/// Two tilted panels that share nothing: sizes, pixels, sensors, regions, masks; the second one is bent on request.
fn two_panels(is_bent: bool) -> [Panel; 2] {
    let tilt = |mut panel: Panel, angles_rad| {
        for vector in [
            &mut panel.fast,
            &mut panel.slow,
            &mut panel.normal,
            &mut panel.origin_m,
        ] {
            *vector = rotate_xyz(*vector, angles_rad);
        }
        panel
    };
    let first = Panel {
        name: "first".into(),
        pixel_size_m: [0.4e-3, 0.55e-3],
        sensor: Sensor {
            layers: 3,
            layer_m: 150e-6,
            attenuation_per_m: Some(2000.0),
            grows_from_behind: false,
        },
        region: Region {
            fast_min: 2,
            fast_max: 50,
            slow_min: 3,
            slow_max: 40,
        },
        ..Panel::facing(53, 43, 0.4e-3, 0.07)
    };
    let mut second = Panel {
        name: "second".into(),
        // Every third pixel, and whole rows.
        mask: Some(Arc::new(
            (0..36 * 37)
                .map(|at| u8::from(at % 3 != 0 && at / 36 != 9 && at / 36 < 30))
                .collect(),
        )),
        ..Panel::facing(36, 37, 0.6e-3, 0.05)
    };
    if is_bent {
        second.bend = Some(Bend {
            beam: [0.0, 0.0, 1.0],
            radius_m: 0.05,
        });
    }
    [
        tilt(first, [0.3, -0.2, 0.1]),
        tilt(second, [-0.15, 0.25, 0.05]),
    ]
}

/// Scenes of two panels that between them go through every way of weighting, of looking up F and of placing a pixel.
fn scenes_of_two_panels() -> Vec<(String, Scene)> {
    let by_default = || crystal(TRICLINIC, TILT, StructureFactors::Constant(50.0));
    let small = Domain {
        shape: Shape::Round,
        n_cells: [4.0, 5.0, 6.0],
        fudge: 1.2,
    };
    let interpolated = Crystal {
        domain: Domain {
            n_cells: [2.0; 3],
            ..small
        },
        ..crystal(TRICLINIC, TILT, StructureFactors::Tricubic(table(25, 3)))
    };
    let mut found = Vec::new();
    for (name, crystal) in [
        ("constant", by_default()),
        ("nearest", triclinic()),
        ("tricubic", interpolated),
    ] {
        for weighting in [
            Weighting::AtTheEnd,
            Weighting::EachTerm,
            Weighting::RunningSum(PerSampleFactors {
                capture: true,
                polarization: false,
                omega: true,
            }),
        ] {
            for is_bent in [false, true] {
                let mut scene = with_weighting(&scene(crystal.clone()), weighting);
                scene.detector = Arc::new(Detector {
                    panels: two_panels(is_bent).to_vec(),
                });
                scene.sampling.oversample = 2;
                // Elsewhere a pixel beyond the limit has no polarisation, and so no photons.
                if weighting == Weighting::EachTerm {
                    scene.sampling.dmin_angstrom = 2.5;
                }
                scene.background = vec![Background::Water { edge_m: 1e-8 }];
                found.push((format!("{name}, {weighting:?}, bent {is_bent}"), scene));
            }
        }
    }
    found
}

fn panel_alone(scene: &Scene, number: usize) -> Scene {
    Scene {
        detector: Arc::new(Detector::of(scene.detector.panels[number].clone())),
        ..scene.clone()
    }
}

#[test]
fn each_panel_is_rendered_as_if_it_stood_alone() {
    for (name, scene) in scenes_of_two_panels() {
        for precision in PRECISIONS {
            let together = render(precision, &scene);
            assert_eq!(together.panels(), 2);
            for number in 0..2 {
                let panel = &scene.detector.panels[number];
                let alone = render(precision, &panel_alone(&scene, number));
                let what = format!("{name}, {precision:?}, panel {number}");
                assert_eq!(together.panel(number).dim(), alone.view().dim(), "{what}");
                assert_eq!(
                    bits(together.panel(number)),
                    bits(alone.as_slice()),
                    "{what}"
                );
                for ((slow, fast), photons) in alone.view().indexed_iter() {
                    let is_rendered =
                        panel.region.contains(slow, fast) && panel.is_unmasked(slow, fast);
                    assert_eq!(*photons > 0.0, is_rendered, "{what}, {slow} {fast}");
                }
            }
        }
    }
}

#[derive(Default)]
struct Count {
    samples: u64,
    crystals: Vec<usize>,
}

impl Record for Count {
    fn ray(&mut self, _: &Ray) {}
    fn source(&mut self, _: &SourceRay) {}
    fn sample(&mut self, sample: &Sample) {
        self.samples += 1;
        if !self.crystals.contains(&sample.crystal) {
            self.crystals.push(sample.crystal);
        }
    }
    fn total(&mut self, _: &Total) {}
}

#[test]
fn a_pixel_of_any_panel_is_traced_as_it_is_rendered() {
    for (name, mut scene) in scenes_of_two_panels() {
        scene.sampling.dmin_angstrom = 0.0;
        if !scene.sampling.weighting.is_running() {
            let other = crystal(TRICLINIC, [0.0; 3], StructureFactors::Constant(30.0));
            scene.crystals.push(Arc::new(other));
        }
        let plan = plan(&scene);
        for precision in PRECISIONS {
            let mut engine = engine(precision);
            let image = engine.image(&plan).unwrap();
            for (panel, slow, fast) in [(0, 3, 2), (0, 20, 33), (1, 2, 4), (1, 29, 35)] {
                let pixel = Pixel { panel, slow, fast };
                assert!(plan.renders(pixel), "{pixel:?}");
                let mut count = Count::default();
                let traced = engine.trace(&plan, pixel, &mut count).unwrap();
                let rendered = image.as_slice()[plan.detector.position_of(pixel)];
                assert_eq!(traced.to_bits(), rendered.to_bits(), "{name}, {pixel:?}");
                let samples = plan.samples_per_pixel(&plan.detector.panels[panel]);
                assert_eq!(count.samples, samples, "{name}, {pixel:?}");
                let crystals: Vec<usize> = (0..scene.crystals.len()).collect();
                assert_eq!(count.crystals, crystals, "{name}");
                assert_eq!(
                    plan.detector.pixel_at(plan.detector.position_of(pixel)),
                    pixel
                );
            }
            // A pixel that the scene leaves out is computed as if it were alone.
            let masked = Pixel {
                panel: 1,
                slow: 9,
                fast: 4,
            };
            assert!(!plan.renders(masked));
            let value = engine.trace(&plan, masked, &mut Count::default()).unwrap();
            let (alone, at) = plan.of_pixel(masked);
            let image = engine.image(&alone).unwrap();
            assert!(value > 0.0);
            assert_eq!(
                value.to_bits(),
                image.as_slice()[alone.detector.position_of(at)].to_bits()
            );
        }
    }
}

/// Renders into memory that held no numbers.
fn over_nan(engine: &mut dyn Engine, plan: &Plan) -> (Vec<f32>, Option<Pixel>) {
    let mut pixels = vec![f32::NAN; plan.detector.pixels()];
    let mut planes = Planes { image: &mut pixels };
    let outcome = engine
        .render(plan, &mut planes, &Progress::default())
        .unwrap();
    (pixels, outcome.left_table)
}

#[test]
fn pixels_that_are_not_rendered_are_zero_whatever_the_memory_held() {
    for (name, scene) in scenes_of_two_panels() {
        let plan = plan(&scene);
        for precision in PRECISIONS {
            let mut engine = engine(precision);
            let image = engine.image(&plan).unwrap();
            let (pixels, _) = over_nan(&mut engine, &plan);
            assert_eq!(
                bits(&pixels),
                bits(image.as_slice()),
                "{name}, {precision:?}"
            );
            for (position, photons) in pixels.iter().enumerate() {
                let pixel = plan.detector.pixel_at(position);
                let is_dark = !plan.renders(pixel);
                assert_eq!(photons.to_bits() == 0, is_dark, "{name}, {pixel:?}");
            }
        }
    }
    // On one panel every engine can be asked, by the rules of raster order too.
    let interpolated = scenes_of_two_panels()
        .into_iter()
        .find(|(name, _)| name.starts_with("tricubic, AtTheEnd, bent false"));
    let (_, scene) = interpolated.expect("a scene that interpolates");
    for number in 0..2 {
        let plan = plan(&panel_alone(&scene, number));
        for kind in EngineKind::ALL {
            let mut engine = RasterOrder::open(kind, &Default::default()).unwrap();
            engine.order = Order {
                first_loop: None,
                run_out_is_final: true,
            };
            let (pixels, left) = over_nan(&mut engine, &plan);
            assert!(left.is_some(), "the table is never left");
            for (position, photons) in pixels.iter().enumerate() {
                let pixel = plan.detector.pixel_at(position);
                let is_dark = !plan.renders(pixel);
                assert_eq!(photons.to_bits() == 0, is_dark, "{kind}, {pixel:?}");
                assert!(photons.is_finite(), "{kind}, {pixel:?}");
            }
        }
    }
}

#[test]
#[should_panic(expected = "has to have the detector's pixels")]
fn memory_of_another_size_is_refused() {
    let plan = plan(&scene(triclinic()));
    let mut pixels = vec![0.0; plan.detector.pixels() - 1];
    let mut planes = Planes { image: &mut pixels };
    let _ = CpuEngine::default().render(&plan, &mut planes, &Progress::default());
}

#[test]
fn the_first_pixel_whose_interpolation_leaves_the_table_is_that_of_the_first_panel() {
    let (_, mut scene) = scenes_of_two_panels()
        .into_iter()
        .find(|(name, _)| name.starts_with("tricubic, AtTheEnd, bent false"))
        .expect("a scene that interpolates");
    scene.sampling.dmin_angstrom = 0.0;
    for precision in PRECISIONS {
        let mut engine = engine(precision);
        let left = |engine: &mut CpuEngine, scene: &Scene| over_nan(engine, &plan(scene)).1;
        let [first, second] = [0, 1].map(|number| left(&mut engine, &panel_alone(&scene, number)));
        let (first, second) = (first.expect("left"), second.expect("left"));
        assert_eq!(left(&mut engine, &scene), Some(first));
        // Without the first panel's pixels it is the second one's.
        let mut masked = scene.clone();
        let panel = &mut Arc::make_mut(&mut masked.detector).panels[0];
        panel.mask = Some(Arc::new(vec![0; panel.pixels()]));
        assert_eq!(
            left(&mut engine, &masked),
            Some(Pixel { panel: 1, ..second })
        );

        // Where a run-out is final, panels after it are not interpolated.
        let cpu = CpuOptions {
            precision,
            ..CpuOptions::default()
        };
        let mut ordered = RasterOrder::new(
            EngineKind::Cpu(precision),
            Box::new(CpuEngine::new(cpu)),
            CpuEngine::new(cpu),
        );
        ordered.order.run_out_is_final = true;
        let together = ordered.image(&plan(&scene)).unwrap();
        let alone = ordered.image(&plan(&panel_alone(&scene, 0))).unwrap();
        let nearest = plan(&panel_alone(&scene, 1)).without_interpolation();
        let nearest = engine.image(&nearest).unwrap();
        for (number, expected) in [&alone, &nearest].into_iter().enumerate() {
            assert_eq!(
                bits(together.panel(number)),
                bits(expected.as_slice()),
                "{precision:?}, panel {number}"
            );
        }
    }
}
