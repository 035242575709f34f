//! What the headers of the written images say about the experiment.

use std::sync::Arc;

use super::Experiment;
use crate::formats::{Acquisition, History, smv};

impl Experiment {
    /// The SMV header: lengths in mm, angles in degrees, centres in the convention of each key.
    pub fn smv_header(&self) -> smv::Header {
        let detector = &self.detector;
        let [fast, slow] = detector.beam_spot_m;
        let slow_size = detector.size_m[1];
        let half_pixel = detector.pixel_size_m / 2.0;
        let mm = |metres: [f64; 2]| metres.map(|metres| metres * 1e3);
        smv::Header {
            pixel_size_mm: detector.pixel_size_m * 1e3,
            distance_mm: detector.distance_m * 1e3,
            wavelength_angstrom: self.beam.wavelength_angstrom(),
            beam_center_mm: mm(detector.beam_centre_m),
            adxv_center_mm: mm([fast, slow_size - slow]),
            mosflm_center_mm: mm([slow - half_pixel, fast - half_pixel]),
            denzo_beam_mm: mm([slow, fast]),
            dials_origin_mm: detector.dials_origin_mm(),
            xds_org_pixels: detector.xds_origin(),
            close_distance_mm: detector.close_distance_m * 1e3,
            phi_deg: self.goniometer.start_deg(),
            osc_start_deg: self.goniometer.start_deg(),
            osc_range_deg: self.goniometer.range_deg(),
            twotheta_deg: detector.twotheta_deg,
        }
    }

    /// What CBF and NeXus headers say. What `-roi` and `-mask` leave out counts as not recorded.
    pub fn acquisition(&self) -> Acquisition {
        let detector = &self.detector;
        Acquisition {
            pixel_size_m: detector.pixel_size_m,
            origin_m: detector.origin_m,
            fast: detector.fast,
            slow: detector.slow,
            beam: self.frame.beam,
            polarization_axis: self.frame.polar,
            polarization_factor: self.beam.polarization.unwrap_or(0.0),
            spindle: self.goniometer.spindle,
            wavelength_angstrom: self.beam.wavelength_angstrom(),
            start_deg: self.goniometer.start_deg(),
            range_deg: self.goniometer.range_deg(),
            exposure_s: self.beam.exposure_s,
            flux_per_s: self.beam.flux_per_s(),
            sensor_material: detector.named_sensor.material,
            sensor_thickness_m: detector.named_sensor.thickness_m,
            mask: self.recorded().map(Arc::new),
            twotheta_deg: detector.twotheta_deg,
            history: History::default(),
        }
    }

    /// One byte per pixel, fast axis first, 0 for those left out; `None` when there are none.
    fn recorded(&self) -> Option<Vec<u8>> {
        let detector = &self.detector;
        let region = detector.region;
        let is_whole =
            region.fast_len() == detector.fast_pixels && region.slow_len() == detector.slow_pixels;
        if is_whole && detector.mask.is_none() {
            return None;
        }
        let mut recorded = vec![0; detector.fast_pixels * detector.slow_pixels];
        for slow in region.slow_min..=region.slow_max {
            let row = slow * detector.fast_pixels;
            let pixels = row + region.fast_min..=row + region.fast_max;
            match &detector.mask {
                Some(mask) => {
                    recorded[pixels.clone()].copy_from_slice(&mask.pixels[pixels]);
                }
                None => recorded[pixels].fill(1),
            }
        }
        Some(recorded)
    }
}
