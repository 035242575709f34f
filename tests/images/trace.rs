//! A trace is what the classic program traced, and what the image holds.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use nanobragg::{
    classic::{Prepared, RasterOrder, Session},
    engine::{EngineKind, Precision},
    trace::{
        self, PixelTrace, Tolerance, TraceError, classic,
        divergence::{self, Comparison},
        log,
        taps::{self, Tap},
    },
};
use serde_json::Value;

use crate::golden_cases::{Case, cases, expected, options};

/// The golden cases that the classic program traced.
fn traced_cases() -> Vec<Case> {
    let mut cases = cases();
    cases.retain(|case| !case.trace.is_empty());
    assert!(cases.len() >= 10);
    cases
}

fn prepare(words: &str) -> Prepared {
    Prepared::new(&options(words, Path::new(".")))
        .unwrap_or_else(|error| panic!("{words}: {error}"))
}

const CPU: EngineKind = EngineKind::Cpu(Precision::F64);

fn session(prepared: Prepared, kind: EngineKind) -> Session {
    let engine = RasterOrder::open(kind, &Default::default());
    Session::new(prepared, engine.unwrap_or_else(|error| panic!("{error}")))
}

/// The session of a line on the float64 engine.
fn session_of(words: &str) -> Session {
    session(prepare(words), CPU)
}

fn text(session: &mut Session, pixel: &PixelTrace) -> String {
    let plan = session.plan().unwrap();
    classic::text(&session.prepared().experiment, &plan, pixel)
}

fn classic_trace(case: &Case, [slow, fast]: [usize; 2]) -> String {
    fs::read_to_string(expected(case, &format!("trace_{slow}_{fast}.txt"))).unwrap()
}

fn against_classic(case: &Case, engine: EngineKind, tolerance: &Tolerance) -> Vec<Comparison> {
    let words = format!("{} -physics c-parity", case.args);
    let mut session = session(prepare(&words), engine);
    let pixels = case.trace.iter().map(|&pixel| {
        let traced = trace::pixel(&mut session, pixel[0], pixel[1]).unwrap();
        let ours = log::parse(&text(&mut session, &traced));
        divergence::compare(&log::parse(&classic_trace(case, pixel)), &ours, tolerance)
    });
    pixels.collect()
}

#[test]
fn every_line_of_the_golden_traces_is_reproduced() {
    for case in traced_cases() {
        // 1e-10 of every value; where the lattice transform crosses zero, a few last digits of the index.
        let plan = prepare(&case.args).plan().unwrap();
        let tolerance = Tolerance::of_engines(&plan, [CPU; 2]);
        for comparison in against_classic(&case, CPU, &tolerance) {
            if let Some(first) = comparison.first {
                panic!("{}: {first}", case.name);
            }
            for row in comparison.rows {
                let [classic, ours] = row.lines;
                assert!(classic == 0 || classic == ours, "{}: {row:?}", case.name);
            }
        }
    }
}

#[test]
fn single_precision_strays_no_further_than_its_arithmetic_explains() {
    for case in traced_cases() {
        for engine in [EngineKind::Cpu(Precision::F32), EngineKind::Gpu] {
            let plan = prepare(&case.args).plan().unwrap();
            let tolerance = Tolerance::of_engines(&plan, [CPU, engine]);
            for comparison in against_classic(&case, engine, &tolerance) {
                if let Some(first) = comparison.first {
                    panic!("{}, {engine}: {first}", case.name);
                }
            }
        }
    }
}

#[test]
fn lines_stand_in_the_classic_order_and_new_ones_after_them() {
    let cases = traced_cases();
    let case = cases
        .iter()
        .find(|case| case.name == "phi_from_zero")
        .unwrap();
    let mut session = session_of(&format!("{} -physics c-parity", case.args));
    let [slow, fast] = case.trace[0];
    let pixel = trace::pixel(&mut session, slow, fast).unwrap();
    let names = |text: &str| -> Vec<String> {
        log::parse(text).into_iter().map(|line| line.name).collect()
    };
    let classic = names(&classic_trace(case, case.trace[0]));
    let ours = names(&text(&mut session, &pixel));
    assert!(ours.len() > classic.len());
    assert_eq!(ours[..classic.len()], classic);
}

