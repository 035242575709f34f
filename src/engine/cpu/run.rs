//! A plan in the kernels' own numbers: what is computed once per image, or kept from the image before.

use std::sync::Arc;

use crate::{
    engine::{EngineError, check_float32},
    lanes::Real,
    physics::structure_factor::Grid,
    plan::{Orientations, Plan, Shape, Source, StructureFactors},
    structure_factors::Table,
    vector::{CellVectors, Vector, cross, unit},
};

/// a, b, c of one orientation, Å, component by component.
pub(super) type Cell<S> = [S; 9];

/// One plan, ready to be rendered.
#[derive(Debug)]
pub(super) struct Run<'a, S> {
    pub plan: &'a Plan,
    pub cells: &'a [Cell<S>],
    /// What the first φ loop of the run sees, if it differs.
    pub first_loop_cells: Option<Vec<Cell<S>>>,
    pub crystal: Crystal<S>,
    pub amplitudes: Amplitudes<'a, S>,
    pub sources: Vec<Beam>,
    /// A neighbourhood that leaves the table turns interpolation off for what follows.
    pub run_out_is_final: bool,
}

/// The crystal's constants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crystal<S> {
    pub shape: Shape,
    pub cells: [S; 3],
    pub fudge: S,
    /// a*, b*, c* in Å⁻¹.
    pub reciprocal: [[S; 3]; 3],
}

/// Where F comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Amplitudes<'a, S> {
    Constant(S),
    Nearest(Grid<'a, S>),
    Tricubic(Grid<'a, S>),
}

impl<'a, S: Real> Amplitudes<'a, S> {
    /// The table; without one, an empty table whose default is F.
    #[inline(always)]
    pub fn grid(&self) -> Grid<'a, S> {
        match *self {
            Self::Constant(default_f) => Grid {
                values: &[],
                shape: [0; 3],
                default_f,
            },
            Self::Nearest(grid) | Self::Tricubic(grid) => grid,
        }
    }

    /// Without interpolation.
    pub fn uninterpolated(self) -> Self {
        match self {
            Self::Tricubic(grid) => Self::Nearest(grid),
            other => other,
        }
    }
}

/// A source with what depends on it alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beam {
    pub source: Source,
    /// Kahn's B and E; zero where the polarisation axis lies along the beam.
    pub magnetic: Vector,
    pub electric: Vector,
}

/// Prepared parts that outlive an image: the orientations and the table in the kernel's precision.
#[derive(Debug)]
pub(super) struct Cache<S> {
    orientations: Option<Orientations>,
    cells: Vec<Cell<S>>,
    table: Option<(Arc<Table>, Vec<S>)>,
}

impl<S> Default for Cache<S> {
    fn default() -> Self {
        Self {
            orientations: None,
            cells: Vec::new(),
            table: None,
        }
    }
}

impl<S: Real> Cache<S> {
    /// The plan in precision `S`; parts that did not change are kept.
    pub fn prepare<'a>(&'a mut self, plan: &'a Plan) -> Result<Run<'a, S>, EngineError> {
        if S::SINGLE {
            check_float32(plan)?;
        }
        if self.orientations.as_ref() != Some(&plan.orientations) {
            self.cells.clear();
            self.cells.extend(plan.orientations.cells.iter().map(flat));
            self.orientations = Some(plan.orientations.clone());
        }
        let table = match &plan.structure_factors {
            StructureFactors::Constant(_) => None,
            StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => Some(table),
        };
        if let Some(table) = table {
            if table.values().len() > i32::MAX as usize {
                return Err(EngineError::TableTooLarge {
                    entries: table.values().len(),
                });
            }
            if !self
                .table
                .as_ref()
                .is_some_and(|(kept, _)| Arc::ptr_eq(kept, table))
            {
                let values = table.values().iter().map(|&f| S::from_f64(f)).collect();
                self.table = Some((Arc::clone(table), values));
            }
        }
        let grid = || {
            let (table, values) = self.table.as_ref().expect("prepared above");
            Grid {
                values: values.as_slice(),
                shape: table.shape().map(|n| n as i32),
                default_f: S::from_f64(table.default_f()),
            }
        };
        let amplitudes = match &plan.structure_factors {
            StructureFactors::Constant(f) => Amplitudes::Constant(S::from_f64(*f)),
            StructureFactors::Nearest(_) => Amplitudes::Nearest(grid()),
            StructureFactors::Tricubic(_) => Amplitudes::Tricubic(grid()),
        };
        let crystal = &plan.crystal;
        Ok(Run {
            plan,
            cells: &self.cells,
            first_loop_cells: plan
                .orientations
                .first_loop
                .as_ref()
                .map(|cells| cells.iter().map(flat).collect()),
            crystal: Crystal {
                shape: crystal.shape,
                cells: crystal.cells.map(S::from_f64),
                fudge: S::from_f64(crystal.fudge),
                reciprocal: crystal.reciprocal.map(|axis| axis.map(S::from_f64)),
            },
            amplitudes,
            sources: plan
                .sources
                .iter()
                .map(|source| beam(plan, source))
                .collect(),
            run_out_is_final: plan.run_out_is_final(),
        })
    }
}

impl<S: Real> Run<'_, S> {
    /// First index of the table on each axis, 0 without one.
    pub fn table_min(&self) -> [i32; 3] {
        match &self.plan.structure_factors {
            StructureFactors::Constant(_) => [0; 3],
            StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => table.min(),
        }
    }
}

fn flat<S: Real>(cell: &CellVectors) -> Cell<S> {
    std::array::from_fn(|i| S::from_f64(cell[i / 3][i % 3]))
}

fn beam(plan: &Plan, source: &Source) -> Beam {
    let axes = plan.polarization.and_then(|polarization| {
        let magnetic = unit(cross(polarization.axis, source.incident))?;
        Some((magnetic, unit(cross(source.incident, magnetic))?))
    });
    let (magnetic, electric) = axes.unwrap_or(([0.0; 3], [0.0; 3]));
    Beam {
        source: *source,
        magnetic,
        electric,
    }
}
