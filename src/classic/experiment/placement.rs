//! Where the detector stands: its centres, what it turns about, and its place after all rotations.

use super::{
    ExperimentError, Frame, Notices,
    convention::named_pivot,
    error::{finite, finite_if_given, positive},
};
use crate::vector::{add, dot, radians, rotate_about, rotate_xyz, scale, subtract};
use crate::{
    classic::options::{Convention, DetectorOptions, Options, Physics, Pivot},
    vector::Vector,
};

const DEFAULT_DISTANCE_MM: f64 = 100.0;
/// Cosine of the angle between beam and detector normal below which the beam is taken to miss the detector plane.
pub(super) const EDGE_ON: f64 = 1e-9;

/// Beam centre and near point before the detector is turned.
pub(super) struct Centres {
    /// Xbeam, Ybeam.
    pub beam_m: [f64; 2],
    /// Xclose, Yclose.
    pub near_m: [f64; 2],
    /// Fbeam, Sbeam: used by the beam pivot.
    pub beam_spot_m: [f64; 2],
    /// Fclose, Sclose: used by the sample pivot.
    pub near_point_m: [f64; 2],
}

impl Centres {
    pub(super) fn from_options(
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

/// What a detector was placed by, before the geometry was worked out again from its origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placing {
    /// Rotations about the laboratory's x, y and z, radians; the 2θ swing comes after them.
    pub tilts_rad: [f64; 3],
    pub twotheta_rad: f64,
    /// Fast and slow coordinates of the pivot: Fbeam, Sbeam or Fclose, Sclose.
    pub pivot_point_m: [f64; 2],
    /// From the sample to the pivot: along the beam, or along the normal for the sample pivot.
    pub pivot_distance_m: f64,
}

/// The detector after all rotations.
pub(super) struct Placement {
    pub placing: Placing,
    pub fast: Vector,
    pub slow: Vector,
    pub normal: Vector,
    pub origin_m: Vector,
    pub distance_m: f64,
    pub close_distance_m: f64,
    pub beam_normal_ratio: f64,
    pub beam_spot_m: [f64; 2],
    pub near_point_m: [f64; 2],
}

impl Placement {
    pub(super) fn from_options(
        typed: &DetectorOptions,
        frame: &Frame,
        pivot: Pivot,
        centres: &Centres,
        notices: &mut Notices,
    ) -> Result<Self, ExperimentError> {
        let angle_rad =
            |option, typed: Option<f64>| finite(option, typed.unwrap_or(0.0)).map(radians);
        let tilts = [
            angle_rad("-detector_rotx", typed.rotx_deg)?,
            angle_rad("-detector_roty", typed.roty_deg)?,
            angle_rad("-detector_rotz", typed.rotz_deg)?,
        ];
        let twotheta = angle_rad("-twotheta", typed.twotheta_deg)?;
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
            Some(mm) => positive("-close_distance", mm)? / 1e3,
            None => (ratio * distance_m).abs(),
        };
        let distance_m = close_distance_m / ratio;

        let [fast, slow, normal] = [frame.fast, frame.slow, frame.normal].map(swing);
        let corner =
            |[f, s]: [f64; 2], fast, slow, rest| add(add(scale(fast, -f), scale(slow, -s)), rest);
        let (pivot_point_m, pivot_distance_m) = match pivot {
            Pivot::Sample => (centres.near_point_m, close_distance_m),
            Pivot::Beam => (centres.beam_spot_m, distance_m),
        };
        let origin_m = match pivot {
            Pivot::Sample => swing(corner(
                pivot_point_m,
                frame.fast,
                frame.slow,
                scale(frame.normal, pivot_distance_m),
            )),
            Pivot::Beam => corner(
                pivot_point_m,
                fast,
                slow,
                scale(frame.beam, pivot_distance_m),
            ),
        };

        let close_distance_m = dot(origin_m, normal);
        if close_distance_m.abs() < EDGE_ON * pivot_distance_m.abs() {
            notices.warn(
                "the detector's plane runs through the sample, which sees every pixel edge-on: the image is the rounding of a solid angle of 0",
            );
        } else if close_distance_m < 0.0 {
            notices.warn(
                "the beam meets the detector from behind: -twotheta turns it by more than 90° about the beam spot, and the classic solid angle of its pixels is negative; -pivot sample swings it around the crystal",
            );
        }
        let distance_m = close_distance_m / ratio;
        let spot = subtract(scale(frame.beam, distance_m), origin_m);
        Ok(Self {
            placing: Placing {
                tilts_rad: tilts,
                twotheta_rad: twotheta,
                pivot_point_m,
                pivot_distance_m,
            },
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

/// What the detector turns about: an explicit `-pivot`, else the convention's, else the last option's that implies one. In c-parity
/// `-pivot` is one among the options that imply one, and yields to the convention.
pub(super) fn pivot(
    typed: &DetectorOptions,
    convention: Convention,
    physics: Physics,
    notices: &mut Notices,
) -> Pivot {
    let named = named_pivot(convention);
    let classic = named.or(typed.implied_pivot).unwrap_or(Pivot::Beam);
    match typed.pivot {
        Some(asked) if asked != classic => {
            notices.differ(match named {
                Some(_) => "-pivot differs from the convention's pivot, which wins in c-parity",
                None => "-pivot differs from the pivot of a later option, which wins in c-parity",
            });
            match physics {
                Physics::CParity => classic,
                Physics::Spec | Physics::Corrected => asked,
            }
        }
        _ => classic,
    }
}