/// Runs that between them go through every shape, table, factor and rule.
fn runs() -> Vec<String> {
    let cell =
        "-cell 70 80 90 75 85 95 -lambda 1 -distance 60 -pixel 0.6 -detpixels 40 -misset 10 20 30";
    let table = "-hkl 2erl_P1.hkl";
    [
        "-default_F 100 -N 10 -mosaic 0.5 -mosaic_dom 150 -oversample 1",
        "-default_F 100 -N 8 -round_xtal -mosaic 0.5 -mosaic_dom 7 -oversample 2",
        "-default_F 100 -N 8 -gauss_xtal -hdivrange 2 -hdivsteps 3 -oversample 1",
        "-default_F 100 -N 8 -tophat_spots -oversample 2 -oversample_omega -oversample_polar",
        "-default_F 100 -N 5 -oversample 2 -detector_abs 300 -detector_thick 500 -thicksteps 3 -oversample_thick",
        "-default_F 100 -N 5 -phi 0 -osc 1 -phisteps 3 -oversample 1 -physics c-parity",
        "-default_F 100 -N 5 -oversample 2 -physics corrected -dispersion 2 -dispsteps 3 -water 10",
    ]
    .iter()
    .map(|rest| format!("{cell} {rest}"))
    .chain([
        format!("{cell} {table} -N 5 -dispersion 2 -dispsteps 3 -polar 0.9 -oversample 1 -dmin 2.2"),
        format!("{cell} {table} -N 2 -interpolate -default_F 3 -oversample 1 -Xbeam 2 -Ybeam 2"),
        format!("{cell} {table} -N 2 -interpolate -default_F 3 -oversample 1 -physics corrected"),
    ])
    .collect()
}

#[test]
fn the_traced_value_is_the_rendered_one_bit_for_bit() {
    for words in runs() {
        let prepared = prepare(&words);
        for kind in [CPU, EngineKind::Cpu(Precision::F32)] {
            let image = session(prepared.clone(), kind).render().unwrap();
            let mut tracer = session(prepared.clone(), kind);
            for (slow, fast) in [(0, 0), (0, 1), (20, 19), (39, 39)] {
                let pixel = trace::pixel(&mut tracer, slow, fast).unwrap();
                let rendered = image.view()[(slow, fast)];
                assert_eq!(pixel.value.to_bits(), rendered.to_bits(), "{words}, {kind}");
                assert_eq!(pixel.value_in_image(), rendered);
                let has_samples = pixel.samples().next().is_some();
                assert!(has_samples || rendered == 0.0, "{words}");
            }
        }
    }
}

const SMALL: &str =
    "-default_F 100 -cell 70 80 90 75 85 95 -lambda 1 -N 5 -distance 60 -pixel 0.6 -detpixels 40";

#[test]
fn a_pixel_that_is_not_rendered_is_traced_and_holds_nothing() {
    let mut session = session_of(SMALL);
    let inside = trace::pixel(&mut session, 20, 30).unwrap();
    session.set(prepare(&format!("{SMALL} -roi 0 9 0 9")));
    let outside = trace::pixel(&mut session, 20, 30).unwrap();
    assert!(!outside.status.is_rendered());
    assert_eq!(outside.value, inside.value);
    assert_eq!(outside.value_in_image(), 0.0);
}

#[test]
fn what_cannot_be_traced_is_refused() {
    let mut session = session_of(SMALL);
    for (slow, fast) in [(40, 0), (0, 40), (usize::MAX, usize::MAX)] {
        let refused = trace::pixel(&mut session, slow, fast);
        assert!(matches!(refused, Err(TraceError::OffDetector { .. })));
    }
    session.set(prepare(&format!("{SMALL} -oversample 2100")));
    let refused = trace::pixel(&mut session, 1, 1).unwrap_err().to_string();
    assert!(refused.contains("-oversample"), "{refused}");
}

