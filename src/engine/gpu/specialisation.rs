//! What the kernels are compiled for: the choices of a run that their inner loop must not branch on.

use super::exactness;
pub use crate::engine::TablePrecision;
use crate::{
    plan::{Plan, PlannedCrystal},
    scene::{Panel, Shape, StructureFactors, Weighting},
};

/// Where structure factors come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interpolation {
    Constant,
    Nearest,
    Tricubic,
}

/// How factors meet the sum of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Summation {
    /// The pixel's sum is multiplied once.
    AtTheEnd,
    /// The running sum is multiplied after every sample, as the classic program does.
    RunningSum,
    /// Every term is multiplied.
    EachTerm,
}

/// The override constants of `shaders/run.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Specialisation {
    pub shape: Shape,
    pub interpolation: Interpolation,
    pub table_precision: TablePrecision,
    pub curved_detector: bool,
    pub point_pixel: bool,
    pub absorbing_sensor: bool,
    pub classic_capture: bool,
    pub polarized: bool,
    pub limited_resolution: bool,
    pub summation: Summation,
    pub capture_per_sample: bool,
    pub polarization_per_sample: bool,
    pub omega_per_sample: bool,
    pub has_water: bool,
    pub weighted_domains: bool,
    /// Every index in whole numbers.
    pub exact: bool,
    /// Of every part of a plan, or of none.
    pub tells_left_table: bool,
    /// Keeps what it computes of a pixel.
    pub traced: bool,
}

impl Specialisation {
    /// What a crystal needs on such a panel, with these of its structure factors.
    pub fn of(
        plan: &Plan,
        panel: &Panel,
        crystal: &PlannedCrystal,
        factors: &StructureFactors,
        table_precision: TablePrecision,
    ) -> Self {
        let sensor = panel.sensor;
        let absorbing_sensor = sensor.attenuation_per_m.is_some();
        let polarized = plan.polarization.is_some();
        let per_sample = plan.sampling.weighting.per_sample();
        let capture_per_sample = absorbing_sensor && per_sample.capture;
        let polarization_per_sample = polarized && per_sample.polarization;
        let omega_per_sample = per_sample.omega;
        let summation = match plan.sampling.weighting {
            Weighting::EachTerm => Summation::EachTerm,
            Weighting::RunningSum(_)
                if capture_per_sample || polarization_per_sample || omega_per_sample =>
            {
                Summation::RunningSum
            }
            Weighting::AtTheEnd | Weighting::RunningSum(_) => Summation::AtTheEnd,
        };
        let interpolation = match factors {
            StructureFactors::Constant(_) => Interpolation::Constant,
            StructureFactors::Nearest(_) => Interpolation::Nearest,
            StructureFactors::Tricubic(_) => Interpolation::Tricubic,
        };
        Self {
            shape: crystal.domain.shape,
            interpolation,
            table_precision: match interpolation {
                Interpolation::Constant => TablePrecision::F32,
                Interpolation::Nearest | Interpolation::Tricubic => table_precision,
            },
            curved_detector: panel.bend.is_some(),
            point_pixel: plan.sampling.point_pixel,
            absorbing_sensor,
            classic_capture: absorbing_sensor && sensor.grows_from_behind,
            polarized,
            limited_resolution: plan.sampling.dmin_angstrom > 0.0,
            summation,
            capture_per_sample,
            polarization_per_sample,
            omega_per_sample,
            has_water: plan.has_water,
            weighted_domains: crystal.orientations.weights.is_some(),
            exact: exactness::is_used(plan, panel),
            tells_left_table: plan.interpolates(),
            traced: false,
        }
    }

    /// Whether anchors carry whole Miller indices.
    pub fn whole_indices(&self) -> bool {
        self.interpolation != Interpolation::Constant || self.traced
    }

