//! The X-rays.

use crate::vector::{Vector, cross, unit};

/// The incident beam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beam {
    /// Unit vector along which it travels.
    pub direction: Vector,
    /// Wavelength in the middle of the spectrum, Å.
    pub wavelength_angstrom: f64,
    /// Photons/m².
    pub fluence: f64,
    /// `None` leaves the polarisation correction out.
    pub polarization: Option<Polarization>,
}

impl Beam {
    /// An unpolarised beam along +z, of 10²⁸ photons/m².
    pub fn of_wavelength(wavelength_angstrom: f64) -> Self {
        Self {
            direction: [0.0, 0.0, 1.0],
            wavelength_angstrom,
            fluence: 1e28,
            polarization: Some(Polarization {
                factor: 0.0,
                axis: [1.0, 0.0, 0.0],
            }),
        }
    }
}

/// Kahn's polarisation correction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Polarization {
    /// Kahn factor K, 0 for an unpolarised beam, 1 for one polarised along `axis`.
    pub factor: f64,
    /// Direction of the electric field (the E of the formula before its cross products).
    pub axis: Vector,
}

impl Polarization {
    /// Kahn's B and E of a source; zero where the polarisation axis lies along its beam.
    pub(crate) fn axes(&self, source: &Source) -> [Vector; 2] {
        unit(cross(self.axis, source.incident))
            .and_then(|magnetic| Some([magnetic, unit(cross(source.incident, magnetic))?]))
            .unwrap_or_default()
    }
}

/// The directions and wavelengths that the beam is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// Horizontal divergence outermost, then vertical, then wavelength, where a grid made them.
    pub sources: Vec<Source>,
}

impl Spectrum {
    /// One direction, one wavelength.
    pub fn monochromatic(beam: &Beam) -> Self {
        Self {
            sources: vec![Source {
                incident: beam.direction,
                wavelength_angstrom: beam.wavelength_angstrom,
                weight: 1.0,
            }],
        }
    }
}

impl Spectrum {
    /// The one source of the mean direction and wavelength; `None` where there is no such direction.
    pub fn mean(&self) -> Option<Source> {
        let total: f64 = self.sources.iter().map(|source| source.weight).sum();
        let mean = |of: &dyn Fn(&Source) -> f64| {
            let weighted = self.sources.iter().map(|source| source.weight * of(source));
            weighted.sum::<f64>() / total
        };
        Some(Source {
            incident: unit(std::array::from_fn(|axis| {
                mean(&|source| source.incident[axis])
            }))?,
            wavelength_angstrom: mean(&|source| source.wavelength_angstrom),
            weight: 1.0,
        })
    }
}

/// One point of the X-ray source at one wavelength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Source {
    /// Unit vector along which the beam travels.
    pub incident: Vector,
    pub wavelength_angstrom: f64,
    /// Share of the fluence, relative to the mean of all sources.
    pub weight: f64,
}

/// What scatters beside the crystals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Background {
    /// A cube of water of this edge, scattering alike in all directions, as the classic program has it.
    Water { edge_m: f64 },
}
