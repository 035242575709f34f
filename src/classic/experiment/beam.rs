//! The X-ray beam: wavelength, intensity, polarisation.

use super::{
    ExperimentError, Notices,
    error::{finite, not_negative, positive},
};
use crate::classic::options::{Options, Physics};

/// Photons/m² for which the intensity is about F².
const DEFAULT_FLUENCE: f64 = 1.25932015286227e29;
const DEFAULT_SIZE_MM: f64 = 0.1;
const DEFAULT_EXPOSURE_S: f64 = 1.0;

/// The incident beam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassicBeam {
    /// Wavelength in the middle of the spectrum, metres.
    pub wavelength_m: f64,
    /// Photons/m².
    pub fluence: f64,
    /// Edge of the square beam, metres.
    pub size_m: f64,
    pub exposure_s: f64,
    /// Kahn factor; `None` without polarisation correction.
    pub polarization: Option<f64>,
    /// Edge of the cube of water around the crystal, metres.
    pub water_m: f64,
}

impl ClassicBeam {
    pub(super) fn from_options(
        options: &Options,
        notices: &mut Notices,
    ) -> Result<Self, ExperimentError> {
        let typed = &options.beam;
        let wavelength_angstrom = positive("-lambda", typed.wavelength_angstrom.unwrap_or(1.0))?;
        let size_m = positive("-beamsize", typed.beam_size_mm.unwrap_or(DEFAULT_SIZE_MM))? / 1e3;
        let exposure_s = positive("-exposure", typed.exposure_s.unwrap_or(DEFAULT_EXPOSURE_S))?;
        let flux = not_negative("-flux", typed.flux.unwrap_or(0.0))?;
        let mut fluence = not_negative("-fluence", typed.fluence.unwrap_or(DEFAULT_FLUENCE))?;
        if flux != 0.0 {
            if typed.fluence.is_some() {
                notices.warn("-fluence gives way to -flux · -exposure / -beamsize²");
            }
            fluence = finite("-flux", flux * exposure_s / size_m / size_m)?;
        }
        let factor = finite("-polar", typed.polar_factor.unwrap_or(0.0))?;
        let sampling = &options.sampling;
        let brought_back = typed.no_polar && sampling.oversample_polar;
        if brought_back {
            notices.differ("-oversample_polar overrides -nopolar in c-parity");
        }
        let is_off = typed.no_polar && !(brought_back && sampling.physics == Physics::CParity);
        let polarization = (!is_off).then_some(factor);
        if polarization.is_some_and(|factor| factor.abs() > 1.0) {
            notices.warn(
                "-polar: a Kahn factor lies between -1 and 1; intensities can come out negative",
            );
        }
        Ok(Self {
            wavelength_m: wavelength_angstrom / 1e10,
            fluence,
            size_m,
            exposure_s,
            polarization,
            water_m: not_negative("-water", typed.water_um.unwrap_or(0.0))? / 1e6,
        })
    }

    /// Photons per second on the whole beam.
    pub fn flux_per_s(&self) -> f64 {
        self.fluence * self.size_m * self.size_m / self.exposure_s
    }

    /// Wavelength in the middle of the spectrum, Å.
    pub fn wavelength_angstrom(&self) -> f64 {
        self.wavelength_m * 1e10
    }
}
