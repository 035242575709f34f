//! Whole command lines made at random: every engine renders each of them without a panic or a NaN, and all engines
//! agree within what their precision explains.
//!
//! `NANOBRAGG_CONFIGURATIONS` sets how many are tried (100), `NANOBRAGG_SEED` where the random numbers start: a failure
//! prints the seed and the smallest command line that still fails.

use std::{
    env, fmt,
    path::Path,
    sync::{Arc, Mutex},
};

use nanobragg::{
    cli,
    engine::{
        self, Engine,
        cpu::{CpuEngine, CpuOptions},
    },
    experiment::Experiment,
    image::Image,
    measure::{Agreement, agreement},
    options::{Device, Precision, RunOptions},
    plan::{CellVectors, Plan},
    progress::Progress,
    structure_factors,
};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, RngSeed, TestRunner},
};

/// A command line in parts, so that shrinking leaves parts out and a failure reads as what was typed.
#[derive(Debug, Clone)]
struct Line(Vec<String>);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

type Part = BoxedStrategy<String>;

/// Nothing, or the part: shrinks to nothing.
fn maybe(part: impl Strategy<Value = String> + 'static) -> Part {
    prop_oneof![Just(String::new()), part].boxed()
}

fn number(option: &'static str, range: std::ops::Range<f64>) -> Part {
    range.prop_map(move |x| format!("-{option} {x:.4}")).boxed()
}

fn one_of(words: &'static [&'static str]) -> Part {
    select(words).prop_map(str::to_owned).boxed()
}

/// Cells that close, with room to spare: flat ones have a test of their own.
fn cell() -> Part {
    let angle = || 70.0..110.0_f64;
    (
        [8.0..300.0_f64, 8.0..300.0, 8.0..300.0],
        [angle(), angle(), angle()],
    )
        .prop_map(|([a, b, c], [al, be, ga])| {
            format!("-cell {a:.2} {b:.2} {c:.2} {al:.2} {be:.2} {ga:.2}")
        })
        .boxed()
}

fn cells() -> Part {
    [1..40_i64, 1..40, 1..40]
        .prop_map(|[a, b, c]| format!("-Na {a} -Nb {b} -Nc {c}"))
        .boxed()
}

fn vector(option: &'static str, range: std::ops::Range<f64>) -> Part {
    [range.clone(), range.clone(), range]
        .prop_map(move |[x, y, z]| format!("-{option} {x:.3} {y:.3} {z:.3}"))
        .boxed()
}

