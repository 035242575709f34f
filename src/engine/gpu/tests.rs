use std::{path::Path, thread};

use super::*;
use crate::{
    classic::{self, Experiment},
    engine::gpu::pass::Step,
    scene::Spectrum,
};

fn plan(args: &str) -> Plan {
    let options = classic::parse(args.split_whitespace()).unwrap();
    let experiment = Experiment::from_options(&options).unwrap();
    let factors = &options.structure_factors;
    let loaded = classic::load(factors, experiment.physics, Path::new("golden/inputs"));
    experiment.plan(&loaded.unwrap().amplitudes).unwrap()
}

fn engine(slice_time: Duration) -> GpuEngine {
    GpuEngine::new(GpuOptions {
        slice_time,
        ..GpuOptions::default()
    })
    .unwrap_or_else(|error| panic!("{error}"))
}

fn render_watched(engine: &mut GpuEngine, plan: &Plan, progress: &Progress) -> Vec<f32> {
    let mut pixels = vec![f32::NAN; plan.detector.pixels()];
    let mut planes = Planes { image: &mut pixels };
    engine.render(plan, &mut planes, progress).unwrap();
    pixels
}

fn render(engine: &mut GpuEngine, plan: &Plan) -> Vec<f32> {
    render_watched(engine, plan, &Progress::default())
}

const ARGS: &str = "-default_F 100 -cell 70 80 90 -lambda 1 -N 5 -distance 50 -detpixels 400 -mosaic 1 -mosaic_dom 20";
const TABLE: &str = "-hkl 2erl_P1.hkl -cell 53.91 23.1 23.1 90 110.4 90 -lambda 1 -N 12 -distance 80 -detpixels 100 \
                     -mosaic 0.3 -mosaic_dom 15 -dispersion 1 -dispsteps 3";

#[test]
fn a_device_lost_between_images_is_opened_again() {
    let plan = plan(ARGS);
    let mut engine = engine(SLICE_TIME);
    let first = render(&mut engine, &plan);
    engine.renderer.gpu.device.destroy();
    assert_eq!(render(&mut engine, &plan), first);
}

#[test]
fn a_device_lost_while_rendering_is_tried_once_more() {
    let plan = plan(ARGS);
    let expected = render(&mut engine(SLICE_TIME), &plan);
    let mut engine = engine(Duration::from_micros(100));
    let device = engine.renderer.gpu.device.clone();
    let progress = Arc::new(Progress::default());
    let watched = Arc::clone(&progress);
    let thief = thread::spawn(move || {
        while watched.position().0 == 0 {
            thread::yield_now();
        }
        device.destroy();
    });
    assert_eq!(render_watched(&mut engine, &plan, &progress), expected);
    thief.join().unwrap();
}

#[test]
fn a_device_lost_twice_is_an_error_that_names_the_adapter() {
    let plan = plan(ARGS);
    let mut engine = engine(SLICE_TIME);
    let job = engine.job(&plan).unwrap();
    let tiling = engine.tiling(&plan);
    let mut pixels = vec![0.0; plan.detector.pixels()];
    let mut target = Target::new(&mut pixels, &tiling, 1.0, false);
    let name = engine.renderer.gpu.name.clone();
    let mut attempts = 0;
    let outcome = outlive_a_loss(
        &mut engine.renderer,
        || open(&engine.options),
        |renderer| {
            attempts += 1;
            renderer.gpu.device.destroy();
            renderer.render(&job, &tiling, &mut target, &mut 0, &Progress::default())
        },
    );
    assert_eq!(attempts, 2);
    let message = outcome.unwrap_err().to_string();
    assert!(
        message.contains(&name) && message.contains("lost"),
        "{message}"
    );
}

#[test]
fn stages_add_up() {
    let mut engine = engine(SLICE_TIME);
    let start = std::time::Instant::now();
    render(&mut engine, &plan(ARGS));
    let elapsed = start.elapsed();
    let times = engine.stage_times();
    assert!(times.slices > 0 && !times.kernels.is_zero());
    assert!(times.compile + times.upload + times.kernels + times.readback <= elapsed);
    if let Some(spots) = times.spots {
        assert!(!spots.is_zero() && spots <= elapsed);
    }
}

