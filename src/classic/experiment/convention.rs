//! The laboratory frames of the field's programs: where the beam goes, and how the detector lies at zero angles.

use super::{ExperimentError, Notices, error::finite};
use crate::vector::{cross, norm, unit};
use crate::{
    classic::options::{Convention, Options, Physics, Pivot},
    vector::Vector,
};

/// Unit vectors of a convention, the detector's before any rotation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    pub convention: Convention,
    /// Direction in which the X-rays travel.
    pub beam: Vector,
    pub fast: Vector,
    pub slow: Vector,
    /// Normal of the detector.
    pub normal: Vector,
    pub twotheta_axis: Vector,
    /// Direction of the electric field of the polarised beam.
    pub polar: Vector,
    /// beam × polar: the axis of horizontal divergence.
    pub vertical: Vector,
    pub spindle: Vector,
}

const X: Vector = [1.0, 0.0, 0.0];
const Y: Vector = [0.0, 1.0, 0.0];
const Z: Vector = [0.0, 0.0, 1.0];
/// What the classic program takes for a detector's normal that is not given.
const CLASSIC_NORMAL: Vector = X;
const MINUS_X: Vector = [-1.0, 0.0, 0.0];
const MINUS_Y: Vector = [0.0, -1.0, 0.0];
const MINUS_Z: Vector = [0.0, 0.0, -1.0];

impl Frame {
    /// The named convention's frame, or the one that the `-…_vector` and `-…_axis` options describe.
    pub(super) fn from_options(
        options: &Options,
        notices: &mut Notices,
    ) -> Result<Self, ExperimentError> {
        let convention = options.detector.convention.unwrap_or_default();
        let [beam, fast, slow, normal, twotheta_axis, polar, spindle] = match convention {
            Convention::Mosflm | Convention::Denzo => [X, Z, MINUS_Y, X, MINUS_Z, Z, Z],
            Convention::Adxv => [Z, X, MINUS_Y, Z, MINUS_X, X, X],
            Convention::Xds => [Z, X, Y, Z, X, X, X],
            Convention::Dials => [Z, X, Y, Z, Y, Y, Y],
            Convention::Custom => return Self::custom(options, notices),
        };
        Ok(Self {
            convention,
            beam,
            fast,
            slow,
            normal,
            twotheta_axis,
            polar,
            vertical: cross(beam, polar),
            spindle,
        })
    }

    fn custom(options: &Options, notices: &mut Notices) -> Result<Self, ExperimentError> {
        let (beam_options, detector) = (&options.beam, &options.detector);
        let direction = |option: &'static str, typed: Option<Vector>, default: Vector| {
            let v = typed.unwrap_or(default);
            for component in v {
                finite(option, component)?;
            }
            unit(v).ok_or_else(|| {
                ExperimentError::option(option, "0 0 0 has no direction; give a vector with one")
            })
        };
        let beam = direction("-beam_vector", beam_options.beam_vector, X)?;
        let fast = direction("-fdet_vector", detector.fdet_vector, Z)?;
        let slow = direction("-sdet_vector", detector.sdet_vector, MINUS_Y)?;
        let polar = direction("-polar_vector", beam_options.polar_vector, Z)?;
        let across = unit(cross(fast, slow)).ok_or_else(|| {
            ExperimentError::option(
                "-fdet_vector",
                "is parallel to -sdet_vector; the two have to span the detector",
            )
        })?;
        // Only a vector of unit length counts, as in the classic program.
        let normal = match detector.odet_vector {
            Some(typed) => {
                direction("-odet_vector", Some(typed), across)?;
                if norm(typed) == 1.0 { typed } else { across }
            }
            None => {
                if across != CLASSIC_NORMAL {
                    notices.differ(
                        "c-parity takes a normal of 1 0 0 where -odet_vector is missing, not -fdet_vector × -sdet_vector",
                    );
                }
                match options.sampling.physics {
                    Physics::CParity => CLASSIC_NORMAL,
                    Physics::Spec | Physics::Corrected => across,
                }
            }
        };
        let polar = match unit(cross(beam, polar)) {
            Some(_) => polar,
            // Nothing hangs on it: any direction across the beam will do.
            None if !needs_polar_axis(options) => across_beam(beam),
            None => {
                return Err(ExperimentError::option(
                    "-polar_vector",
                    match beam_options.polar_vector {
                        Some(_) => {
                            "is parallel to the beam; the electric field is perpendicular to it"
                        }
                        None => {
                            "its default 0 0 1 is parallel to this -beam_vector; give one across the beam"
                        }
                    },
                ));
            }
        };
        let vertical = unit(cross(beam, polar)).expect("it lies across the beam");
        Ok(Self {
            convention: Convention::Custom,
            beam,
            fast,
            slow,
            normal,
            twotheta_axis: direction("-twotheta_axis", detector.twotheta_axis, Y)?,
            polar,
            vertical,
            spindle: direction("-spindle_axis", options.goniometer.spindle_axis, Z)?,
        })
    }
}

/// Whether the picture hangs on the direction of the electric field: by polarisation, or by divergence, whose axes follow it.
fn needs_polar_axis(options: &Options) -> bool {
    let beam = &options.beam;
    let is_polarised = !beam.no_polar && beam.polar_factor.is_some_and(|factor| factor != 0.0);
    let spreads = [
        beam.hdiv_range_mrad,
        beam.vdiv_range_mrad,
        beam.hdiv_step_mrad,
        beam.vdiv_step_mrad,
    ];
    let counts = [beam.hdiv_steps, beam.vdiv_steps];
    is_polarised
        || spreads.iter().flatten().any(|spread| *spread > 0.0)
        || counts.iter().flatten().any(|count| *count > 0)
}

/// A unit vector across the beam.
fn across_beam(beam: Vector) -> Vector {
    [X, Y, Z]
        .into_iter()
        .find_map(|axis| unit(cross(cross(beam, axis), beam)))
        .expect("a beam is not parallel to all three axes")
}

/// What the convention turns the detector about, `None` where the other options decide.
pub(super) fn named_pivot(convention: Convention) -> Option<Pivot> {
    match convention {
        Convention::Mosflm | Convention::Denzo | Convention::Adxv => Some(Pivot::Beam),
        Convention::Xds | Convention::Dials => Some(Pivot::Sample),
        Convention::Custom => None,
    }
}
