//! The CPU engine is one engine: in one lane or many, on one thread or many, it gives the same bits.

use std::{path::Path, sync::Arc};

use nanobragg::{
    classic::{Experiment, Order, Prepared, RasterOrder, parse},
    engine::{Engine, EngineError, EngineKind, Precision, Ray, Record, Sample, SourceRay, Total},
    image::{Image, Pixel},
    internals::{
        cpu::{CpuEngine, CpuOptions},
        lanes::Isa,
    },
    plan::{Plan, Planes},
    progress::Progress,
    structure_factors::Amplitudes,
};

use crate::golden_cases::options;

const CELL: &str =
    "-cell 70 80 90 75 85 95 -lambda 1 -distance 60 -pixel 0.3 -detpixels 70 -misset 10 20 30";

/// A plan, and the rules of raster order that its image follows.
#[derive(Debug, Clone)]
struct Run {
    plan: Plan,
    order: Order,
}

/// Runs that between them go through every shape, table, factor and rule.
fn runs() -> Vec<(&'static str, Run)> {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/inputs/2erl_P1.hkl");
    let table = format!("-hkl {}", table.display());
    let words = [
        (
            "square",
            format!("{CELL} -default_F 100 -N 10 -mosaic 0.5 -mosaic_dom 150 -oversample 1"),
        ),
        (
            "round",
            format!(
                "{CELL} -default_F 100 -N 8 -round_xtal -mosaic 0.5 -mosaic_dom 7 -oversample 2"
            ),
        ),
        (
            "gauss",
            format!(
                "{CELL} -default_F 100 -N 8 -gauss_xtal -hdivrange 2 -hdivsteps 3 -oversample 1"
            ),
        ),
        (
            "tophat",
            format!(
                "{CELL} -default_F 100 -N 8 -tophat_spots -oversample 2 -oversample_omega -oversample_polar"
            ),
        ),
        (
            "table",
            format!(
                "{CELL} {table} -N 5 -dispersion 2 -dispsteps 3 -polar 0.9 -oversample 1 -dmin 2.2"
            ),
        ),
        (
            "tricubic",
            format!(
                "{CELL} {table} -N 2 -interpolate -default_F 3 -oversample 1 -Xbeam 2 -Ybeam 2"
            ),
        ),
        (
            "layers",
            format!(
                "{CELL} -default_F 10 -N 5 -detector_abs 300 -detector_thick 500 -thicksteps 3 -oversample_thick -detector_rotx 20 -oversample 1"
            ),
        ),
        (
            "c-parity",
            format!(
                "{CELL} -default_F 10 -N 5 -phi 0 -osc 1 -phisteps 4 -physics c-parity -oversample 1"
            ),
        ),
        (
            "corrected",
            format!(
                "{CELL} {table} -N 2 -interpolate -water 3 -physics corrected -detector_abs 300 -detector_thick 500 -thicksteps 2 -oversample 2"
            ),
        ),
        (
            "curved",
            format!(
                "{CELL} -default_F 10 -N 5 -curved_det -point_pixel -nopolar -roi 3 66 5 61 -oversample 1"
            ),
        ),
    ];
    words.map(|(name, words)| (name, run(&words))).into()
}

fn run(words: &str) -> Run {
    let prepared = Prepared::new(&options(words, Path::new("."))).unwrap();
    Run {
        plan: prepared.plan().unwrap(),
        order: prepared.order,
    }
}

/// An engine whose single pixels are computed as all of them are.
fn engine(options: CpuOptions) -> RasterOrder {
    let kind = EngineKind::Cpu(options.precision);
    let engine = Box::new(CpuEngine::new(options));
    RasterOrder::new(kind, engine, CpuEngine::new(options))
}

fn image(engine: &mut RasterOrder, run: &Run) -> Image {
    engine.order = run.order.clone();
    engine.image(&run.plan).unwrap()
}

fn render(options: CpuOptions, run: &Run) -> Image {
    image(&mut engine(options), run)
}

fn bits(image: &Image) -> Vec<u32> {
    image
        .as_slice()
        .iter()
        .map(|pixel| pixel.to_bits())
        .collect()
}

#[test]
fn every_lane_width_gives_the_bits_of_one_lane() {
    for (name, run) in runs() {
        for isa in Isa::available() {
            for precision in [Precision::F64, Precision::F32] {
                let wide = CpuOptions {
                    precision,
                    isa,
                    scalar: false,
                };
                let one = CpuOptions {
                    scalar: true,
                    ..wide
                };
                assert_eq!(
                    bits(&render(wide, &run)),
                    bits(&render(one, &run)),
                    "{name}, {isa}, {precision:?}"
                );
            }
        }
    }
}

#[test]
fn instruction_sets_without_fused_arithmetic_agree_to_the_last_digits() {
    for (name, run) in runs() {
        let reference = render(CpuOptions::default(), &run);
        let portable = render(
            CpuOptions {
                isa: Isa::Portable,
                ..CpuOptions::default()
            },
            &run,
        );
        let largest = reference
            .as_slice()
            .iter()
            .fold(0f32, |largest, &pixel| largest.max(pixel));
        for (a, b) in portable.as_slice().iter().zip(reference.as_slice()) {
            assert!(
                (a - b).abs() <= 3e-7 * b.abs() + 1e-9 * largest,
                "{name}: {a} {b}"
            );
        }
    }
}

#[test]
fn the_number_of_threads_does_not_show() {
    for (name, run) in runs() {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| bits(&render(CpuOptions::default(), &run)))
        };
        assert_eq!(with(1), with(8), "{name}");
    }
}

