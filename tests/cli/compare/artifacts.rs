//! What a comparison leaves behind.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use serde_json::Value;

use super::run::{
    CUBE, TURNED, compare, golden, place, ramp, with, with_stale_cache, write_npy,
    write_worst_pixel,
};

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
    // A peak in one image alone, either way about.
    write_worst_pixel(&place, (12, 12), 1e5);
    for files in [["a.npy", "b.npy"], ["b.npy", "a.npy"]] {
        keys(&compare(&place, &files).summary(), "", &mut found);
    }
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
