//! The points of the X-ray source: divergence and dispersion, or a list from a file.

use std::path::Path;

use super::{
    ClassicBeam, ExperimentError, Frame,
    error::{finite, finite_if_given, not_negative},
    sampling::{Steps, Typed},
};
use crate::files::bounded;
use crate::vector::{norm, rotate_about, scale, unit};
use crate::{
    classic::{options::Options, plain},
    vector::Vector,
};

/// Distance of a generated source from the sample, metres; only its direction reaches the image.
const DISTANCE_M: f64 = 10.0;
/// Range of a divergence of which only the number of steps is known, radians.
const DEFAULT_DIVERGENCE_RAD: f64 = 1.0;
/// Range of a spectrum of which only the number of steps is known, relative to the wavelength.
const DEFAULT_DISPERSION: f64 = 1.0;
/// The largest source file that is read: a line of 100 characters for each of the most sources that can be rendered.
const MAX_BYTES: u64 = 100 << 20;
/// What may stand between the columns of a source file, beside blanks.
const SEPARATORS: &str = ",;:!";
/// How far outside the ellipse, in squared radii, a grid point of round divergence may lie.
const ELLIPSE_LIMIT: f64 = 1.1;

/// One source point at one wavelength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourcePoint {
    /// From the sample to the source, metres.
    pub position_m: Vector,
    pub wavelength_m: f64,
    /// As given in the source file; equal for generated ones, summing to 1.
    pub weight: f64,
}

impl SourcePoint {
    /// Unit vector along which the beam travels.
    pub fn incident(&self) -> Vector {
        scale(self.position_m, -1.0 / norm(self.position_m))
    }
}

/// All source points.
#[derive(Debug, Clone, PartialEq)]
pub struct Sources {
    /// Radians.
    pub horizontal: Steps,
    /// Radians.
    pub vertical: Steps,
    /// Relative to the middle wavelength.
    pub dispersion: Steps,
    /// Horizontal and vertical angles of the grid points that are used, radians; empty for a source file.
    pub divergence_rad: Vec<[f64; 2]>,
    /// Horizontal outermost, then vertical, then wavelength; or in the file's order.
    pub points: Vec<SourcePoint>,
}

impl Sources {
    pub(super) fn from_options(
        options: &Options,
        beam: &ClassicBeam,
        frame: &Frame,
    ) -> Result<Self, ExperimentError> {
        let typed = &options.beam;
        let milliradians = |option, value| -> Result<_, ExperimentError> {
            Ok(finite_if_given(option, value)?.map(|mrad| mrad / 1e3))
        };
        let horizontal = Steps::across(
            "-hdivsteps",
            Typed {
                step_option: "-hdivstep",
                count: typed.hdiv_steps,
                step: milliradians("-hdivstep", typed.hdiv_step_mrad)?,
                range: milliradians("-hdivrange", typed.hdiv_range_mrad)?,
            },
            DEFAULT_DIVERGENCE_RAD,
        )?;
        let vertical = Steps::across(
            "-vdivsteps",
            Typed {
                step_option: "-vdivstep",
                count: typed.vdiv_steps,
                step: milliradians("-vdivstep", typed.vdiv_step_mrad)?,
                range: milliradians("-vdivrange", typed.vdiv_range_mrad)?,
            },
            DEFAULT_DIVERGENCE_RAD,
        )?;
        let dispersion = Steps::across(
            "-dispsteps",
            Typed {
                step_option: "-dispsteps",
                count: typed.dispersion_steps,
                step: None,
                range: Some(
                    finite("-dispersion", typed.dispersion_percent.unwrap_or(0.0))? / 100.0,
                ),
            },
            DEFAULT_DISPERSION,
        )?;
        let mut sources = Self {
            horizontal,
            vertical,
            dispersion,
            divergence_rad: Vec::new(),
            points: Vec::new(),
        };
        match &typed.source_file {
            Some(path) => sources.points = read_source_file(path, beam, frame)?,
            None => sources.generate(beam, frame, typed.round_divergence.unwrap_or(true))?,
        }
        Ok(sources)
    }

