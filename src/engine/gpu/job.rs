//! One image as the kernels see it: its parts, the constants of each, and how its samples are counted.

use std::{ops::Range, sync::Arc};

use super::{
    GpuError,
    device::OpenDevice,
    exactness::{self, Beginnings},
    layout::{ORIENTATION_WINDOW, PlanConstants},
    magnitudes::{Magnitudes, largest},
    specialisation::{Specialisation, Summation, TablePrecision},
    tiles::single,
};
use crate::{
    physics::anchor::Grid,
    plan::{Orientations, Plan, PlannedCrystal},
    scene::{Panel, Polarization, Spectrum, StructureFactors},
    structure_factors::Table,
};

/// Longest block of orientations that is summed before it joins the pixel's sum.
const MAX_BLOCK_LENGTH: usize = 64;
/// Products of cell counts that float32 can square and sum.
const MAX_CELLS: f64 = 1e17;

/// One image, checked.
#[derive(Debug)]
pub struct Job<'a> {
    pub plan: &'a Plan,
    table_precision: TablePrecision,
    /// Electrons that a structure factor of 1 in the kernels stands for; a power of two, the same for all parts, for they
    /// are summed.
    pub electrons: f64,
    /// One a crystal, of which the part for scattering vectors is the same.
    grids: Vec<Grid>,
}

/// A crystal as a run of sources sees it that share its structure factors, on panels of one kind.
#[derive(Debug, Clone)]
pub struct Part {
    /// Number of the crystal.
    pub crystal: usize,
    pub sources: Range<usize>,
    pub table: Option<Arc<Table>>,
    pub orientations: Arc<Orientations>,
    pub grid: Grid,
    pub specialisation: Specialisation,
    pub run: PlanConstants,
    /// Orientations summed into a block.
    pub block_length: usize,
    pub blocks_per_source: usize,
    /// Blocks of one pixel.
    pub blocks: u32,
}

impl<'a> Job<'a> {
    /// Checks that the kernels can render the plan.
    ///
    /// # Errors
    /// The [`GpuError`] that says what is too large.
    pub fn new(
        plan: &'a Plan,
        table_precision: TablePrecision,
        magnitudes: &mut Magnitudes,
        gpu: &OpenDevice,
    ) -> Result<Self, GpuError> {
        magnitudes.follow(plan);
        for crystal in &plan.crystals {
            let cells: f64 = crystal.domain.n_cells.iter().product();
            if cells > MAX_CELLS {
                return Err(GpuError::CrystalTooLarge { cells });
            }
        }
        let grids = plan.crystals.iter().map(|crystal| {
            let cell = magnitudes.of_orientations(&crystal.orientations);
            grid(plan, cell)
        });
        let grids = grids.collect::<Result<_, _>>()?;
        for table in tables(plan) {
            check_table(table, table_precision, gpu)?;
        }
        Ok(Self {
            plan,
            table_precision,
            electrons: electrons(plan, table_precision, magnitudes),
            grids,
        })
    }

    /// The parts whose sum is the image, on panels of this one's kind.
    ///
    /// # Errors
    /// [`GpuError::TooManySamples`]
    pub fn parts(&self, panel: &Panel) -> Result<Vec<Part>, GpuError> {
        let mut parts = Vec::new();
        for (number, crystal) in self.plan.crystals.iter().enumerate() {
            for sources in runs_of_sources(crystal, self.plan.sources().len()) {
                parts.push(self.part(panel, number, sources)?);
            }
        }
        Ok(parts)
    }

    /// What turns a number of the image buffer into photons.
    pub fn photons(&self) -> f64 {
        self.electrons.powi(2) * self.plan.scale
    }

    /// What the indices on a panel are computed from.
    pub fn beginnings(&self, panel: &Panel) -> Beginnings {
        if exactness::is_used(self.plan, panel) {
            let oversample = self.plan.sampling.oversample;
            Beginnings::Rays { oversample }
        } else {
            Beginnings::Centres
        }
    }

    /// What the sources' buffers are made of.
    pub fn beam(&self) -> (&Arc<Spectrum>, Option<Polarization>, Grid) {
        (&self.plan.spectrum, self.plan.polarization, self.grids[0])
    }

    fn part(&self, panel: &Panel, number: usize, sources: Range<usize>) -> Result<Part, GpuError> {
        let plan = self.plan;
        let crystal = &plan.crystals[number];
        let factors = crystal.structure_factors_of(sources.start);
        let orientations = crystal.orientations.cells.len();
        let block_length = block_length(orientations);
        let blocks_per_source = orientations.div_ceil(block_length);
        let steps = plan.sampling.oversample as u128
            * plan.sampling.oversample as u128
            * panel.sensor.layers as u128;
        let blocks = steps * sources.len() as u128 * blocks_per_source as u128;
        let blocks = u32::try_from(blocks).map_err(|_| GpuError::TooManySamples {
            blocks: u64::try_from(blocks).unwrap_or(u64::MAX),
        })?;
        let mut part = Part {
            crystal: number,
            table: factors.table().map(Arc::clone),
            orientations: Arc::clone(&crystal.orientations),
            grid: self.grids[number],
            specialisation: Specialisation::of(plan, panel, crystal, factors, self.table_precision),
            run: bytemuck::Zeroable::zeroed(),
            block_length,
            blocks_per_source,
            blocks,
            sources,
        };
        part.run = self.run(panel, crystal, factors, &part);
        Ok(part)
    }

