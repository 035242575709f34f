//! What a trace sees: every intermediate value of one pixel, as the kernel computes it.

use std::sync::Arc;

use crate::vector::{CellVectors, Vector};

/// A sub-pixel at one depth of the sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ray {
    pub layer: usize,
    /// Sub-pixel numbers along slow and fast.
    pub subpixel: [usize; 2],
    /// From the sample, metres.
    pub position_m: Vector,
    pub distance_m: f64,
    /// Unit vector from the sample.
    pub direction: Vector,
    /// Solid angle of a pixel here, sr.
    pub omega: f64,
    /// Fraction of the photons that this layer stops.
    pub capture: f64,
}

/// A source as this sub-pixel sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceRay {
    pub source: usize,
    pub incident: Vector,
    pub wavelength_angstrom: f64,
    /// Å⁻¹.
    pub scattering: Vector,
    pub polarization: f64,
    /// Whether `dmin` lets it through.
    pub survives: bool,
}

/// One orientation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub crystal: usize,
    /// `phi_step · domains + domain`.
    pub orientation: usize,
    /// a, b, c in Å as this sample sees them.
    pub cell: [Vector; 3],
    /// Miller indices.
    pub index: [f64; 3],
    /// The nearest reciprocal lattice point.
    pub nearest: [f64; 3],
    /// Magnitude of the lattice transform.
    pub lattice: f64,
    /// Structure factor, electrons.
    pub amplitude: f64,
    pub interpolated: bool,
    /// Skipped by the classic rule: a zero lattice transform and no water.
    pub skipped: bool,
    /// The sum after this sample, as the kernel carries it.
    pub sum: f64,
}

/// A pixel's last steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// The sum before scaling.
    pub sum: f64,
    /// Factors that multiply the sum, 1 where they were applied sample by sample.
    pub capture: f64,
    pub polarization: f64,
    pub omega: f64,
    /// Photons.
    pub value: f64,
}

/// Receives the intermediate values of a pixel in the order in which they are computed.
///
/// It may also put others in their place, which the CPU engine alone lets it do: whoever knows of rules that the engines do
/// not know computes single pixels so.
pub trait Record {
    /// Cells that the coming loop over orientations sees instead of the plan's.
    fn cells(&mut self) -> Option<Arc<Vec<CellVectors>>> {
        None
    }

    /// Whether a sample is interpolated whose neighbourhood lies inside the table or not.
    fn interpolates(&mut self, is_inside: bool) -> bool {
        is_inside
    }

    fn ray(&mut self, ray: &Ray);
    fn source(&mut self, source: &SourceRay);
    fn sample(&mut self, sample: &Sample);
    fn total(&mut self, total: &Total);
}
