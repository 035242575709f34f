//! The classic program's images, `golden/acceptance/`.

use std::{fs, io::Read};

use flate2::read::GzDecoder;
use nanobragg::internals::measure::{self, Agreement};
use ndarray::{Array2, s};
use serde::Deserialize;

use super::{
    Check, On,
    images::{Rendered, correlation, golden, render},
};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    args: String,
    physics: Option<String>,
    /// xmin xmax ymin ymax of what was kept of the image, inclusive.
    crop: Option<[usize; 4]>,
}

/// One command line on both programs.
pub struct Pair {
    pub ours: Rendered,
    /// The pixels of ours that the classic image has.
    pub kept: Array2<f32>,
    pub classic: Array2<f32>,
    pub agreement: Agreement,
}

/// Renders a case, and holds it to the classic image as tightly as the engine's precision allows.
pub fn pair(check: &mut Check, on: On, name: &str) -> Pair {
    let text = fs::read_to_string(golden().join("acceptance/cases.json")).expect("golden data");
    let golden_cases: Golden = serde_json::from_str(&text).expect("cases.json");
    let case = golden_cases
        .cases
        .into_iter()
        .find(|case| case.name == name)
        .unwrap_or_else(|| panic!("{name} is a golden case"));
    let physics = case
        .physics
        .map_or(String::new(), |p| format!(" -physics {p}"));
    let ours = render(on, &format!("{}{physics}", case.args));
    let kept = match case.crop {
        Some([x_min, x_max, y_min, y_max]) => ours
            .image
            .slice(s![y_min..=y_max, x_min..=x_max])
            .to_owned(),
        None => ours.image.clone(),
    };
    let classic = image(name, kept.dim());
    let agreement = measure::agreement(kept.view(), classic.view());
    check.at_most(
        "relative L2 to the classic image",
        agreement.relative_l2.unwrap_or(f64::INFINITY),
        on.tolerance(),
    );
    check.at_least(
        "correlation with the classic image",
        correlation(&agreement),
        0.9999,
    );
    Pair {
        ours,
        kept,
        classic,
        agreement,
    }
}

fn image(name: &str, shape: (usize, usize)) -> Array2<f32> {
    let path = golden().join(format!("acceptance/expected/{name}.f32.gz"));
    let mut bytes = Vec::new();
    let file = fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    GzDecoder::new(file).read_to_end(&mut bytes).expect("gzip");
    let pixels = bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    Array2::from_shape_vec(shape, pixels).expect("the shape of our image")
}
