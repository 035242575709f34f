//! Taps: what happens to a pixel at one point of the computation, as a JSON object
//! `{"tap_id", "pixel": [slow, fast], "engine", "values": {…}}`.

mod config;
mod intensity;
mod samples;

use serde_json::{Value, json};

use super::PixelTrace;
use crate::{classic::Experiment, plan::Plan};

/// A point of the computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tap {
    /// Everything that decides the run.
    Config,
    /// Solid angles of the sub-pixels.
    Omega,
    /// Statistics of all structure factors looked up.
    FCell,
    /// Miller indices of every sub-pixel: first source, φ step and domain.
    Hkl,
    /// The 4×4×4 neighbourhood and the weights of those samples.
    Interpolation,
    /// The first domain at every φ step, first source.
    Phi,
    /// Every domain at the first φ step, first source.
    Mosaic,
    /// Every term in the order in which it is added.
    Accumulation,
    /// The sum before it is scaled, and its factors.
    Intensity,
    /// From the sum to photons.
    Scaling,
    /// What the image holds.
    Final,
}

impl Tap {
    /// All of them, in the order of the computation.
    pub const ALL: [Self; 11] = [
        Self::Config,
        Self::Omega,
        Self::FCell,
        Self::Hkl,
        Self::Interpolation,
        Self::Phi,
        Self::Mosaic,
        Self::Accumulation,
        Self::Intensity,
        Self::Scaling,
        Self::Final,
    ];

    /// Its `tap_id`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Omega => "omega",
            Self::FCell => "f_cell",
            Self::Hkl => "hkl",
            Self::Interpolation => "interpolation",
            Self::Phi => "phi",
            Self::Mosaic => "mosaic",
            Self::Accumulation => "accumulation",
            Self::Intensity => "intensity",
            Self::Scaling => "scaling",
            Self::Final => "final",
        }
    }

    /// The taps of a list: ids with commas between them, or `all`.
    ///
    /// # Errors
    /// The word that is no tap, in a sentence.
    pub fn parse_list(list: &str) -> Result<Vec<Self>, String> {
        if list == "all" {
            return Ok(Self::ALL.to_vec());
        }
        let of_id = |id: &str| {
            Self::ALL
                .into_iter()
                .find(|tap| tap.id() == id)
                .ok_or_else(|| {
                    let ids = Self::ALL.map(Self::id).join(", ");
                    format!("\"{id}\" is no tap; there are {ids}, and all")
                })
        };
        list.split(',').map(of_id).collect()
    }
}

/// The JSON object of a tap. Numbers that are not finite are null.
pub fn object(tap: Tap, experiment: &Experiment, plan: &Plan, pixel: &PixelTrace) -> Value {
    let values = match tap {
        Tap::Config => config::values(experiment, plan),
        Tap::Omega => samples::omega(pixel),
        Tap::FCell => samples::f_cell(plan, pixel),
        Tap::Hkl => samples::hkl(plan, pixel),
        Tap::Interpolation => samples::interpolation(plan, pixel),
        Tap::Phi => samples::phi(experiment, plan, pixel),
        Tap::Mosaic => samples::mosaic(plan, pixel),
        Tap::Accumulation => intensity::accumulation(plan, pixel),
        Tap::Intensity => intensity::intensity(plan, pixel),
        Tap::Scaling => intensity::scaling(experiment, plan, pixel),
        Tap::Final => intensity::final_value(pixel),
    };
    envelope(tap.id(), pixel, values)
}

/// Values with the pixel and the engine that they belong to.
pub fn envelope(tap_id: &str, pixel: &PixelTrace, values: Value) -> Value {
    json!({
        "tap_id": tap_id,
        "pixel": [pixel.slow, pixel.fast],
        "engine": pixel.engine.name(),
        "values": values,
    })
}
