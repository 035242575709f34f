//! The GPU engine keeps to its bargains: the same bytes each time, whatever the slices; smaller adapters; warm runs;
//! clear errors.

use std::{path::Path, sync::Arc, time::Duration};

use nanobragg::{
    classic::{self, Experiment},
    engine::{Engine, EngineError, TablePrecision},
    image::Image,
    internals::{
        gpu::{GpuEngine, GpuError, GpuOptions, LimitCaps},
        measure::agreement,
    },
    plan::{Plan, Planes},
    progress::Progress,
    scene::StructureFactors,
    structure_factors::Table,
};

const TABLE: &str = "-hkl 2erl_P1.hkl -cell 53.91 23.1 23.1 90 110.4 90 -misset 10 20 30 -lambda 1 -N 12 \
                     -distance 80 -detpixels 100 -mosaic 0.3 -mosaic_dom 15";
const MANY: &str = "-default_F 100 -cell 70 80 90 75 85 95 -lambda 1 -N 6 -distance 60 -detpixels 40 -pixel 0.4 \
                    -mosaic 0.5 -mosaic_dom 1300 -oversample 2 -divergence 1 -divsteps 2";

fn plan(args: &str) -> Plan {
    let options = classic::parse(args.split_whitespace()).unwrap();
    let experiment = Experiment::from_options(&options).unwrap();
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/inputs");
    let factors = &options.structure_factors;
    let loaded = classic::load(factors, experiment.physics, &inputs).unwrap();
    experiment.plan(&loaded.amplitudes).unwrap()
}

fn engine(options: GpuOptions) -> GpuEngine {
    GpuEngine::new(options).unwrap_or_else(|error| panic!("{error}"))
}

fn render(options: GpuOptions, plan: &Plan) -> Image {
    engine(options).image(plan).unwrap()
}

#[test]
fn the_same_plan_gives_the_same_bytes_on_any_slices() {
    for args in [TABLE, MANY] {
        let plan = plan(args);
        let once = render(GpuOptions::default(), &plan);
        assert!(once.as_slice().iter().any(|&pixel| pixel > 0.0));
        for slice_time in [Duration::from_micros(1), Duration::from_secs(100)] {
            let options = GpuOptions {
                slice_time,
                ..GpuOptions::default()
            };
            assert_eq!(render(options, &plan), once, "{slice_time:?}");
        }
    }
}

#[test]
fn an_adapter_with_small_limits_renders_the_same_bytes() {
    for args in [TABLE, MANY] {
        let plan = plan(args);
        let options = GpuOptions {
            caps: LimitCaps {
                max_storage_binding: Some(1 << 20),
                max_workgroups: Some(5),
            },
            ..GpuOptions::default()
        };
        assert_eq!(render(options, &plan), render(GpuOptions::default(), &plan));
    }
}

#[test]
fn a_detector_larger_than_a_chunk_of_tiles_streams() {
    let plan = plan(
        "-default_F 100 -cell 100 100 100 90 90 90 -lambda 1 -N 5 -distance 100 -pixel 0.05 -detpixels_x 700 \
         -detpixels_y 500 -oversample 1",
    );
    let options = GpuOptions {
        caps: LimitCaps {
            // 256 tiles of sums, of the 1408 that there are.
            max_storage_binding: Some(1 << 20),
            max_workgroups: None,
        },
        ..GpuOptions::default()
    };
    assert_eq!(render(options, &plan), render(GpuOptions::default(), &plan));
}

#[test]
fn a_table_beyond_the_binding_limit_is_refused_with_a_way_out() {
    let mut plan = plan(TABLE);
    let wide = Table::filled([-50; 3], [49; 3], 3.0);
    plan.crystals[0].structure_factors = vec![StructureFactors::Nearest(wide.into())];
    let options = |table, limit| GpuOptions {
        table,
        caps: LimitCaps {
            max_storage_binding: Some(limit),
            max_workgroups: None,
        },
        ..GpuOptions::default()
    };
    let refused = |table, limit| {
        let error = engine(options(table, limit)).image(&plan).unwrap_err();
        assert!(
            matches!(error, EngineError::Gpu(GpuError::TableTooLarge { .. })),
            "{error}"
        );
        error.to_string()
    };
    // A million values: 4 MB, or 2 MB in halves.
    assert!(refused(TablePrecision::F32, 3 << 20).contains("-table f16"));
    assert!(refused(TablePrecision::F32, 1 << 20).contains("-device cpu"));
    assert!(refused(TablePrecision::F16, 1 << 20).contains("-device cpu"));
    render(options(TablePrecision::F16, 3 << 20), &plan);
}

#[test]
fn half_precision_factors_cost_what_they_say() {
    let plan = plan(TABLE);
    let options = GpuOptions {
        table: TablePrecision::F16,
        ..GpuOptions::default()
    };
    let half = render(options, &plan);
    let single = render(GpuOptions::default(), &plan);
    let error = agreement(half.view(), single.view()).relative_l2.unwrap();
    assert!(error > 1e-6 && error < 1e-3, "{error:e}");
}

