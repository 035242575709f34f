//! What the headers of the written images say about the experiment.

use super::Experiment;
use crate::formats::smv;

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
}
