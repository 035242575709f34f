//! Taps of the samples: `omega`, `f_cell`, `hkl`, `interpolation`, `phi`, `mosaic`.

use serde_json::{Map, Value, json};

use crate::{
    classic::Experiment,
    engine::{Ray, Sample},
    lanes::scalar::fused,
    physics::structure_factor::lagrange_weights,
    plan::Plan,
    trace::{
        PixelTrace, RayTrace, is_out_of_bounds, lattice_factors::lattice_factors, table, whole,
    },
};

/// Where in the sampling loops something is.
pub fn place(ray: &Ray) -> Map<String, Value> {
    let mut place = Map::new();
    place.insert("layer".to_owned(), json!(ray.layer));
    place.insert("subpixel".to_owned(), json!(ray.subpixel));
    place
}

fn at(ray: &Ray, values: Value) -> Value {
    let mut all = place(ray);
    if let Value::Object(values) = values {
        all.extend(values);
    }
    Value::Object(all)
}

/// The sensor layers and sub-pixels whose first source survives `dmin`, with its samples.
fn first_sources(pixel: &PixelTrace) -> impl Iterator<Item = (&Ray, &[Sample])> {
    pixel.rays.iter().filter_map(|RayTrace { ray, sources }| {
        let samples = sources.first()?.samples.as_slice();
        (!samples.is_empty()).then_some((ray, samples))
    })
}

pub fn omega(pixel: &PixelTrace) -> Value {
    let all: Vec<f64> = pixel.rays.iter().map(|ray| ray.ray.omega).collect();
    let (first, last) = (all[0], all[all.len() - 1]);
    let count = all.len() as f64;
    let mean = all.iter().sum::<f64>() / count;
    let variance = all.iter().map(|omega| (omega - mean).powi(2)).sum::<f64>() / count;
    json!({
        "unit": "sr",
        "first": first,
        "last": last,
        "mean": mean,
        "std": variance.sqrt(),
        "asymmetry": (last - first) / mean,
        "used_for_pixel": pixel.total.omega,
        "all": pixel.rays.iter().map(|ray| at(&ray.ray, json!({ "omega": ray.ray.omega }))).collect::<Vec<_>>(),
    })
}

pub fn f_cell(plan: &Plan, pixel: &PixelTrace) -> Value {
    let table = table(plan);
    let (mut total, mut out, mut zero, mut sum) = (0_u64, 0_u64, 0_u64, 0.0);
    let mut range = [[i64::MAX, i64::MIN]; 3];
    for sample in pixel.samples() {
        total += 1;
        out += u64::from(is_out_of_bounds(plan, sample));
        zero += u64::from(sample.amplitude == 0.0);
        sum += sample.amplitude;
        for (range, h) in range.iter_mut().zip(whole(sample.nearest)) {
            *range = [range[0].min(h), range[1].max(h)];
        }
    }
    let defaults = match table {
        None => total,
        Some(_) => pixel
            .samples()
            .filter(|sample| !sample.interpolated && is_out_of_bounds(plan, sample))
            .count() as u64,
    };
    let seen = |axis: usize| (total > 0).then_some(range[axis]);
    json!({
        "lookups": total,
        "out_of_bounds": out,
        "zero": zero,
        "default_f_used": defaults,
        "interpolated": pixel.samples().filter(|sample| sample.interpolated).count(),
        "mean": (total > 0).then(|| sum / total as f64),
        "table_min": table.map(|table| table.min()),
        "table_max": table.map(|table| table.max()),
        "h_seen": seen(0),
        "k_seen": seen(1),
        "l_seen": seen(2),
    })
}

pub fn hkl(plan: &Plan, pixel: &PixelTrace) -> Value {
    let subpixels = first_sources(pixel).map(|(ray, samples)| {
        let first = &samples[0];
        at(
            ray,
            json!({
                "hkl_frac": first.index,
                "hkl": whole(first.nearest),
                "F_cell": first.amplitude,
                "out_of_bounds": is_out_of_bounds(plan, first),
            }),
        )
    });
    json!({ "subpixels": subpixels.collect::<Vec<_>>() })
}

pub fn interpolation(plan: &Plan, pixel: &PixelTrace) -> Value {
    let Some(table) = table(plan) else {
        return json!({ "subpixels": [] });
    };
    let subpixels = first_sources(pixel).map(|(ray, samples)| {
        let first = &samples[0];
        let below = whole(first.index.map(f64::floor));
        let weights = first
            .index
            .map(|index| lagrange_weights(fused(index - index.floor())).map(|weight| weight.0));
        // Indices beyond 32 bits are outside every table.
        let f = |hkl: [i64; 3]| {
            let [h, k, l] = hkl.map(|index| i32::try_from(index).ok());
            match (h, k, l) {
                (Some(h), Some(k), Some(l)) => table.get([h, k, l]),
                _ => table.default_f(),
            }
        };
        let [h, k, l] = below;
        let neighbourhood: Vec<Vec<Vec<f64>>> = (-1..=2)
            .map(|i| {
                (-1..=2)
                    .map(|j| (-1..=2).map(|n| f([h + i, k + j, l + n])).collect())
                    .collect()
            })
            .collect();
        at(
            ray,
            json!({
                "interpolated": first.interpolated,
                "hkl_frac": first.index,
                "floor": below,
                "weights": { "h": weights[0], "k": weights[1], "l": weights[2] },
                "neighbourhood": neighbourhood,
                "F_cell": first.amplitude,
            }),
        )
    });
    json!({ "subpixels": subpixels.collect::<Vec<_>>() })
}

/// What one orientation adds.
fn orientation(plan: &Plan, pixel: &PixelTrace, sample: &Sample) -> Value {
    let factors = lattice_factors(&plan.crystal().domain, sample, pixel.engine);
    json!({
        "hkl_frac": sample.index,
        "F_latt": factors.product,
        "F_cell": sample.amplitude,
        "term": term(sample),
        "skipped": sample.skipped,
    })
}

/// F² |F_latt|².
pub fn term(sample: &Sample) -> f64 {
    (sample.amplitude * sample.lattice).powi(2)
}

pub fn phi(experiment: &Experiment, plan: &Plan, pixel: &PixelTrace) -> Value {
    let domains = plan.crystal().orientations.domains;
    let subpixels = first_sources(pixel).map(|(ray, samples)| {
        let steps = experiment
            .goniometer
            .phi_rad()
            .zip(samples.chunks(domains))
            .enumerate();
        let steps = steps.map(|(step, (phi, in_step))| {
            let mut values = orientation(plan, pixel, &in_step[0]);
            values["phi_tic"] = json!(step);
            values["phi_deg"] = json!(phi.to_degrees());
            values["sum_over_domains"] = json!(in_step.iter().map(term).sum::<f64>());
            values
        });
        at(ray, json!({ "steps": steps.collect::<Vec<_>>() }))
    });
    json!({ "subpixels": subpixels.collect::<Vec<_>>() })
}

pub fn mosaic(plan: &Plan, pixel: &PixelTrace) -> Value {
    let domains = plan.crystal().orientations.domains;
    let subpixels = first_sources(pixel).map(|(ray, samples)| {
        let in_step = samples[..domains].iter().enumerate();
        let in_step = in_step.map(|(domain, sample)| {
            let mut values = orientation(plan, pixel, sample);
            values["domain"] = json!(domain);
            values
        });
        at(ray, json!({ "domains": in_step.collect::<Vec<_>>() }))
    });
    json!({ "subpixels": subpixels.collect::<Vec<_>>() })
}
