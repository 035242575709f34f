//! The lines of the classic program's traces: its names, order and units, 15 significant digits.
//!
//! | lines | once |
//! |---|---|
//! | `TRACE_RS:name=…` | a run: the detector's geometry |
//! | `TRACE_CONFIG: …` | a pixel |
//! | `TRACE_RS: name …` | a sensor layer and sub-pixel, for the first source, φ step and mosaic domain |
//! | `TRACE_RS_PHI …` | a φ step of each of those |
//! | `TRACE_RS: name …`, `TRACE_RS_TAP5: …` | a pixel: how its sum becomes photons |
//! | `TRACE_RS: name …` from `physics` on, `TRACE_RS_INFO: …` | a pixel: what the classic program does not print |
//!
//! `scattering_vec_A_inv` is in m⁻¹ in spite of its name, `beam_center_m` a thousandth of the metres, and the `rot_…_star`
//! vectors are not rotated: all as in the classic program.

use super::{
    PixelTrace, RayTrace, SourceTrace, geometry, is_out_of_bounds,
    lattice_factors::lattice_factors, lines::Text, steps, whole,
};
use crate::{
    classic::Experiment,
    engine::Sample,
    plan::{ELECTRON_RADIUS_SQUARED_M2, Plan},
    vector::{dot, scale},
};

/// The trace of a pixel.
pub fn text(experiment: &Experiment, plan: &Plan, pixel: &PixelTrace) -> String {
    let mut text = Text::default();
    geometry::write(&mut text, experiment);
    let PixelTrace { slow, fast, .. } = pixel;
    text.0 += &format!("TRACE_CONFIG: tracing pixel (spixel={slow}, fpixel={fast})\n");
    let writer = Writer {
        experiment,
        plan,
        pixel,
    };
    for ray in &pixel.rays {
        writer.ray(&mut text, ray);
    }
    writer.photons(&mut text);
    writer.beyond_the_classic(&mut text);
    text.0
}

struct Writer<'a> {
    experiment: &'a Experiment,
    plan: &'a Plan,
    pixel: &'a PixelTrace,
}

