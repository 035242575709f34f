//! A crystal: what scatters, in blocks of which shape, in which orientations.

use std::sync::Arc;

use super::UnitCell;
use crate::{
    random::mosaic_rotations,
    structure_factors::Table,
    vector::{CellVectors, Matrix, Vector, dual, triple_product},
};

/// One crystal before the spindle turns it.
#[derive(Debug, Clone, PartialEq)]
pub struct Crystal {
    /// a, b, c in Å.
    pub real_space: CellVectors,
    /// a*, b*, c* in Å⁻¹: the Gaussian and top-hat shapes measure their distance from a reciprocal lattice point with them.
    pub reciprocal_space: CellVectors,
    pub domain: Domain,
    pub mosaic: Arc<Mosaic>,
    /// One for all sources, or one for each.
    pub structure_factors: Vec<StructureFactors>,
    /// Multiplies the intensity.
    pub scale: f64,
}

impl Crystal {
    /// A crystal of one domain of 10 × 10 × 10 cells, a* along x and b* in the plane of x and y.
    pub fn new(cell: UnitCell, structure_factors: StructureFactors) -> Self {
        let reciprocal_space = cell.reciprocal_vectors(true);
        Self {
            real_space: dual(reciprocal_space, triple_product(reciprocal_space)),
            reciprocal_space,
            domain: Domain {
                shape: Shape::Square,
                n_cells: [10.0; 3],
                fudge: 1.0,
            },
            mosaic: Arc::new(Mosaic::none()),
            structure_factors: vec![structure_factors],
            scale: 1.0,
        }
    }

    /// The same crystal in another orientation: each vector of its cell turned by `turn`.
    pub fn turned(&self, turn: impl Fn(Vector) -> Vector) -> Self {
        Self {
            real_space: self.real_space.map(&turn),
            reciprocal_space: self.reciprocal_space.map(&turn),
            ..self.clone()
        }
    }
}

/// A block of cells that scatters coherently.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Domain {
    pub shape: Shape,
    /// Na, Nb, Nc: unit cells along each axis, whole numbers of at least 1.
    pub n_cells: [f64; 3],
    /// Widens or narrows the spots of every shape but the square one.
    pub fudge: f64,
}

/// Shape of a domain, which decides the lattice transform.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    #[default]
    Square,
    Round,
    Gauss,
    Tophat,
}

/// The domains of a crystal: a rotation and a weight each.
#[derive(Debug, Clone, PartialEq)]
pub struct Mosaic {
    pub rotations: Vec<Matrix>,
    /// Relative to their mean; `None` counts all alike.
    pub weights: Option<Vec<f64>>,
}

impl Mosaic {
    /// A single domain, not turned.
    pub fn none() -> Self {
        Self::cap(0.0, 1, 1)
    }

    /// Domains about random axes by angles up to `spread_deg`, the first of them not turned.
    pub fn cap(spread_deg: f64, domains: usize, seed: i64) -> Self {
        Self {
            rotations: mosaic_rotations(spread_deg, domains, seed),
            weights: None,
        }
    }
}

/// How a Miller index becomes a structure factor.
#[derive(Debug, Clone, PartialEq)]
pub enum StructureFactors {
    /// No table: the same F, in electrons, for every reflection.
    Constant(f64),
    /// The nearest table point, the table's default F outside it.
    Nearest(Arc<Table>),
    /// 4×4×4 Lagrange interpolation; the nearest point for a sample whose neighbourhood leaves the table.
    Tricubic(Arc<Table>),
}

impl StructureFactors {
    /// The table, where there is one.
    pub fn table(&self) -> Option<&Arc<Table>> {
        match self {
            Self::Constant(_) => None,
            Self::Nearest(table) | Self::Tricubic(table) => Some(table),
        }
    }

    /// The same without interpolation.
    pub fn nearest(&self) -> Self {
        match self {
            Self::Tricubic(table) => Self::Nearest(Arc::clone(table)),
            other => other.clone(),
        }
    }

    /// Whether both are the same allocation or the same constant: a comparison that costs nothing.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Constant(a), Self::Constant(b)) => a == b,
            (Self::Nearest(a), Self::Nearest(b)) | (Self::Tricubic(a), Self::Tricubic(b)) => {
                Arc::ptr_eq(a, b)
            }
            _ => false,
        }
    }
}
