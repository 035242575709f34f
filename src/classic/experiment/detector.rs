//! The detector: its pixels, its sensor, and where it stands.

use super::{
    ExperimentError, Frame, Mask, Notices,
    camera::DEFAULT_PIXEL_MM,
    error::{not_negative, positive},
    named_sensor::NamedSensor,
    placement::{Centres, EDGE_ON, Placement, Placing, pivot},
    sampling::Steps,
};
use crate::vector::dot;
use crate::{
    classic::options::{Convention, DetectorOptions, Options, Physics, Pivot},
    classic::plain,
    image::Region,
    scene::Sensor,
    vector::Vector,
};

const DEFAULT_SIZE_MM: f64 = 102.4;
/// Bytes that a run holds for every pixel: float32 image, integer image, noise image, preview.
const BYTES_PER_PIXEL: usize = 12;
/// More of them are a slip in a unit.
const MOST_PIXELS_ALONG_AN_EDGE: f64 = 1e7;

/// A placed detector. Lengths in metres; fast and slow coordinates count from the corner of the first pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassicDetector {
    pub fast_pixels: usize,
    pub slow_pixels: usize,
    pub pixel_size_m: f64,
    /// Width and height.
    pub size_m: [f64; 2],
    pub pivot: Pivot,
    pub placing: Placing,
    /// Unit vectors after all rotations.
    pub fast: Vector,
    pub slow: Vector,
    pub normal: Vector,
    /// From the sample to the corner of the first pixel.
    pub origin_m: Vector,
    /// Along the beam.
    pub distance_m: f64,
    /// Along the normal.
    pub close_distance_m: f64,
    /// beam · normal before the 2θ swing.
    pub beam_normal_ratio: f64,
    /// Beam centre as the convention counts it: -Xbeam, -Ybeam.
    pub beam_centre_m: [f64; 2],
    /// Near point before any rotation as the options give it: -Xclose, -Yclose.
    pub typed_near_point_m: [f64; 2],
    /// Where the direct beam falls: Fbeam, Sbeam.
    pub beam_spot_m: [f64; 2],
    /// Point nearest to the sample: Fclose, Sclose.
    pub near_point_m: [f64; 2],
    pub twotheta_deg: f64,
    /// Of the sensor, metres; 0 for none.
    pub thickness_m: f64,
    pub named_sensor: NamedSensor,
    pub sensor: Sensor,
    pub curved: bool,
    pub point_pixel: bool,
    pub region: Region,
    pub mask: Option<Mask>,
}

impl ClassicDetector {
    pub(super) fn from_options(
        options: &Options,
        mask: Option<Mask>,
        frame: &Frame,
        notices: &mut Notices,
    ) -> Result<Self, ExperimentError> {
        let typed = &options.detector;
        let physics = options.sampling.physics;
        let pixel_size_m = positive("-pixel", typed.pixel_mm.unwrap_or(DEFAULT_PIXEL_MM))? / 1e3;
        let (fast_pixels, fast_size_m) = extent(
            ["-detpixels_f", "-detsize_f"],
            typed.detpixels_fast,
            typed.detsize_fast_mm,
            pixel_size_m,
        )?;
        let (slow_pixels, slow_size_m) = extent(
            ["-detpixels_s", "-detsize_s"],
            typed.detpixels_slow,
            typed.detsize_slow_mm,
            pixel_size_m,
        )?;
        fits_memory(fast_pixels, slow_pixels)?;
        if let Some(mask) = &mask {
            mask.covers(fast_pixels, slow_pixels)?;
        }
        let size_m = [fast_size_m, slow_size_m];
        let region = region(options.sampling.roi, fast_pixels, slow_pixels)?;
        let pivot = pivot(typed, frame.convention, physics, notices);
        let centres = Centres::from_options(options, frame.convention, size_m, pixel_size_m)?;
        let placement = Placement::from_options(typed, frame, pivot, &centres, notices)?;
        let curved = is_curved(options, notices);
        if curved {
            check_radius(placement.distance_m, pixel_size_m)?;
        }
        let (thickness_m, sensor) = sensor(options, notices)?;
        let named_sensor = NamedSensor::of(typed, thickness_m);
        Ok(Self {
            fast_pixels,
            slow_pixels,
            pixel_size_m,
            size_m,
            pivot,
            placing: placement.placing,
            fast: placement.fast,
            slow: placement.slow,
            normal: placement.normal,
            origin_m: placement.origin_m,
            distance_m: placement.distance_m,
            close_distance_m: placement.close_distance_m,
            beam_normal_ratio: placement.beam_normal_ratio,
            beam_centre_m: centres.beam_m,
            typed_near_point_m: centres.near_m,
            beam_spot_m: placement.beam_spot_m,
            near_point_m: placement.near_point_m,
            twotheta_deg: typed.twotheta_deg.unwrap_or(0.0),
            thickness_m,
            named_sensor,
            sensor,
            curved,
            point_pixel: typed.point_pixel,
            region,
            mask,
        })
    }

