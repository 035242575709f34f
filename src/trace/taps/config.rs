//! The tap `config`.

use serde_json::{Value, json};

use crate::{
    classic::Experiment,
    plan::{Plan, StructureFactors},
    trace::{physics_name, steps, table},
};

pub fn values(experiment: &Experiment, plan: &Plan) -> Value {
    let detector = &plan.detector;
    let region = detector.region;
    let goniometer = &experiment.goniometer;
    let kind = match plan.structure_factors {
        StructureFactors::Constant(_) => "constant",
        StructureFactors::Nearest(_) => "nearest",
        StructureFactors::Tricubic(_) => "tricubic",
    };
    let default_f = match &plan.structure_factors {
        StructureFactors::Constant(f) => *f,
        StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => table.default_f(),
    };
    json!({
        "program": concat!("nanobragg ", env!("CARGO_PKG_VERSION")),
        "physics": physics_name(plan.physics),
        "convention": experiment.frame.convention,
        "pivot": experiment.detector.pivot,
        "detector": {
            "fast_pixels": detector.fast_pixels,
            "slow_pixels": detector.slow_pixels,
            "pixel_size_m": detector.pixel_size_m,
            "oversample": detector.oversample,
            "origin_m": detector.origin_m,
            "fast": detector.fast,
            "slow": detector.slow,
            "normal": detector.normal,
            "distance_m": detector.distance_m,
            "close_distance_m": detector.close_distance_m,
            "curved": detector.curved,
            "point_pixel": detector.point_pixel,
            "sensor_layers": detector.sensor.layers,
            "sensor_layer_m": detector.sensor.layer_m,
            "attenuation_per_m": detector.sensor.attenuation_per_m,
            "roi_fast": [region.fast_min, region.fast_max],
            "roi_slow": [region.slow_min, region.slow_max],
            "has_mask": detector.mask.is_some(),
        },
        "sources": plan.sources.iter().map(|source| json!({
            "incident": source.incident,
            "wavelength_angstrom": source.wavelength_angstrom,
            "weight": source.weight,
        })).collect::<Vec<_>>(),
        "kahn_factor": plan.polarization.map(|polarization| polarization.factor),
        "polarization_axis": plan.polarization.map(|polarization| polarization.axis),
        "crystal": {
            "shape": plan.crystal.shape,
            "cells": plan.crystal.cells,
            "fudge": plan.crystal.fudge,
            "direct_angstrom": experiment.crystal.direct,
            "reciprocal_per_angstrom": plan.crystal.reciprocal,
            "mosaic_domains": plan.orientations.domains,
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
        "dmin_angstrom": plan.dmin_angstrom,
        "oversample_thick": plan.per_sample.capture,
        "oversample_polar": plan.per_sample.polarization,
        "oversample_omega": plan.per_sample.omega,
        "background": plan.background,
        "fluence_photons_per_m2": experiment.beam.fluence,
        "steps": steps(plan),
        "samples": plan.samples_per_pixel(),
        "scale": plan.scale,
    })
}
