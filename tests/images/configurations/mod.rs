//! Whole command lines made at random: every engine renders each of them without a panic or a NaN, and all engines
//! agree within what their precision explains.
//!
//! `NANOBRAGG_CONFIGURATIONS` sets how many are tried (100), `NANOBRAGG_SEED` where the random numbers start: a failure
//! prints the seed and the smallest command line that still fails.

use std::{env, path::Path, sync::Mutex};

use nanobragg::{
    classic::{self, Experiment, Order, RasterOrder},
    engine::{Engine, EngineError, EngineKind, Precision, TablePrecision},
    image::Image,
    internals::{
        cpu::{CpuEngine, CpuOptions},
        gpu::GpuOptions,
    },
    plan::{Plan, Planner},
    structure_factors::Amplitudes,
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, RngSeed, TestRunner},
};

mod bound;
mod degenerate;
mod indices;
mod lines;

use bound::float32_bound;
use lines::{Line, line};

/// A plan, and the rules of raster order that its image follows.
#[derive(Debug, Clone)]
struct Run {
    plan: Plan,
    order: Order,
}

impl Run {
    fn of(experiment: &Experiment, amplitudes: &Amplitudes) -> Self {
        let scene = experiment.scene(amplitudes, None);
        Self {
            plan: Planner::default()
                .plan(&scene)
                .unwrap_or_else(|error| panic!("{error}")),
            order: Order::of(experiment, &scene),
        }
    }
}

/// The run of a line, or nothing for those whose words the experiment refuses.
fn run(line: &str) -> Option<Run> {
    let options = classic::parse(line.split_whitespace()).unwrap_or_else(|error| panic!("{error}"));
    let experiment = match Experiment::from_options(&options) {
        Ok(experiment) => experiment,
        Err(error) => {
            assert!(error.is_usage(), "{line}: {error}");
            return None;
        }
    };
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/inputs");
    let loaded = classic::load(&options.structure_factors, experiment.physics, &inputs);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    Some(Run::of(&experiment, &loaded.amplitudes))
}

struct Engines {
    oracle: RasterOrder,
    lanes: RasterOrder,
    single: RasterOrder,
    gpu: RasterOrder,
    /// The same with structure factors in half precision.
    half: RasterOrder,
    /// How many configurations were tried, rendered, and refused by float32; and the largest part of what is explained that was met.
    tried: usize,
    rendered: usize,
    beyond_float32: usize,
    largest_part: f64,
}

impl Engines {
    fn new() -> Self {
        Self {
            oracle: cpu_engine(CpuOptions {
                scalar: true,
                ..CpuOptions::default()
            }),
            lanes: cpu_engine(CpuOptions::default()),
            single: cpu_engine(CpuOptions {
                precision: Precision::F32,
                ..CpuOptions::default()
            }),
            gpu: gpu_engine(TablePrecision::F32),
            half: gpu_engine(TablePrecision::F16),
            tried: 0,
            rendered: 0,
            beyond_float32: 0,
            largest_part: 0.0,
        }
    }
}

/// An engine whose single pixels are computed as all of them are.
fn cpu_engine(options: CpuOptions) -> RasterOrder {
    let kind = EngineKind::Cpu(options.precision);
    let engine = Box::new(CpuEngine::new(options));
    RasterOrder::new(kind, engine, CpuEngine::new(options))
}

fn gpu_engine(table: TablePrecision) -> RasterOrder {
    let options = GpuOptions {
        table,
        ..GpuOptions::default()
    };
    RasterOrder::open(EngineKind::Gpu, &options).unwrap_or_else(|error| {
        panic!("{error}\nThe tests need an adapter; a software one will do: apt install mesa-vulkan-drivers")
    })
}

fn image(engine: &mut RasterOrder, run: &Run) -> Result<Image, EngineError> {
    engine.order = run.order.clone();
    engine.image(&run.plan)
}

fn rendered(engine: &mut RasterOrder, run: &Run) -> Image {
    image(engine, run).unwrap_or_else(|error| panic!("{error}"))
}

/// Growth of a pixel's sum by the classic formulas beyond which the float32 engines refuse.
const FLOAT32_GROWTH: f64 = 1e12;

/// Of F² whose F is rounded to half precision, to one part in 2¹¹.
const HALF_ROUNDING: f64 = 1.0 / 1024.0;

/// Lines that describe something, of those that are tried. The others have regions off the detector, or detectors that the beam
/// misses.
const LEAST_ACCEPTED: f64 = 0.65;

