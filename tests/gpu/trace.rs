//! What the GPU engine traces is what it renders.

use std::{collections::HashMap, fs, path::Path, process::Command, sync::Arc};

use nanobragg::{
    classic::{Prepared, RasterOrder, Session},
    engine::{EngineKind, Precision, TablePrecision},
    internals::gpu::GpuOptions,
    plan::Planes,
    progress::Progress,
    trace::{
        self, PixelTrace,
        taps::{self, Tap},
    },
};
use serde_json::Value;

use crate::golden_cases::{cases, options};

fn prepare(words: &str) -> Prepared {
    Prepared::new(&options(words, Path::new("."))).unwrap()
}

fn session(prepared: Prepared, kind: EngineKind, options: &GpuOptions) -> Session {
    Session::new(prepared, RasterOrder::open(kind, options).unwrap())
}

/// A session on the GPU engine.
fn gpu_session(prepared: Prepared) -> Session {
    session(prepared, EngineKind::Gpu, &GpuOptions::default())
}

/// Every golden case that needs no run before it, as the classic program reads it.
fn golden_runs() -> Vec<String> {
    let alone = cases().into_iter().filter(|case| case.before.is_empty());
    let words = alone.map(|case| format!("{} -physics c-parity", case.args));
    words.collect()
}

const SMALL: &str =
    "-cell 70 80 90 75 85 95 -lambda 1 -distance 60 -pixel 0.6 -detpixels 40 -misset 10 20 30";

/// What no golden case asks of the kernels.
fn other_runs() -> Vec<String> {
    let table = "-hkl 2erl_P1.hkl";
    [
        "-default_F 100 -N 8 -gauss_xtal -water 3 -oversample 2 -oversample_omega",
        "-default_F 100 -N 8 -tophat_spots -oversample 2 -oversample_polar -dispersion 2 -dispsteps 2",
        "-default_F 100 -N 5 -oversample 2 -physics corrected -dispersion 2 -dispsteps 3 -water 10 -detector_abs 300 \
         -detector_thick 500 -thicksteps 3",
        "-default_F 100 -N 5 -oversample 3 -detector_abs 300 -detector_thick 500 -thicksteps 3 -dmin 2.3",
        // More than one slice of entries.
        "-default_F 100 -N 5 -oversample 5 -mosaic 0.5 -mosaic_dom 900 -detpixels 16",
        // More than one window of orientations.
        "-default_F 100 -N 5 -oversample 1 -mosaic 0.5 -mosaic_dom 2500 -detpixels 16",
    ]
    .map(|rest| format!("{SMALL} {rest}"))
    .into_iter()
    .chain([
        format!("{SMALL} {table} -N 2 -interpolate -default_F 3 -oversample 2 -physics corrected"),
        format!("{SMALL} {table} -N 2 -interpolate -default_F 3 -tophat_spots -fudge 0.01 -oversample 1"),
        format!("{SMALL} {table} -N 2 -default_F 3 -nointerpolate -curved_det -mosaic 1 -mosaic_dom 3"),
    ])
    .collect()
}

#[test]
fn the_traced_value_is_the_rendered_one_bit_for_bit() {
    let first = prepare(&format!("{SMALL} -default_F 100"));
    let (mut engine, mut tracer) = (gpu_session(first.clone()), gpu_session(first));
    let mut ends = 0;
    for words in golden_runs().into_iter().chain(other_runs()) {
        let prepared = prepare(&words);
        tracer.set(prepared.clone());
        engine.set(prepared.clone());
        let plan = engine.plan().unwrap();
        let mut image = plan.detector.dark_image();
        let outcome = engine
            .render_into(&mut Planes::of(&mut image), &Progress::default())
            .unwrap();
        let (slow_end, width) = image.view().dim();
        let mut pixels = vec![(0, 0), (slow_end / 3, width / 2), (slow_end - 1, width - 1)];
        // Where interpolation ends, and beyond.
        let last = outcome.left_table;
        if let Some(last) = last.filter(|_| prepared.order.run_out_is_final) {
            let left = plan.detector.position_of(last);
            pixels.extend([left, left + 1, left + 20 * width].map(|at| (at / width, at % width)));
            ends += 1;
        }
        for (slow, fast) in pixels {
            let pixel = trace::pixel(&mut tracer, slow, fast).unwrap();
            let (traced, rendered) = (pixel.value_in_image(), image.view()[(slow, fast)]);
            assert_eq!(
                traced.to_bits(),
                rendered.to_bits(),
                "{words}, {slow} {fast}: {traced} against {rendered}"
            );
            let samples = pixel.samples().count() as u64;
            assert!(
                samples == plan.samples_per_pixel(plan.panel()) || words.contains("-dmin"),
                "{words}"
            );
        }
    }
    assert!(ends > 0, "no interpolation ended");
}

#[test]
fn masked_pixels_are_traced_and_hold_nothing() {
    let mut prepared = prepare(&format!("{SMALL} -default_F 100 -N 5 -roi 3 38 5 37"));
    let mask = (0..40 * 40).map(|at| u8::from(at % 3 != 0)).collect();
    Arc::make_mut(&mut prepared.scene.detector).panels[0].mask = Some(Arc::new(mask));
    let image = gpu_session(prepared.clone()).render().unwrap();
    let mut tracer = gpu_session(prepared);
    for (slow, fast) in [(5, 3), (5, 4), (6, 3), (20, 20), (20, 21), (37, 38), (0, 0)] {
        let pixel = trace::pixel(&mut tracer, slow, fast).unwrap();
        assert_eq!(pixel.value_in_image(), image.view()[(slow, fast)]);
        assert!(pixel.value > 0.0);
        let is_masked = (40 * slow + fast) % 3 == 0;
        assert_eq!(pixel.status.masked, is_masked);
        assert_eq!(pixel.status.in_region, slow > 0);
    }
}

