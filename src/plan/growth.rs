//! How far the classic running sums and sensors can carry a pixel away from its intensity.

use super::Plan;
use crate::{
    scene::{Panel, Weighting},
    vector::{dot, norm},
};

impl Plan {
    /// The most by which a pixel's sum can grow through `-oversample_omega`, whose classic running sum is multiplied by the
    /// solid angle once a sample: in m⁻² for point pixels, and above 1 for any pixel as near as it is wide. At least 1.
    pub fn running_growth(&self) -> f64 {
        let Weighting::RunningSum(factors) = self.sampling.weighting else {
            return 1.0;
        };
        if !factors.omega {
            return 1.0;
        }
        let growth = |panel: &Panel| {
            let close_m = panel.near_distance_m().abs();
            let nearest_m = panel.bend.map_or(close_m, |bend| bend.radius_m.abs());
            let [fast_m, slow_m] = panel.pixel_size_m;
            let omega = if self.sampling.point_pixel {
                nearest_m.powi(-2)
            } else {
                fast_m * slow_m * close_m / nearest_m.powi(3)
            };
            omega.max(1.0).powf(self.samples_per_pixel(panel) as f64)
        };
        self.largest(growth)
    }

    /// The most by which the classic formula of the sensor multiplies a pixel that is seen from behind, where it grows with
    /// the path instead of falling. At least 1.
    pub fn sensor_growth(&self) -> f64 {
        let times_each = matches!(
            self.sampling.weighting,
            Weighting::RunningSum(factors) if factors.capture
        );
        let growth = |panel: &Panel| {
            let sensor = panel.sensor;
            let is_flat_and_ahead = panel.bend.is_none() && panel.near_distance_m() > 0.0;
            let Some(attenuation_per_m) = sensor
                .attenuation_per_m
                .filter(|_| sensor.grows_from_behind && !is_flat_and_ahead)
            else {
                return 1.0;
            };
            let cos_incidence = |(slow, fast): (usize, usize)| {
                let position = panel.position_m(fast as f64 + 0.5, slow as f64 + 0.5, 0.0);
                dot(position, panel.normal) / norm(position)
            };
            let most_grazing = panel
                .rendered_pixels()
                .map(cos_incidence)
                .filter(|cos| *cos < 0.0)
                .fold(f64::NEG_INFINITY, f64::max);
            let times = if times_each {
                self.samples_per_pixel(panel)
            } else {
                1
            };
            let path = sensor.layers as f64 * sensor.layer_m * attenuation_per_m / -most_grazing;
            (path * times as f64).exp()
        };
        self.largest(growth)
    }

    fn largest(&self, growth: impl Fn(&Panel) -> f64) -> f64 {
        self.detector.panels.iter().map(growth).fold(1.0, f64::max)
    }
}
