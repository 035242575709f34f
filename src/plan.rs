//! The flattened, checked description of one image that every engine reads.
//!
//! Lengths of the detector are metres, everything in reciprocal space is Å⁻¹ and everything about the crystal is Å, so
//! that Miller indices are plain dot products of numbers near one. Engines compare the parts of a new plan with
//! those of the one before (all are `PartialEq`) and upload only what changed.

use std::sync::Arc;

use crate::{
    image::{Image, Region, Statistics},
    structure_factors::Table,
    vector::{CellVectors, Vector, dot, norm, rotate_about},
};

/// Everything that decides the pixels of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub detector: Detector,
    /// One entry per direction and wavelength, horizontal divergence outermost, then vertical, then wavelength.
    pub sources: Vec<Source>,
    /// `None` when the polarisation correction is off (`-nopolar`).
    pub polarization: Option<Polarization>,
    pub crystal: Crystal,
    pub orientations: Orientations,
    pub structure_factors: StructureFactors,
    /// Finest spacing that is rendered, Å: samples with `dmin > 0.5 / stol` are skipped. 0 renders all.
    pub dmin_angstrom: f64,
    /// Which factors multiply every sample instead of the pixel's sum.
    pub per_sample: PerSampleFactors,
    pub physics: Physics,
    /// Intensity that every pixel starts from (`-water`), before `scale`. When every term carries its own factors
    /// (`Physics::Corrected`) the background carries their mean over sources and sub-pixels, summed over layers.
    pub background: f64,
    /// True when `-water` is set: samples with a zero lattice transform are then not skipped.
    pub has_water: bool,
    /// r_e² · fluence / steps: what turns a pixel's sum into photons.
    pub scale: f64,
}

/// Which of the three readings of the physics a run follows; SPEC of `-physics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Physics {
    /// The classic formulas, without the classic program's accidents.
    #[default]
    Spec,
    /// The classic program, accidents included.
    CParity,
    /// What the physics asks for: every factor multiplies its own term, source weights count.
    Corrected,
}

/// A flat (or cylindrically curved) pixel detector. A pixel's corner is `origin + fast·F + slow·S`.
#[derive(Debug, Clone, PartialEq)]
pub struct Detector {
    pub fast_pixels: usize,
    pub slow_pixels: usize,
    pub pixel_size_m: f64,
    /// Sub-pixels along each edge.
    pub oversample: usize,
    /// From the sample to the corner of the first pixel, metres.
    pub origin_m: Vector,
    pub fast: Vector,
    pub slow: Vector,
    /// Normal, pointing away from the sample along increasing sensor depth.
    pub normal: Vector,
    /// Direction of the incident beam that the curved detector bends about.
    pub beam: Vector,
    pub distance_m: f64,
    pub close_distance_m: f64,
    /// Every pixel at `distance_m` from the sample.
    pub curved: bool,
    /// Solid angle 1/R² of a point-like pixel.
    pub point_pixel: bool,
    pub sensor: Sensor,
    pub region: Region,
    /// One byte per pixel, slow-major; 0 is not rendered. `None` renders all.
    pub mask: Option<Arc<Vec<u8>>>,
}

/// Layers of the sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensor {
    pub layers: usize,
    /// Thickness of one layer, metres; 0 when the sensor has no thickness.
    pub layer_m: f64,
    /// 1 / attenuation length, m⁻¹. `None`: every photon is captured.
    pub attenuation_per_m: Option<f64>,
}

/// One point of the X-ray source at one wavelength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Source {
    /// Unit vector along which the beam travels.
    pub incident: Vector,
    pub wavelength_angstrom: f64,
    /// Relative weight, 1 for all unless the physics is `Corrected`, where the weights have mean 1.
    pub weight: f64,
}

/// Kahn's polarisation correction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Polarization {
    /// Kahn factor K, 0 for an unpolarised beam.
    pub factor: f64,
    /// Polarisation vector (the E direction of the beam before the cross products of the formula).
    pub axis: Vector,
}

/// Shape of the mosaic domain, which decides the lattice transform.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    #[default]
    Square,
    Round,
    Gauss,
    Tophat,
}

/// One mosaic domain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crystal {
    pub shape: Shape,
    /// Na, Nb, Nc: unit cells along each axis, whole numbers of at least 1.
    pub cells: [f64; 3],
    pub fudge: f64,
    /// a*, b*, c* in Å⁻¹ before any rotation about the spindle: the Gaussian and top-hat shapes measure their distance
    /// from a reciprocal lattice point with them.
    pub reciprocal: [Vector; 3],
}

/// The rotated cells: φ outermost, mosaic domain innermost.
#[derive(Debug, Clone, PartialEq)]
pub struct Orientations {
    pub phi_steps: usize,
    pub domains: usize,
    /// `phi_steps · domains` entries, index `phi_step · domains + domain`.
    pub cells: Arc<Vec<CellVectors>>,
    /// What the first φ loop of the run sees instead (`Physics::CParity` with a step at φ = 0 that is not the only
    /// one): entries of the same layout. The first φ loop is that of the first rendered pixel's first sample that
    /// survives `dmin`.
    pub first_loop: Option<Arc<Vec<CellVectors>>>,
}

