//! Planted faults are found: external sides that are copies of this program with something changed.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use tempfile::TempDir;

use super::run::{CUBE, Outcome, TURNED, compare, golden, place, with, with_stale_cache};

/// A program beside the images: this one with a fault planted, as shell lines around `exec`.
fn faulty(place: &TempDir, before: &str, more_words: &str) -> String {
    let path = place.path().join("faulty.sh");
    let program = env!("CARGO_BIN_EXE_nanobragg");
    let script = format!("#!/bin/sh\n{before}\nexec '{program}' \"$@\" -device cpu {more_words}\n");
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
    let oblique = [TURNED, &["-cell", "70", "80", "90", "75", "85", "95"]].concat();
    let found = hunt(&place, &faulty(&place, "", "-physics corrected"), &oblique);
    let (cause, text) = found.explanation();
    assert_eq!(cause, "semantics", "{text}");
    assert!(
        text.contains("with -physics corrected side a agrees"),
        "{text}"
    );
    assert!(text.contains("builds the oblique cell exactly"), "{text}");
}

#[test]
fn a_cell_carried_over_at_phi_0_is_named() {
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

/// A run that interpolates to its table's end, at fast 58, slow 20.
fn run_out(place: &TempDir) -> Vec<String> {
    let line = |n: i32| {
        let [h, k, l] = [n / 81 - 4, n / 9 % 9 - 4, n % 9 - 4];
        let f = 10 + (7 * h * h + 5 * k * k + 3 * l * l) % 11;
        format!("{h} {k} {l} {f}\n")
    };
    let table = place.path().join("small.hkl");
    fs::write(&table, (0..729).map(line).collect::<String>()).unwrap();
    let words = "-cell 100 -lambda 6.2 -N 2 -interpolate -oversample 1 -distance 20 -detpixels 64 -roi 32 63 20 40";
    let table = ["-hkl".to_owned(), table.to_string_lossy().into_owned()];
    let words = words.split(' ').map(str::to_owned);
    table.into_iter().chain(words).collect()
}

#[test]
fn interpolation_that_runs_out_of_its_table_is_named() {
    for (other, agrees) in [
        (
            "-physics corrected",
            "with -physics corrected side a agrees",
        ),
        ("-nointerpolate", "with -nointerpolate side a agrees"),
    ] {
        let place = place();
        let classic = run_out(&place);
        let classic: Vec<&str> = classic.iter().map(String::as_str).collect();
        let found = hunt(&place, &faulty(&place, "", other), &classic);
        let (cause, text) = found.explanation();
        assert_eq!(cause, "semantics", "{text}");
        assert!(text.contains(agrees), "{text}");
        let place = "side a's interpolation left the table of structure factors at pixel 58 20";
        assert!(text.contains(place), "{text}");
    }
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
