//! The statistics of the classic program's images are those that it printed.

use std::path::Path;

use nanobragg::{
    classic::Experiment,
    formats::{raw_float, smv},
    image::Image,
    structure_factors::Amplitudes,
};
use ndarray::{Array2, s};

use crate::golden_cases::{Case, cases, expected, options};

/// An image with counts inside the region of interest and zeros outside, as a run before this one left it.
fn write_image_of(args: &str, folder: &Path) {
    let options = options(args, folder);
    let Some(file) = &options.output.int_file else {
        return;
    };
    let experiment = Experiment::from_options(&options).unwrap();
    let detector = &experiment.detector;
    let region = detector.region;
    let mut counts = Array2::zeros((detector.slow_pixels, detector.fast_pixels));
    counts
        .slice_mut(s![
            region.slow_min..=region.slow_max,
            region.fast_min..=region.fast_max
        ])
        .fill(40);
    smv::write(&folder.join(file), &experiment.smv_header(), counts.view()).unwrap();
}

/// The classic program's image, put back to where a case was cropped from.
fn classic_image(case: &Case, slow_pixels: usize, fast_pixels: usize) -> Image {
    let path = expected(case, "float.bin");
    let Some([x0, x1, y0, y1]) = case.crop else {
        let pixels = raw_float::read(&path, Some((slow_pixels, fast_pixels))).unwrap();
        return Image::from_array(pixels);
    };
    let pixels = raw_float::read(&path, Some((y1 - y0 + 1, x1 - x0 + 1))).unwrap();
    let mut whole = Array2::zeros((slow_pixels, fast_pixels));
    whole.slice_mut(s![y0..=y1, x0..=x1]).assign(&pixels);
    Image::from_array(whole)
}

/// The numbers of the line that begins with `name`.
fn printed(text: &str, name: &str) -> Vec<f64> {
    let line = text
        .lines()
        .find(|line| line.starts_with(name))
        .unwrap_or_else(|| panic!("no line {name}"));
    line.split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

fn assert_close(what: &str, ours: &[f64], classic: &[f64]) {
    assert_eq!(ours.len(), classic.len(), "{what}");
    for (ours, classic) in ours.iter().zip(classic) {
        // Six digits are printed, and the maximum was taken before rounding to single precision.
        let tolerance = 1e-5 * classic.abs();
        assert!(
            (ours - classic).abs() <= tolerance,
            "{what}: {ours}, classic {classic}"
        );
    }
}

#[test]
fn maximum_mean_and_deviations_are_the_classic_ones() {
    for case in cases() {
        let folder = tempfile::tempdir().unwrap();
        for args in &case.before {
            write_image_of(args, folder.path());
        }
        let experiment = Experiment::from_options(&options(&case.args, folder.path())).unwrap();
        let plan = experiment.plan(&Amplitudes::Constant(0.0)).unwrap();
        let panel = plan.panel();
        let image = classic_image(&case, panel.slow_pixels, panel.fast_pixels);

        let ours = plan.statistics(&image);
        let stdout = std::fs::read_to_string(expected(&case, "stdout.txt")).unwrap();
        let [fast, slow] = plan.last_subpixel_m(ours.max_at);
        assert_close(
            &format!("{} max", case.name),
            &[ours.max, fast, slow],
            &printed(&stdout, "max_I"),
        );
        assert_close(
            &format!("{} mean", case.name),
            &[ours.mean, ours.rms, ours.rmsd],
            &printed(&stdout, "mean="),
        );
    }
}