/// How a Miller index becomes a structure factor.
#[derive(Debug, Clone, PartialEq)]
pub enum StructureFactors {
    /// No table: the same F, in electrons, for every reflection.
    Constant(f64),
    /// The nearest table point, the table's default F outside it.
    Nearest(Arc<Table>),
    /// 4×4×4 Lagrange interpolation until a neighbourhood leaves the table.
    Tricubic(Arc<Table>),
}

/// Factors applied to every sample (as the running product of the classic program unless the physics is `Corrected`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerSampleFactors {
    /// `-oversample_thick`
    pub capture: bool,
    /// `-oversample_polar`
    pub polarization: bool,
    /// `-oversample_omega`
    pub omega: bool,
}

impl Detector {
    /// Where a point of the detector lies, in metres from the sample. `fast` and `slow` in pixels from the corner of the
    /// first one, `depth_m` into the sensor.
    pub fn position_m(&self, fast: f64, slow: f64, depth_m: f64) -> Vector {
        let [f, s] = [fast, slow].map(|pixels| pixels * self.pixel_size_m);
        let flat: Vector = std::array::from_fn(|i| {
            f * self.fast[i] + s * self.slow[i] + depth_m * self.normal[i] + self.origin_m[i]
        });
        if !self.curved {
            return flat;
        }
        let ahead = self.beam.map(|component| component * self.distance_m);
        let bent = rotate_about(ahead, self.slow, flat[1] / self.distance_m);
        rotate_about(bent, self.fast, flat[2] / self.distance_m)
    }

    /// Where the last sub-pixel of a pixel (fast, slow) lies along both axes, metres.
    pub fn last_subpixel_m(&self, pixel: [usize; 2]) -> [f64; 2] {
        let subpixel_m = self.pixel_size_m / self.oversample as f64;
        pixel.map(|index| subpixel_m * (((index + 1) * self.oversample) as f64 - 0.5))
    }

    /// The numbers that a run prints about its image.
    pub fn statistics(&self, image: &Image) -> Statistics {
        let mask = self.mask.as_ref().map(|mask| mask.as_slice());
        Statistics::of(image, self.region, mask)
    }

    /// Whether the mask lets this pixel be rendered.
    pub fn is_unmasked(&self, slow: usize, fast: usize) -> bool {
        self.mask
            .as_ref()
            .is_none_or(|mask| mask[slow * self.fast_pixels + fast] != 0)
    }
}

impl Plan {
    /// Whether an interpolation that leaves the table turns interpolation off for the rest of the run, in raster order.
    pub fn run_out_is_final(&self) -> bool {
        self.physics != Physics::Corrected
    }

    /// The most by which a pixel's sum can grow through `-oversample_omega`, whose classic running sum is multiplied by the
    /// solid angle once a sample: in m⁻² for point pixels, and above 1 for any pixel as near as it is wide. At least 1.
    pub fn running_growth(&self) -> f64 {
        if self.physics == Physics::Corrected || !self.per_sample.omega {
            return 1.0;
        }
        let detector = &self.detector;
        let nearest_m = if detector.curved {
            detector.distance_m.abs()
        } else {
            detector.close_distance_m.abs()
        };
        let omega = if detector.point_pixel {
            nearest_m.powi(-2)
        } else {
            detector.pixel_size_m.powi(2) * detector.close_distance_m.abs() / nearest_m.powi(3)
        };
        omega.max(1.0).powf(self.samples_per_pixel() as f64)
    }

    /// The most by which the classic formula of the sensor multiplies a pixel that is seen from behind, where it grows with
    /// the path instead of falling (`-physics c-parity`). At least 1.
    pub fn sensor_growth(&self) -> f64 {
        let detector = &self.detector;
        let sensor = detector.sensor;
        let Some(attenuation_per_m) = sensor.attenuation_per_m else {
            return 1.0;
        };
        let is_flat_and_ahead = !detector.curved && detector.close_distance_m > 0.0;
        if self.physics != Physics::CParity || is_flat_and_ahead {
            return 1.0;
        }
        let cos_incidence = |(slow, fast): (usize, usize)| {
            let position = detector.position_m(fast as f64 + 0.5, slow as f64 + 0.5, 0.0);
            dot(position, detector.normal) / norm(position)
        };
        let most_grazing = self
            .rendered_pixels()
            .map(cos_incidence)
            .filter(|cos| *cos < 0.0)
            .fold(f64::NEG_INFINITY, f64::max);
        let times = if self.per_sample.capture {
            self.samples_per_pixel()
        } else {
            1
        };
        let path = sensor.layers as f64 * sensor.layer_m * attenuation_per_m / -most_grazing;
        (path * times as f64).exp()
    }

    /// Raster positions of the rendered pixels, in order.
    pub fn rendered_pixels(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let Region {
            fast_min,
            fast_max,
            slow_min,
            slow_max,
        } = self.detector.region;
        (slow_min..=slow_max)
            .flat_map(move |slow| (fast_min..=fast_max).map(move |fast| (slow, fast)))
            .filter(|&(slow, fast)| self.detector.is_unmasked(slow, fast))
    }

    /// Samples summed into one pixel: sources × φ steps × domains × sub-pixels × sensor layers.
    pub fn samples_per_pixel(&self) -> u64 {
        let oversample = self.detector.oversample as u64;
        self.sources.len() as u64
            * self.orientations.cells.len() as u64
            * oversample
            * oversample
            * self.detector.sensor.layers as u64
    }
}
