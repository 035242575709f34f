//! The detector: its pixels, its sensor, and where it stands.

use super::{
    ExperimentError, Frame, Mask, Notices,
    convention::named_pivot,
    error::{finite, finite_if_given, not_negative, positive},
    sampling::Steps,
    vector::{add, dot, rotate_about, rotate_xyz, scale, subtract},
};
use crate::{
    options::{Convention, DetectorOptions, Options, Pivot},
    plan::{Physics, Region, Sensor, Vector},
};

pub(super) const DEFAULT_PIXEL_MM: f64 = 0.1;
const DEFAULT_SIZE_MM: f64 = 102.4;
const DEFAULT_DISTANCE_MM: f64 = 100.0;
/// Cosine of the angle between beam and detector normal below which the beam is taken to miss the detector plane.
const EDGE_ON: f64 = 1e-9;
/// Bytes that a run holds for every pixel: float32 image, integer image, noise image, preview.
const BYTES_PER_PIXEL: usize = 12;

/// A placed detector. Lengths in metres; fast and slow coordinates count from the corner of the first pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Detector {
    pub fast_pixels: usize,
    pub slow_pixels: usize,
    pub pixel_size_m: f64,
    /// Width and height.
    pub size_m: [f64; 2],
    pub pivot: Pivot,
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
    pub sensor: Sensor,
    pub curved: bool,
    pub point_pixel: bool,
    pub region: Region,
    pub mask: Option<Mask>,
}

impl Detector {
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
        if pivot == Pivot::Sample {
            note_idle_centres(typed, frame.convention, physics, notices);
        }
        let placement = Placement::from_options(typed, frame, pivot, &centres, notices)?;
        Ok(Self {
            fast_pixels,
            slow_pixels,
            pixel_size_m,
            size_m,
            pivot,
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
            sensor: sensor(typed, physics, notices)?,
            curved: typed.curved,
            point_pixel: typed.point_pixel,
            region,
            mask,
        })
    }

    /// ORGX, ORGY of XDS, pixels.
    pub fn xds_origin(&self) -> [f64; 2] {
        self.near_point_m
            .map(|metres| metres / self.pixel_size_m + 0.5)
    }

    /// The origin in the frame of DIALS, mm.
    pub fn dials_origin_mm(&self) -> Vector {
        let [x, y, z] = self.origin_m;
        scale([z, y, -x], 1e3)
    }
}

/// Beam centre and near point before the detector is turned.
struct Centres {
    /// Xbeam, Ybeam.
    beam_m: [f64; 2],
    /// Xclose, Yclose.
    near_m: [f64; 2],
    /// Fbeam, Sbeam: used by the beam pivot.
    beam_spot_m: [f64; 2],
    /// Fclose, Sclose: used by the sample pivot.
    near_point_m: [f64; 2],
}

impl Centres {
    fn from_options(
        options: &Options,
        convention: Convention,
        size_m: [f64; 2],
        pixel_m: f64,
    ) -> Result<Self, ExperimentError> {
        let typed = &options.detector;
        let metres = |option, value| -> Result<_, ExperimentError> {
            Ok(finite_if_given(option, value)?.map(|mm| mm / 1e3))
        };
        let [fast_size, slow_size] = size_m;
        let origins = [
            finite_if_given("-ORGX", typed.orgx)?,
            finite_if_given("-ORGY", typed.orgy)?,
        ];
        let mut near_point_m: [f64; 2] = std::array::from_fn(|axis| match origins[axis] {
            Some(pixels) => (pixels - 0.5) * pixel_m,
            None => size_m[axis] / 2.0,
        });
        let typed_near = [
            metres("-Xclose", typed.xclose_mm)?,
            metres("-Yclose", typed.yclose_mm)?,
        ];
        let near_m: [f64; 2] =
            std::array::from_fn(|axis| typed_near[axis].unwrap_or(near_point_m[axis]));
        let default_beam = match convention {
            Convention::Adxv => [(fast_size + pixel_m) / 2.0, (slow_size - pixel_m) / 2.0],
            Convention::Mosflm | Convention::Denzo => {
                [(slow_size + pixel_m) / 2.0, (fast_size + pixel_m) / 2.0]
            }
            Convention::Xds | Convention::Dials | Convention::Custom => near_m,
        };
        let beam_m = [
            metres("-Xbeam", typed.xbeam_mm)?.unwrap_or(default_beam[0]),
            metres("-Ybeam", typed.ybeam_mm)?.unwrap_or(default_beam[1]),
        ];
        if convention == Convention::Custom {
            near_point_m = beam_m;
        }
        if options.sampling.physics == Physics::Corrected {
            // Coordinates that were not typed stay where the other options put them.
            let mapped = on_pixel_axes(convention, near_m, slow_size, pixel_m);
            let swapped = matches!(convention, Convention::Mosflm | Convention::Denzo);
            for axis in 0..2 {
                let given = typed_near[if swapped { 1 - axis } else { axis }].is_some();
                if given {
                    near_point_m[axis] = mapped[axis];
                }
            }
        }
        Ok(Self {
            beam_m,
            near_m,
            beam_spot_m: on_pixel_axes(convention, beam_m, slow_size, pixel_m),
            near_point_m,
        })
    }
}

