//! The tap `config`.

use serde_json::{Value, json};

use crate::{
    classic::Experiment,
    plan::Plan,
    scene::StructureFactors,
    trace::{steps, table},
};

pub fn values(experiment: &Experiment, plan: &Plan) -> Value {
    let panel = plan.panel();
    let region = panel.region;
    let goniometer = &experiment.goniometer;
    let kind = match plan.crystal().structure_factors_of(0) {
        StructureFactors::Constant(_) => "constant",
        StructureFactors::Nearest(_) => "nearest",
        StructureFactors::Tricubic(_) => "tricubic",
    };
    let default_f = match plan.crystal().structure_factors_of(0) {
        StructureFactors::Constant(f) => *f,
        StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => table.default_f(),
    };
    json!({
        "program": concat!("nanobragg ", env!("CARGO_PKG_VERSION")),
        "physics": experiment.physics.name(),
        "convention": experiment.frame.convention,
        "pivot": experiment.detector.pivot,
        "detector": {
            "fast_pixels": panel.fast_pixels,
            "slow_pixels": panel.slow_pixels,
            "pixel_size_m": panel.pixel_size_m[0],
            "oversample": plan.sampling.oversample,
            "origin_m": panel.origin_m,
            "fast": panel.fast,
            "slow": panel.slow,
            "normal": panel.normal,
            "distance_m": experiment.detector.distance_m,
            "close_distance_m": panel.near_distance_m(),
            "curved": panel.bend.is_some(),
            "point_pixel": plan.sampling.point_pixel,
            "sensor_layers": panel.sensor.layers,
            "sensor_layer_m": panel.sensor.layer_m,
            "attenuation_per_m": panel.sensor.attenuation_per_m,
            "roi_fast": [region.fast_min, region.fast_max],
            "roi_slow": [region.slow_min, region.slow_max],
            "has_mask": panel.mask.is_some(),
        },
        "sources": plan.sources().iter().map(|source| json!({
            "incident": source.incident,
            "wavelength_angstrom": source.wavelength_angstrom,
            "weight": source.weight,
        })).collect::<Vec<_>>(),
        "kahn_factor": plan.polarization.map(|polarization| polarization.factor),
        "polarization_axis": plan.polarization.map(|polarization| polarization.axis),
        "crystal": {
            "shape": plan.crystal().domain.shape,
            "cells": plan.crystal().domain.n_cells,
            "fudge": plan.crystal().domain.fudge,
            "direct_angstrom": experiment.crystal.real_space,
            "reciprocal_per_angstrom": plan.crystal().reciprocal_space,
            "mosaic_domains": plan.crystal().orientations.domains,
        },
        "goniometer": {
            "spindle": goniometer.spindle,
            "phi_deg": goniometer.phi_rad().map(f64::to_degrees).collect::<Vec<_>>(),
        },
        "structure_factors": {
            "lookup": kind,
            "default_f": default_f,
            "min": table(plan).map(|table| table.min()),
            "max": table(plan).map(|table| table.max()),
        },
        "dmin_angstrom": plan.sampling.dmin_angstrom,
        "oversample_thick": experiment.sampling.per_sample.capture,
        "oversample_polar": experiment.sampling.per_sample.polarization,
        "oversample_omega": experiment.sampling.per_sample.omega,
        "background": plan.background,
        "fluence_photons_per_m2": experiment.beam.fluence,
        "steps": steps(plan),
        "samples": plan.samples_per_pixel(plan.panel()),
        "scale": plan.scale,
    })
}
