//! The spindle and the φ steps of the exposure.

use super::{
    ExperimentError,
    error::finite_if_given,
    sampling::{Steps, Typed},
};
use crate::{
    classic::options::{Options, Physics},
    scene,
    vector::{DEGREES_PER_RADIAN, Vector, radians},
};

/// Range of a rotation of which only the number of steps is known.
const DEFAULT_RANGE_DEG: f64 = 1.0;

/// A rotation about the spindle, sampled at the beginning of each step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassicGoniometer {
    /// Unit vector.
    pub spindle: Vector,
    /// φ of the first step, radians.
    pub start_rad: f64,
    /// Radians.
    pub steps: Steps,
}

impl ClassicGoniometer {
    pub(super) fn from_options(
        options: &Options,
        spindle: Vector,
    ) -> Result<Self, ExperimentError> {
        let typed = &options.goniometer;
        let angle_rad = |option, value| -> Result<_, ExperimentError> {
            Ok(finite_if_given(option, value)?.map(radians))
        };
        let steps = Steps::of_phi(
            "-phisteps",
            Typed {
                step_option: "-phistep",
                count: typed.phisteps,
                step: angle_rad("-phistep", typed.phistep_deg)?,
                range: angle_rad("-osc", typed.osc_deg)?,
            },
            radians(DEFAULT_RANGE_DEG),
        )?;
        if steps.count == 0 {
            return Err(ExperimentError::option(
                "-osc",
                "a range of 0 in steps of -phistep leaves no step; give -phisteps or leave one of the two out",
            ));
        }
        Ok(Self {
            spindle,
            start_rad: angle_rad("-phi", typed.phi_deg)?.unwrap_or(0.0),
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

    /// The φ at which every loop but the first of a run sees the crystal.
    ///
    /// The classic program does not touch the cell at φ = 0, so that such a step sees the cell of the step before.
    pub(in crate::classic) fn every_loop(&self, physics: Physics) -> scene::Goniometer {
        let last = match physics {
            Physics::CParity => self.phi_rad().filter(|phi| *phi != 0.0).last(),
            Physics::Spec | Physics::Corrected => Some(0.0),
        };
        self.seen_after(last.unwrap_or(0.0), physics)
    }

    /// The φ at which the first loop of a run sees the crystal, where they differ.
    pub(in crate::classic) fn first_loop(&self, physics: Physics) -> Option<scene::Goniometer> {
        let first = self.seen_after(0.0, physics);
        (first != self.every_loop(physics)).then_some(first)
    }

    /// The steps of a loop that finds the crystal at an angle.
    fn seen_after(&self, mut seen: f64, physics: Physics) -> scene::Goniometer {
        let stays = physics == Physics::CParity;
        let phi_rad = self.phi_rad().map(|phi| {
            if phi != 0.0 || !stays {
                seen = phi;
            }
            seen
        });
        scene::Goniometer {
            spindle: self.spindle,
            phi_rad: phi_rad.collect(),
        }
    }

    /// The same rotation from another angle on.
    pub fn from_deg(&self, start_deg: f64) -> Self {
        Self {
            start_rad: radians(start_deg),
            ..*self
        }
    }

    /// Whether a step at φ = 0 follows one that is not: where the classic program shows the wrong cell.
    pub(super) fn has_stale_step(&self) -> bool {
        self.phi_rad().any(|phi| phi == 0.0) && self.phi_rad().any(|phi| phi != 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::CellVectors;

    fn rotation(start_deg: f64, step_deg: f64, count: usize) -> ClassicGoniometer {
        ClassicGoniometer {
            spindle: [0.0, 0.0, 1.0],
            start_rad: radians(start_deg),
            steps: Steps {
                count,
                step: radians(step_deg),
                range: radians(step_deg * count as f64),
            },
        }
    }

    fn degrees(goniometer: scene::Goniometer) -> Vec<f64> {
        let steps = goniometer.phi_rad.into_iter();
        steps
            .map(|phi| (phi.to_degrees() * 1e9).round() / 1e9)
            .collect()
    }

    #[test]
    fn every_step_turns_the_unrotated_cell() {
        const CELL: CellVectors = [[50.0, 0.0, 0.0], [3.0, 60.0, 0.0], [5.0, 7.0, 70.0]];
        let steps = rotation(0.0, 30.0, 4);
        let cells: Vec<_> = steps.every_loop(Physics::Spec).turned(CELL).collect();
        assert_eq!(cells[0], CELL);
        let [x, y, z] = cells[3][0];
        assert!(x.abs() < 1e-13 && (y - 50.0).abs() < 1e-13 && z == 0.0);
        assert_eq!(steps.first_loop(Physics::Spec), None);
    }

    #[test]
    fn in_c_parity_a_step_at_zero_sees_the_cell_of_the_step_before() {
        let steps = rotation(0.0, 30.0, 4);
        assert_eq!(
            degrees(steps.every_loop(Physics::CParity)),
            [90.0, 30.0, 60.0, 90.0]
        );
        let first = steps.first_loop(Physics::CParity).unwrap();
        assert_eq!(degrees(first), [0.0, 30.0, 60.0, 90.0]);

        let steps = rotation(-30.0, 30.0, 3);
        assert_eq!(
            degrees(steps.every_loop(Physics::CParity)),
            [-30.0, -30.0, 30.0]
        );
        assert_eq!(steps.first_loop(Physics::CParity), None);
    }

    #[test]
    fn in_c_parity_steps_that_are_all_at_zero_never_turn_the_cell() {
        for count in [1, 3] {
            let steps = rotation(0.0, 0.0, count);
            assert_eq!(
                degrees(steps.every_loop(Physics::CParity)),
                vec![0.0; count]
            );
            assert_eq!(steps.first_loop(Physics::CParity), None);
        }
    }
}
