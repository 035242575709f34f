//! AT-PERF: what speed and memory rest on. Times are measured by `nanobragg bench` and never asserted; what makes them
//! possible is.

use std::{fs, process::Command};

use nanobragg::{
    classic::{Order, RasterOrder},
    engine::{Engine, EngineKind, Precision},
    image::Image,
    internals::bench::Bundle,
    plan::{Plan, Planes},
    progress::Progress,
};

use super::{
    Check, On,
    check::{cpu_engine, rows},
    cli::binary,
    gpu_engine,
    images::plan,
};

rows! {
    Rendered: [
        at_perf_001_every_size_reports_all_its_pixels_as_work,
        at_perf_002_more_threads_than_rows_do_no_harm,
        at_perf_003_memory_grows_by_a_few_images_with_the_detector,
        at_perf_003_a_small_region_of_a_large_detector_costs_its_image_alone,
        at_perf_005_a_warm_engine_renders_the_same_as_a_cold_one,
        at_perf_006_a_changed_distance_leaves_no_trace_of_the_one_before,
        at_perf_008_tables_and_orientations_are_replaced_when_they_change,
    ],
    Command: [at_perf_007_the_suite_measures_every_engine_at_every_size],
}

const CRYSTAL: &str = "-cell 70 80 90 75 85 95 -default_F 100 -N 5 -oversample 1 -pixel 0.4";

fn with_engine<T>(on: On, work: impl FnOnce(&mut dyn Engine) -> T) -> T {
    match on {
        On::Cpu => work(&mut cpu_engine()),
        On::Gpu => {
            let mut engine = gpu_engine();
            engine.order = Order::default();
            work(&mut *engine)
        }
    }
}

fn rendered(engine: &mut dyn Engine, plan: &Plan) -> Vec<f32> {
    let image = engine.image(plan).expect("the image is rendered");
    image.as_slice().to_vec()
}

/// An image, and how much work there was for it and was done.
fn watched(on: On, plan: &Plan) -> (Image, u64, u64) {
    let progress = Progress::default();
    let mut image = plan.detector.dark_image();
    with_engine(on, |engine| {
        engine.render(plan, &mut Planes::of(&mut image), &progress)
    })
    .expect("the image is rendered");
    let (done, total) = progress.position();
    (image, done, total)
}

/// An engine that has rendered nothing yet.
fn cold_engine(on: On) -> RasterOrder {
    match on {
        On::Cpu => cpu_engine(),
        On::Gpu => RasterOrder::open(EngineKind::Gpu, &Default::default()).expect("a GPU engine"),
    }
}

/// Pixels whose bits differ between a cold engine's image and that of one that has rendered `before`.
fn differing(on: On, before: &[Plan], plan: &Plan) -> f64 {
    let cold = rendered(&mut cold_engine(on), plan);
    let warm = with_engine(on, |engine| {
        for plan in before {
            rendered(engine, plan);
        }
        rendered(engine, plan)
    });
    let pairs = cold.iter().zip(&warm);
    pairs.filter(|(a, b)| a.to_bits() != b.to_bits()).count() as f64
}

const DIFFERING: &str = "pixels that differ in any bit";

pub fn at_perf_001_every_size_reports_all_its_pixels_as_work(check: &mut Check, on: On) {
    for pixels in [1, 31, 64, 300] {
        let (_, plan) = plan(&format!("{CRYSTAL} -detpixels {pixels}"));
        let (_, done, total) = watched(on, &plan);
        assert_eq!(done, total, "{pixels} pixels");
        assert!(total >= pixels * pixels);
    }
    check.asserted();
}

pub fn at_perf_002_more_threads_than_rows_do_no_harm(check: &mut Check, on: On) {
    let (_, plan) = plan(&format!("{CRYSTAL} -detpixels_f 200 -detpixels_s 3"));
    let few = with_engine(on, |engine| rendered(engine, &plan));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(16)
        .build()
        .expect("threads");
    let many = pool.install(|| with_engine(on, |engine| rendered(engine, &plan)));
    check.at_most(
        DIFFERING,
        few.iter().zip(&many).filter(|(a, b)| a != b).count() as f64,
        0.0,
    );
}

/// `nanobragg bench` in a process of its own.
fn bench(engines: &str, sizes: &str, iterations: u32, line: &str) -> Bundle {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let iterations = iterations.to_string();
    let words = [
        "--engines",
        engines,
        "--sizes",
        sizes,
        "--iterations",
        &iterations,
        "--no-cold",
    ];
    let output = Command::new(binary())
        .arg("bench")
        .args(words)
        .args(["--out", ".", "--"])
        .args(line.split_whitespace())
        .current_dir(folder.path())
        .output()
        .expect("the command starts");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {error}");
    let text = fs::read(folder.path().join("bench.json")).expect("bench.json");
    serde_json::from_slice(&text).expect("a bundle of measurements")
}

