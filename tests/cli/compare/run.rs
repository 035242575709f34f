//! A comparison by the command, and images to compare.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use ndarray::Array2;
use serde_json::Value;
use tempfile::TempDir;

/// What one comparison printed and left behind.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    pub directory: PathBuf,
}

impl Outcome {
    pub fn summary(&self) -> Value {
        let text = fs::read_to_string(self.directory.join("summary.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    pub fn explanation(&self) -> (String, String) {
        let summary = self.summary();
        let finding = &summary["explanation"][0];
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        (text("cause"), text("text"))
    }
}

/// Runs the command in `place`, artifacts in `place/out`.
pub fn compare(place: &TempDir, words: &[&str]) -> Outcome {
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

pub fn place() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(path)
}

pub fn write_npy(place: &TempDir, name: &str, image: &Array2<f32>) {
    nanobragg::formats::npy::write(&place.path().join(name), image.view()).unwrap();
}

pub fn ramp(slow: usize, fast: usize) -> Array2<f32> {
    Array2::from_shape_fn((slow, fast), |(s, f)| (1 + s * fast + f) as f32)
}

/// A crystal turned off the axes, sharp enough for small faults to show.
pub const TURNED: &[&str] = &[
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

pub fn with<'a>(before: &[&'a str], classic: &[&'a str]) -> Vec<&'a str> {
    [before, &["--"], classic].concat()
}

/// Writes b.npy, a ramp, and a.npy, which differs from it in one pixel.
pub fn write_worst_pixel(place: &TempDir, (slow, fast): (usize, usize), a: f32) {
    let mut image = ramp(30, 30);
    write_npy(place, "b.npy", &image);
    image[(slow, fast)] = a;
    write_npy(place, "a.npy", &image);
}

/// A directory in which an earlier run left its cache.
pub fn with_stale_cache(place: &TempDir) -> PathBuf {
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

/// A cubic crystal, as the classic program reads it.
pub const CUBE: &[&str] = &[
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
