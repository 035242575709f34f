//! How a range, a step and a count, of which the user gave some, become samples.
//!
//! A negative or missing value counts as not given; the classic program's answers are kept for every combination.

use super::{ExperimentError, Notices, error::count};
use crate::classic::{options::Options, plain};

/// Tells which typed values count as not given.
pub(super) fn warn_of_negative_values(typed: &Options, notices: &mut Notices) {
    let (beam, goniometer) = (&typed.beam, &typed.goniometer);
    let float = |count: Option<i64>| count.map(|n| n as f64);
    for (option, value) in [
        ("-osc", goniometer.osc_deg),
        ("-phistep", goniometer.phistep_deg),
        ("-phisteps", float(goniometer.phisteps)),
        ("-dispersion", beam.dispersion_percent),
        ("-dispsteps", float(beam.dispersion_steps)),
        ("-hdivrange", beam.hdiv_range_mrad),
        ("-hdivstep", beam.hdiv_step_mrad),
        ("-hdivsteps", float(beam.hdiv_steps)),
        ("-vdivrange", beam.vdiv_range_mrad),
        ("-vdivstep", beam.vdiv_step_mrad),
        ("-vdivsteps", float(beam.vdiv_steps)),
        ("-detector_thicksteps", float(typed.detector.thick_steps)),
        ("-mosaic", typed.crystal.mosaic_spread_deg),
        ("-mosaic_domains", float(typed.crystal.mosaic_domains)),
        ("-oversample", float(typed.sampling.oversample)),
    ] {
        if let Some(value) = value.filter(|value| *value < 0.0) {
            notices.warn(format!(
                "{option} {}: a negative value counts as not given",
                plain(value)
            ));
        }
    }
    let sizes = typed.crystal.sample_mm;
    for (option, value) in ["-sample_x", "-sample_y", "-sample_z"]
        .into_iter()
        .zip(sizes)
    {
        if let Some(value) = value.filter(|value| *value <= 0.0) {
            notices.warn(format!(
                "{option} {}: a size of 0 or less counts as not given",
                plain(value)
            ));
        }
    }
}

/// Evenly spaced samples: `count` of them, `step` apart, over `range`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    pub count: usize,
    pub step: f64,
    pub range: f64,
}

/// What the user typed: range and step in the unit of the result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Typed {
    /// What is to blame for too many samples where no count is given.
    pub step_option: &'static str,
    pub count: Option<i64>,
    pub step: Option<f64>,
    pub range: Option<f64>,
}

impl Typed {
    /// The option that a number of samples comes from.
    fn blamed(&self, count_option: &'static str) -> &'static str {
        match (self.count, self.step) {
            (None, Some(_)) => self.step_option,
            _ => count_option,
        }
    }

    fn range(&self) -> Option<f64> {
        self.range.filter(|range| *range >= 0.0)
    }

    fn positive_step(&self) -> Option<f64> {
        self.step.filter(|step| *step > 0.0)
    }

    fn positive_count(&self) -> Option<f64> {
        self.count.filter(|count| *count > 0).map(|n| n as f64)
    }
}

impl Steps {
    /// One sample of zero width.
    pub const SINGLE: Self = Self {
        count: 1,
        step: 0.0,
        range: 0.0,
    };

    /// φ steps. The count can come out as 0, which no image can be made of.
    pub(super) fn of_phi(
        option: &'static str,
        typed: Typed,
        default_range: f64,
    ) -> Result<Self, ExperimentError> {
        let given_count = typed.count.filter(|n| *n >= 0).map(|n| n.max(1) as f64);
        let (steps, step, range) = match (given_count, typed.range(), typed.positive_step()) {
            (_, None, Some(step)) => (2.0, step, step),
            (None, None, None) => return Ok(Self::SINGLE),
            (None, Some(range), None) => (2.0, range / 2.0, range),
            (None, Some(range), Some(step)) => ((range / step).ceil(), step, range),
            (Some(n), None, None) => (n, default_range / n, default_range),
            (Some(n), Some(range), _) => {
                let step = typed.step.filter(|step| *step >= 0.0);
                (n, step.unwrap_or(range / n), range)
            }
        };
        Ok(Self {
            count: count(typed.blamed(option), steps)?,
            step,
            range,
        })
    }

    /// Samples of divergence and dispersion, from edge to edge of the range.
    pub(super) fn across(
        option: &'static str,
        typed: Typed,
        default_range: f64,
    ) -> Result<Self, ExperimentError> {
        let (steps, step, range) =
            match (typed.positive_count(), typed.range(), typed.positive_step()) {
                (_, None, Some(step)) => (2.0, step, step),
                (None, None, None) => return Ok(Self::SINGLE),
                (None, Some(range), None) => (2.0, range, range),
                (None, Some(range), Some(step)) => ((range / step).ceil(), step, range),
                (Some(n), None, None) => (n, default_range / n, default_range),
                (Some(n), Some(range), None) => {
                    let n = n.max(2.0);
                    (n, range / (n - 1.0), range)
                }
                (Some(n), Some(range), Some(step)) => (n, step, range),
            };
        Self::or_single(typed.blamed(option), steps, step, range)
    }

    /// Layers of a sensor of this thickness. The classic program's `count` layers reach past the sensor;
    /// `exact` ones fill it.
    pub(super) fn through(
        option: &'static str,
        layers: Option<i64>,
        thickness: f64,
        exact: bool,
    ) -> Result<Self, ExperimentError> {
        let layers = layers.filter(|n| *n > 0).map(|n| n as f64);
        let (steps, step) = match layers {
            None => (2.0, thickness / 2.0),
            Some(n) if exact => (n, thickness / n),
            Some(n) => {
                let n = n.max(2.0);
                (n, thickness / (n - 1.0))
            }
        };
        Self::or_single(option, steps, step, thickness)
    }

    fn or_single(
        option: &'static str,
        steps: f64,
        step: f64,
        range: f64,
    ) -> Result<Self, ExperimentError> {
        if range > 0.0 && step > 0.0 && steps > 0.0 {
            Ok(Self {
                count: count(option, steps)?,
                step,
                range,
            })
        } else {
            Ok(Self::SINGLE)
        }
    }

    /// Samples counted from the lower edge of a range about 0.
    pub fn centred(&self) -> impl Iterator<Item = f64> + use<> {
        let Self { count, step, range } = *self;
        (0..count).map(move |i| step * i as f64 - range / 2.0)
    }
}
