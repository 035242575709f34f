//! The sensor that headers name, which is not the one that an image is rendered with: that has a depth only where it was asked for.

use crate::{
    classic::{options::DetectorOptions, presets},
    formats::SILICON,
};

/// The sensor that headers name, which readers correct for; it decides no pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedSensor {
    /// Chemical formula.
    pub material: &'static str,
    /// 0 where nothing is known.
    pub thickness_m: f64,
}

impl NamedSensor {
    /// That of `-detector`, of the thickness that was typed or the thinnest that is sold.
    pub(super) fn of(typed: &DetectorOptions, thickness_m: f64) -> Self {
        let preset = typed.preset.as_deref().map(presets::find);
        let sensor = preset.and_then(Result::ok).map(|preset| preset.sensor);
        let sold_um = sensor.and_then(|sensor| sensor.thicknesses_um.first());
        let sold_um = sold_um.filter(|_| typed.thickness_um.is_none());
        Self {
            material: sensor.map_or(SILICON, |sensor| sensor.material),
            thickness_m: sold_um.map_or(thickness_m, |um| um * 1e-6),
        }
    }
}