    /// From the sample to the detector along the beam, metres, as it stands after the 2θ swing; `None` where it never meets the
    /// beam. [`ClassicDetector::distance_m`] is the classic program's, which leaves the swing out.
    pub fn distance_along_beam_m(&self, beam: Vector) -> Option<f64> {
        let distance = self.close_distance_m / dot(beam, self.normal);
        (distance.is_finite() && distance > 0.0).then_some(distance)
    }

    /// Whether the detector's plane runs through the sample, up to rounding.
    pub fn is_edge_on(&self) -> bool {
        self.close_distance_m.abs() < EDGE_ON * self.placing.pivot_distance_m.abs()
    }

    /// ORGX, ORGY of XDS, pixels.
    pub fn xds_origin(&self) -> [f64; 2] {
        self.near_point_m
            .map(|metres| metres / self.pixel_size_m + 0.5)
    }

    /// The origin in the frame of DIALS, mm.
    pub fn dials_origin_mm(&self) -> Vector {
        const DIALS_AXES: [Vector; 3] = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]];
        // As products with the axes: a coordinate of zero then has the sign that the classic program prints.
        DIALS_AXES.map(|axis| dot(self.origin_m, axis) * 1e3)
    }

    /// Tells which typed centres a sample pivot leaves without effect on the picture.
    pub(super) fn warn_of_idle_centres(
        &self,
        typed: &DetectorOptions,
        convention: Convention,
        physics: Physics,
        notices: &mut Notices,
    ) {
        if self.pivot == Pivot::Beam {
            return warn_of_idle_near_point(typed, convention, notices);
        }
        let is_custom = convention == Convention::Custom;
        let beam_typed = [typed.xbeam_mm, typed.ybeam_mm].map(|v| v.is_some());
        let near_typed = [typed.xclose_mm, typed.yclose_mm].map(|v| v.is_some());
        let idle_beam = beam_typed.map(|given| given && !is_custom);
        // Under CUSTOM the near point is the beam centre, which is -Xclose, -Yclose unless typed.
        let classic_idle_near: [bool; 2] =
            std::array::from_fn(|axis| near_typed[axis] && (beam_typed[axis] || !is_custom));
        if classic_idle_near.contains(&true) {
            notices.differ("-Xclose and -Yclose place the near point in corrected alone");
        }
        let idle_near = classic_idle_near.map(|idle| idle && physics != Physics::Corrected);
        let idle: Vec<&str> = idle_beam
            .into_iter()
            .chain(idle_near)
            .zip(["-Xbeam", "-Ybeam", "-Xclose", "-Yclose"])
            .filter_map(|(idle, option)| idle.then_some(option))
            .collect();
        if !idle.is_empty() {
            notices.warn(format!(
                "{}: only in the image headers; a detector that turns about the sample is placed by -ORGX and -ORGY",
                idle.join(" ")
            ));
        }
    }
}