/// The taps of a pixel, each checked to be one object of the promised form.
fn all_taps(words: &str, slow: usize, fast: usize) -> (PixelTrace, Vec<Value>) {
    let mut session = session_of(words);
    let pixel = trace::pixel(&mut session, slow, fast).unwrap();
    let plan = session.plan().unwrap();
    let object = |tap| taps::object(tap, &session.prepared().experiment, &plan, &pixel);
    let objects = Tap::ALL.map(|tap| {
        let object = object(tap);
        assert_eq!(object["tap_id"], tap.id());
        assert_eq!(object["pixel"], serde_json::json!([slow, fast]));
        assert_eq!(object["engine"], "cpu");
        assert!(
            object["values"]
                .as_object()
                .is_some_and(|values| !values.is_empty())
        );
        object["values"].clone()
    });
    (pixel, objects.to_vec())
}

fn numbers(values: &Value) -> Vec<f64> {
    values
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

#[test]
fn taps_add_up_to_the_pixel() {
    let words =
        format!("{SMALL} -oversample 2 -mosaic 0.5 -mosaic_dom 4 -osc 1 -phisteps 3 -water 1");
    let (pixel, values) = all_taps(&words, 11, 23);
    let [
        config,
        omega,
        f_cell,
        hkl,
        _,
        phi,
        mosaic,
        accumulation,
        intensity,
        scaling,
        last,
    ] = &values[..]
    else {
        panic!("there are eleven taps");
    };
    let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-12 * b.abs(), "{a} {b}");
    assert_eq!(config["samples"], 48);
    assert_eq!(f_cell["lookups"], 48);
    assert_eq!(omega["all"].as_array().unwrap().len(), 4);
    assert_eq!(hkl["subpixels"].as_array().unwrap().len(), 4);

    let subpixels = accumulation["subpixels"].as_array().unwrap();
    let sum: f64 = subpixels
        .iter()
        .map(|s| s["sum_of_terms"].as_f64().unwrap())
        .sum();
    close(
        sum + config["background"].as_f64().unwrap(),
        pixel.total.sum,
    );
    let steps = phi["subpixels"][0]["steps"].as_array().unwrap();
    let by_step: f64 = steps
        .iter()
        .map(|s| s["sum_over_domains"].as_f64().unwrap())
        .sum();
    close(by_step, subpixels[0]["sum_of_terms"].as_f64().unwrap());
    let domains = mosaic["subpixels"][0]["domains"].as_array().unwrap();
    let by_domain: f64 = domains.iter().map(|d| d["term"].as_f64().unwrap()).sum();
    close(by_domain, steps[0]["sum_over_domains"].as_f64().unwrap());

    let mut photons = scaling["after_fluence"].as_f64().unwrap();
    for factor in ["capture", "polarization", "omega"] {
        photons *= intensity[factor]["factor"].as_f64().unwrap();
    }
    close(photons, last["float64"].as_f64().unwrap());
    assert_eq!(last["in_image"].as_f64().unwrap() as f32, pixel.value);
}

