//! The verdict and the exit status.

use std::fs;

use ndarray::Array2;
use serde_json::Value;

use super::run::{TURNED, compare, golden, place, ramp, with, write_npy, write_worst_pixel};

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
fn a_file_of_many_images_is_said_to_be_one() {
    let place = place();
    write_npy(&place, "one.npy", &ramp(20, 30));
    let stack = ndarray::stack![ndarray::Axis(0), ramp(20, 30), 2.0 * ramp(20, 30)];
    nanobragg::formats::npy::write(&place.path().join("two.npy"), stack.view()).unwrap();
    let found = compare(&place, &["one.npy", "two.npy"]);
    assert_eq!(found.code, 0, "{}", found.stdout);
    let told = "two.npy holds 2 images, of which the first is compared";
    assert!(found.stdout.contains(told), "{}", found.stdout);
    assert!(!found.stdout.contains("one.npy holds"), "{}", found.stdout);
}

#[test]
fn two_engines_are_named_by_their_places() {
    let place = place();
    for dashes in [&["--"][..], &[]] {
        let words = [&["cpu", "cpu-f32"], dashes, TURNED].concat();
        let found = compare(&place, &words);
        assert_eq!(found.code, 0, "{}", found.stderr);
        let told = "(a cpu, b cpu-f32)";
        assert!(found.stdout.contains(told), "{}", found.stdout);
    }
    // One engine makes the other word a program.
    let found = compare(&place, &[&["cpu", "./no_program"], TURNED].concat());
    assert_eq!(found.code, 2, "{}", found.stderr);
    assert!(
        found.stderr.contains("side b (./no_program)"),
        "{}",
        found.stderr
    );
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
        (
            vec!["--explain", "a.npy", "a.npy"],
            "--explain goes with engines",
        ),
        (
            vec!["--b-dir", "x", "a.npy", "a.npy"],
            "--b-dir goes with engines",
        ),
        (vec!["gpu", "cpu", "--a", "cpu"], "--a"),
        (vec!["gpu", "cpu", "-distance=5"], "write -distance 5"),
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
    write_worst_pixel(&place, (1, 28), 1e6);
    let found = compare(&place, &["--roi", "10", "19", "10", "19", "a.npy", "b.npy"]);
    assert_eq!(found.code, 3);
    let metrics = &found.summary()["metrics"];
    assert_eq!(metrics["roi"]["relative_l2"], 0.0);
    assert_eq!(
        metrics["worst_pixels"][0]["pixel"],
        serde_json::json!({"panel": 0, "slow": 1, "fast": 28})
    );
    let corners = metrics["regions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["region"] == "corners");
    assert!(corners.unwrap()["relative_l2"].as_f64().unwrap() > 1.0);
}