/// Photons in a pixel that float32 may lose on the way: a factor below 1.2e-38, such as the capture behind 87 attenuation
/// lengths, of a product whose other factors reach 1e18 (F² of 1e4 by the square of 40³ cells).
const LOST: f64 = 1e-20;

/// |a − b| / |b|, where what may be lost in every pixel is no difference.
fn relative_l2(a: &Image, b: &Image) -> f64 {
    let square = |x: f64| x * x;
    let pairs = a.as_slice().iter().zip(b.as_slice());
    let difference: f64 = pairs
        .map(|(a, b)| square(f64::from(*a) - f64::from(*b)))
        .sum();
    let norm: f64 = b.as_slice().iter().map(|b| square(f64::from(*b))).sum();
    let lost = square(LOST) * b.as_slice().len() as f64;
    if difference <= lost {
        return 0.0;
    }
    (difference / norm).sqrt()
}

fn agree(engines: &mut Engines, line: &Line) -> Result<(), TestCaseError> {
    let line = line.to_string();
    engines.tried += 1;
    let Some(run) = run(&line) else {
        return Err(TestCaseError::reject("describes nothing"));
    };
    engines.rendered += 1;
    // An engine keeps the kernels of every kind of run that it has met, here nearly one for each.
    if engines.rendered.is_multiple_of(200) {
        engines.gpu = gpu_engine(TablePrecision::F32);
        engines.half = gpu_engine(TablePrecision::F16);
    }
    let oracle = rendered(&mut engines.oracle, &run);
    let grows = run.plan.running_growth().max(run.plan.sensor_growth()) > FLOAT32_GROWTH;
    prop_assert!(
        grows || oracle.as_slice().iter().all(|v| v.is_finite()),
        "the oracle is not finite"
    );
    let lanes = rendered(&mut engines.lanes, &run);
    let is_same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    prop_assert!(
        lanes.as_slice().iter().zip(oracle.as_slice()).all(is_same),
        "wide lanes differ from single ones"
    );
    engines.beyond_float32 += usize::from(grows);
    let limit = if grows {
        0.0
    } else {
        float32_bound(&mut engines.lanes, &run, &oracle)
    };
    let gpu = match line.contains("-table f16") {
        true => ("GPU, half table", &mut engines.half, HALF_ROUNDING),
        false => ("GPU", &mut engines.gpu, 0.0),
    };
    for (name, engine, rounding) in [("float32 lanes", &mut engines.single, 0.0), gpu] {
        let limit = limit + rounding;
        if grows {
            let refused = image(engine, &run);
            prop_assert!(
                matches!(
                    refused,
                    Err(EngineError::RunningSum { .. } | EngineError::SensorFromBehind { .. })
                ),
                "{name}: not refused"
            );
            continue;
        }
        let image = rendered(engine, &run);
        prop_assert!(
            image.as_slice().iter().all(|v| v.is_finite()),
            "{name}: not finite"
        );
        let error = relative_l2(&image, &oracle);
        engines.largest_part = engines.largest_part.max(error / limit);
        prop_assert!(
            error <= limit,
            "{name}: relative L2 {error:e}, explained {limit:e}"
        );
    }
    Ok(())
}

fn variable(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is not a whole number"))
    })
}

#[test]
fn all_engines_agree_on_random_configurations() {
    let cases = variable("NANOBRAGG_CONFIGURATIONS", 100);
    let seed = variable("NANOBRAGG_SEED", 20_250_101);
    println!("{cases} configurations, NANOBRAGG_SEED={seed}");
    let engines = Mutex::new(Engines::new());
    let mut runner = TestRunner::new(Config {
        cases: u32::try_from(cases).expect("fewer than 2³² configurations"),
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        // Held to LEAST_ACCEPTED below.
        max_global_rejects: u32::MAX,
        ..Config::default()
    });
    let result = runner.run(&line(), |line| {
        agree(
            &mut engines.lock().unwrap_or_else(|e| e.into_inner()),
            &line,
        )
    });
    let engines = engines.into_inner().unwrap_or_else(|e| e.into_inner());
    println!(
        "{} of {} rendered, {} of them refused by float32; at most {:.2} of what is explained",
        engines.rendered, engines.tried, engines.beyond_float32, engines.largest_part
    );
    if let Err(failure) = result {
        panic!("NANOBRAGG_SEED={seed}: {failure}");
    }
    let accepted = engines.rendered as f64 / engines.tried as f64;
    assert!(accepted >= LEAST_ACCEPTED, "{accepted} of the lines");
}
