//! `nanobragg bench` quotes no speed for a wrong image, and leaves figures that others can read.

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

const CRYSTAL: &str = "-default_F 100 -cell 70 80 90 75 85 95 -N 5 -lambda 1 -distance 100 -mosaic 0.5 -mosaic_dom 3 -oversample 1";

fn bench(folder: &Path, words: &[&str], classic: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .current_dir(folder)
        .arg("bench")
        .args(words)
        .arg("--")
        .args(classic.split(' '))
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A program that renders what it is asked for with one option changed, and does something before.
#[cfg(unix)]
fn program(folder: &Path, before: &str, change: &str) -> String {
    use std::os::unix::fs::PermissionsExt;

    let path = folder.join("reference.sh");
    let binary = env!("CARGO_BIN_EXE_nanobragg");
    std::fs::write(
        &path,
        format!("#!/bin/sh\n{before}\nexec '{binary}' \"$@\" {change}\n"),
    )
    .unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Times the CPU engine beside such a program.
#[cfg(unix)]
fn against(folder: &Path, reference: &str, classic: &str) -> Output {
    let words = [
        "--engines",
        "cpu",
        "--sizes",
        "32",
        "--iterations",
        "2",
        "--no-cold",
        "--reference",
        reference,
        "--out",
        "today",
    ];
    bench(folder, &words, classic)
}

#[test]
fn a_bundle_holds_every_figure_of_every_engine_and_size() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "--engines",
        "cpu,cpu-f32,gpu",
        "--sizes",
        "32,48",
        "--iterations",
        "2",
        "--roofline",
        "--profile",
        "--out",
        "today",
    ];
    let output = bench(folder.path(), &words, CRYSTAL);
    assert!(output.status.success(), "{}", said(&output));
    let read =
        |name: &str| std::fs::read_to_string(folder.path().join("today").join(name)).unwrap();
    let bundle: Value = serde_json::from_str(&read("bench.json")).unwrap();
    for place in [
        "/schema",
        "/date_unix_s",
        "/build/version",
        "/machine",
        "/threads",
        "/options/0",
        "/peak/float64_flops_per_s",
        "/peak/float32_flops_per_s",
        "/peak/memory_bytes_per_s",
    ] {
        assert!(
            bundle.pointer(place).is_some_and(|value| !value.is_null()),
            "{place}"
        );
    }
    let measurements = bundle["measurements"].as_array().unwrap();
    assert_eq!(measurements.len(), 6);
    for measurement in measurements {
        let number = |place: &str| measurement.pointer(place).and_then(Value::as_f64);
        let size = number("/size").unwrap();
        assert_eq!(number("/samples"), Some(3.0 * size * size));
        for place in [
            "/cold/median_s",
            "/first_s",
            "/warm/min_s",
            "/warm/median_s",
            "/warm/max_s",
            "/warm_stages/set_up_s",
            "/warm_stages/kernel_s",
            "/warm_stages/write_s",
            "/samples_per_s",
        ] {
            assert!(
                number(place).is_some_and(|value| value > 0.0),
                "{place}: {measurement}"
            );
        }
        let engine = measurement["engine"].as_str().unwrap();
        let is_gpu = engine == "gpu";
        assert_eq!(number("/warm_stages/readback_s").is_some(), is_gpu);
        assert_eq!(number("/operations_per_pixel/fused").is_some(), !is_gpu);
        assert_eq!(number("/correlation_warm").is_some(), engine != "cpu");
    }
    assert_eq!(read("bench.csv").lines().count(), 7);
    assert!(read("bench.svg").contains("<svg"));
    let profile: Value = serde_json::from_str(&read("profile.json")).unwrap();
    assert!(profile["traceEvents"].as_array().unwrap().len() > 6);
    let text = said(&output);
    for word in ["readback ms", "of peak", "flop/sample"] {
        assert!(text.contains(word), "{text}");
    }

    let matrix = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .current_dir(folder.path())
        .args(["bench", "matrix", "today"])
        .output()
        .unwrap();
    assert!(
        said(&matrix).contains("| today | cpu-f32 | 48 |"),
        "{}",
        said(&matrix)
    );
}

#[cfg(unix)]
#[test]
fn a_reference_is_compared_cold_and_warm() {
    let folder = tempfile::tempdir().unwrap();
    let reference = program(folder.path(), "", "");
    let output = against(folder.path(), &reference, CRYSTAL);
    assert!(output.status.success(), "{}", said(&output));
    let text = std::fs::read_to_string(folder.path().join("today/bench.json")).unwrap();
    let bundle: Value = serde_json::from_str(&text).unwrap();
    let measurement = &bundle["measurements"][0];
    for key in [
        "correlation_reference",
        "correlation_reference_warm",
        "sum_ratio_reference",
    ] {
        let value = measurement[key].as_f64().unwrap();
        assert!((value - 1.0).abs() < 1e-9, "{key}: {value}");
    }
    assert!(measurement["speedup_warm"].as_f64().unwrap() > 0.0);
}

#[cfg(unix)]
#[test]
fn a_reference_runs_in_an_empty_directory_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let reflections: String = (-3..=3)
        .flat_map(|h| (-3..=3).map(move |k| format!("{h} {k} 1 {}\n", 10 + h + k)))
        .collect();
    std::fs::write(folder.path().join("own.hkl"), reflections).unwrap();
    // What a run before left behind, of another crystal.
    std::fs::write(folder.path().join("Fdump.bin"), "stale").unwrap();
    let before = "[ -z \"$(ls)\" ] || exit 9\ntouch left-behind";
    let reference = program(folder.path(), before, "");
    let classic = format!("-hkl own.hkl {CRYSTAL}");
    let output = against(folder.path(), &reference, &classic);
    assert!(output.status.success(), "{}", said(&output));
    assert!(!folder.path().join("left-behind").exists());
    let cache = std::fs::read(folder.path().join("Fdump.bin")).unwrap();
    assert_eq!(cache, b"stale");
}

#[cfg(unix)]
#[test]
fn a_reference_of_another_size_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let reference = program(folder.path(), "", "-detpixels 31");
    let output = against(folder.path(), &reference, CRYSTAL);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("31 x 31"), "{}", said(&output));
}

#[cfg(unix)]
#[test]
fn a_wrong_image_is_marked_and_ends_with_status_3() {
    let folder = tempfile::tempdir().unwrap();
    let reference = program(folder.path(), "", "-N 4");
    let output = against(folder.path(), &reference, CRYSTAL);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("WRONG IMAGE"), "{}", said(&output));
}

#[test]
fn what_cannot_be_measured_is_refused_before_anything_is() {
    let folder = tempfile::tempdir().unwrap();
    for (words, classic, status, reason) in [
        (&["--engines", "abacus"][..], CRYSTAL, 2, "abacus"),
        (&["--sizes", "0"], CRYSTAL, 2, "--sizes"),
        (&["--profile"], CRYSTAL, 2, "--out"),
        (&["--no-cold"], "-nosuchoption 1", 2, "-nosuchoption"),
        (
            &[
                "--no-cold",
                "--sizes",
                "32",
                "--reference",
                "/nonexistent/program",
            ],
            CRYSTAL,
            1,
            "/nonexistent/program",
        ),
    ] {
        let output = bench(folder.path(), words, classic);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{words:?}: {}",
            said(&output)
        );
        assert!(
            said(&output).contains(reason),
            "{words:?}: {}",
            said(&output)
        );
    }
}