impl Writer<'_> {
    fn ray(&self, text: &mut Text, ray: &RayTrace) {
        let Some((source, first)) = ray
            .sources
            .first()
            .and_then(|source| Some((source, source.samples.first()?)))
        else {
            return;
        };
        self.geometry_of(text, ray, source);
        self.first_sample(text, ray, first);
        let domains = self.plan.crystal().orientations.domains;
        for step in 1..self.plan.crystal().orientations.phi_steps {
            self.phi_step(text, step, &source.samples[step * domains]);
        }
    }

    fn geometry_of(&self, text: &mut Text, RayTrace { ray, .. }: &RayTrace, source: &SourceTrace) {
        let detector = self.plan.panel();
        let source = &source.source;
        let omega = if self.plan.sampling.weighting.per_sample().omega {
            ray.omega
        } else {
            self.pixel.rays[0].ray.omega
        };
        text.line("pix0_vector_meters", detector.origin_m);
        text.line("fdet_vec", detector.fast);
        text.line("sdet_vec", detector.slow);
        text.line("pixel_pos_meters", ray.position_m);
        text.line("R_distance_meters", [ray.distance_m]);
        text.line("omega_pixel_sr", [omega]);
        text.line("close_distance_meters", [detector.near_distance_m()]);
        text.line(
            "obliquity_factor",
            [detector.near_distance_m() / ray.distance_m],
        );
        text.line("diffracted_vec", ray.direction);
        text.line("incident_vec", source.incident);
        text.line("lambda_meters", [source.wavelength_angstrom / 1e10]);
        text.line("lambda_angstroms", [source.wavelength_angstrom]);
        text.line("scattering_vec_A_inv", scale(source.scattering, 1e10));
    }

    fn first_sample(&self, text: &mut Text, RayTrace { ray, .. }: &RayTrace, sample: &Sample) {
        let crystal = self.plan.crystal();
        for (axis, vector) in ["a", "b", "c"].into_iter().zip(sample.cell) {
            text.line(&format!("rot_{axis}_angstroms"), vector);
        }
        for (axis, vector) in ["a", "b", "c"].into_iter().zip(crystal.reciprocal_space) {
            text.line(&format!("rot_{axis}_star_A_inv"), vector);
        }
        let [h, k, l] = whole(sample.nearest);
        text.line("hkl_frac", sample.index);
        text.0 += &format!("TRACE_RS: hkl_rounded {h} {k} {l}\n");
        let factors = lattice_factors(&crystal.domain, sample, self.pixel.engine);
        for (axis, factor) in ["a", "b", "c"].into_iter().zip(factors.axes) {
            text.line(&format!("F_latt_{axis}"), [factor]);
        }
        text.line("F_latt", [factors.product]);
        self.phi_step(text, 0, sample);
        text.line("F_cell", [sample.amplitude]);
        let [slow, fast] = ray.subpixel;
        text.0 += &format!(
            "TRACE_RS_TAP5_HKL: subpixel={slow} {fast} hkl_frac={index} h0={h} k0={k} l0={l} F_cell={f} out_of_bounds={out}\n",
            index = text.vector(sample.index),
            f = text.number(sample.amplitude),
            out = u8::from(is_out_of_bounds(self.plan, sample)),
        );
    }

    fn phi_step(&self, text: &mut Text, step: usize, sample: &Sample) {
        let phi_deg = self
            .experiment
            .goniometer
            .phi_rad()
            .nth(step)
            .map_or(0.0, f64::to_degrees);
        let factors = lattice_factors(&self.plan.crystal().domain, sample, self.pixel.engine);
        text.0 += &format!(
            "TRACE_RS_PHI phi_tic={step} phi_deg={} k_frac={} F_latt_b={} F_latt={}\n",
            text.number(phi_deg),
            text.number(sample.index[1]),
            text.number(factors.axes[1]),
            text.number(factors.product),
        );
    }

    /// From the sum to photons.
    fn photons(&self, text: &mut Text) {
        let (total, plan) = (&self.pixel.total, self.plan);
        let last = self.pixel.rays.last();
        let last_source = last.and_then(|ray| ray.sources.last());
        let [capture, polar, omega] = self.last_factors();
        let steps = steps(plan) as f64;
        let flag = |is_set: bool| [f64::from(u8::from(is_set))];
        let final_value = total.value;
        text.line("I_before_scaling", [total.sum]);
        text.line("r_e_meters", [ELECTRON_RADIUS_SQUARED_M2.sqrt()]);
        text.line("r_e_sqr", [ELECTRON_RADIUS_SQUARED_M2]);
        text.line("fluence_photons_per_m2", [self.experiment.beam.fluence]);
        text.line("steps", [steps]);
        text.line(
            "oversample_thick",
            flag(plan.sampling.weighting.per_sample().capture),
        );
        text.line(
            "oversample_polar",
            flag(plan.sampling.weighting.per_sample().polarization),
        );
        text.line(
            "oversample_omega",
            flag(plan.sampling.weighting.per_sample().omega),
        );
        text.line("capture_fraction", [capture]);
        text.line("polar", [polar]);
        text.line("omega_pixel", [omega]);
        if let (Some(ray), Some(source)) = (last, last_source) {
            text.line(
                "cos_2theta",
                [dot(source.source.incident, ray.ray.direction)],
            );
        }
        text.line("I_pixel_final", [final_value]);
        text.line(
            "floatimage_accumulated",
            [f64::from(self.pixel.value_in_image())],
        );
        let tap = "TRACE_RS_TAP5";
        text.0 += &format!("{tap}: pixel {} {}\n", self.pixel.slow, self.pixel.fast);
        text.tagged(tap, "I_before_scaling", [total.sum]);
        text.tagged(tap, "steps", [steps]);
        text.tagged(tap, "omega_pixel", [omega]);
        text.tagged(tap, "capture_fraction", [capture]);
        text.tagged(tap, "polar", [polar]);
        text.tagged(tap, "I_pixel_final", [final_value]);
    }

    /// Capture, polarisation and solid angle as the classic program's variables hold them at the end: the factors of the
    /// pixel, or those of the last sample where every sample has its own.
    fn last_factors(&self) -> [f64; 3] {
        let (total, per_sample) = (&self.pixel.total, self.plan.sampling.weighting.per_sample());
        let mut factors = [total.capture, total.polarization, total.omega];
        if let Some(last) = self.pixel.rays.last() {
            let polarization = last.sources.last().map_or(1.0, |s| s.source.polarization);
            for (factor, (asked, own)) in factors.iter_mut().zip([
                (per_sample.capture, last.ray.capture),
                (per_sample.polarization, polarization),
                (per_sample.omega, last.ray.omega),
            ]) {
                if asked {
                    *factor = own;
                }
            }
        }
        factors
    }

    /// What the classic program's traces leave out.
    fn beyond_the_classic(&self, text: &mut Text) {
        let (plan, pixel) = (self.plan, self.pixel);
        let count = |wanted: &dyn Fn(&Sample) -> bool| {
            [pixel.samples().filter(|&sample| wanted(sample)).count() as f64]
        };
        text.0 += &format!("TRACE_RS: physics {}\n", self.experiment.physics.name());
        text.line("sources", [plan.sources().len() as f64]);
        text.line("phi_steps", [plan.crystal().orientations.phi_steps as f64]);
        text.line(
            "mosaic_domains",
            [plan.crystal().orientations.domains as f64],
        );
        text.line("oversample", [plan.sampling.oversample as f64]);
        text.line("sensor_layers", [plan.panel().sensor.layers as f64]);
        text.line("background", [plan.background]);
        text.line("scale", [plan.scale]);
        text.line("samples", count(&|_| true));
        text.line("samples_interpolated", count(&|sample| sample.interpolated));
        text.line("samples_skipped", count(&|sample| sample.skipped));
        text.line(
            "samples_out_of_bounds",
            count(&|sample| is_out_of_bounds(plan, sample)),
        );
        text.line("in_roi", [f64::from(u8::from(pixel.status.in_region))]);
        text.line("masked", [f64::from(u8::from(pixel.status.masked))]);
        text.line("pixel_value", [f64::from(pixel.value)]);
        text.0 += &format!("TRACE_RS_INFO: engine {}\n", pixel.engine);
    }
}
