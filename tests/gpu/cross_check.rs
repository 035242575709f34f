//! The GPU engine gives the float64 image of the CPU engine, whatever a plan asks for, over the whole of a large
//! detector and each part of it.

use std::path::Path;

use nanobragg::{
    classic::{Prepared, RasterOrder, Session},
    engine::{EngineKind, Precision},
    image::Image,
    internals::measure::agreement,
};
use ndarray::s;

use crate::golden_cases::options;

fn prepared(args: &str) -> Prepared {
    Prepared::new(&options(args, Path::new("."))).unwrap_or_else(|error| panic!("{args}: {error}"))
}

struct Engines {
    gpu: Session,
    cpu: Session,
}

impl Engines {
    fn new() -> Self {
        let open = |kind| {
            let engine = RasterOrder::open(kind, &Default::default());
            let engine = engine.unwrap_or_else(|error| panic!("{error}"));
            Session::new(prepared(TRICLINIC), engine)
        };
        Self {
            gpu: open(EngineKind::Gpu),
            cpu: open(EngineKind::Cpu(Precision::F64)),
        }
    }

    fn render(&mut self, args: &str) -> (Image, Image) {
        let prepared = prepared(args);
        self.gpu.set(prepared.clone());
        self.cpu.set(prepared);
        (self.gpu.render().unwrap(), self.cpu.render().unwrap())
    }
}

const TRICLINIC: &str = "-default_F 100 -cell 70 80 90 75 85 95 -lambda 1 -N 6";
const TABLE: &str = "-hkl 2erl_P1.hkl -cell 53.91 23.1 23.1 90 110.4 90 -misset 10 20 30 -lambda 1";

#[test]
fn every_feature_agrees_with_float64() {
    let mut engines = Engines::new();
    let camera = "-distance 60 -detpixels 70 -pixel 0.6";
    let sampled = "-mosaic 0.5 -mosaic_dom 7 -phi 1 -osc 2 -phisteps 3 -divergence 3 -divsteps 2 -dispersion 2 -dispsteps 2";
    let sensor = "-detector_abs 300 -detector_thick 400 -thicksteps 3 -oversample 2";
    let factors = "-oversample_thick -oversample_polar -oversample_omega";
    let mut features: Vec<String> = Vec::new();
    for physics in ["spec", "c-parity", "corrected"] {
        for shape in [
            "-square_xtal",
            "-round_xtal",
            "-gauss_xtal",
            "-tophat_spots -fudge 0.001",
        ] {
            features.push(format!(
                "{TRICLINIC} {camera} {shape} {sampled} -physics {physics}"
            ));
            features.push(format!(
                "{TRICLINIC} {camera} {shape} {sensor} {factors} -physics {physics}"
            ));
            features.push(format!(
                "{TABLE} -N 9 {camera} {shape} -mosaic 1 -mosaic_dom 5 -physics {physics}"
            ));
            features.push(format!(
                "{TABLE} -N 2 {camera} {shape} -interpolate -distance 300 -physics {physics}"
            ));
        }
        for extra in [
            "-dmin 2.5 -water 3",
            "-water 1e5 -fluence 1e20 -oversample 2 -dispersion 2 -dispsteps 2 -dmin 3",
            "-curved_det -oversample 2",
            "-curved_det -detector_rotx 20 -detector_thick 300 -detector_abs 500 -thicksteps 2",
            "-point_pixel -polar 0.9 -dmin 4 -oversample_polar",
            "-nopolar -roi 11 53 7 66 -oversample_omega",
            "-oversample 3 -oversample_thick -detector_abs 1000 -detector_thick 200 -thicksteps 2 -water 10",
            // The step at φ = 0 sees other cells in the first loop of the run.
            "-phi 0 -osc 3 -phisteps 4 -oversample 1",
            "-phi 0 -osc 3 -phisteps 4 -oversample 1 -dmin 4",
        ] {
            features.push(format!("{TRICLINIC} {camera} {extra} -physics {physics}"));
        }
        // Leaves the table in the middle of a pixel's samples.
        features.push(format!(
            "{TABLE} -default_F 7 -N 3 -distance 15 -detpixels 60 -pixel 0.3 -Xbeam 4 -Ybeam 8 -interpolate \
             -oversample 2 -mosaic 2 -mosaic_dom 5 -phi 0 -osc 1 -phisteps 2 -physics {physics}"
        ));
    }
    for args in &features {
        let (gpu, cpu) = engines.render(args);
        let error = agreement(gpu.view(), cpu.view()).relative_l2.unwrap();
        assert!(
            cpu.as_slice().iter().any(|&pixel| pixel > 0.0),
            "{args} is empty"
        );
        assert!(error < 2e-5, "{args}: {error:e}");
    }
}

#[test]
fn a_large_frame_agrees_in_each_of_its_parts() {
    let mut engines = Engines::new();
    let camera = "-lambda 0.5 -distance 500 -pixel 0.05 -detpixels 4096 -oversample 1";
    for crystal in [
        "-default_F 100 -cell 100 100 100 90 90 90 -N 5",
        "-hkl 2erl_P1.hkl -cell 53.91 23.1 23.1 90 110.4 90 -misset 10 20 30 -N 12 -mosaic 0.3 -mosaic_dom 5",
    ] {
        let (gpu, cpu) = engines.render(&format!("{crystal} {camera}"));
        let part = 4096 / 4;
        for row in 0..4 {
            for column in 0..4 {
                let window = s![
                    row * part..(row + 1) * part,
                    column * part..(column + 1) * part
                ];
                let (gpu, cpu) = (gpu.view(), cpu.view());
                let (gpu, cpu) = (gpu.slice(window), cpu.slice(window));
                let agreement = agreement(gpu, cpu);
                let place = format!("{crystal}, part ({row}, {column})");
                let correlation = agreement.correlation.unwrap();
                assert!(correlation >= 0.999_999, "{place}: {correlation}");
                let sum_ratio = agreement.sum_ratio.unwrap();
                assert!((sum_ratio - 1.0).abs() <= 1e-5, "{place}: {sum_ratio}");
            }
        }
    }
}