#[test]
fn a_table_of_half_precision_is_traced_as_it_is_rendered() {
    let options = GpuOptions {
        table: TablePrecision::F16,
        ..GpuOptions::default()
    };
    let prepared = prepare(&format!(
        "{SMALL} -hkl 2erl_P1.hkl -N 5 -mosaic 2 -mosaic_dom 9"
    ));
    let in_half = || session(prepared.clone(), EngineKind::Gpu, &options);
    let image = in_half().render().unwrap();
    let (mut half, mut whole) = (in_half(), gpu_session(prepared.clone()));
    let f = |pixel: &PixelTrace| pixel.samples().map(|sample| sample.amplitude).sum::<f64>();
    let pixel = trace::pixel(&mut half, 20, 19).unwrap();
    assert_eq!(pixel.value, image.view()[(20, 19)]);
    let exact = f(&trace::pixel(&mut whole, 20, 19).unwrap());
    assert!(f(&pixel) != exact && (f(&pixel) / exact - 1.0).abs() < 5e-4);
}

/// The numbers of a JSON tree, each under the names that lead to it.
fn numbers(value: &Value, path: &str, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| numbers(value, &format!("{path}.{key}"), found)),
        Value::Array(list) => list.iter().for_each(|value| numbers(value, path, found)),
        Value::Number(number) => found.push((path.to_owned(), number.as_f64().unwrap())),
        Value::Bool(flag) => found.push((path.to_owned(), f64::from(u8::from(*flag)))),
        Value::String(_) | Value::Null => found.push((path.to_owned(), f64::NAN)),
    }
}

/// The largest difference of two trees of the same names, over the largest number of each name.
fn difference(a: &Value, b: &Value) -> (f64, String) {
    let [a, b] = [a, b].map(|tree| {
        let mut found = Vec::new();
        numbers(tree, "", &mut found);
        found
    });
    assert_eq!(a.len(), b.len());
    let mut largest: HashMap<&str, f64> = HashMap::new();
    for (name, number) in &b {
        let top = largest.entry(name).or_default();
        *top = top.max(number.abs());
    }
    let mut worst = (0.0, String::new());
    for ((name, x), (other, y)) in a.iter().zip(&b) {
        assert_eq!(name, other);
        let difference = (x - y).abs() / largest[name.as_str()];
        if difference > worst.0 {
            worst = (difference, format!("{name}: {x} against {y}"));
        }
    }
    worst
}

#[test]
fn every_tap_says_what_it_says_for_the_float64_engine() {
    for rest in [
        "-default_F 100 -N 5 -oversample 2 -mosaic 0.5 -mosaic_dom 4 -osc 1 -phisteps 3 -water 1",
        "-hkl 2erl_P1.hkl -N 2 -interpolate -oversample 1 -polar 0.9 -dispersion 2 -dispsteps 2 -roi 23 39 11 39",
        "-hkl 2erl_P1.hkl -N 3 -nointerpolate -oversample 2 -oversample_thick -detector_abs 300 -detector_thick 500 \
         -thicksteps 2 -oversample_omega",
        "-default_F 100 -N 4 -round_xtal -oversample 2 -physics corrected",
    ] {
        let prepared = prepare(&format!("{SMALL} {rest}"));
        let [gpu, cpu] = [EngineKind::Gpu, EngineKind::Cpu(Precision::F64)].map(|engine| {
            let mut tracer = session(prepared.clone(), engine, &GpuOptions::default());
            trace::pixel(&mut tracer, 11, 23).unwrap()
        });
        let plan = prepared.plan().unwrap();
        for tap in Tap::ALL {
            let object = |pixel| taps::object(tap, &prepared.experiment, &plan, pixel);
            let (gpu, cpu) = (object(&gpu), object(&cpu));
            assert_eq!(gpu["engine"], "gpu");
            let (worst, name) = difference(&gpu["values"], &cpu["values"]);
            // What is left of nearly equal solid angles has fewer digits.
            let limit = if tap == Tap::Omega { 1e-3 } else { 1e-4 };
            assert!(worst < limit, "{rest}: {}{name}", tap.id());
        }
    }
}

#[test]
fn the_command_traces_the_gpu_engine() {
    let folder = tempfile::tempdir().unwrap();
    let words = format!(
        "trace --engine gpu --pixel 3 4 --pixel 20 50 --taps all --json --out-dir t --tag x -- {SMALL} -detpixels_x 60 \
         -default_F 100 -N 5"
    );
    let output = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(words.split_whitespace())
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    for pixel in ["3_4", "20_50"] {
        let read = |end: &str| {
            let name = format!("x_trace_{pixel}{end}");
            fs::read_to_string(folder.path().join("t").join(name)).unwrap()
        };
        assert!(read(".log").contains("TRACE_RS_INFO: engine gpu"));
        for end in Tap::ALL.map(|tap| format!("_{}.json", tap.id())).iter() {
            let object: Value = serde_json::from_str(&read(end)).unwrap();
            assert_eq!(object["engine"], "gpu");
        }
        let lines: Value = serde_json::from_str(&read(".json")).unwrap();
        assert_eq!(lines["tap_id"], "trace");
    }
}