#[test]
fn the_interpolation_tap_holds_what_the_interpolation_made() {
    let words = "-hkl 2erl_P1.hkl -cell 53.91 23.1 23.1 90 110.4 90 -N 1 -distance 300 -detpixels 128 -interpolate";
    let (_, values) = all_taps(words, 30, 90);
    let first = &values[4]["subpixels"][0];
    assert_eq!(first["interpolated"], true);
    let [h, k, l] = ["h", "k", "l"].map(|axis| numbers(&first["weights"][axis]));
    let mut f = 0.0;
    for (i, wh) in h.iter().enumerate() {
        for (j, wk) in k.iter().enumerate() {
            let row = numbers(&first["neighbourhood"][i][j]);
            f += wh * wk * row.iter().zip(&l).map(|(f, w)| f * w).sum::<f64>();
        }
    }
    let expected = first["F_cell"].as_f64().unwrap();
    assert!(
        (f - expected).abs() < 1e-12 * expected.abs(),
        "{f} {expected}"
    );
    let (_, values) = all_taps(&words.replace("-interpolate", "-nointerpolate"), 30, 90);
    assert_eq!(values[4]["subpixels"][0]["interpolated"], false);
}

fn run(folder: &Path, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(words.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_command_prints_lines_and_taps_of_every_pixel() {
    let folder = tempfile::tempdir().unwrap();
    let words = format!("trace --pixel 3 4 --pixel 5 6 --taps final,omega -- {SMALL}");
    let output = run(folder.path(), &words);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = printed(&output);
    assert!(text.contains("TRACE_CONFIG: tracing pixel (spixel=3, fpixel=4)"));
    assert!(text.contains("TRACE_RS_TAP5: pixel 5 6"));
    let objects: Vec<Value> = text
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ids: Vec<_> = objects
        .iter()
        .map(|object| object["tap_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["final", "omega", "final", "omega"]);

    let without_dashes = run(folder.path(), &words.replace(" -- ", " "));
    assert_eq!(printed(&without_dashes), text);

    let output = run(
        folder.path(),
        &words.replace("--taps", "--json --engine cpu-f32 --taps"),
    );
    for line in printed(&output).lines() {
        let object: Value = serde_json::from_str(line).unwrap();
        assert_eq!(object["engine"], "cpu-f32");
    }
}

#[test]
fn files_are_written_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let trace = |tag: &str, rest: &str| {
        let words =
            format!("trace --pixel 3 4 --out-dir t --tag {tag} --taps all -- {SMALL} {rest}");
        let output = run(folder.path(), &words);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(
            folder
                .path()
                .join(format!("t/{tag}_trace_3_4_final.json"))
                .exists()
        );
    };
    trace("a", "");
    trace("b", "-distance 60.000001");
    let diff = |words: &str| run(folder.path(), &format!("trace diff {words}"));
    let (a, b) = ("t/a_trace_3_4.log", "t/b_trace_3_4.log");
    assert_eq!(diff(&format!("{a} {a}")).status.code(), Some(0));
    let output = diff(&format!("{a} {b}"));
    assert_eq!(output.status.code(), Some(3));
    let text = printed(&output);
    assert!(
        text.contains("first divergence: distance_m: 0.06 against 0.060000001"),
        "{text}"
    );
    assert_eq!(diff(&format!("{a} {b} --rtol 1e-2")).status.code(), Some(0));
    assert_eq!(diff(&format!("{a} t/none.log")).status.code(), Some(1));
    fs::write(folder.path().join("empty"), "").unwrap();
    let output = diff(&format!("{a} empty"));
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("empty is not a usable trace file"));
    assert_eq!(diff(a).status.code(), Some(2));
}

#[test]
fn words_that_make_no_trace_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (words, reason) in [
        ("trace", "--pixel"),
        ("trace --pixel 3 -- -cell 70", "2 values"),
        (
            "trace --pixel 3 4 --taps omega,omicron -- -cell 70",
            "omicron",
        ),
        ("trace --pixel 3 4 --engine abacus -- -cell 70", "abacus"),
        ("trace --pixel 3 4 --tag x -- -cell 70", "--out-dir"),
        (
            "trace --pixel 99 4 -- -default_F 1 -cell 70 -detpixels 40",
            "--pixel",
        ),
        ("trace --pixel 3 4 -- -cel 70", "-cell"),
    ] {
        let output = run(folder.path(), words);
        assert_eq!(output.status.code(), Some(2), "{words}");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(reason), "{words}: {message}");
    }
}
