//! The spindle during an exposure.

use crate::vector::{CellVectors, Vector, rotate_about};

/// A rotation about the spindle, as the angles at which the crystal is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Goniometer {
    /// Unit vector.
    pub spindle: Vector,
    /// φ of every step, radians.
    pub phi_rad: Vec<f64>,
}

impl Goniometer {
    /// A crystal that does not turn.
    pub fn still() -> Self {
        Self {
            spindle: [1.0, 0.0, 0.0],
            phi_rad: vec![0.0],
        }
    }

    /// The cell at every step.
    pub fn turned(&self, cell: CellVectors) -> impl Iterator<Item = CellVectors> + '_ {
        self.phi_rad
            .iter()
            .map(move |&phi| cell.map(|axis| rotate_about(axis, self.spindle, phi)))
    }
}
