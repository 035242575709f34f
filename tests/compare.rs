//! `nanobragg compare` says whether two images agree, and why not.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use ndarray::Array2;
use serde_json::Value;
use tempfile::TempDir;

/// What one comparison printed and left behind.
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
    directory: PathBuf,
}

impl Outcome {
    fn summary(&self) -> Value {
        let text = fs::read_to_string(self.directory.join("summary.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn explanation(&self) -> (String, String) {
        let summary = self.summary();
        let finding = &summary["explanation"][0];
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        (text("cause"), text("text"))
    }
}

/// Runs the command in `place`, artifacts in `place/out`.
fn compare(place: &TempDir, words: &[&str]) -> Outcome {
    let directory = place.path().join("out");
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .arg("compare")
        .arg("--outdir")
        .arg(&directory)
        .args(words)
        .current_dir(place.path())
        .env_remove("NB_C_BIN")
        .output()
        .unwrap();
    Outcome {
        code: status.code().unwrap(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
        directory,
    }
}

fn place() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(path)
}

fn write_npy(place: &TempDir, name: &str, image: &Array2<f32>) {
    nanobragg::formats::npy::write(&place.path().join(name), image.view()).unwrap();
}

fn ramp(slow: usize, fast: usize) -> Array2<f32> {
    Array2::from_shape_fn((slow, fast), |(s, f)| (1 + s * fast + f) as f32)
}

/// A crystal turned off the axes, sharp enough for small faults to show.
const TURNED: &[&str] = &[
    "-default_F",
    "100",
    "-cell",
    "70",
    "80",
    "90",
    "-lambda",
    "1",
    "-N",
    "8",
    "-distance",
    "100",
    "-detpixels",
    "128",
    "-misset",
    "10",
    "20",
    "30",
];

fn with<'a>(before: &[&'a str], classic: &[&'a str]) -> Vec<&'a str> {
    [before, &["--"], classic].concat()
}

#[test]
fn gpu_and_cpu_agree_on_golden_cases_and_on_a_real_protein() {
    let cases: Value =
        serde_json::from_str(&fs::read_to_string(golden("cases.json")).unwrap()).unwrap();
    let cases = cases["cases"].as_array().unwrap();
    for name in [
        "conv_mosflm",
        "tilt_beam_pivot",
        "triclinic_misset",
        "oversample_3",
        "shape_round",
        "real_2erl",
    ] {
        let case = cases.iter().find(|case| case["name"] == name).unwrap();
        let arguments = case["args"].as_str().unwrap();
        let inputs = golden("inputs").to_string_lossy().into_owned();
        let arguments = arguments.replace("-hkl ", &format!("-hkl {inputs}/"));
        let place = place();
        let classic: Vec<&str> = arguments.split_whitespace().collect();
        let found = compare(&place, &with(&[], &classic));
        assert_eq!(found.code, 0, "{name}: {}{}", found.stdout, found.stderr);
        assert!(
            found.stdout.starts_with("agree: "),
            "{name}: {}",
            found.stdout
        );
        for artifact in [
            "a.bin",
            "b.bin",
            "a.png",
            "b.png",
            "difference.png",
            "a.stdout.txt",
            "a.stderr.txt",
            "b.stdout.txt",
            "b.stderr.txt",
            "summary.json",
            "report.html",
        ] {
            assert!(
                found.directory.join(artifact).is_file(),
                "{name}: {artifact}"
            );
        }
        let summary = found.summary();
        assert_eq!(summary["sides"]["a"]["engine"], "gpu");
        assert!(!summary["adapter"]["name"].as_str().unwrap().is_empty());
        let floats = fs::read(found.directory.join("b.bin")).unwrap();
        let expected = fs::read(golden("expected").join(name).join("float.bin")).unwrap();
        assert_eq!(floats.len(), expected.len());
    }
}

#[test]
fn equal_files_agree_in_every_pixel() {
    let place = place();
    write_npy(&place, "a.npy", &ramp(20, 30));
    let found = compare(&place, &["a.npy", "a.npy"]);
    assert_eq!(found.code, 0);
    assert!(
        found
            .stdout
            .starts_with("agree: every one of 600 pixels is equal")
    );
}

#[test]
fn files_of_different_formats_are_compared() {
    let place = place();
    write_npy(&place, "a.npy", &ramp(20, 30));
    let raw = place.path().join("b.bin");
    nanobragg::formats::raw_float::write(&raw, ramp(20, 30).view()).unwrap();
    assert_eq!(compare(&place, &["a.npy", "b.bin"]).code, 5);
    assert_eq!(
        compare(&place, &["--size", "30", "20", "a.npy", "b.bin"]).code,
        0
    );
    let classic = [
        "a.npy",
        "b.bin",
        "--",
        "-detpixels_x",
        "30",
        "-detpixels_y",
        "20",
    ];
    assert_eq!(compare(&place, &classic).code, 0);
}

#[test]
fn usage_errors_exit_1() {
    let place = place();
    write_npy(&place, "a.npy", &ramp(20, 30));
    for (words, named) in [
        (vec![], "two image files"),
        (vec!["--no-such-option"], "--no-such-option"),
        (vec!["only_one.npy"], "values"),
        (with(&[], &["-distanse", "100"]), "-distance"),
        (
            vec!["--roi", "0", "30", "0", "5", "a.npy", "a.npy"],
            "--roi",
        ),
        (vec!["--png-scale", "0", "a.npy", "a.npy"], "--png-scale"),
        (with(&["--reference"], TURNED), "NB_C_BIN"),
    ] {
        let found = compare(&place, &words);
        assert_eq!(found.code, 1, "{words:?}: {}", found.stderr);
        assert!(found.stderr.contains(named), "{words:?}: {}", found.stderr);
    }
}

#[test]
fn a_side_that_fails_exits_2_and_is_named() {
    let place = place();
    for program in ["no/such/program", "/bin/false"] {
        let found = compare(&place, &with(&["--a", "cpu", "--b", program], TURNED));
        assert_eq!(found.code, 2, "{}", found.stderr);
        assert!(found.stderr.contains("side b"), "{}", found.stderr);
        assert!(found.stderr.contains(program), "{}", found.stderr);
    }
}

#[test]
fn a_missed_threshold_exits_3_and_each_can_be_set() {
    let place = place();
    let b = ramp(20, 30);
    let mut a = b.mapv(|v| v * 1.01);
    a[(0, 0)] = 2.0;
    write_npy(&place, "a.npy", &a);
    write_npy(&place, "b.npy", &b);
    let judged = |correlation: &str, rel_l2: &str, sums: &str| {
        let thresholds = [
            "--threshold",
            correlation,
            "--max-rel-l2",
            rel_l2,
            "--sum-tolerance",
            sums,
        ];
        compare(&place, &[&thresholds[..], &["a.npy", "b.npy"]].concat())
    };
    assert_eq!(judged("0.99", "0.02", "0.02").code, 0);
    for (tight, missed) in [
        (judged("0.9999999999", "0.02", "0.02"), "correlation"),
        (judged("0.99", "0.005", "0.02"), "relative L2"),
        (judged("0.99", "0.02", "0.005"), "sums differ"),
    ] {
        assert_eq!(tight.code, 3);
        let verdict = format!("differ: {missed}");
        assert!(tight.stdout.starts_with(&verdict), "{}", tight.stdout);
    }
}

#[test]
fn a_pixel_that_is_no_number_is_no_agreement() {
    let place = place();
    let mut image = ramp(20, 30);
    image[(4, 5)] = f32::NAN;
    write_npy(&place, "a.npy", &image);
    let found = compare(&place, &["a.npy", "a.npy"]);
    assert_eq!(found.code, 3);
    assert!(found.stdout.contains("1 of a, 1 of b"), "{}", found.stdout);
    let summary = found.summary();
    assert_eq!(summary["metrics"]["frame"]["non_finite_a"]["nan"], 1);
}

#[test]
fn different_shapes_exit_4_unless_resampled() {
    let place = place();
    let coarse = Array2::from_shape_fn((10, 10), |(s, f)| (1 + s * 10 + f) as f32);
    let fine = Array2::from_shape_fn((20, 20), |(s, f)| coarse[(s / 2, f / 2)]);
    write_npy(&place, "a.npy", &fine);
    write_npy(&place, "b.npy", &coarse);
    let found = compare(&place, &["a.npy", "b.npy"]);
    assert_eq!(found.code, 4);
    assert!(found.stderr.contains("20 x 20"), "{}", found.stderr);
    let found = compare(&place, &["--resample", "a.npy", "b.npy"]);
    assert_eq!(found.code, 0, "{}", found.stdout);
    assert_eq!(
        found.summary()["resampled_from"],
        serde_json::json!([10, 10])
    );
}

#[test]
fn files_that_cannot_be_read_exit_5() {
    let place = place();
    fs::write(place.path().join("empty.bin"), "").unwrap();
    fs::write(place.path().join("cut.npy"), b"\x93NUMPY\x01").unwrap();
    for name in ["missing.bin", "empty.bin", "cut.npy"] {
        let found = compare(&place, &[name, name]);
        assert_eq!(found.code, 5, "{name}: {}", found.stderr);
        assert!(found.stderr.contains(name), "{}", found.stderr);
    }
    let found = compare(&place, &with(&[], &["-hkl", "missing.hkl", "-cell", "70"]));
    assert_eq!(found.code, 5, "{}", found.stderr);
    assert!(found.stderr.contains("missing.hkl"), "{}", found.stderr);
}

#[test]
fn a_window_at_the_centre_does_not_speak_for_the_frame() {
    let place = place();
    let mut image = ramp(30, 30);
    write_npy(&place, "b.npy", &image);
    image[(1, 28)] = 1e6;
    write_npy(&place, "a.npy", &image);
    let found = compare(&place, &["--roi", "10", "19", "10", "19", "a.npy", "b.npy"]);
    assert_eq!(found.code, 3);
    let metrics = &found.summary()["metrics"];
    assert_eq!(metrics["roi"]["relative_l2"], 0.0);
    assert_eq!(
        metrics["worst_pixels"][0]["pixel"],
        serde_json::json!({"slow": 1, "fast": 28})
    );
    let corners = metrics["regions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["region"] == "corners");
    assert!(corners.unwrap()["relative_l2"].as_f64().unwrap() > 1.0);
}

#[test]
fn the_report_is_one_file_with_everything_in_it() {
    let place = place();
    let found = compare(
        &place,
        &with(&["--a", "cpu-f32", "--b", "cpu", "--log"], TURNED),
    );
    assert_eq!(found.code, 0, "{}", found.stdout);
    let page = fs::read_to_string(found.directory.join("report.html")).unwrap();
    assert_eq!(page.matches("data:image/png;base64,").count(), 5);
    assert!(!page.contains("{{") && !page.contains("http"));
    for part in [
        "<svg",
        "id=\"slider\"",
        "corners",
        "Worst pixels",
        "-misset 10 20 30",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn artifacts_go_to_a_directory_named_after_time_and_options() {
    let place = place();
    write_npy(&place, "a.npy", &ramp(20, 30));
    for _ in 0..2 {
        let status = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
            .args(["compare", "a.npy", "a.npy"])
            .current_dir(place.path())
            .output()
            .unwrap()
            .status;
        assert!(status.success());
    }
    let names: Vec<String> = fs::read_dir(place.path().join("comparisons"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    for name in &names {
        let parts: Vec<&str> = name.split('-').collect();
        assert_eq!(
            (parts[0].len(), parts[1].len(), parts[2].len()),
            (8, 6, 8),
            "{name}"
        );
    }
    let hash = |name: &String| name.split('-').nth(2).unwrap().to_owned();
    assert_eq!(hash(&names[0]), hash(&names[1]));
}

/// Every key of `summary.json`, arrays and free-form maps left out of the path.
fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{path}{key}");
                found.insert(path.clone());
                if key != "header" {
                    keys(value, &format!("{path}."), found);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                keys(item, path, found);
            }
        }
        _ => {}
    }
}

#[cfg(unix)]
mod external {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A program beside the images: this one with a fault planted, as shell lines around `exec`.
    fn faulty(place: &TempDir, before: &str, more_words: &str) -> String {
        let path = place.path().join("faulty.sh");
        let program = env!("CARGO_BIN_EXE_nanobragg");
        let script =
            format!("#!/bin/sh\n{before}\nexec '{program}' \"$@\" -device cpu {more_words}\n");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.to_string_lossy().into_owned()
    }

    fn hunt(place: &TempDir, program: &str, classic: &[&str]) -> Outcome {
        let found = compare(
            place,
            &with(&["--explain", "--a", "cpu", "--b", program], classic),
        );
        assert_eq!(found.code, 3, "{}{}", found.stdout, found.stderr);
        found
    }

    /// A directory in which an earlier run left its cache.
    fn with_stale_cache(place: &TempDir) -> PathBuf {
        let directory = place.path().join("stale");
        fs::create_dir(&directory).unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
            .arg("-hkl")
            .arg(golden("inputs/sparse.hkl"))
            .args([
                "-default_F",
                "60",
                "-cell",
                "100",
                "-detpixels",
                "4",
                "-device",
                "cpu",
            ])
            .args(["-nonoise", "-nopgm"])
            .current_dir(&directory)
            .output()
            .unwrap();
        assert!(run.status.success());
        assert!(directory.join("Fdump.bin").is_file());
        directory
    }

    const CUBE: &[&str] = &[
        "-default_F",
        "100",
        "-cell",
        "100",
        "-lambda",
        "6.2",
        "-N",
        "5",
        "-detpixels",
        "64",
        "-physics",
        "c-parity",
    ];

    #[test]
    fn an_honest_copy_agrees_exactly_and_sees_an_empty_directory() {
        let place = place();
        fs::write(place.path().join("Fdump.bin"), "1 2 3").unwrap();
        let program = faulty(&place, "ls -A >&2", "");
        let found = compare(&place, &with(&["--a", "cpu", "--b", &program], CUBE));
        assert_eq!(found.code, 0, "{}{}", found.stdout, found.stderr);
        assert!(
            found
                .stdout
                .starts_with("agree: every one of 4096 pixels is equal")
        );
        let stderr = fs::read_to_string(found.directory.join("b.stderr.txt")).unwrap();
        assert!(!stderr.contains("Fdump.bin"), "{stderr}");
    }

    #[test]
    fn the_environment_names_the_reference() {
        let place = place();
        let program = faulty(&place, "", "");
        let run = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
            .args([
                "compare",
                "--a",
                "cpu",
                "--reference",
                "--outdir",
                "out",
                "--",
            ])
            .args(CUBE)
            .current_dir(place.path())
            .env("NB_C_BIN", &program)
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "{}",
            String::from_utf8_lossy(&run.stderr)
        );
    }

    #[test]
    fn a_stale_cache_is_reported_before_anything_else() {
        let place = place();
        let stale = with_stale_cache(&place);
        let program = faulty(&place, &format!("cd '{}'", stale.display()), "");
        let found = hunt(&place, &program, CUBE);
        let first = found.stdout.lines().next().unwrap();
        assert!(
            first.contains("side b read the structure factors of an earlier run, Fdump.bin"),
            "{first}"
        );
        assert!(
            first.contains("side a used F = 100 for every reflection"),
            "{first}"
        );
    }

    #[test]
    fn a_directory_that_is_not_empty_is_found_to_be_the_cause() {
        let place = place();
        let stale = with_stale_cache(&place).to_string_lossy().into_owned();
        let words = ["--explain", "--a", "cpu", "--b", "cpu", "--b-dir", &stale];
        let found = compare(&place, &with(&words, CUBE));
        assert_eq!(found.code, 3);
        let explanation = &found.summary()["explanation"];
        let finding = |at: usize, key: &str| explanation[at][key].as_str().unwrap().to_owned();
        assert_eq!(finding(0, "cause"), "divergence");
        let text = finding(0, "text");
        assert!(text.contains("F_cell: 100 against 120"), "{text}");
        assert_eq!(finding(1, "cause"), "stale-file");
        let text = finding(1, "text");
        assert!(text.contains("Fdump.bin"), "{text}");
        let summary = found.summary();
        let lay_there = &summary["sides"]["b"]["found_in_directory"][0];
        assert_eq!(lay_there["sha256"].as_str().unwrap().len(), 64);
    }

    #[test]
    fn another_wavelength_is_named_by_the_headers_and_a_small_one_by_its_effect() {
        let place = place();
        let found = hunt(&place, &faulty(&place, "", "-lambda 1.01"), TURNED);
        assert!(
            found.stdout.starts_with(
                "before any pixel: the headers differ: WAVELENGTH is 1 for a and 1.01 for b"
            ),
            "{}",
            found.stdout
        );
        let found = hunt(&place, &faulty(&place, "", "-lambda 1.000002"), TURNED);
        let (cause, text) = found.explanation();
        assert_eq!(cause, "parameter", "{text}");
        assert!(
            text.starts_with("-lambda: ") && text.contains("-lambda 1.000002 "),
            "{text}"
        );
    }

    #[test]
    fn a_pixel_size_off_by_a_millionth_is_named() {
        let place = place();
        let found = hunt(&place, &faulty(&place, "", "-pixel 0.1000001"), TURNED);
        let (cause, text) = found.explanation();
        assert_eq!(cause, "parameter", "{text}");
        assert!(
            text.starts_with("-pixel: ") && text.contains("-pixel 0.1000001 "),
            "{text}"
        );
    }

    #[test]
    fn one_structure_factor_is_named_by_its_indices() {
        let place = place();
        let original = golden("inputs/2erl_P1.hkl");
        let table = fs::read_to_string(&original).unwrap();
        let (mut indices, mut changed) = (None, String::new());
        for line in table.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words[..3] == ["-5", "1", "3"] {
                let f: f64 = words[3].parse().unwrap();
                changed += &format!("-5 1 3 {}\n", 1.1 * f);
                indices = Some(f);
            } else {
                changed += line;
                changed += "\n";
            }
        }
        indices.expect("the reflection is in the table");
        let other = place.path().join("changed.hkl");
        fs::write(&other, changed).unwrap();
        let program = faulty(&place, "", &format!("-hkl '{}'", other.display()));
        let hkl = original.to_string_lossy().into_owned();
        let classic = [
            "-hkl",
            &hkl,
            "-cell",
            "53.91",
            "23.1",
            "23.1",
            "90",
            "110.4",
            "90",
            "-lambda",
            "1",
            "-N",
            "5",
            "-distance",
            "30",
            "-detpixels",
            "128",
            "-misset",
            "10",
            "20",
            "30",
        ];
        let found = hunt(&place, &program, &classic);
        assert!(
            found.stdout.contains("side b read changed.hkl"),
            "{}",
            found.stdout
        );
        let (cause, text) = found.explanation();
        assert_eq!(cause, "structure-factor", "{text}");
        assert!(text.contains("reflection -5 1 3,"), "{text}");
        assert!(text.contains("|F| is 0.90909"), "{text}");
    }

    #[test]
    fn a_scale_is_told_from_a_shift() {
        let place = place();
        let found = hunt(&place, &faulty(&place, "", "-default_F 101"), TURNED);
        let (cause, text) = found.explanation();
        assert_eq!(cause, "scale", "{text}");
        assert!(text.contains("a is 0.98029"), "{text}");
    }

    #[test]
    fn another_reading_of_the_physics_is_named() {
        let place = place();
        let rotation = [TURNED, &["-phi", "0", "-osc", "2", "-phisteps", "3"]].concat();
        let found = hunt(&place, &faulty(&place, "", "-physics c-parity"), &rotation);
        let (cause, text) = found.explanation();
        assert_eq!(cause, "semantics", "{text}");
        assert!(
            text.contains("with -physics c-parity side a agrees"),
            "{text}"
        );
        assert!(text.contains("φ = 0"), "{text}");
    }

    #[test]
    fn another_pivot_is_named() {
        let place = place();
        let tilted = [TURNED, &["-mosflm", "-detector_rotx", "8"]].concat();
        let found = hunt(&place, &faulty(&place, "", "-pivot sample"), &tilted);
        let (cause, text) = found.explanation();
        assert_eq!(cause, "semantics", "{text}");
        assert!(text.contains("with -pivot sample side a agrees"), "{text}");
    }

    #[test]
    fn the_documentation_lists_exactly_the_keys_of_the_summary() {
        let place = place();
        let stale = with_stale_cache(&place).to_string_lossy().into_owned();
        let mut found = BTreeSet::new();
        let runs = [
            with(
                &[
                    "--explain",
                    "--b",
                    "cpu",
                    "--b-dir",
                    &stale,
                    "--roi",
                    "0",
                    "40",
                    "0",
                    "40",
                ],
                CUBE,
            ),
            with(
                &["--a", "cpu", "--b", "cpu", "--gate", "0"],
                &["-hkl", "x.hkl", "-cell", "100"],
            ),
        ];
        fs::copy(golden("inputs/sparse.hkl"), place.path().join("x.hkl")).unwrap();
        for words in &runs {
            let outcome = compare(&place, words);
            keys(&outcome.summary(), "", &mut found);
        }
        let mut image = ramp(30, 30);
        image[(12, 12)] = 1e5;
        write_npy(&place, "a.npy", &image);
        image[(12, 12)] = 0.0;
        image[(20, 20)] = 1e5;
        write_npy(&place, "b.npy", &image);
        keys(
            &compare(&place, &["a.npy", "b.npy"]).summary(),
            "",
            &mut found,
        );
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/agreement.md");
        let page = fs::read_to_string(page).unwrap();
        let documented: BTreeSet<String> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
            .map(|(key, _)| key.to_owned())
            .filter(|key| !key.starts_with('-'))
            .collect();
        // What measures a frame or window, a file or a side has the same keys wherever it stands.
        let shortened: BTreeSet<String> = found.iter().map(|key| shorten(key)).collect();
        let missing: Vec<_> = shortened.difference(&documented).collect();
        let idle: Vec<_> = documented.difference(&shortened).collect();
        assert!(
            missing.is_empty() && idle.is_empty(),
            "missing {missing:?}, idle {idle:?}"
        );
    }

    /// `sides.b.engine` is documented as `SIDE.engine`, and so on.
    fn shorten(key: &str) -> String {
        let mut short = key.to_owned();
        for (long, name) in [
            ("metrics.frame.", "FRAME."),
            ("metrics.roi.", "FRAME."),
            ("metrics.regions.", "FRAME."),
            ("sides.a.", "SIDE."),
            ("sides.b.", "SIDE."),
        ] {
            if let Some(rest) = short.strip_prefix(long) {
                short = format!("{name}{rest}");
            }
        }
        for (long, name) in [
            ("FRAME.peaks.pairs.a.", "PEAK."),
            ("FRAME.peaks.pairs.b.", "PEAK."),
            ("FRAME.peaks.only_a.", "PEAK."),
            ("FRAME.peaks.only_b.", "PEAK."),
            ("FRAME.worst.", "PIXEL."),
            ("metrics.worst_pixels.", "PIXEL."),
            ("SIDE.file.", "FILE."),
            ("SIDE.found_in_directory.", "FILE."),
            ("SIDE.says_it_read.", "FILE."),
            ("inputs.", "FILE."),
        ] {
            if let Some(rest) = short.strip_prefix(long) {
                short = format!("{name}{rest}");
            }
        }
        for holder in ["PEAK.pixel.", "PIXEL.pixel."] {
            if let Some(rest) = short.strip_prefix(holder) {
                short = format!("PLACE.{rest}");
            }
        }
        short
    }
}