fn parts() -> Vec<Part> {
    vec![
        cell(),
        cells(),
        one_of(&[
            "-default_F 100",
            "-hkl 2erl_P1.hkl",
            "-hkl 2erl_P1.hkl -default_F 50",
        ]),
        (1..40_i64, 1..40_i64)
            .prop_map(|(f, s)| format!("-detpixels_f {f} -detpixels_s {s}"))
            .boxed(),
        number("pixel", 0.05..2.0),
        one_of(&["-oversample 1", "-oversample 2", "-oversample 3"]),
        maybe(number("distance", 20.0..500.0)),
        maybe(number("lambda", 0.3..6.0)),
        maybe(vector("misset", -180.0..180.0)),
        maybe(one_of(&["-mosflm", "-xds", "-denzo", "-adxv", "-dials"])),
        maybe(one_of(&["-round_xtal", "-gauss_xtal", "-tophat_spots"])),
        maybe(one_of(&["-physics corrected", "-physics c-parity"])),
        maybe(number("detector_rotx", -60.0..60.0)),
        maybe(number("detector_roty", -60.0..60.0)),
        maybe(number("detector_rotz", -180.0..180.0)),
        maybe(number("twotheta", -90.0..90.0)),
        maybe(one_of(&["-pivot beam", "-pivot sample"])),
        maybe(number("Xbeam", -20.0..40.0)),
        maybe(number("Ybeam", -20.0..40.0)),
        // Not both a point pixel and -oversample_omega: the classic running product multiplies 1/R² in m⁻² once a sample
        // and leaves the range of float32.
        maybe(one_of(&[
            "-curved_det",
            "-point_pixel",
            "-oversample_omega",
            "-curved_det -oversample_omega",
        ])),
        maybe(
            (10.0..900.0_f64, 20.0..900.0_f64, 1..6_i64).prop_map(|(t, a, n)| {
                format!("-detector_thick {t:.1} -detector_abs {a:.1} -thicksteps {n}")
            }),
        ),
        maybe(
            (0.01..2.0_f64, 1..8_i64, 1..1000_i64).prop_map(|(m, n, seed)| {
                format!("-mosaic {m:.3} -mosaic_dom {n} -mosaic_seed {seed}")
            }),
        ),
        maybe(
            (-30.0..30.0_f64, 0.1..90.0_f64, 1..5_i64)
                .prop_map(|(phi, osc, n)| format!("-phi {phi:.2} -osc {osc:.2} -phisteps {n}")),
        ),
        maybe(
            (0.1..20.0_f64, 1..4_i64)
                .prop_map(|(d, n)| format!("-divergence {d:.2} -divsteps {n}")),
        ),
        maybe(
            (0.1..5.0_f64, 1..4_i64)
                .prop_map(|(d, n)| format!("-dispersion {d:.2} -dispsteps {n}")),
        ),
        maybe(prop_oneof![
            Just("-nopolar".to_owned()),
            number("polar", -1.0..1.0)
        ]),
        maybe(number("water", 0.0..50.0)),
        maybe(number("dmin", 0.5..5.0)),
        maybe(one_of(&["-interpolate", "-nointerpolate"])),
        maybe(one_of(&["-oversample_polar", "-oversample_thick"])),
        maybe([0..40_i64, 0..40, 0..40, 0..40].prop_map(|[a, b, c, d]| {
            format!("-roi {} {} {} {}", a.min(b), a.max(b), c.min(d), c.max(d))
        })),
    ]
}

fn line() -> impl Strategy<Value = Line> {
    parts().prop_map(|parts| Line(parts.into_iter().filter(|p| !p.is_empty()).collect()))
}

/// The plan of a line, or nothing for those that the experiment refuses.
fn plan(line: &str) -> Option<Plan> {
    let options = cli::parse(line.split_whitespace()).unwrap_or_else(|error| panic!("{error}"));
    let experiment = Experiment::from_options(&options).ok()?;
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/inputs");
    let loaded = structure_factors::load(&options.structure_factors, experiment.physics, &inputs);
    Some(experiment.plan(&loaded.unwrap_or_else(|error| panic!("{error}")).amplitudes))
}

struct Engines {
    oracle: CpuEngine,
    lanes: CpuEngine,
    single: CpuEngine,
    gpu: Box<dyn Engine>,
}

impl Engines {
    fn new() -> Self {
        let run = RunOptions {
            device: Device::Gpu,
            ..RunOptions::default()
        };
        Self {
            oracle: CpuEngine::new(CpuOptions {
                scalar: true,
                ..CpuOptions::default()
            }),
            lanes: CpuEngine::default(),
            single: CpuEngine::new(CpuOptions {
                precision: Precision::F32,
                ..CpuOptions::default()
            }),
            gpu: engine::for_run(&run).unwrap_or_else(|error| {
                panic!("{error}\nThe tests need an adapter; a software one will do: apt install mesa-vulkan-drivers")
            }),
        }
    }
}