pub fn at_perf_003_memory_grows_by_a_few_images_with_the_detector(check: &mut Check, on: On) {
    const SMALL: u64 = 64;
    const LARGE: u64 = 5120;
    let engine = if on == On::Cpu { "cpu" } else { "gpu" };
    let peak = |size: u64| {
        let bundle = bench(
            engine,
            &size.to_string(),
            1,
            "-cell 100 -default_F 100 -N 5 -oversample 1 -pixel 0.05",
        );
        bundle.measurements[0].peak_memory_bytes
    };
    // Systems without /proc do not tell.
    if let (Some(small), Some(large)) = (peak(SMALL), peak(LARGE)) {
        let pixels = (LARGE * LARGE - SMALL * SMALL) as f64;
        let what = "peak memory with 5120² pixels over that with 64², bytes a pixel";
        check.at_most(what, (large as f64 - small as f64) / pixels, 24.0);
    }
}

pub fn at_perf_003_a_small_region_of_a_large_detector_costs_its_image_alone(
    check: &mut Check,
    on: On,
) {
    let (_, plan) = plan(&format!(
        "{CRYSTAL} -detpixels 6000 -roi 2990 3010 2990 3010"
    ));
    let (image, done, total) = watched(on, &plan);
    assert_eq!(done, total);
    // Whole tiles of 16 × 16 at most.
    assert!(total <= 32 * 32, "{total} pixels of work for 21 × 21");
    assert_eq!(image.as_slice().len(), 6000 * 6000);
    assert_eq!(
        image.as_slice().iter().filter(|v| **v > 0.0).count(),
        21 * 21
    );
    check.asserted();
}

pub fn at_perf_005_a_warm_engine_renders_the_same_as_a_cold_one(check: &mut Check, on: On) {
    let (_, plan) = plan(&format!("{CRYSTAL} -detpixels 128 -mosaic 1 -mosaic_dom 5"));
    check.at_most(
        DIFFERING,
        differing(on, std::slice::from_ref(&plan), &plan),
        0.0,
    );
}

pub fn at_perf_006_a_changed_distance_leaves_no_trace_of_the_one_before(check: &mut Check, on: On) {
    let [near, far] =
        [70, 110].map(|mm| plan(&format!("{CRYSTAL} -detpixels 128 -distance {mm}")).1);
    check.at_most(DIFFERING, differing(on, &[near], &far), 0.0);
}

pub fn at_perf_007_the_suite_measures_every_engine_at_every_size() {
    let line = "-cell 70 80 90 75 85 95 -default_F 100 -N 5 -mosaic 1 -mosaic_dom 3 -oversample 2";
    let bundle = bench("cpu,cpu-f32,gpu", "32,48", 2, line);
    assert_eq!(bundle.measurements.len(), 6);
    for measured in &bundle.measurements {
        let what = format!("{} at {}", measured.description, measured.size);
        assert_eq!(
            measured.pixels,
            (measured.size * measured.size) as u64,
            "{what}"
        );
        assert_eq!(measured.samples, measured.pixels * 3 * 4, "{what}");
        assert!(
            measured.samples_per_s > 0.0 && measured.first_s > 0.0,
            "{what}"
        );
        assert_eq!(measured.warm.runs, 2, "{what}");
        let agreement = [measured.correlation_cold, measured.correlation_warm];
        if measured.engine != EngineKind::Cpu(Precision::F64) {
            assert!(
                agreement.iter().all(|r| r.is_some_and(|r| r > 0.999_999)),
                "{what}: {agreement:?}"
            );
        }
    }
}

pub fn at_perf_008_tables_and_orientations_are_replaced_when_they_change(
    check: &mut Check,
    on: On,
) {
    let line = format!("{CRYSTAL} -detpixels 96 -distance 300");
    let before = [
        "-hkl 2erl_P1.hkl",
        "-hkl 2erl_P1.hkl -mosaic 1 -mosaic_dom 40",
        "-misset 10 20 30",
        "-hdivrange 2 -hdivsteps 3",
    ]
    .map(|words| plan(&format!("{line} {words}")).1);
    for words in [
        "-hkl test_pattern.hkl",
        "-misset 1 2 3 -mosaic 1 -mosaic_dom 3",
        "-round_xtal",
    ] {
        let (_, plan) = plan(&format!("{line} {words}"));
        check.at_most(DIFFERING, differing(on, &before, &plan), 0.0);
    }
}