/// Fast and slow coordinates of a point that is given as the convention counts X and Y.
fn on_pixel_axes(
    convention: Convention,
    [x, y]: [f64; 2],
    slow_size_m: f64,
    pixel_m: f64,
) -> [f64; 2] {
    match convention {
        Convention::Adxv => [x, slow_size_m - y],
        Convention::Mosflm => [y + 0.5 * pixel_m, x + 0.5 * pixel_m],
        Convention::Denzo => [y, x],
        Convention::Xds | Convention::Dials | Convention::Custom => [x, y],
    }
}

/// The detector after all rotations.
struct Placement {
    fast: Vector,
    slow: Vector,
    normal: Vector,
    origin_m: Vector,
    distance_m: f64,
    close_distance_m: f64,
    beam_normal_ratio: f64,
    beam_spot_m: [f64; 2],
    near_point_m: [f64; 2],
}

impl Placement {
    fn from_options(
        typed: &DetectorOptions,
        frame: &Frame,
        pivot: Pivot,
        centres: &Centres,
        notices: &mut Notices,
    ) -> Result<Self, ExperimentError> {
        let degrees = |option, value: Option<f64>| finite(option, value.unwrap_or(0.0));
        let tilts = [
            degrees("-detector_rotx", typed.rotx_deg)?.to_radians(),
            degrees("-detector_roty", typed.roty_deg)?.to_radians(),
            degrees("-detector_rotz", typed.rotz_deg)?.to_radians(),
        ];
        let twotheta = degrees("-twotheta", typed.twotheta_deg)?.to_radians();
        let swing = |v: Vector| rotate_about(rotate_xyz(v, tilts), frame.twotheta_axis, twotheta);

        let ratio = dot(frame.beam, rotate_xyz(frame.normal, tilts));
        if ratio.abs() < EDGE_ON {
            return Err(ExperimentError::option(
                "-detector_rotx -detector_roty -detector_rotz",
                "the beam runs along the detector and never meets it; tilt it less",
            ));
        }
        if ratio < 0.0 {
            notices.warn("the beam meets the detector from behind: it is tilted by more than 90°");
        }
        let distance_m = positive(
            "-distance",
            typed.distance_mm.unwrap_or(DEFAULT_DISTANCE_MM),
        )? / 1e3;
        let close_distance_m = match typed.close_distance_mm {
            Some(mm) => {
                if typed.distance_mm.is_some() {
                    notices.note("-distance follows from -close_distance and the tilt");
                }
                positive("-close_distance", mm)? / 1e3
            }
            None => (ratio * distance_m).abs(),
        };
        let distance_m = close_distance_m / ratio;

        let [fast, slow, normal] = [frame.fast, frame.slow, frame.normal].map(swing);
        let corner =
            |[f, s]: [f64; 2], fast, slow, rest| add(add(scale(fast, -f), scale(slow, -s)), rest);
        let origin_m = match pivot {
            Pivot::Sample => swing(corner(
                centres.near_point_m,
                frame.fast,
                frame.slow,
                scale(frame.normal, close_distance_m),
            )),
            Pivot::Beam => corner(
                centres.beam_spot_m,
                fast,
                slow,
                scale(frame.beam, distance_m),
            ),
        };

        let close_distance_m = dot(origin_m, normal);
        let distance_m = close_distance_m / ratio;
        let spot = subtract(scale(frame.beam, distance_m), origin_m);
        Ok(Self {
            fast,
            slow,
            normal,
            origin_m,
            distance_m,
            close_distance_m,
            beam_normal_ratio: ratio,
            beam_spot_m: [dot(fast, spot), dot(slow, spot)],
            near_point_m: [-dot(origin_m, fast), -dot(origin_m, slow)],
        })
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
    if pixels < 1.0 {
        return Err(ExperimentError::option(
            size_option,
            "less than half a pixel is no detector; give a larger size or a smaller -pixel",
        ));
    }
    Ok((pixels as usize, size_m))
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
        format!("images of {fast_pixels} x {slow_pixels} pixels do not fit into memory"),
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

fn pivot(
    typed: &DetectorOptions,
    convention: Convention,
    physics: Physics,
    notices: &mut Notices,
) -> Pivot {
    let by_convention = named_pivot(convention);
    let Some(asked) = typed.pivot else {
        return by_convention.or(typed.implied_pivot).unwrap_or(Pivot::Beam);
    };
    match by_convention {
        Some(conventional) if conventional != asked => {
            notices.differ("-pivot differs from the convention's pivot, which wins in c-parity");
            if physics == Physics::CParity {
                conventional
            } else {
                asked
            }
        }
        _ => asked,
    }
}

/// Options that a sample pivot leaves without effect on the picture.
fn note_idle_centres(
    typed: &DetectorOptions,
    convention: Convention,
    physics: Physics,
    notices: &mut Notices,
) {
    let near_point_given = typed.xclose_mm.is_some() || typed.yclose_mm.is_some();
    let mut idle = Vec::new();
    if convention != Convention::Custom {
        if typed.xbeam_mm.is_some() {
            idle.push("-Xbeam");
        }
        if typed.ybeam_mm.is_some() {
            idle.push("-Ybeam");
        }
    }
    if near_point_given {
        let centre_decides = convention == Convention::Custom
            && typed.xbeam_mm.is_none()
            && typed.ybeam_mm.is_none();
        if !centre_decides {
            notices.differ("-Xclose and -Yclose place the near point in corrected alone");
            if physics != Physics::Corrected {
                if typed.xclose_mm.is_some() {
                    idle.push("-Xclose");
                }
                if typed.yclose_mm.is_some() {
                    idle.push("-Yclose");
                }
            }
        }
    }
    if !idle.is_empty() {
        notices.warn(format!(
            "{} reach the image headers alone: turning about the sample, the detector is placed by -ORGX and -ORGY",
            idle.join(", ")
        ));
    }
}

fn sensor(
    typed: &DetectorOptions,
    physics: Physics,
    notices: &mut Notices,
) -> Result<Sensor, ExperimentError> {
    const NONE: Sensor = Sensor {
        layers: 1,
        layer_m: 0.0,
        attenuation_per_m: None,
    };
    let thickness_m = not_negative("-detector_thick", typed.thickness_um.unwrap_or(0.0))? * 1e-6;
    let attenuation_um = match typed.attenuation_um {
        Some(um) if um == 0.0 || um == f64::INFINITY => {
            if thickness_m > 0.0 {
                notices.note("-detector_abs inf or 0: the sensor counts as a single thin layer");
            }
            return Ok(NONE);
        }
        Some(um) => Some(positive("-detector_abs", um)?),
        None => None,
    };
    let steps = Steps::through(
        "-detector_thicksteps",
        typed.thick_steps,
        thickness_m,
        physics == Physics::Corrected,
    )?;
    if thickness_m == 0.0 {
        return Ok(NONE);
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
    Ok(Sensor {
        layers: steps.count,
        layer_m: steps.step,
        attenuation_per_m: Some(attenuation_per_m),
    })
}