    /// Names and values of the override constants of the spots kernel.
    pub fn constants(&self) -> Vec<(&'static str, f64)> {
        let flag = |value: bool| f64::from(u8::from(value));
        let mut constants = self.anchor_constants();
        constants.extend([
            (
                "interpolation",
                match self.interpolation {
                    Interpolation::Constant => 0.0,
                    Interpolation::Nearest => 1.0,
                    Interpolation::Tricubic => 2.0,
                },
            ),
            (
                "crystal_shape",
                match self.shape {
                    Shape::Square => 0.0,
                    Shape::Round => 1.0,
                    Shape::Gauss => 2.0,
                    Shape::Tophat => 3.0,
                },
            ),
            (
                "half_table",
                flag(self.table_precision == TablePrecision::F16),
            ),
            ("curved_detector", flag(self.curved_detector)),
            ("point_pixel", flag(self.point_pixel)),
            ("absorbing_sensor", flag(self.absorbing_sensor)),
            ("classic_capture", flag(self.classic_capture)),
            ("polarized", flag(self.polarized)),
            ("limited_resolution", flag(self.limited_resolution)),
            (
                "summation",
                match self.summation {
                    Summation::AtTheEnd => 0.0,
                    Summation::RunningSum => 1.0,
                    Summation::EachTerm => 2.0,
                },
            ),
            ("capture_per_sample", flag(self.capture_per_sample)),
            (
                "polarization_per_sample",
                flag(self.polarization_per_sample),
            ),
            ("omega_per_sample", flag(self.omega_per_sample)),
            ("has_water", flag(self.has_water)),
            ("weighted_domains", flag(self.weighted_domains)),
            ("tells_left_table", flag(self.tells_left_table)),
        ]);
        constants
    }

    /// Names and values of the override constants of the anchor kernel.
    pub fn anchor_constants(&self) -> Vec<(&'static str, f64)> {
        vec![("whole_indices", f64::from(u8::from(self.whole_indices())))]
    }
}

const RUN: &str = include_str!("../../../shaders/run.wgsl");
const ANCHOR: &str = include_str!("../../../shaders/anchor.wgsl");
const EXACT_RAY: &str = include_str!("../../../shaders/exact_ray.wgsl");
const ELEMENTARY: &str = include_str!("../../../shaders/elementary.wgsl");
const RAY: &str = include_str!("../../../shaders/ray.wgsl");
const FACTORS: &str = include_str!("../../../shaders/factors.wgsl");
const LATTICE: &str = include_str!("../../../shaders/lattice.wgsl");
const STRUCTURE_FACTOR: &str = include_str!("../../../shaders/structure_factor.wgsl");

/// The WGSL of the anchor pass.
pub fn anchor_source() -> String {
    [RUN, ANCHOR, include_str!("../../../shaders/anchors.wgsl")].concat()
}

/// The WGSL of the spots pass: with exact indices or with anchors, for images or for a trace.
pub fn spots_source(exact: bool, traced: bool) -> String {
    let indices = if exact {
        [
            ANCHOR,
            EXACT_RAY,
            include_str!("../../../shaders/exact.wgsl"),
        ]
        .concat()
    } else {
        include_str!("../../../shaders/anchored.wgsl").to_owned()
    };
    let record = if traced {
        include_str!("../../../shaders/record.wgsl")
    } else {
        include_str!("../../../shaders/record_nothing.wgsl")
    };
    [
        RUN,
        ELEMENTARY,
        RAY,
        FACTORS,
        LATTICE,
        STRUCTURE_FACTOR,
        &indices,
        include_str!("../../../shaders/spots.wgsl"),
        record,
    ]
    .concat()
}

/// The functions of both passes without their entry points, for comparing each with its twin in `physics`. They
/// want a binding `run` of the struct `Run`.
pub fn functions_source() -> String {
    [
        RUN,
        ANCHOR,
        EXACT_RAY,
        ELEMENTARY,
        RAY,
        FACTORS,
        LATTICE,
        STRUCTURE_FACTOR,
    ]
    .concat()
}
