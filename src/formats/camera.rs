//! What the header of an image says about the camera.

/// The values that `-img` and `-mask` take over from a file; `None` where its header is silent.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CameraHeader {
    pub fast_pixels: usize,
    pub slow_pixels: usize,
    pub pixel_size_mm: Option<f64>,
    pub distance_mm: Option<f64>,
    pub close_distance_mm: Option<f64>,
    pub wavelength_angstrom: Option<f64>,
    /// X and Y as the header's convention has them; of files without a convention, as MOSFLM has them.
    pub beam_center_mm: [Option<f64>; 2],
    /// Point of the detector nearest to the sample, in pixels along fast and slow, the first pixel's centre being 1.
    pub org_pixels: [Option<f64>; 2],
    pub phi_deg: Option<f64>,
    pub osc_range_deg: Option<f64>,
    pub twotheta_deg: Option<f64>,
    pub exposure_s: Option<f64>,
    pub flux_per_s: Option<f64>,
    /// Kahn factor.
    pub polarization_factor: Option<f64>,
    /// Chemical formula.
    pub sensor_material: Option<&'static str>,
    pub sensor_thickness_m: Option<f64>,
}

impl CameraHeader {
    /// Whether the header says nothing but how many pixels there are.
    pub fn is_silent(&self) -> bool {
        let Self {
            fast_pixels,
            slow_pixels,
            ..
        } = *self;
        *self
            == Self {
                fast_pixels,
                slow_pixels,
                ..Self::default()
            }
    }

    /// What the header of frame number `index`, from 0, says when this is that of the first of a sweep.
    pub fn of_frame(self, index: usize) -> Self {
        let advanced = self
            .phi_deg
            .zip(self.osc_range_deg)
            .map(|(phi, range)| phi + range * index as f64);
        Self {
            phi_deg: advanced.or(self.phi_deg),
            ..self
        }
    }
}
