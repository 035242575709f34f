//! How an image was taken, as the headers of CBF and NeXus tell it.

use std::sync::Arc;

use super::{CameraHeader, History};
use crate::vector::Vector;
use crate::vector::{cross, dot, scale, subtract, unit};

/// What sensors are made of unless something else is known.
pub const SILICON: &str = "Si";
/// A depth that shifts no spot.
const THINNEST_SENSOR_M: f64 = 1e-9;

/// Camera and exposure of an image, or of each image of a sweep.
///
/// Directions are unit vectors of one right-handed laboratory frame, whichever.
#[derive(Debug, Clone, PartialEq)]
pub struct Acquisition {
    pub pixel_size_m: f64,
    /// From the sample to the corner of the first pixel.
    pub origin_m: Vector,
    pub fast: Vector,
    pub slow: Vector,
    /// Along which the X-rays travel.
    pub beam: Vector,
    /// Of the electric field.
    pub polarization_axis: Vector,
    /// Kahn factor.
    pub polarization_factor: f64,
    pub spindle: Vector,
    pub wavelength_angstrom: f64,
    /// φ at which the first image begins.
    pub start_deg: f64,
    /// Range of each image.
    pub range_deg: f64,
    /// Of each image.
    pub exposure_s: f64,
    /// Photons per second.
    pub flux_per_s: f64,
    /// Chemical formula.
    pub sensor_material: &'static str,
    /// 0 for a sensor without depth.
    pub sensor_thickness_m: f64,
    /// One byte per pixel, fast axis first, 0 where nothing was recorded. `None`: everything was.
    pub mask: Option<Arc<Vec<u8>>>,
    /// Turn of the detector about the sample, degrees; its place is in the vectors above.
    pub twotheta_deg: f64,
    pub history: History,
}

impl Acquisition {
    /// The same of frame number `index`, from 0, when this is that of the first of a sweep.
    #[must_use]
    pub fn of_frame(&self, index: usize) -> Self {
        Self {
            start_deg: self.start_deg + self.range_deg * index as f64,
            ..self.clone()
        }
    }

    /// A flat detector across the beam, its fast axis along the spindle, as far as `camera` tells.
    pub fn from_camera(camera: &CameraHeader) -> Self {
        let pixel_size_m = camera.pixel_size_mm.unwrap_or(0.1) / 1e3;
        let distance_m = camera.distance_mm.unwrap_or(100.0) / 1e3;
        // MOSFLM counts its X along the slow axis, from the middle of the first pixel.
        let [x, y] = camera.beam_center_mm;
        let spot_m = |beam_mm: Option<f64>, pixels: usize| {
            beam_mm.map_or(pixels as f64 * pixel_size_m / 2.0, |mm| {
                mm / 1e3 + pixel_size_m / 2.0
            })
        };
        let fast_m = spot_m(y, camera.fast_pixels);
        let slow_m = spot_m(x, camera.slow_pixels);
        Self {
            pixel_size_m,
            origin_m: [distance_m, slow_m, -fast_m],
            fast: [0.0, 0.0, 1.0],
            slow: [0.0, -1.0, 0.0],
            beam: [1.0, 0.0, 0.0],
            polarization_axis: [0.0, 0.0, 1.0],
            polarization_factor: camera.polarization_factor.unwrap_or(0.0),
            spindle: [0.0, 0.0, 1.0],
            wavelength_angstrom: camera.wavelength_angstrom.unwrap_or(1.0),
            start_deg: camera.phi_deg.unwrap_or(0.0),
            range_deg: camera.osc_range_deg.unwrap_or(0.0),
            exposure_s: camera.exposure_s.unwrap_or(1.0),
            flux_per_s: camera.flux_per_s.unwrap_or(0.0),
            sensor_material: camera.sensor_material.unwrap_or(SILICON),
            sensor_thickness_m: camera.sensor_thickness_m.unwrap_or(0.0),
            mask: None,
            twotheta_deg: camera.twotheta_deg.unwrap_or(0.0),
            history: History::default(),
        }
    }

    /// Cosine between the beam and fast × slow: below 0 where the detector is seen against the beam, which mirrors its image.
    pub fn normal_along_beam(&self) -> f64 {
        dot(cross(self.fast, self.slow), self.beam)
    }

    /// From the sample to the detector along the beam, metres.
    pub fn distance_m(&self) -> f64 {
        let normal = cross(self.fast, self.slow);
        dot(self.origin_m, normal) / dot(self.beam, normal)
    }

    /// Where the beam meets the detector: pixels along fast and slow from the corner of the first pixel.
    pub fn beam_center_pixels(&self) -> [f64; 2] {
        let distance = self.distance_m();
        let spot = subtract(scale(self.beam, distance), self.origin_m);
        [self.fast, self.slow].map(|axis| dot(spot, axis) / self.pixel_size_m)
    }

    /// A vector in the frame of NeXus: z along the beam, y across beam and polarisation, x completing them.
    pub fn in_nexus_frame(&self, v: Vector) -> Vector {
        let z = self.beam;
        let y = unit(cross(self.polarization_axis, z))
            .expect("the electric field is not parallel to the beam");
        let x = cross(y, z);
        [dot(v, x), dot(v, y), dot(v, z)]
    }

    /// What headers give as the thickness: readers that correct for parallax expect one above 0.
    pub(super) fn stated_thickness_m(&self) -> f64 {
        self.sensor_thickness_m.max(THINNEST_SENSOR_M)
    }

    /// Whether pixel number `index`, fast axis first, was recorded.
    pub(super) fn is_recorded(&self, index: usize) -> bool {
        self.mask.as_ref().is_none_or(|mask| mask[index] != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera() -> CameraHeader {
        CameraHeader {
            fast_pixels: 200,
            slow_pixels: 100,
            pixel_size_mm: Some(0.2),
            distance_mm: Some(150.0),
            beam_center_mm: [Some(9.0), Some(19.0)],
            ..CameraHeader::default()
        }
    }

    #[test]
    fn a_camera_keeps_its_distance_and_beam_centre() {
        let acquisition = Acquisition::from_camera(&camera());
        assert!((acquisition.distance_m() - 0.15).abs() < 1e-12);
        let [fast, slow] = acquisition.beam_center_pixels();
        assert!((fast - 95.5).abs() < 1e-9 && (slow - 45.5).abs() < 1e-9);
    }

    #[test]
    fn the_nexus_frame_has_the_beam_along_z_and_keeps_handedness() {
        let acquisition = Acquisition::from_camera(&camera());
        assert_eq!(
            acquisition.in_nexus_frame(acquisition.beam),
            [0.0, 0.0, 1.0]
        );
        let fast = acquisition.in_nexus_frame(acquisition.fast);
        let slow = acquisition.in_nexus_frame(acquisition.slow);
        assert_eq!(fast, [-1.0, 0.0, 0.0]);
        assert_eq!(cross(fast, slow), [0.0, 0.0, 1.0]);
    }
}
