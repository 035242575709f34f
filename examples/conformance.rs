//! Runs every acceptance test on both engines and writes `docs/conformance.md`: `cargo run --release --example conformance`.

use std::{fs, io, path::Path, process::ExitCode};

use nanobragg::{engine::Engine, internals::cpu::CpuEngine};

#[path = "../tests/acceptance/rows/mod.rs"]
mod rows;

use rows::{Body, Check, On, Row};

const DIFFERENCES: &str = include_str!("../golden/acceptance/differences.md");

fn main() -> io::Result<ExitCode> {
    let list = rows::list();
    let rows = rows::all();
    let mut page = format!(
        "# Conformance\n\nWritten by `cargo run --release --example conformance`, which runs the tests of \
         `tests/acceptance/` and notes what they measure: the worst value of each figure and, in brackets, the limit \
         that it is held to. The CPU engine computes in float64, the GPU engine in float32.\n\n\
         * CPU: {}\n* GPU: {}\n\nRows without figures hold exactly or not at all; `command` runs the program itself, \
         by `cargo test --release --test acceptance`, and a file name stands for a test of its own.\n\n| ID | test | CPU, or no engine | GPU |\n|---|---|---|---|\n",
        CpuEngine::default().description(),
        rows::gpu_engine().description(),
    );
    let mut all_hold = true;
    for group in &list.groups {
        for (number, about) in &group.rows {
            let id = format!("{}-{number}", group.prefix);
            let start = format!("{}_", id.to_lowercase().replace('-', "_"));
            let carried: Vec<&Row> = rows
                .iter()
                .filter(|row| row.name.starts_with(&start))
                .collect();
            if carried.is_empty() {
                let (promise, file) = elsewhere(&start)?;
                page += &format!("| {id} {about} | {promise} | `{file}` | |\n");
            }
            for row in carried {
                let (first, second) = match row.body {
                    Body::Described(_) => (
                        figures(&row.measure(None), &mut all_hold),
                        "not rendered".into(),
                    ),
                    Body::Rendered(_) => (
                        figures(&row.measure(Some(On::Cpu)), &mut all_hold),
                        figures(&row.measure(Some(On::Gpu)), &mut all_hold),
                    ),
                    Body::Command(_) => ("command".into(), "not rendered".into()),
                };
                let promise = row.name[start.len()..].replace('_', " ");
                page += &format!("| {id} {about} | {promise} | {first} | {second} |\n");
            }
        }
    }
    page += "\n";
    page += DIFFERENCES;
    fs::write(
        concat!(env!("CARGO_MANIFEST_DIR"), "/docs/conformance.md"),
        page,
    )?;
    Ok(if all_hold {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The promise of a test outside of `tests/acceptance/` whose name starts with an ID, and its file.
fn elsewhere(start: &str) -> io::Result<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut left = vec![root.join("tests")];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                left.push(entry?.path());
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path)?;
            if let Some((_, rest)) = text.split_once(&format!("fn {start}")) {
                let promise = rest.split('(').next().unwrap_or_default();
                let file = path.strip_prefix(root).unwrap_or(&path);
                return Ok((promise.replace('_', " "), file.display().to_string()));
            }
        }
    }
    Err(io::Error::other(format!("no test is named {start}…")))
}

fn figures(check: &Check, all_hold: &mut bool) -> String {
    *all_hold &= check.holds();
    if check.figures.is_empty() {
        return "holds".to_owned();
    }
    let cells: Vec<String> = check.figures.iter().map(ToString::to_string).collect();
    cells.join("<br>")
}
