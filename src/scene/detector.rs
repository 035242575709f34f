//! The camera: panels of pixels, each where it stands.

use std::sync::Arc;

use super::beam::Source;
use crate::{
    image::{Image, Pixel, Region},
    vector::{Vector, add, dot, norm, rotate_about, scale, subtract},
};

/// A camera of one or many panels. Pixels of an image are those of the panels, one panel after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Detector {
    pub panels: Vec<Panel>,
}

impl Detector {
    /// A camera of a single panel.
    pub fn of(panel: Panel) -> Self {
        Self {
            panels: vec![panel],
        }
    }

    /// Pixels of all panels.
    pub fn pixels(&self) -> usize {
        self.panels.iter().map(Panel::pixels).sum()
    }

    /// The pixel at a position in an image's memory.
    ///
    /// # Panics
    /// When the detector has no such pixel.
    pub fn pixel_at(&self, mut position: usize) -> Pixel {
        for (number, panel) in self.panels.iter().enumerate() {
            if position < panel.pixels() {
                return Pixel {
                    panel: number,
                    slow: position / panel.fast_pixels,
                    fast: position % panel.fast_pixels,
                };
            }
            position -= panel.pixels();
        }
        panic!("the detector has no pixel there");
    }

    /// Where a pixel lies in an image's memory.
    pub fn position_of(&self, pixel: Pixel) -> usize {
        let before: usize = self.panels[..pixel.panel].iter().map(Panel::pixels).sum();
        before + pixel.slow * self.panels[pixel.panel].fast_pixels + pixel.fast
    }

    /// An image of zeros.
    pub fn dark_image(&self) -> Image {
        Image::of_panels(
            self.panels
                .iter()
                .map(|panel| [panel.slow_pixels, panel.fast_pixels]),
        )
    }

    /// The same camera moved by metres.
    pub fn shifted(&self, by_m: Vector) -> Self {
        let mut shifted = self.clone();
        for panel in &mut shifted.panels {
            panel.origin_m = add(panel.origin_m, by_m);
            if let Some(bend) = &mut panel.bend {
                bend.radius_m += dot(by_m, bend.beam);
            }
        }
        shifted
    }
}

/// A flat (or cylindrically curved) array of pixels. A pixel's corner is `origin + fast·F + slow·S`.
///
/// The three axes need not be perpendicular to each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub name: String,
    pub fast_pixels: usize,
    pub slow_pixels: usize,
    /// Along fast and slow.
    pub pixel_size_m: [f64; 2],
    /// From the sample to the corner of the first pixel.
    pub origin_m: Vector,
    /// Unit vectors.
    pub fast: Vector,
    pub slow: Vector,
    /// Unit vector, pointing away from the sample along increasing sensor depth.
    pub normal: Vector,
    pub sensor: Sensor,
    /// The pixels that are rendered.
    pub region: Region,
    /// One byte per pixel, slow-major; 0 is not rendered. `None` renders all.
    pub mask: Option<Arc<Vec<u8>>>,
    /// A panel that is bent about the sample.
    pub bend: Option<Bend>,
}

/// How a panel is bent: every pixel lies at the same distance from the sample.
///
/// As in the classic program the angles are the y and z of the flat panel over the radius, which makes a cylinder about the
/// sample of a beam along x alone, as MOSFLM has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bend {
    /// Unit vector about which it bends.
    pub beam: Vector,
    pub radius_m: f64,
}

/// Layers of the sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensor {
    pub layers: usize,
    /// Thickness of one layer, metres; 0 when the sensor has no thickness.
    pub layer_m: f64,
    /// 1 / attenuation length, m⁻¹. `None`: every photon is captured.
    pub attenuation_per_m: Option<f64>,
    /// Whether capture grows with the path of a ray that comes from behind, as in the classic program, instead of falling.
    pub grows_from_behind: bool,
}

