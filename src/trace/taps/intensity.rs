//! Taps of the sum: `accumulation`, `intensity`, `scaling`, `final`.

use serde_json::{Value, json};

use super::samples::{place, term};
use crate::{
    classic::Experiment,
    plan::{ELECTRON_RADIUS_SQUARED_M2, Plan},
    trace::{PixelTrace, RayTrace, steps},
};

/// Every term with the kernel's own sum after it, and the sums of every sub-pixel.
///
/// A kernel sums blocks of orientations (128 at most, the GPU's 64) from zero and adds the blocks up, but for
/// `-oversample_thick`, `_polar` and `_omega`, where its sum is the pixel's running product.
pub fn accumulation(plan: &Plan, pixel: &PixelTrace) -> Value {
    let domains = plan.crystal().orientations.domains;
    let rays = pixel.rays.iter().map(|RayTrace { ray, sources }| {
        let mut values = place(ray);
        let mut sum = 0.0;
        let sources: Vec<Value> = sources
            .iter()
            .map(|source| {
                let terms: Vec<Value> = source
                    .samples
                    .iter()
                    .map(|sample| {
                        sum += term(sample);
                        json!({
                            "phi_tic": sample.orientation / domains,
                            "domain": sample.orientation % domains,
                            "F_cell": sample.amplitude,
                            "F_latt": sample.lattice,
                            "term": term(sample),
                            "skipped": sample.skipped,
                            "kernel_sum": sample.sum,
                        })
                    })
                    .collect();
                json!({
                    "source": source.source.source,
                    "survives_dmin": source.source.survives,
                    "polarization": source.source.polarization,
                    "terms": terms,
                })
            })
            .collect();
        values.insert("omega".to_owned(), json!(ray.omega));
        values.insert("capture".to_owned(), json!(ray.capture));
        values.insert("sources".to_owned(), Value::Array(sources));
        values.insert("sum_of_terms".to_owned(), json!(sum));
        Value::Object(values)
    });
    json!({
        "background": plan.background,
        "subpixels": rays.collect::<Vec<_>>(),
        "sum": pixel.total.sum,
    })
}

pub fn intensity(plan: &Plan, pixel: &PixelTrace) -> Value {
    let (total, per_sample) = (&pixel.total, plan.sampling.weighting.per_sample());
    let each_term = plan.sampling.weighting.is_each_term();
    let applied = |asked: bool| match (each_term, asked) {
        (true, _) => "to every term",
        (false, true) => "to the running sum, once a sample",
        (false, false) => "to the pixel",
    };
    json!({
        "I_before_scaling": total.sum,
        "steps": steps(plan),
        "samples": plan.samples_per_pixel(plan.panel()),
        "capture": { "factor": total.capture, "applied": applied(per_sample.capture) },
        "polarization": { "factor": total.polarization, "applied": applied(per_sample.polarization) },
        "omega": { "factor": total.omega, "applied": applied(per_sample.omega) },
    })
}

pub fn scaling(experiment: &Experiment, plan: &Plan, pixel: &PixelTrace) -> Value {
    let total = &pixel.total;
    let scaled = total.sum * plan.scale;
    json!({
        "r_e_sqr_m2": ELECTRON_RADIUS_SQUARED_M2,
        "fluence_photons_per_m2": experiment.beam.fluence,
        "steps": steps(plan),
        "scale": plan.scale,
        "I_before_scaling": total.sum,
        "after_fluence": scaled,
        "water_um": experiment.beam.water_m * 1e6,
        "water_background": plan.background,
        "water_after_fluence": plan.background * plan.scale,
        "after_factors": total.value,
    })
}

pub fn final_value(pixel: &PixelTrace) -> Value {
    json!({
        "in_roi": pixel.status.in_region,
        "masked": pixel.status.masked,
        "float64": pixel.total.value,
        "float32": pixel.value,
        "in_image": pixel.value_in_image(),
    })
}