    fn generate(
        &mut self,
        beam: &ClassicBeam,
        frame: &Frame,
        round: bool,
    ) -> Result<(), ExperimentError> {
        let (horizontal, vertical) = (self.horizontal, self.vertical);
        // Without a range along one of the two there is no ellipse to cut to.
        let round = round && horizontal.range > 0.0 && vertical.range > 0.0;
        let grid_points = horizontal.count as f64 * vertical.count as f64;
        super::error::count("-divsteps", grid_points * self.dispersion.count as f64)?;
        for h in horizontal.centred() {
            for v in vertical.centred() {
                let radii_squared =
                    4.0 * (relative_square(h, &horizontal) + relative_square(v, &vertical));
                if !round || radii_squared <= ELLIPSE_LIMIT {
                    self.divergence_rad.push([h, v]);
                }
            }
        }
        let wavelengths: Vec<f64> = self.dispersion.wavelengths_m(beam.wavelength_m).collect();
        if let Some(wavelength) = wavelengths.iter().find(|wavelength| **wavelength <= 0.0) {
            return Err(ExperimentError::option(
                "-dispersion",
                format!(
                    "reaches down to a wavelength of {} Å",
                    plain(wavelength * 1e10)
                ),
            ));
        }
        let weight = 1.0 / (self.divergence_rad.len() * wavelengths.len()) as f64;
        for &[h, v] in &self.divergence_rad {
            let on_axis = scale(frame.beam, -DISTANCE_M);
            let position_m = rotate_about(rotate_about(on_axis, frame.polar, v), frame.vertical, h);
            self.points
                .extend(wavelengths.iter().map(|&wavelength_m| SourcePoint {
                    position_m,
                    wavelength_m,
                    weight,
                }));
        }
        if self.points.is_empty() {
            return Err(ExperimentError::option(
                "-divergence",
                "round divergence leaves no source point; give more steps or -square_div",
            ));
        }
        Ok(())
    }

    /// Whether the points differ in weight, which only the corrected physics looks at.
    pub fn has_unequal_weights(&self) -> bool {
        self.points
            .iter()
            .any(|point| point.weight != self.points[0].weight)
    }
}

impl Steps {
    /// Wavelengths of a spectrum whose steps are relative to its middle, metres.
    pub fn wavelengths_m(&self, middle_m: f64) -> impl Iterator<Item = f64> + use<> {
        let Self { count, step, range } = *self;
        (0..count).map(move |i| middle_m * (1.0 + step * i as f64 - range / 2.0))
    }
}

/// (angle/range)², less half a step when an even number of points straddles the centre.
fn relative_square(angle: f64, steps: &Steps) -> f64 {
    let straddle = if steps.count.is_multiple_of(2) {
        steps.step * steps.step / 4.0
    } else {
        0.0
    };
    (angle * angle - straddle) / steps.range / steps.range
}

/// Reads lines of `X Y Z weight wavelength`: metres, relative, metres. Missing columns take their defaults.
fn read_source_file(
    path: &Path,
    beam: &ClassicBeam,
    frame: &Frame,
) -> Result<Vec<SourcePoint>, ExperimentError> {
    let text = bounded::read_text(path, MAX_BYTES).map_err(|source| ExperimentError::Read {
        path: path.to_owned(),
        source,
    })?;
    let [x, y, z] = scale(frame.beam, -DISTANCE_M);
    let defaults = [x, y, z, 1.0, beam.wavelength_m];
    let mut points = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let complain = |problem: String| ExperimentError::line(path, index + 1, problem);
        let words = line.split('#').next().unwrap_or_default();
        let words = words.split(|c: char| c.is_whitespace() || SEPARATORS.contains(c));
        let words = words.filter(|word| !word.is_empty());
        let mut columns = defaults;
        let mut given = 0;
        for (column, word) in columns.iter_mut().zip(words) {
            *column = word
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite())
                .ok_or_else(|| complain(format!("{word:?} is not a number")))?;
            given += 1;
        }
        if given == 0 {
            continue;
        }
        let [x, y, z, weight, wavelength_m] = columns;
        if unit([x, y, z]).is_none() {
            return Err(complain("a source at 0 0 0 has no direction".to_owned()));
        }
        if wavelength_m <= 0.0 {
            return Err(complain(format!(
                "a wavelength of {} m should be more than 0",
                plain(wavelength_m)
            )));
        }
        not_negative("weight", weight).map_err(|_| {
            complain(format!(
                "a weight of {} should not be negative",
                plain(weight)
            ))
        })?;
        points.push(SourcePoint {
            position_m: [x, y, z],
            wavelength_m,
            weight,
        });
        super::error::count("-sourcefile", points.len() as f64)?;
    }
    if points.is_empty() {
        return Err(ExperimentError::file(
            path,
            "no sources in it; a line is X Y Z weight wavelength(m)",
        ));
    }
    if points.iter().all(|point| point.weight == 0.0) {
        return Err(ExperimentError::file(
            path,
            "every source has a weight of 0",
        ));
    }
    Ok(points)
}
