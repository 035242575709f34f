//! AT-ABS: the layers of a sensor.

use nanobragg::{
    engine::{Engine, Ray, Record, Sample, SourceRay, Total},
    image::Pixel,
    internals::{
        cpu::CpuEngine,
        lanes::{Lanes, scalar::fused},
        physics::factors::{captured_fraction, layers_before},
    },
    vector::dot,
};

use super::{
    Check, On,
    check::rows,
    images::{plan, render, same_as_theory},
    theory,
};

rows! {
    Described: [at_abs_001_the_layers_capture_together_what_the_sensor_captures],
    Rendered: [
        at_abs_001_the_last_layer_or_each_layer_weighs_the_image,
        at_abs_001_a_sensor_seen_from_behind_captures_by_its_path,
    ],
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
    let sensor = plan.panel().sensor;
    let mut engine = CpuEngine::default();
    for (slow, fast) in [(0, 0), (7, 33), (20, 20), (39, 39)] {
        let mut captured = Captured::default();
        let pixel = Pixel {
            panel: 0,
            slow,
            fast,
        };
        engine
            .trace(&plan, pixel, &mut captured)
            .expect("the pixel is traced");
        assert_eq!(captured.layers, 5);
        // Each layer has a ray of its own, whose ρ differs a little by the parallax.
        let attenuation = sensor.attenuation_per_m.expect("the sensor absorbs");
        let [fast_m, slow_m] = plan.panel().pixel_size_m;
        let at = [(fast, fast_m), (slow, slow_m)].map(|(i, metres)| (i as f64 + 0.5) * metres);
        let capture = |layer| theory::ray(&plan, at[0], at[1], layer).capture;
        let expected: f64 = (0..sensor.layers).map(capture).sum();
        let what = "captured by all layers over the sum of theirs, less one";
        check.at_most(what, (captured.sum / expected - 1.0).abs(), 1e-12);
        // As if every layer had the first one's ρ.
        let ray = theory::first_ray(&plan, slow, fast);
        let rho = dot(ray.direction, plan.panel().normal);
        let whole = 1.0 - (-sensor.layer_m * sensor.layers as f64 * attenuation / rho).exp();
        let what = "captured by all layers over 1 − exp(−T·µ/ρ), less one, with parallax";
        check.at_most(what, (captured.sum / whole - 1.0).abs(), 2e-4);
    }
    for cos_incidence in [1.0, 0.7, 0.05, -0.05, -0.7, -1.0] {
        for attenuation in [1e-6, 0.1, 2.0, 50.0] {
            const LAYERS: usize = 7;
            let fraction = |layer: usize| {
                let (layer, rho) = (fused(layer as f64), fused(cos_incidence));
                let before = layers_before(layer, fused(LAYERS as f64), rho);
                captured_fraction(before, fused(attenuation), rho.abs()).0
            };
            let sum: f64 = (0..LAYERS).map(fraction).sum();
            let path = LAYERS as f64 * attenuation / f64::abs(cos_incidence);
            let what = "captured along one ray over 1 − exp(−T·µ/ρ), less one";
            check.at_most(what, (sum / -(-path).exp_m1() - 1.0).abs(), 1e-9);
            // The layer that the ray meets first captures most.
            let (first, last) = if cos_incidence > 0.0 {
                (0, LAYERS - 1)
            } else {
                (LAYERS - 1, 0)
            };
            assert!(fraction(first) >= fraction(last));
        }
    }
}

pub fn at_abs_001_a_sensor_seen_from_behind_captures_by_its_path(check: &mut Check, on: On) {
    let behind = format!("{SENSOR} -twotheta 150");
    for factors in ["", "-oversample_thick", "-physics corrected"] {
        let ours = render(on, &format!("{behind} {factors}"));
        assert!(ours.plan.panel().near_distance_m() < 0.0);
        same_as_theory(check, on, &ours);
        // A solid angle of the classic formula has the sign of the near distance.
        let is_corrected = factors == "-physics corrected";
        assert!(
            ours.image
                .iter()
                .all(|v| (*v >= 0.0) == is_corrected || *v == 0.0)
        );
    }
}

pub fn at_abs_001_the_last_layer_or_each_layer_weighs_the_image(check: &mut Check, on: On) {
    for factors in ["", "-oversample_thick", "-physics corrected"] {
        let ours = render(on, &format!("{SENSOR} {factors}"));
        same_as_theory(check, on, &ours);
    }
}
