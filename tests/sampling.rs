//! Every combination of range, step and count samples as the classic program resolved it.

use nanobragg::{cli, experiment::Experiment};
use serde::Deserialize;

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

fn rows() -> Vec<Row> {
    let golden: Golden = serde_json::from_str(include_str!("../golden/sampling.json")).unwrap();
    golden.rows
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

#[test]
fn all_combinations_of_range_step_and_count_give_the_classic_samples() {
    const SIX_DIGITS: f64 = 5e-6;
    const FIFTEEN_DIGITS: f64 = 5e-15;
    let rows = rows();
    assert_eq!(rows.len(), 172);
    for row in rows {
        let args = &row.args;
        let words = BASE.split_whitespace().chain(args.split_whitespace());
        let options = cli::parse(words).unwrap();
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
}