#[test]
fn a_warm_engine_gives_what_a_fresh_one_gives() {
    let mut warm = engine(GpuOptions::default());
    let first = "-default_F 100 -cell 70 80 90 75 85 95 -lambda 1 -N 5 -detpixels 64 -pixel 0.3";
    let other_runs = [
        "-distance 100",
        "-distance 100 -misset 5 6 7",
        "-distance 80 -misset 5 6 7 -fluence 1e20",
        "-distance 80 -misset 5 6 7 -round_xtal -mosaic 1 -mosaic_dom 7",
        "-distance 80 -divergence 2 -divsteps 3 -polar 0.9",
        "-distance 80 -roi 3 40 5 50 -detector_roty 10",
        "-distance 100",
    ];
    for run in other_runs {
        let plan = plan(&format!("{first} {run}"));
        let image = warm.image(&plan).unwrap();
        assert_eq!(image, render(GpuOptions::default(), &plan), "{run}");
    }
    let table = plan(TABLE);
    let image = warm.image(&table).unwrap();
    assert_eq!(image, render(GpuOptions::default(), &table));
}

#[test]
fn nothing_outside_the_region_is_rendered() {
    let plan = plan(
        "-default_F 100 -cell 70 80 90 -lambda 1 -N 3 -distance 50 -detpixels 64 -pixel 0.5 -water 10 -roi 5 40 17 50",
    );
    let image = render(GpuOptions::default(), &plan);
    for ((slow, fast), &pixel) in image.view().indexed_iter() {
        let inside = (5..=40).contains(&fast) && (17..=50).contains(&slow);
        assert_eq!(pixel > 0.0, inside, "({slow}, {fast}): {pixel}");
    }
}

#[test]
fn a_stopped_run_says_so_and_counts_its_pixels() {
    let plan = plan(MANY);
    let progress = Progress::default();
    let render = || {
        let mut image = plan.detector.dark_image();
        engine(GpuOptions::default()).render(&plan, &mut Planes::of(&mut image), &progress)
    };
    render().unwrap();
    let (done, total) = progress.position();
    assert_eq!(done, total);
    progress.cancel();
    let stopped = render();
    assert!(matches!(stopped, Err(EngineError::Cancelled)));
}

#[test]
fn a_run_that_is_stopped_in_the_middle_says_so_and_the_next_one_is_right() {
    let options = GpuOptions {
        slice_time: Duration::from_micros(1),
        ..GpuOptions::default()
    };
    let plan = plan(MANY);
    let mut engine = engine(options.clone());
    let progress = Progress::default();
    let mut image = plan.detector.dark_image();
    let stopped = std::thread::scope(|scope| {
        scope.spawn(|| {
            while progress.position().0 == 0 {
                std::thread::yield_now();
            }
            progress.cancel();
        });
        engine.render(&plan, &mut Planes::of(&mut image), &progress)
    });
    assert!(matches!(stopped, Err(EngineError::Cancelled)));
    let (done, total) = progress.position();
    assert!(done > 0 && done < total, "{done} of {total}");
    assert_eq!(engine.image(&plan).unwrap(), render(options, &plan));
}

#[test]
fn an_unknown_adapter_is_refused_with_the_names_that_there_are() {
    let options = GpuOptions {
        adapter: Some("no such card".to_owned()),
        ..GpuOptions::default()
    };
    let message = GpuEngine::new(options).unwrap_err().to_string();
    assert!(message.contains("no such card"), "{message}");
    for adapter in nanobragg::internals::gpu::adapters::summaries() {
        assert!(message.contains(&adapter.name), "{message}");
    }
}

#[test]
fn what_float32_cannot_hold_is_refused() {
    let mut plan = plan("-default_F 1 -cell 70 80 90 -lambda 1 -N 5 -detpixels 16");
    let mut engine = engine(GpuOptions::default());
    let refused = |engine: &mut GpuEngine, plan: &Plan| engine.image(plan).unwrap_err().to_string();
    let cells = plan.crystal().domain.n_cells;
    plan.crystals[0].domain.n_cells = [1e6; 3];
    assert!(refused(&mut engine, &plan).contains("unit cells"));
    plan.crystals[0].domain.n_cells = cells;
    let set_wavelength = |plan: &mut Plan, wavelength_angstrom| {
        let source = &mut Arc::make_mut(&mut plan.spectrum).sources[0];
        source.wavelength_angstrom = wavelength_angstrom;
    };
    set_wavelength(&mut plan, 1e-7);
    assert!(refused(&mut engine, &plan).contains("Miller indices"));
    set_wavelength(&mut plan, 1.0);
    plan.sampling.oversample = 70_000;
    assert!(refused(&mut engine, &plan).contains("sub-pixels"));
}
