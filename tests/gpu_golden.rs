//! The GPU engine renders what the classic program rendered, case by case, on whatever adapter there is: a software one
//! is enough.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

/// Relative L2 error that float32 is held to.
const LIMIT: f64 = 5e-5;

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    args: String,
    #[serde(default)]
    inputs: Vec<String>,
    #[serde(default)]
    before: Vec<String>,
    physics: Option<String>,
    /// xmin xmax ymin ymax of what was kept of the image, inclusive.
    crop: Option<[usize; 4]>,
    #[serde(default = "one")]
    f32_looser: f64,
}

fn one() -> f64 {
    1.0
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn run(directory: &Path, words: &[&str]) -> Result<(), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(["-device", "gpu"])
        .args(words)
        .current_dir(directory)
        .output()
        .expect("the binary runs");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then_some(()).ok_or(message)
}

fn floats(path: &Path) -> Vec<f64> {
    let bytes = fs::read(path).unwrap();
    let float = |chunk: &[u8]| f64::from(f32::from_le_bytes(chunk.try_into().unwrap()));
    bytes.chunks_exact(4).map(float).collect()
}

fn cropped(image: Vec<f64>, crop: Option<[usize; 4]>) -> Vec<f64> {
    let Some([x_min, x_max, y_min, y_max]) = crop else {
        return image;
    };
    let width = image.len().isqrt();
    let row = |y: usize| image[y * width + x_min..=y * width + x_max].to_vec();
    (y_min..=y_max).flat_map(row).collect()
}

/// |a − b| / |b|, or why there is none.
fn error_of(case: &Case) -> Result<f64, String> {
    let folder = tempfile::tempdir().unwrap();
    for input in &case.inputs {
        fs::copy(
            golden().join("inputs").join(input),
            folder.path().join(input),
        )
        .unwrap();
    }
    for before in &case.before {
        run(
            folder.path(),
            &before.split_whitespace().collect::<Vec<_>>(),
        )?;
    }
    let mut words: Vec<&str> = case.args.split_whitespace().collect();
    words.extend("-floatfile float.bin -nonoise -nopgm -noprogress".split(' '));
    if let Some(physics) = &case.physics {
        words.extend(["-physics", physics]);
    }
    run(folder.path(), &words)?;
    let image = cropped(floats(&folder.path().join("float.bin")), case.crop);
    let expected = floats(&golden().join("expected").join(&case.name).join("float.bin"));
    if image.len() != expected.len() {
        return Err(format!(
            "{} pixels, expected {}",
            image.len(),
            expected.len()
        ));
    }
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let difference = norm(&mut image.iter().zip(&expected).map(|(a, b)| a - b));
    Ok(difference / norm(&mut expected.iter().copied()))
}

#[test]
fn every_golden_image_comes_out_of_the_kernels() {
    assert!(
        !nanobragg::engine::gpu::adapters::summaries().is_empty(),
        "this test needs a GPU adapter; on Linux the software one will do: apt-get install mesa-vulkan-drivers"
    );
    let text = fs::read_to_string(golden().join("cases.json")).unwrap();
    let cases = serde_json::from_str::<Golden>(&text).unwrap().cases;
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| match error_of(case) {
            Ok(error) if error <= LIMIT * case.f32_looser => None,
            Ok(error) => Some(format!("{}: relative L2 error {error:.1e}", case.name)),
            Err(message) => Some(format!("{}: {message}", case.name)),
        })
        .collect();
    assert!(cases.len() >= 60, "only {} golden cases", cases.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
