//! AT-SRC: where the X-rays come from, and every rule of sampling.

use std::fs;

use nanobragg::classic::{self, Experiment};
use ndarray::Zip;
use serde::Deserialize;

use super::{
    Check, On,
    check::rows,
    images::{render, same},
};

rows! {
    Described: [at_src_002_every_combination_of_count_range_and_step_samples_as_the_classic_program],
    Rendered: [at_src_001_two_sources_are_the_mean_of_one_and_the_other],
}

pub fn at_src_001_two_sources_are_the_mean_of_one_and_the_other(check: &mut Check, on: On) {
    const LINES: [&str; 2] = ["-10 0 0.02 3 1.1e-10", "-10 0.05 -0.01 1 0.9e-10"];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image_of = |name: &str, text: &str, physics: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("the source file is written");
        let line = format!(
            "-cell 70 80 90 75 85 95 -default_F 100 -N 5 -detpixels 96 -pixel 0.4 -distance 80 -oversample 1 \
             -nopolar -physics {physics} -sourcefile {}",
            path.display()
        );
        render(on, &line)
    };
    for (physics, weights, what) in [
        ("spec", [0.5, 0.5], "weights of one, relative L2"),
        (
            "corrected",
            [0.75, 0.25],
            "corrected: the file's weights, relative L2",
        ),
    ] {
        let both = image_of("both", &LINES.join("\n"), physics);
        let [first, second] = LINES.map(|line| image_of("one", line, physics));
        let lambdas: Vec<f64> = both
            .plan
            .sources()
            .iter()
            .map(|s| s.wavelength_angstrom)
            .collect();
        assert!((lambdas[0] - 1.1).abs() < 1e-12 && (lambdas[1] - 0.9).abs() < 1e-12);
        let mean = Zip::from(&first.image)
            .and(&second.image)
            .map_collect(|a, b| (f64::from(*a) * weights[0] + f64::from(*b) * weights[1]) as f32);
        same(check, what, both.image.view(), mean.view(), on.tolerance());
    }
}

const BASE: &str = "-default_F 1 -cell 100 100 100 90 90 90 -N 3 -detpixels 2 -nonoise -nopgm -noprogress -lambda 1";

#[derive(Deserialize)]
struct Golden {
    rows: Vec<Row>,
}

/// What the classic program printed for one command line, with six digits (wavelengths with fifteen).
#[derive(Deserialize)]
struct Row {
    args: String,
    phi_deg: Vec<f64>,
    layer_um: Vec<f64>,
    lambda_m: Vec<f64>,
    divergence_rad: Vec<[f64; 2]>,
    sources: usize,
    mosaic_domains: usize,
    oversample: usize,
}

fn assert_equal(args: &str, what: &str, ours: &[f64], classic: &[f64], relative: f64) {
    assert_eq!(ours.len(), classic.len(), "{args}: number of {what}");
    for (ours, classic) in ours.iter().zip(classic) {
        assert!(
            (ours - classic).abs() <= relative * classic.abs() + 1e-16,
            "{args}: {what} {ours}, classic {classic}"
        );
    }
}

pub fn at_src_002_every_combination_of_count_range_and_step_samples_as_the_classic_program(
    check: &mut Check,
) {
    const SIX_DIGITS: f64 = 5e-6;
    const FIFTEEN_DIGITS: f64 = 5e-15;
    let text = include_str!("../../../golden/sampling.json");
    let golden: Golden = serde_json::from_str(text).expect("sampling.json");
    assert_eq!(golden.rows.len(), 172);
    for row in golden.rows {
        let args = &row.args;
        let words = BASE.split_whitespace().chain(args.split_whitespace());
        let options = classic::parse(words).expect("the words are options");
        let experiment = match Experiment::from_options(&options) {
            Ok(experiment) => experiment,
            // The classic program divides 0 by 0 and writes an image of NaN.
            Err(error) if row.phi_deg.is_empty() => {
                assert!(
                    error.is_usage() && error.to_string().contains("-osc"),
                    "{args}: {error}"
                );
                continue;
            }
            Err(error) => panic!("{args}: {error}"),
        };
        let phi: Vec<f64> = experiment
            .goniometer
            .phi_rad()
            .map(f64::to_degrees)
            .collect();
        assert_equal(args, "φ", &phi, &row.phi_deg, SIX_DIGITS);
        let sensor = experiment.detector.sensor;
        let layers: Vec<f64> = (0..sensor.layers)
            .map(|t| sensor.layer_m * t as f64 * 1e6)
            .collect();
        assert_equal(args, "layers", &layers, &row.layer_um, SIX_DIGITS);
        let sources = &experiment.sources;
        let wavelengths: Vec<f64> = sources
            .dispersion
            .wavelengths_m(experiment.beam.wavelength_m)
            .collect();
        assert_equal(args, "λ", &wavelengths, &row.lambda_m, FIFTEEN_DIGITS);
        assert_equal(
            args,
            "divergence",
            sources.divergence_rad.as_flattened(),
            row.divergence_rad.as_flattened(),
            SIX_DIGITS,
        );
        assert_eq!(sources.points.len(), row.sources, "{args}");
        assert_eq!(experiment.mosaic.domains, row.mosaic_domains, "{args}");
        assert_eq!(experiment.sampling.oversample, row.oversample, "{args}");
    }
    check.asserted();
}
