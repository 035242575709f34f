//! A plan in the kernels' own numbers: what is computed once per image, or kept from the image before.

use std::sync::Arc;

use crate::{
    engine::EngineError,
    lanes::Real,
    physics::structure_factor::Grid,
    plan::{Orientations, Plan, PlannedCrystal},
    scene::{Shape, Source, StructureFactors},
    structure_factors::Table,
    vector::{CellVectors, Vector},
};

/// a, b, c of one orientation, Å, component by component.
pub(super) type Cell<S> = [S; 9];

/// One plan, ready to be rendered.
#[derive(Debug)]
pub(super) struct PreparedPlan<'a, S> {
    pub plan: &'a Plan,
    pub crystals: Vec<PreparedCrystal<'a, S>>,
    pub sources: Vec<SourceBeam>,
}

/// One of the plan's crystals.
#[derive(Debug)]
pub(super) struct PreparedCrystal<'a, S> {
    pub crystal: DomainConstants<S>,
    pub cells: &'a [Cell<S>],
    /// The same in float64.
    pub exact_cells: &'a [CellVectors],
    /// One a cell, where they do not count alike.
    pub weights: Option<&'a [S]>,
    /// One for all sources, or one for each.
    pub amplitudes: Vec<Amplitudes<'a, S>>,
    /// Multiplies the intensity.
    pub weight: f64,
}

impl<'a, S: Copy> PreparedCrystal<'a, S> {
    /// F as a source sees it.
    pub fn amplitudes_of(&self, source: usize) -> Amplitudes<'a, S> {
        match self.amplitudes.as_slice() {
            [same] => *same,
            each => each[source],
        }
    }
}

/// The crystal's constants.
#[derive(Debug, Clone, Copy)]
pub(super) struct DomainConstants<S> {
    pub shape: Shape,
    pub n_cells: [S; 3],
    pub fudge: S,
    /// a*, b*, c* in Å⁻¹.
    pub reciprocal: [[S; 3]; 3],
}

/// Where F comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Amplitudes<'a, S> {
    Constant(S),
    Nearest(TableLookup<'a, S>),
    Tricubic(TableLookup<'a, S>),
}

/// A table in the kernel's precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableLookup<'a, S> {
    pub grid: Grid<'a, S>,
    /// First index on each axis.
    pub min: [i32; 3],
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
            Self::Nearest(lookup) | Self::Tricubic(lookup) => lookup.grid,
        }
    }

    /// First index of the table on each axis, 0 without one.
    pub fn table_min(&self) -> [i32; 3] {
        match self {
            Self::Constant(_) => [0; 3],
            Self::Nearest(lookup) | Self::Tricubic(lookup) => lookup.min,
        }
    }
}

/// A source with what depends on it alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct SourceBeam {
    pub source: Source,
    /// Kahn's B and E; zero where the polarisation axis lies along the beam.
    pub magnetic: Vector,
    pub electric: Vector,
}

/// A precision in which a table holds its values.
pub(super) trait InTable: Real {
    fn values(table: &Table) -> &[Self];
}

impl InTable for f64 {
    fn values(table: &Table) -> &[Self] {
        table.values()
    }
}

impl InTable for f32 {
    fn values(table: &Table) -> &[Self] {
        table.single_values()
    }
}

/// Prepared parts that outlive an image: the orientations in the kernel's precision.
#[derive(Debug)]
pub(super) struct Cache<S> {
    oriented: Vec<Oriented<S>>,
}

/// The orientations of a crystal.
#[derive(Debug)]
struct Oriented<S> {
    of: Arc<Orientations>,
    cells: Vec<Cell<S>>,
    weights: Option<Vec<S>>,
}

impl<S> Default for Cache<S> {
    fn default() -> Self {
        Self {
            oriented: Vec::new(),
        }
    }
}

impl<S: InTable> Cache<S> {
    /// The plan in precision `S`; parts that did not change are kept.
    pub fn prepare<'a>(&'a mut self, plan: &'a Plan) -> Result<PreparedPlan<'a, S>, EngineError> {
        let mut before = std::mem::take(&mut self.oriented);
        for crystal in &plan.crystals {
            let of = &crystal.orientations;
            let kept = before.iter().position(|kept| Arc::ptr_eq(&kept.of, of));
            self.oriented.push(match kept {
                Some(kept) => before.swap_remove(kept),
                None => Oriented::new(of, before.pop()),
            });
        }
        let crystals = plan.crystals.iter().zip(&self.oriented);
        Ok(PreparedPlan {
            plan,
            crystals: crystals
                .map(|(crystal, oriented)| crystal_run(crystal, oriented))
                .collect::<Result<_, _>>()?,
            sources: plan
                .sources()
                .iter()
                .map(|source| beam(plan, source))
                .collect(),
        })
    }
}

impl<S: Real> Oriented<S> {
    /// In the memory of another that is no longer needed.
    fn new(of: &Arc<Orientations>, unused: Option<Self>) -> Self {
        let mut cells = unused.map_or_else(Vec::new, |unused| unused.cells);
        cells.clear();
        cells.extend(of.cells.iter().map(flat));
        Self {
            of: Arc::clone(of),
            cells,
            weights: of
                .weights
                .as_ref()
                .map(|weights| weights.iter().map(|&weight| S::from_f64(weight)).collect()),
        }
    }
}

fn crystal_run<'a, S: InTable>(
    crystal: &'a PlannedCrystal,
    oriented: &'a Oriented<S>,
) -> Result<PreparedCrystal<'a, S>, EngineError> {
    let domain = &crystal.domain;
    Ok(PreparedCrystal {
        crystal: DomainConstants {
            shape: domain.shape,
            n_cells: domain.n_cells.map(S::from_f64),
            fudge: S::from_f64(domain.fudge),
            reciprocal: crystal.reciprocal_space.map(|axis| axis.map(S::from_f64)),
        },
        cells: &oriented.cells,
        exact_cells: &oriented.of.cells,
        weights: oriented.weights.as_deref(),
        amplitudes: crystal
            .structure_factors
            .iter()
            .map(amplitudes)
            .collect::<Result<_, _>>()?,
        weight: crystal.weight,
    })
}

fn amplitudes<S: InTable>(
    structure_factors: &StructureFactors,
) -> Result<Amplitudes<'_, S>, EngineError> {
    Ok(match structure_factors {
        StructureFactors::Constant(f) => Amplitudes::Constant(S::from_f64(*f)),
        StructureFactors::Nearest(table) => Amplitudes::Nearest(lookup(table)?),
        StructureFactors::Tricubic(table) => Amplitudes::Tricubic(lookup(table)?),
    })
}

fn lookup<S: InTable>(table: &Table) -> Result<TableLookup<'_, S>, EngineError> {
    let entries = table.values().len();
    if entries > i32::MAX as usize {
        return Err(EngineError::TableTooLarge { entries });
    }
    Ok(TableLookup {
        grid: Grid {
            values: S::values(table),
            shape: table.shape().map(|n| n as i32),
            default_f: S::from_f64(table.default_f()),
        },
        min: table.min(),
    })
}

/// A cell in the kernel's precision.
pub(super) fn flat<S: Real>(cell: &CellVectors) -> Cell<S> {
    std::array::from_fn(|i| S::from_f64(cell[i / 3][i % 3]))
}

fn beam(plan: &Plan, source: &Source) -> SourceBeam {
    let axes = plan
        .polarization
        .map(|polarization| polarization.axes(source));
    let [magnetic, electric] = axes.unwrap_or_default();
    SourceBeam {
        source: *source,
        magnetic,
        electric,
    }
}
