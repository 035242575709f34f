//! The spindle and the φ steps of the exposure.

use std::f64::consts::FRAC_1_PI;

use super::{
    ExperimentError,
    error::finite_if_given,
    sampling::{Steps, Typed},
};
use crate::vector::rotate_about;
use crate::{
    classic::options::Options,
    plan::Physics,
    vector::{CellVectors, Vector},
};

/// Whether a step lies exactly at φ = 0 depends on the last bit, so angles are converted as the classic program does.
const DEGREES_PER_RADIAN: f64 = 180.0 * FRAC_1_PI;
/// Range of a rotation of which only the number of steps is known.
const DEFAULT_RANGE_RAD: f64 = 1.0 / DEGREES_PER_RADIAN;

/// A rotation about the spindle, sampled at the beginning of each step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goniometer {
    /// Unit vector.
    pub spindle: Vector,
    /// φ of the first step, radians.
    pub start_rad: f64,
    /// Radians.
    pub steps: Steps,
}

impl Goniometer {
    pub(super) fn from_options(
        options: &Options,
        spindle: Vector,
    ) -> Result<Self, ExperimentError> {
        let typed = &options.goniometer;
        let radians = |option, value| -> Result<_, ExperimentError> {
            Ok(finite_if_given(option, value)?.map(|degrees| degrees / DEGREES_PER_RADIAN))
        };
        let steps = Steps::of_phi(
            "-phisteps",
            Typed {
                count: typed.phisteps,
                step: radians("-phistep", typed.phistep_deg)?,
                range: radians("-osc", typed.osc_deg)?,
            },
            DEFAULT_RANGE_RAD,
        )?;
        if steps.count == 0 {
            return Err(ExperimentError::option(
                "-osc",
                "a range of 0 in steps of -phistep leaves no step; give -phisteps or leave one of the two out",
            ));
        }
        Ok(Self {
            spindle,
            start_rad: radians("-phi", typed.phi_deg)?.unwrap_or(0.0),
            steps,
        })
    }

    /// φ of every step, radians.
    pub fn phi_rad(&self) -> impl Iterator<Item = f64> + use<> {
        let Self {
            start_rad, steps, ..
        } = *self;
        (0..steps.count).map(move |t| start_rad + steps.step * t as f64)
    }

    /// φ of the first step, degrees.
    pub fn start_deg(&self) -> f64 {
        self.start_rad * DEGREES_PER_RADIAN
    }

    /// Range of the rotation, degrees.
    pub fn range_deg(&self) -> f64 {
        self.steps.range * DEGREES_PER_RADIAN
    }

    /// The cell at every φ step as `physics` has it, and, where it differs, what the first φ loop of a run sees.
    ///
    /// The classic program does not touch the cell at φ = 0, so that such a step sees the cell of the step before.
    pub(super) fn rotated_cells(
        &self,
        cell: CellVectors,
        physics: Physics,
    ) -> (Vec<CellVectors>, Option<Vec<CellVectors>>) {
        let turned = |phi: f64| cell.map(|axis| rotate_about(axis, self.spindle, phi));
        if physics != Physics::CParity {
            return (self.phi_rad().map(turned).collect(), None);
        }
        let sweep = |before: CellVectors| {
            let mut current = before;
            let mut cells = Vec::with_capacity(self.steps.count);
            for phi in self.phi_rad() {
                if phi != 0.0 {
                    current = turned(phi);
                }
                cells.push(current);
            }
            cells
        };
        let first_loop = sweep(cell);
        let every_loop = sweep(*first_loop.last().expect("there is at least one φ step"));
        let differs = first_loop != every_loop;
        (every_loop, differs.then_some(first_loop))
    }

    /// Whether a step at φ = 0 follows one that is not: where the classic program shows the wrong cell.
    pub(super) fn has_stale_step(&self) -> bool {
        self.phi_rad().any(|phi| phi == 0.0) && self.phi_rad().any(|phi| phi != 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: CellVectors = [[50.0, 0.0, 0.0], [3.0, 60.0, 0.0], [5.0, 7.0, 70.0]];

    fn rotation(start_deg: f64, step_deg: f64, count: usize) -> Goniometer {
        Goniometer {
            spindle: [0.0, 0.0, 1.0],
            start_rad: start_deg / DEGREES_PER_RADIAN,
            steps: Steps {
                count,
                step: step_deg / DEGREES_PER_RADIAN,
                range: step_deg * count as f64 / DEGREES_PER_RADIAN,
            },
        }
    }

    #[test]
    fn every_step_turns_the_unrotated_cell() {
        let (cells, first_loop) = rotation(0.0, 30.0, 4).rotated_cells(CELL, Physics::Spec);
        assert_eq!(cells[0], CELL);
        let [x, y, z] = cells[3][0];
        assert!(x.abs() < 1e-13 && (y - 50.0).abs() < 1e-13 && z == 0.0);
        assert_eq!(first_loop, None);
    }

    #[test]
    fn in_c_parity_a_step_at_zero_sees_the_cell_of_the_step_before() {
        let (spec, _) = rotation(0.0, 30.0, 4).rotated_cells(CELL, Physics::Spec);
        let (cells, first_loop) = rotation(0.0, 30.0, 4).rotated_cells(CELL, Physics::CParity);
        assert_eq!(cells, [spec[3], spec[1], spec[2], spec[3]]);
        assert_eq!(first_loop, Some(spec));

        let (spec, _) = rotation(-30.0, 30.0, 3).rotated_cells(CELL, Physics::Spec);
        let (cells, first_loop) = rotation(-30.0, 30.0, 3).rotated_cells(CELL, Physics::CParity);
        assert_eq!(cells, [spec[0], spec[0], spec[2]]);
        assert_eq!(first_loop, None);
    }

    #[test]
    fn in_c_parity_steps_that_are_all_at_zero_never_turn_the_cell() {
        for count in [1, 3] {
            let (cells, first_loop) =
                rotation(0.0, 0.0, count).rotated_cells(CELL, Physics::CParity);
            assert_eq!(cells, vec![CELL; count]);
            assert_eq!(first_loop, None);
        }
    }
}