    /// The uniform buffer of a part.
    fn run(
        &self,
        panel: &Panel,
        crystal: &PlannedCrystal,
        factors: &StructureFactors,
        part: &Part,
    ) -> PlanConstants {
        let plan = self.plan;
        let sensor = panel.sensor;
        let (table_min, table_max, default_f) = match factors {
            StructureFactors::Constant(f) => ([0; 3], [0; 3], *f),
            StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => {
                (table.min(), table.max(), table.default_f())
            }
        };
        let scale = part.grid.index_scale();
        PlanConstants {
            n_cells: single(crystal.domain.n_cells),
            fudge: crystal.domain.fudge as f32,
            reciprocal_a: single(crystal.reciprocal_space[0]),
            dmin_angstrom: plan.sampling.dmin_angstrom as f32,
            reciprocal_b: single(crystal.reciprocal_space[1]),
            layer_attenuation: (sensor.layer_m * sensor.attenuation_per_m.unwrap_or(0.0)) as f32,
            reciprocal_c: single(crystal.reciprocal_space[2]),
            kahn_factor: plan.polarization.map_or(0.0, |p| p.factor) as f32,
            table_min,
            default_f: (default_f / self.electrons) as f32,
            table_max,
            background: self.background(part) as f32,
            weight: crystal.weight as f32,
            layer_m: sensor.layer_m as f32,
            bend_per_m: panel.bend.map_or(0.0, |bend| 1.0 / bend.radius_m) as f32,
            inverse_oversample: (1.0 / plan.sampling.oversample as f64) as f32,
            layers: sensor.layers as u32,
            oversample: plan.sampling.oversample as u32,
            first_source: part.sources.start as u32,
            sources: part.sources.len() as u32,
            orientations: crystal.orientations.cells.len() as u32,
            block_length: part.block_length as u32,
            blocks_per_source: part.blocks_per_source as u32,
            index_shift: scale.shift,
            high_scale: scale.scales[0],
            middle_scale: scale.scales[1],
            low_scale: scale.scales[2],
            lowest_scale: scale.scales[3],
        }
    }

    /// What every pixel starts from; where every term has its factors, the share of one source at one sub-pixel, which the
    /// first crystal adds.
    fn background(&self, part: &Part) -> f64 {
        let share = match part.specialisation.summation {
            Summation::AtTheEnd | Summation::RunningSum => 1.0,
            Summation::EachTerm if part.crystal > 0 => 0.0,
            Summation::EachTerm => {
                let oversample = self.plan.sampling.oversample as f64;
                1.0 / (self.plan.sources().len() as f64 * oversample * oversample)
            }
        };
        self.plan.background * share / self.electrons.powi(2)
    }
}

impl Part {
    /// Blocks of one source that share a window of cells.
    pub fn blocks_per_window(&self) -> usize {
        ORIENTATION_WINDOW / self.block_length
    }
}

/// Neighbouring sources that share their structure factors.
fn runs_of_sources(crystal: &PlannedCrystal, sources: usize) -> Vec<Range<usize>> {
    let factors = |source| crystal.structure_factors_of(source);
    let begins = |&source: &usize| source == 0 || !factors(source).is_same(factors(source - 1));
    let starts: Vec<usize> = (0..sources).filter(begins).collect();
    let ends = starts.iter().skip(1).copied().chain([sources]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .collect()
}

/// Equal blocks where all orientations fit one window, else blocks that divide the window.
fn block_length(orientations: usize) -> usize {
    if orientations <= ORIENTATION_WINDOW {
        orientations.div_ceil(orientations.div_ceil(MAX_BLOCK_LENGTH))
    } else {
        MAX_BLOCK_LENGTH
    }
}

fn grid(plan: &Plan, cell: f64) -> Result<Grid, GpuError> {
    let inverse: Vec<f64> = plan
        .sources()
        .iter()
        .map(|source| 1.0 / source.wavelength_angstrom)
        .collect();
    let scattering = 2.0 * largest(inverse.iter());
    Grid::new(cell, scattering).ok_or(GpuError::IndexRange {
        cell_angstrom: cell,
        scattering_per_angstrom: scattering,
    })
}

fn tables(plan: &Plan) -> impl Iterator<Item = &Arc<Table>> {
    let factors = plan.crystals.iter().flat_map(|c| &c.structure_factors);
    factors.filter_map(StructureFactors::table)
}

/// A power of two near the largest F, so that no intensity leaves float32; for 16 bits, as far up their range as
/// leaves room for every F.
fn electrons(plan: &Plan, precision: TablePrecision, magnitudes: &Magnitudes) -> f64 {
    let factors = plan.crystals.iter().flat_map(|c| &c.structure_factors);
    let each: Vec<f64> = factors
        .map(|factors| match factors {
            StructureFactors::Constant(f) => *f,
            StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => {
                magnitudes.of_table(table)
            }
        })
        .collect();
    let largest = largest(each.iter());
    if !(largest.is_normal()) {
        return 1.0;
    }
    let above = 2f64.powi(largest.log2().floor() as i32 + 1);
    match precision {
        TablePrecision::F16 if tables(plan).next().is_some() => above / 32768.0,
        TablePrecision::F32 | TablePrecision::F16 => above,
    }
}

fn check_table(table: &Table, precision: TablePrecision, gpu: &OpenDevice) -> Result<(), GpuError> {
    let values = table.values().len() as u64;
    let limit = gpu.storage_limit();
    let (needs, advice) = match precision {
        TablePrecision::F32 if values * 2 <= limit => {
            (values * 4, "use -table f16, which halves it")
        }
        TablePrecision::F32 => (values * 4, "use -device cpu"),
        TablePrecision::F16 => (values * 2, "use -device cpu"),
    };
    if needs > limit {
        return Err(GpuError::TableTooLarge {
            adapter: gpu.name.clone(),
            needs,
            limit,
            advice,
        });
    }
    Ok(())
}