#[test]
fn an_image_begins_while_the_one_before_is_on_its_way() {
    let plans = [plan(ARGS), plan(TABLE)];
    let mut engine = engine(Duration::from_secs(100));
    let expected = plans.each_ref().map(|plan| render(&mut engine, plan));
    let mut jobs = plans.each_ref().map(|plan| {
        let tiling = engine.tiling(plan);
        let job = engine.job(plan).unwrap();
        (tiling, job, vec![f32::NAN; plan.detector.pixels()])
    });
    let [first, second] = &mut jobs;
    let mut in_pixels = |(tiling, job, pixels): &mut (Arc<Tiling>, Job, Vec<f32>), steps| {
        let renderer = &mut engine.renderer;
        let mut rendering = renderer.begin(job, tiling, 0).unwrap();
        let mut target = Target::new(pixels, tiling, job.photons(), false);
        // A step neither waits nor needs the step before to have come to anything.
        for _ in 0..steps {
            let step = renderer.step(&mut rendering, &mut target).unwrap();
            assert_eq!(step, Step::Submitted);
        }
        rendering
    };
    // Slices of this length hold a whole image.
    let mut ahead = in_pixels(first, 1);
    let mut behind = in_pixels(second, 1);
    for (rendering, (tiling, job, pixels)) in
        [&mut behind, &mut ahead].into_iter().zip([second, first])
    {
        let mut target = Target::new(pixels, tiling, job.photons(), false);
        engine
            .renderer
            .run(rendering, &mut target, &Progress::default())
            .unwrap();
    }
    assert_eq!(jobs.map(|(_, _, pixels)| pixels), expected);
}

/// What an image asked of the device.
fn asked(engine: &mut GpuEngine, plan: &Plan) -> Counters {
    let before = engine.counters();
    render(engine, plan);
    let after = engine.counters();
    Counters {
        table_bytes: after.table_bytes - before.table_bytes,
        orientation_bytes: after.orientation_bytes - before.orientation_bytes,
        source_bytes: after.source_bytes - before.source_bytes,
        tile_bytes: after.tile_bytes - before.tile_bytes,
        constant_bytes: after.constant_bytes - before.constant_bytes,
        slice_bytes: after.slice_bytes - before.slice_bytes,
        buffers: after.buffers - before.buffers,
        submissions: after.submissions - before.submissions,
    }
}

/// What an image asks for of which only this changed: its slices, and that.
fn only(asked: Counters, uploaded: Counters) {
    let expected = Counters {
        submissions: asked.submissions,
        slice_bytes: asked.submissions * size_of::<layout::Slice>() as u64,
        ..uploaded
    };
    assert_eq!(asked, expected);
}

#[test]
fn an_image_uploads_what_differs_from_the_one_before() {
    let mut plan = plan(TABLE);
    // Slices that hold whole images, so that no buffer has to grow.
    let mut engine = engine(Duration::from_secs(100));
    let first = asked(&mut engine, &plan);
    assert!(first.table_bytes > 0 && first.tile_bytes > 0 && first.constant_bytes > 0);

    only(asked(&mut engine, &plan), Counters::default());

    let mut orientations = (*plan.crystals[0].orientations).clone();
    orientations.cells.reverse();
    plan.crystals[0].orientations = Arc::new(orientations);
    let orientation_bytes = first.orientation_bytes;
    only(
        asked(&mut engine, &plan),
        Counters {
            orientation_bytes,
            ..Counters::default()
        },
    );

    let mut sources = plan.sources().to_vec();
    sources[0].wavelength_angstrom *= 1.001;
    plan.spectrum = Arc::new(Spectrum { sources });
    let source_bytes = first.source_bytes;
    only(
        asked(&mut engine, &plan),
        Counters {
            source_bytes,
            ..Counters::default()
        },
    );

    plan.detector = Arc::new(plan.detector.shifted([1e-3, 0.0, 0.0]));
    let tile_bytes = first.tile_bytes;
    only(
        asked(&mut engine, &plan),
        Counters {
            tile_bytes,
            ..Counters::default()
        },
    );
}

#[test]
fn the_tiles_of_a_large_detector_are_uploaded_once() {
    let mut plan = plan(
        "-default_F 100 -cell 70 80 90 -lambda 1 -N 5 -distance 300 -detpixels 4096 -pixel 0.05 -oversample 1",
    );
    let mut engine = engine(SLICE_TIME);
    let tiles = 256 * 256;
    let bytes = size_of::<layout::Tile>() + size_of::<layout::PaddedLimbs>();
    assert_eq!(asked(&mut engine, &plan).tile_bytes, tiles * bytes as u64);
    let mut orientations = (*plan.crystals[0].orientations).clone();
    orientations.cells[0].swap(0, 1);
    plan.crystals[0].orientations = Arc::new(orientations);
    assert_eq!(asked(&mut engine, &plan).tile_bytes, 0);
}