/// Tells which typed near points a beam pivot leaves without effect: it looks at the beam centre alone, which is the near point
/// where it was not typed, except in the conventions whose centre is the middle of the detector.
fn warn_of_idle_near_point(typed: &DetectorOptions, convention: Convention, notices: &mut Notices) {
    let centre_is_default = matches!(
        convention,
        Convention::Mosflm | Convention::Denzo | Convention::Adxv
    );
    let idle: Vec<&str> = [
        ("-Xclose", typed.xclose_mm, typed.xbeam_mm),
        ("-Yclose", typed.yclose_mm, typed.ybeam_mm),
        ("-ORGX", typed.orgx, typed.xbeam_mm),
        ("-ORGY", typed.orgy, typed.ybeam_mm),
    ]
    .into_iter()
    .filter(|(_, near, beam)| near.is_some() && (centre_is_default || beam.is_some()))
    .map(|(option, ..)| option)
    .collect();
    if !idle.is_empty() {
        notices.warn(format!(
            "{}: without effect on a detector that turns about the beam spot, which -Xbeam and -Ybeam place; -pivot sample uses the near point",
            idle.join(" ")
        ));
    }
}

/// Pixels and length along one edge: a count wins over a size, which stays as typed.
fn extent(
    [count_option, size_option]: [&'static str; 2],
    count: Option<i64>,
    size_mm: Option<f64>,
    pixel_size_m: f64,
) -> Result<(usize, f64), ExperimentError> {
    if let Some(count) = count {
        let pixels = usize::try_from(count).ok().filter(|n| *n > 0);
        return match pixels {
            Some(pixels) => Ok((pixels, pixel_size_m * pixels as f64)),
            None => Err(ExperimentError::option(
                count_option,
                format!("{count} pixels are no detector; give at least 1"),
            )),
        };
    }
    let size_m = positive(size_option, size_mm.unwrap_or(DEFAULT_SIZE_MM))? / 1e3;
    let pixels = (size_m / pixel_size_m - 0.5).ceil();
    if pixels > MOST_PIXELS_ALONG_AN_EDGE {
        return Err(ExperimentError::option(
            "-pixel",
            format!(
                "pixels of {} mm are {} along the {} mm of an edge; -pixel takes mm",
                plain(pixel_size_m * 1e3),
                plain(pixels),
                plain(size_m * 1e3)
            ),
        ));
    }
    if pixels < 1.0 {
        return Err(ExperimentError::option(
            size_option,
            "less than half a pixel is no detector; give a larger size or a smaller -pixel",
        ));
    }
    Ok((pixels as usize, size_m))
}

/// A pixel of a curved detector must not reach all the way around the sample.
fn check_radius(radius_m: f64, pixel_size_m: f64) -> Result<(), ExperimentError> {
    if pixel_size_m <= std::f64::consts::TAU * radius_m.abs() {
        return Ok(());
    }
    Err(ExperimentError::option(
        "-curved_det",
        format!(
            "the detector bends about the sample at its distance along the beam, and at {} mm a single pixel reaches all the way around; give a larger -distance, or less -twotheta about the beam spot",
            plain(radius_m.abs() * 1e3)
        ),
    ))
}

fn fits_memory(fast_pixels: usize, slow_pixels: usize) -> Result<(), ExperimentError> {
    let bytes = fast_pixels
        .checked_mul(slow_pixels)
        .and_then(|pixels| pixels.checked_mul(BYTES_PER_PIXEL));
    // The allocator is asked and given back at once: nothing is touched, so nothing is really taken.
    let fits = bytes.is_some_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok());
    if fits {
        return Ok(());
    }
    Err(ExperimentError::option(
        "-detpixels",
        format!(
            "images of {} x {} pixels do not fit into memory",
            plain(fast_pixels as f64),
            plain(slow_pixels as f64)
        ),
    ))
}

