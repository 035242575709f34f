//! AT-ABS: the layers of a sensor.

use nanobragg::{
    engine::{Ray, Record, Sample, SourceRay, Total, cpu::CpuEngine},
    experiment::vector::dot,
};

use super::{
    Check, On,
    check::rows,
    images::{plan, render, same},
    theory,
};

rows! {
    Described: [at_abs_001_the_layers_capture_together_what_the_sensor_captures],
    Rendered: [at_abs_001_the_last_layer_or_each_layer_weighs_the_image],
}

const SENSOR: &str = "-cell 100 -N 3 -default_F 100 -detpixels 40 -pixel 0.5 -distance 50 -detector_rotx 20 \
                      -detector_roty -15 -detector_abs 500 -detector_thick 450 -thicksteps 5 -oversample 1";

/// Adds up what the layers capture.
#[derive(Default)]
struct Captured {
    sum: f64,
    layers: usize,
}

impl Record for Captured {
    fn ray(&mut self, ray: &Ray) {
        self.sum += ray.capture;
        self.layers += 1;
    }
    fn source(&mut self, _: &SourceRay) {}
    fn sample(&mut self, _: &Sample) {}
    fn total(&mut self, _: &Total) {}
}

pub fn at_abs_001_the_layers_capture_together_what_the_sensor_captures(check: &mut Check) {
    let (_, plan) = plan(SENSOR);
    let sensor = plan.detector.sensor;
    let mut engine = CpuEngine::default();
    for (slow, fast) in [(0, 0), (7, 33), (20, 20), (39, 39)] {
        let mut captured = Captured::default();
        engine
            .trace(&plan, slow, fast, &mut captured)
            .expect("the pixel is traced");
        assert_eq!(captured.layers, 5);
        // ρ changes a little from layer to layer, by the parallax; the first layer's is the row's.
        let ray = theory::first_ray(&plan, slow, fast);
        let rho = dot(ray.direction, plan.detector.normal);
        let thickness_m = sensor.layer_m * sensor.layers as f64;
        let attenuation = sensor.attenuation_per_m.expect("the sensor absorbs");
        let whole = 1.0 - (-thickness_m * attenuation / rho).exp();
        let what = "captured by all layers over 1 − exp(−T·µ/ρ), less one";
        check.at_most(what, (captured.sum / whole - 1.0).abs(), 2e-3);
    }
}

pub fn at_abs_001_the_last_layer_or_each_layer_weighs_the_image(check: &mut Check, on: On) {
    for factors in ["", "-oversample_thick", "-physics corrected"] {
        let ours = render(on, &format!("{SENSOR} {factors}"));
        let expected = theory::image(&ours.plan, |_| 100.0);
        let what = "relative L2 to theory";
        same(
            check,
            what,
            ours.image.view(),
            expected.view(),
            on.tolerance(),
        );
    }
}