#[test]
fn a_warm_engine_renders_what_a_fresh_one_does() {
    let mut warm = engine(CpuOptions::default());
    for (name, run) in runs().into_iter().chain(runs()) {
        let again = image(&mut warm, &run);
        assert_eq!(
            bits(&again),
            bits(&render(CpuOptions::default(), &run)),
            "{name}"
        );
    }
}

#[derive(Default)]
struct Count {
    rays: usize,
    sources: usize,
    samples: usize,
    value: f64,
}

impl Record for Count {
    fn ray(&mut self, _: &Ray) {
        self.rays += 1;
    }
    fn source(&mut self, _: &SourceRay) {
        self.sources += 1;
    }
    fn sample(&mut self, _: &Sample) {
        self.samples += 1;
    }
    fn total(&mut self, total: &Total) {
        self.value = total.value;
    }
}

#[test]
fn a_traced_pixel_is_the_rendered_one() {
    for (name, run) in runs() {
        for precision in [Precision::F64, Precision::F32] {
            let options = CpuOptions {
                precision,
                ..CpuOptions::default()
            };
            let Run { plan, order } = &run;
            let image = render(options, &run);
            let mut engine = engine(options);
            engine.order = order.clone();
            for (slow, fast) in [(5, 3), (5, 4), (30, 41), (61, 66)] {
                let mut count = Count::default();
                let pixel = Pixel {
                    panel: 0,
                    slow,
                    fast,
                };
                let traced = engine.trace(plan, pixel, &mut count).unwrap();
                assert_eq!(
                    traced.to_bits(),
                    image.view()[[slow, fast]].to_bits(),
                    "{name} {precision:?} {slow} {fast}"
                );
                assert_eq!(count.value as f32, traced);
                assert!(count.rays > 0 && count.sources >= count.rays);
                let all = plan.samples_per_pixel(plan.panel());
                assert!(count.samples as u64 <= all);
                assert!(name == "table" || count.samples as u64 == all, "{name}");
            }
        }
    }
}

#[test]
fn float32_lanes_see_the_fringes_of_large_crystals() {
    // Indices of a few tens and a thousand cells: a plain float32 index would be off by parts of a fringe.
    let run = run(
        "-cell 100 100 100 90 90 90 -default_F 100 -N 1000 -lambda 0.5 -distance 500 -pixel 0.05 -detpixels 1024 -oversample 1 -roi 900 1000 900 1000 -misset 1 2 3",
    );
    let exact = render(CpuOptions::default(), &run);
    let single = render(
        CpuOptions {
            precision: Precision::F32,
            ..CpuOptions::default()
        },
        &run,
    );
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let pairs = single.as_slice().iter().zip(exact.as_slice());
    let difference = norm(&mut pairs.map(|(a, b)| f64::from(a - b)));
    let relative = difference / norm(&mut exact.as_slice().iter().map(|&b| f64::from(b)));
    assert!(relative < 5e-4, "{relative:e}");
}

#[test]
fn an_intensity_grows_as_the_sixth_power_of_the_crystal_and_the_square_of_f() {
    let peak = |n: u32, f: u32| {
        let words = format!(
            "-cell 100 100 100 90 90 90 -default_F {f} -N {n} -lambda 1 -distance 100 -detpixels 3 -oversample 1 -pixel 0.0001"
        );
        f64::from(
            render(CpuOptions::default(), &run(&words))
                .as_slice()
                .iter()
                .fold(0f32, |a, &b| a.max(b)),
        )
    };
    for n in [2, 5, 9] {
        let ratio = peak(n, 100) / peak(1, 100);
        assert!(
            (ratio / f64::from(n).powi(6) - 1.0).abs() < 1e-3,
            "N {n}: {ratio}"
        );
    }
    assert!((peak(5, 300) / peak(5, 100) - 9.0).abs() < 1e-5);
}

#[test]
fn identical_steps_change_nothing() {
    let one = run(&format!("{CELL} -default_F 100 -N 6 -phi 3 -oversample 1"));
    let mut two = one.clone();
    let orientations = Arc::make_mut(&mut two.plan.crystals[0].orientations);
    orientations.cells = orientations.cells.repeat(2);
    orientations.phi_steps *= 2;
    two.plan.scale /= 2.0;
    assert_eq!(
        bits(&render(CpuOptions::default(), &one)),
        bits(&render(CpuOptions::default(), &two))
    );
}

#[test]
fn a_run_that_is_stopped_in_the_middle_says_so_and_the_next_one_is_right() {
    for precision in [Precision::F64, Precision::F32] {
        let options = CpuOptions {
            precision,
            ..CpuOptions::default()
        };
        // The second takes hours.
        let [short, long] = ["-mosaic_dom 5", "-mosaic_dom 100000 -oversample 5"].map(|words| {
            let line = format!("{CELL} -detpixels 300 -default_F 100 -N 8 -mosaic 0.5 {words}");
            Experiment::from_options(&parse(line.split_whitespace()).unwrap())
                .unwrap()
                .plan(&Amplitudes::Constant(100.0))
                .unwrap()
        });
        let mut engine = CpuEngine::new(options);
        let expected = CpuEngine::new(options).image(&short).unwrap();
        for plan in [&long, &short] {
            let progress = Progress::default();
            let mut image = plan.detector.dark_image();
            let stopped = std::thread::scope(|scope| {
                scope.spawn(|| {
                    while progress.position().1 == 0 {
                        std::thread::yield_now();
                    }
                    progress.cancel();
                });
                engine.render(plan, &mut Planes::of(&mut image), &progress)
            });
            let (done, total) = progress.position();
            // A short run may be over before it hears of it.
            if done < total {
                assert!(matches!(stopped, Err(EngineError::Cancelled)));
            }
            assert!(
                done < total || std::ptr::eq(plan, &short),
                "{done} of {total}"
            );
            assert_eq!(engine.image(&short).unwrap(), expected, "{precision:?}");
        }
    }
}