/// The pixels to render: negative limits mean their defaults, and what lies beyond the detector is cut.
fn region(
    roi: Option<[i64; 4]>,
    fast_pixels: usize,
    slow_pixels: usize,
) -> Result<Region, ExperimentError> {
    let limits = |min: i64, max: i64, pixels: usize| {
        let last = pixels - 1;
        let min = usize::try_from(min).unwrap_or(0);
        let max = usize::try_from(max).map_or(last, |max| max.min(last));
        (min <= max).then_some((min, max))
    };
    let [fast_min, fast_max, slow_min, slow_max] = roi.unwrap_or([-1; 4]);
    let fast = limits(fast_min, fast_max, fast_pixels);
    let slow = limits(slow_min, slow_max, slow_pixels);
    match (fast, slow) {
        (Some((fast_min, fast_max)), Some((slow_min, slow_max))) => Ok(Region {
            fast_min,
            fast_max,
            slow_min,
            slow_max,
        }),
        _ => Err(ExperimentError::option(
            "-roi",
            format!(
                "{fast_min} {fast_max} {slow_min} {slow_max} holds no pixel of the {fast_pixels} x {slow_pixels} detector; give xmin xmax ymin ymax"
            ),
        )),
    }
}

/// Thickness of the sensor, and its layers.
fn sensor(options: &Options, notices: &mut Notices) -> Result<(f64, Sensor), ExperimentError> {
    let typed = &options.detector;
    let physics = options.sampling.physics;
    let thickness_m = not_negative("-detector_thick", typed.thickness_um.unwrap_or(0.0))? * 1e-6;
    let attenuation_um = match typed.attenuation_um {
        Some(um) if um == 0.0 || um == f64::INFINITY => {
            if thickness_m > 0.0 {
                notices.note("-detector_abs inf or 0: the sensor counts as a single thin layer");
            }
            return Ok((0.0, without_thickness(options, notices)));
        }
        Some(um) => Some(positive("-detector_abs", um)?),
        None => None,
    };
    if thickness_m > 0.0 && typed.sensor_taken_away {
        notices.differ(
            "c-parity has no sensor once -detector_abs inf or 0 stands behind -detector_thick",
        );
    }
    let is_taken_away = typed.sensor_taken_away && physics == Physics::CParity;
    let steps = Steps::through(
        "-detector_thicksteps",
        typed.thick_steps,
        thickness_m,
        physics == Physics::Corrected,
    )?;
    if thickness_m == 0.0 || is_taken_away {
        return Ok((0.0, without_thickness(options, notices)));
    }
    let attenuation_per_m = match attenuation_um {
        Some(um) => 1.0 / (um * 1e-6),
        None => {
            notices.warn("-detector_thick without -detector_abs: the attenuation length is set to the thickness");
            1.0 / thickness_m
        }
    };
    notices
        .differ("corrected gives every sensor layer its own capture, and fills the sensor exactly");
    let sensor = Sensor {
        layers: steps.count,
        layer_m: steps.step,
        attenuation_per_m: Some(attenuation_per_m),
        grows_from_behind: physics == Physics::CParity,
    };
    Ok((thickness_m, sensor))
}

/// A sensor without thickness stops every photon; but the classic program's `-oversample_thick` multiplies by what it absorbs, which
/// is nothing.
fn without_thickness(options: &Options, notices: &mut Notices) -> Sensor {
    if !options.sampling.oversample_thick {
        return Sensor::PERFECT;
    }
    notices.differ("-oversample_thick without -detector_thick is black in c-parity");
    match options.sampling.physics {
        Physics::CParity => Sensor {
            attenuation_per_m: Some(0.0),
            ..Sensor::PERFECT
        },
        Physics::Spec | Physics::Corrected => Sensor::PERFECT,
    }
}

/// Whether the detector is curved. The classic program does not hear a `-curved_det` that nothing follows.
fn is_curved(options: &Options, notices: &mut Notices) -> bool {
    let typed = &options.detector;
    if typed.curved && !typed.curved_is_followed {
        notices.differ("c-parity ignores -curved_det as the last of the classic options");
        return options.sampling.physics != Physics::CParity;
    }
    typed.curved
}
