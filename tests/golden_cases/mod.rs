//! The golden cases: command lines of the classic program with what it wrote for each. Shared by the tests that read them,
//! each of which looks at its own part.
#![allow(dead_code)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use nanobragg::classic::{self, options::Options};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    pub args: String,
    #[serde(default)]
    pub inputs: Vec<String>,
    /// Runs that come first, in the same directory.
    #[serde(default)]
    pub before: Vec<String>,
    pub outputs: Vec<String>,
    pub physics: Option<String>,
    /// xmin xmax ymin ymax of what was kept of the image, inclusive.
    pub crop: Option<[usize; 4]>,
    /// Pixels (slow, fast) that the classic program traced.
    #[serde(default)]
    pub trace: Vec<[usize; 2]>,
    #[serde(default = "one")]
    pub f32_looser: f64,
}

fn one() -> f64 {
    1.0
}

pub fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

pub fn cases() -> Vec<Case> {
    let text = fs::read_to_string(golden().join("cases.json")).unwrap();
    serde_json::from_str::<Golden>(&text).unwrap().cases
}

/// A case's expected file.
pub fn expected(case: &Case, file: &str) -> PathBuf {
    golden().join("expected").join(&case.name).join(file)
}

/// Options of a command line whose files lie among the golden inputs or in `folder`.
pub fn options(words: &str, folder: &Path) -> Options {
    let mut options = classic::parse(words.split_whitespace()).unwrap();
    // Whatever cache an earlier run left where the tests run is not theirs.
    options
        .structure_factors
        .dump
        .get_or_insert_with(|| "no-cache-here.bin".into());
    for path in [
        &mut options.structure_factors.hkl,
        &mut options.crystal.matrix,
        &mut options.beam.source_file,
        &mut options.detector.mask,
        &mut options.detector.image,
    ]
    .into_iter()
    .flatten()
    {
        let input = golden().join("inputs").join(&*path);
        *path = if input.exists() {
            input
        } else {
            folder.join(&*path)
        };
    }
    options
}
