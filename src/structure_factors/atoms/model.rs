//! A crystal structure: a cell, its symmetry and its atoms.

use super::{cell_axes::CellAxes, scattering_factors::ScatteringFactor};
use crate::structure_factors::symmetry::SpaceGroup;

/// Images of an atom closer than this, Å, are one atom on a special position.
const SAME_PLACE_ANGSTROM: f64 = 0.3;

/// How far an atom is spread by vibration and disorder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Displacement {
    /// B, Å².
    Isotropic(f64),
    /// U11 U22 U33 U12 U13 U23 along Cartesian axes, Å².
    Anisotropic([f64; 6]),
}

/// One atom of the asymmetric unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Atom {
    pub element: String,
    pub charge: i32,
    /// Fractional coordinates.
    pub position: [f64; 3],
    pub occupancy: f64,
    pub displacement: Displacement,
}

/// The asymmetric unit and what repeats it.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// a b c in Å, α β γ in degrees.
    pub cell: [f64; 6],
    pub group: SpaceGroup,
    pub atoms: Vec<Atom>,
}

/// An atom with its scattering factor looked up and its occupancy shared among coincident images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scatterer {
    pub position: [f64; 3],
    pub weight: f64,
    pub factor: ScatteringFactor,
    pub displacement: Displacement,
}

impl Displacement {
    /// U as a Cartesian matrix, Å².
    pub(super) fn u_matrix(&self) -> [[f64; 3]; 3] {
        match *self {
            Self::Isotropic(b) => {
                let u = b / (8.0 * std::f64::consts::PI.powi(2));
                [[u, 0.0, 0.0], [0.0, u, 0.0], [0.0, 0.0, u]]
            }
            Self::Anisotropic([u11, u22, u33, u12, u13, u23]) => {
                [[u11, u12, u13], [u12, u22, u23], [u13, u23, u33]]
            }
        }
    }

    /// B, or a third of the trace of its tensor, Å².
    pub fn b_equivalent(&self) -> f64 {
        match *self {
            Self::Isotropic(b) => b,
            Self::Anisotropic([u11, u22, u33, ..]) => {
                8.0 * std::f64::consts::PI.powi(2) * (u11 + u22 + u33) / 3.0
            }
        }
    }
}

impl Model {
    /// The scatterers of the asymmetric unit.
    ///
    /// An atom on a special position coincides with some of its images; together they count once at most, whatever occupancy
    /// the file gives each.
    ///
    /// # Errors
    /// An element without a scattering factor.
    pub(super) fn scatterers(&self) -> Result<Vec<Scatterer>, String> {
        let axes = CellAxes::new(self.cell)?;
        let mut scatterers = Vec::with_capacity(self.atoms.len());
        for atom in self.atoms.iter().filter(|atom| atom.occupancy > 0.0) {
            let factor = ScatteringFactor::find(&atom.element, atom.charge)
                .ok_or_else(|| format!("there is no scattering factor of {:?}", atom.element))?;
            let coincident = self.coincident_images(atom, &axes);
            scatterers.push(Scatterer {
                position: atom.position,
                weight: atom.occupancy.min(1.0 / coincident as f64),
                factor,
                displacement: atom.displacement,
            });
        }
        Ok(scatterers)
    }

    /// How many operators leave an atom where it is.
    fn coincident_images(&self, atom: &Atom, axes: &CellAxes) -> usize {
        let images = self.group.operators.iter().filter(|operator| {
            let image = operator.on_point(atom.position);
            let apart = std::array::from_fn(|i| {
                let difference = image[i] - atom.position[i];
                difference - difference.round()
            });
            axes.length(apart) < SAME_PLACE_ANGSTROM
        });
        images.count().max(1)
    }
}