fn rendered(engine: &mut dyn Engine, plan: &Plan) -> Image {
    engine
        .render(plan, &Progress::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// What float32 explains, relative to the whole image `oracle` of `plan`.
///
/// Float32 has 24 bits, so that a factor costs about 1e-7, and some tens of factors 5e-6. Both float32 engines take exact
/// Miller indices at the centre of a tile and float32 steps from there, good to a few 1e-7 and to 2⁻²³ of the step. A
/// fringe of N cells turns an error of the index into πN times it, and an intensity follows with twice that along each
/// axis. Where few pixels stand near a zero of the fringes, even that is little: what the oracle itself makes of a cell
/// that moves the outermost index by as much is added, four times, because errors of the three axes need not have the
/// sign of the perturbation.
fn float32_bound(oracle_engine: &mut CpuEngine, plan: &Plan, oracle: &Image) -> f64 {
    const ROUNDING: f64 = 5e-6;
    const INDEX_ERROR: f64 = 5e-7;
    const STEP_ERROR: f64 = 1.2e-7;
    const HALF_TILE_PIXELS: f64 = 16.0;
    let axis_length = |axis: &[f64; 3]| axis.iter().map(|x| x * x).sum::<f64>().sqrt();
    let longest = plan.orientations.cells[0]
        .iter()
        .map(axis_length)
        .fold(0.0, f64::max);
    let shortest_wave = plan
        .sources
        .iter()
        .map(|s| s.wavelength_angstrom)
        .fold(f64::INFINITY, f64::min);
    let outermost_index = (2.0 * longest / shortest_wave).max(1.0);
    let detector = &plan.detector;
    let half_tile =
        (HALF_TILE_PIXELS * detector.pixel_size_m / detector.close_distance_m.abs()).min(2.0);
    let index_error = INDEX_ERROR + STEP_ERROR * half_tile * longest / shortest_wave;
    let largest = plan.crystal.cells.iter().copied().fold(1.0, f64::max);
    let sensitivity = [1.0, -1.0].map(|sign| {
        let factor = 1.0 + sign * index_error / outermost_index;
        let mut moved = plan.clone();
        let scaled = |cells: &[CellVectors]| {
            cells
                .iter()
                .map(|cell| cell.map(|axis| axis.map(|x| x * factor)))
                .collect()
        };
        moved.orientations.cells = Arc::new(scaled(&plan.orientations.cells));
        moved.orientations.first_loop = plan
            .orientations
            .first_loop
            .as_ref()
            .map(|cells| Arc::new(scaled(cells)));
        let image = rendered(oracle_engine, &moved);
        relative_l2(&agreement(image.view(), oracle.view()))
    });
    let phase = std::f64::consts::PI * largest * index_error;
    ROUNDING + 6.0 * phase + 4.0 * sensitivity[0].max(sensitivity[1])
}

fn relative_l2(found: &Agreement) -> f64 {
    found.relative_l2.unwrap_or(f64::INFINITY)
}

fn agree(engines: &mut Engines, line: &Line) -> Result<(), TestCaseError> {
    let Some(plan) = plan(&line.to_string()) else {
        return Ok(());
    };
    let oracle = rendered(&mut engines.oracle, &plan);
    prop_assert!(
        oracle.as_slice().iter().all(|v| v.is_finite()),
        "the oracle is not finite"
    );
    let lanes = rendered(&mut engines.lanes, &plan);
    prop_assert!(
        agreement(lanes.view(), oracle.view()).is_exact(),
        "wide lanes differ from single ones"
    );
    let limit = float32_bound(&mut engines.oracle, &plan, &oracle);
    let others: [(&str, &mut dyn Engine); 2] = [
        ("float32 lanes", &mut engines.single),
        ("GPU", engines.gpu.as_mut()),
    ];
    for (name, engine) in others {
        let image = rendered(engine, &plan);
        prop_assert!(
            image.as_slice().iter().all(|v| v.is_finite()),
            "{name}: not finite"
        );
        let error = relative_l2(&agreement(image.view(), oracle.view()));
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
        ..Config::default()
    });
    let result = runner.run(&line(), |line| {
        agree(
            &mut engines.lock().unwrap_or_else(|e| e.into_inner()),
            &line,
        )
    });
    if let Err(failure) = result {
        panic!("NANOBRAGG_SEED={seed}: {failure}");
    }
}

/// What becomes of a degenerate line.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// Finite pixels, some above 0, the same on all engines.
    Image,
    /// Finite pixels, all 0.
    Dark,
    /// Refused, the message naming this option.
    Refused(&'static str),
}

#[test]
fn degenerate_inputs_give_an_image_or_a_reason() {
    let line = "-default_F 100 -oversample 1 -detpixels 16 -pixel 0.5";
    let mut engines = Engines::new();
    for (words, expected) in [
        ("-cell 50 60 70 60 60 119.9 -N 5", Outcome::Image),
        ("-cell 50 60 70 60 60 120.1 -N 5", Outcome::Refused("-cell")),
        ("-cell 50 60 70 0 90 90 -N 5", Outcome::Refused("-cell")),
        ("-cell 100 -N 100000", Outcome::Image),
        ("-cell 100 -N 5 -lambda 1e-3", Outcome::Image),
        ("-cell 100 -N 5 -lambda 100", Outcome::Image),
        ("-cell 100 -N 5 -distance 1", Outcome::Image),
        ("-cell 100 -N 5 -distance 100000", Outcome::Image),
        ("-cell 100 -N 5 -detpixels 1", Outcome::Image),
        (
            "-cell 100 -N 5 -detpixels 0",
            Outcome::Refused("-detpixels"),
        ),
        (
            "-cell 100 -N 5 -distance 100 -twotheta 90 -pivot sample",
            Outcome::Image,
        ),
        (
            "-cell 100 -N 5 -distance 100 -twotheta 180 -pivot sample",
            Outcome::Image,
        ),
        (
            "-cell 100 -N 5 -detector_roty 90",
            Outcome::Refused("-detector_roty"),
        ),
        ("-cell 100 -N 5 -phi 0 -osc 360 -phisteps 1", Outcome::Image),
        (
            "-cell 100 -N 3 -detpixels 2 -mosaic 1 -mosaic_dom 100000",
            Outcome::Image,
        ),
        (
            "-cell 100 -N 5 -detpixels 1 -pixel 0.5 -Xbeam 0.25 -Ybeam 0.25 -denzo",
            Outcome::Image,
        ),
        ("-cell 100 -N 5 -dmin 1000", Outcome::Dark),
    ] {
        let line = format!("{line} {words}");
        let options = cli::parse(line.split_whitespace()).unwrap_or_else(|e| panic!("{line}: {e}"));
        let experiment = match Experiment::from_options(&options) {
            Ok(experiment) => experiment,
            Err(error) => {
                let Outcome::Refused(option) = expected else {
                    panic!("{line}: {error}");
                };
                assert!(
                    error.is_usage() && error.to_string().contains(option),
                    "{line}: {error}"
                );
                continue;
            }
        };
        assert!(
            !matches!(expected, Outcome::Refused(_)),
            "{line} is not refused"
        );
        let plan = experiment.plan(&structure_factors::Amplitudes::Constant(100.0));
        let image = rendered(&mut engines.oracle, &plan);
        assert!(
            image.as_slice().iter().all(|v| v.is_finite()),
            "{line}: not finite"
        );
        let is_lit = image.as_slice().iter().any(|v| *v != 0.0);
        assert_eq!(is_lit, expected == Outcome::Image, "{line}");
        let result = agree(&mut engines, &Line(vec![line.clone()]));
        assert!(result.is_ok(), "{line}: {result:?}");
    }
}

#[test]
fn a_million_cells_along_each_edge_are_for_the_cpu_and_the_gpu_says_so() {
    let plan = plan("-default_F 100 -oversample 1 -detpixels 16 -pixel 0.5 -cell 100 -N 1000000")
        .expect("the line is accepted");
    let mut engines = Engines::new();
    let image = rendered(&mut engines.oracle, &plan);
    assert!(image.as_slice().iter().all(|v| v.is_finite()));
    let error = engines
        .gpu
        .render(&plan, &Progress::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("-device cpu"), "{error}");
}