impl Sensor {
    /// One layer that stops every photon.
    pub const PERFECT: Self = Self {
        layers: 1,
        layer_m: 0.0,
        attenuation_per_m: None,
        grows_from_behind: false,
    };
}

impl Panel {
    /// A panel across a beam along +z, centred on it, fast along +x and slow along +y.
    pub fn facing(fast_pixels: usize, slow_pixels: usize, pixel_m: f64, distance_m: f64) -> Self {
        let half = |pixels: usize| -(pixels as f64) * pixel_m / 2.0;
        Self {
            name: String::new(),
            fast_pixels,
            slow_pixels,
            pixel_size_m: [pixel_m; 2],
            origin_m: [half(fast_pixels), half(slow_pixels), distance_m],
            fast: [1.0, 0.0, 0.0],
            slow: [0.0, 1.0, 0.0],
            normal: [0.0, 0.0, 1.0],
            sensor: Sensor::PERFECT,
            region: Region::whole(fast_pixels, slow_pixels),
            mask: None,
            bend: None,
        }
    }

    /// Number of pixels, rendered or not.
    pub fn pixels(&self) -> usize {
        self.fast_pixels * self.slow_pixels
    }

    /// Distance of the panel's plane from the sample along the normal; negative where it is seen from behind.
    pub fn near_distance_m(&self) -> f64 {
        dot(self.origin_m, self.normal)
    }

    /// Where a point of the panel lies, in metres from the sample. `fast` and `slow` in pixels from the corner of the
    /// first one, `depth_m` into the sensor.
    pub fn position_m(&self, fast: f64, slow: f64, depth_m: f64) -> Vector {
        let (f, s) = (fast * self.pixel_size_m[0], slow * self.pixel_size_m[1]);
        let flat: Vector = std::array::from_fn(|i| {
            f * self.fast[i] + s * self.slow[i] + depth_m * self.normal[i] + self.origin_m[i]
        });
        let Some(bend) = self.bend else {
            return flat;
        };
        let ahead = scale(bend.beam, bend.radius_m);
        let bent = rotate_about(ahead, self.slow, flat[1] / bend.radius_m);
        rotate_about(bent, self.fast, flat[2] / bend.radius_m)
    }

    /// Where the centre of a pixel lies, at the front of the sensor, in metres from the sample.
    pub fn centre_m(&self, slow: usize, fast: usize) -> Vector {
        self.position_m(fast as f64 + 0.5, slow as f64 + 0.5, 0.0)
    }

    /// The solid angle of a pixel, taken at its centre, steradian.
    pub fn solid_angle_sr(&self, slow: usize, fast: usize) -> f64 {
        let [width_m, height_m] = self.pixel_size_m;
        width_m * height_m * self.near_distance_m() / norm(self.centre_m(slow, fast)).powi(3)
    }

    /// The scattering vector (d − incident)/λ of what reaches the front of the sensor at a point, Å⁻¹. `fast` and `slow` in pixels
    /// from the corner of the first one.
    pub fn scattering_vector(&self, [fast, slow]: [f64; 2], source: &Source) -> Vector {
        let position = self.position_m(fast, slow, 0.0);
        let direction = scale(position, 1.0 / norm(position));
        let q = subtract(direction, source.incident);
        scale(q, 1.0 / source.wavelength_angstrom)
    }

    /// Whether the mask lets this pixel be rendered.
    pub fn is_unmasked(&self, slow: usize, fast: usize) -> bool {
        self.mask
            .as_ref()
            .is_none_or(|mask| mask[slow * self.fast_pixels + fast] != 0)
    }

    /// Raster positions (slow, fast) of the rendered pixels, in order.
    pub fn rendered_pixels(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let region = self.region;
        (region.slow_min..=region.slow_max)
            .flat_map(move |slow| (region.fast_min..=region.fast_max).map(move |fast| (slow, fast)))
            .filter(|&(slow, fast)| self.is_unmasked(slow, fast))
    }
}
