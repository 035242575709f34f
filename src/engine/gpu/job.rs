//! One image as the kernels see it: the constants of the run, its tiles, and how its samples are counted.

use super::{
    GpuError,
    device::OpenDevice,
    layout::{ORIENTATION_WINDOW, Run},
    specialisation::{Specialisation, Summation, TablePrecision},
    tiles::single,
};
use crate::{physics::anchor::Grid, plan::Plan, scene::StructureFactors};

/// Longest block of orientations that is summed before it joins the pixel's sum.
const MAX_BLOCK_LENGTH: usize = 64;
/// Products of cell counts that float32 can square and sum.
const MAX_CELLS: f64 = 1e17;

/// One image, checked and counted.
#[derive(Debug)]
pub struct Job<'a> {
    pub plan: &'a Plan,
    pub specialisation: Specialisation,
    pub grid: Grid,
    /// Electrons that a structure factor of 1 in the kernels stands for; a power of two.
    pub electrons: f64,
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
        gpu: &OpenDevice,
    ) -> Result<Self, GpuError> {
        let cells: f64 = plan.crystal().domain.n_cells.iter().product();
        if cells > MAX_CELLS {
            return Err(GpuError::CrystalTooLarge { cells });
        }
        let orientations = plan.crystal().orientations.cells.len();
        let block_length = block_length(orientations);
        let blocks_per_source = orientations.div_ceil(block_length);
        let steps = plan.sampling.oversample as u128
            * plan.sampling.oversample as u128
            * plan.panel().sensor.layers as u128;
        let blocks = steps * plan.sources().len() as u128 * blocks_per_source as u128;
        let blocks = u32::try_from(blocks).map_err(|_| GpuError::TooManySamples {
            blocks: u64::try_from(blocks).unwrap_or(u64::MAX),
        })?;
        let specialisation = Specialisation::of(plan, table_precision);
        check_table(plan, &specialisation, gpu)?;
        Ok(Self {
            plan,
            specialisation,
            grid: grid(plan)?,
            electrons: electrons(
                plan.crystal().structure_factors_of(0),
                specialisation.table_precision,
            ),
            block_length,
            blocks_per_source,
            blocks,
        })
    }

    /// The uniform buffer of the run.
    pub fn run(&self) -> Run {
        let plan = self.plan;
        let panel = plan.panel();
        let crystal = plan.crystal();
        let (table_min, table_max, default_f) = match plan.crystal().structure_factors_of(0) {
            StructureFactors::Constant(f) => ([0; 3], [0; 3], *f),
            StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => {
                (table.min(), table.max(), table.default_f())
            }
        };
        let scale = self.grid.index_scale();
        Run {
            fast: single(panel.fast),
            pixel_size_m: panel.pixel_size_m[0] as f32,
            slow: single(panel.slow),
            close_distance_m: panel.near_distance_m() as f32,
            normal: single(panel.normal),
            layer_m: panel.sensor.layer_m as f32,
            cells: single(crystal.domain.n_cells),
            fudge: crystal.domain.fudge as f32,
            reciprocal_a: single(crystal.reciprocal_space[0]),
            dmin_angstrom: plan.sampling.dmin_angstrom as f32,
            reciprocal_b: single(crystal.reciprocal_space[1]),
            layer_attenuation: (panel.sensor.layer_m
                * panel.sensor.attenuation_per_m.unwrap_or(0.0))
                as f32,
            reciprocal_c: single(crystal.reciprocal_space[2]),
            kahn_factor: plan.polarization.map_or(0.0, |p| p.factor) as f32,
            table_min,
            default_f: (default_f / self.electrons) as f32,
            table_max,
            background: self.background() as f32,
            bend_axis: single(panel.fast),
            bend_per_m: (1.0
                / panel
                    .bend
                    .map_or(panel.near_distance_m(), |bend| bend.radius_m))
                as f32,
            layers: panel.sensor.layers as u32,
            oversample: plan.sampling.oversample as u32,
            sources: plan.sources().len() as u32,
            orientations: plan.crystal().orientations.cells.len() as u32,
            block_length: self.block_length as u32,
            blocks_per_source: self.blocks_per_source as u32,
            index_shift: scale.shift,
            high_scale: scale.scales[0],
            middle_scale: scale.scales[1],
            low_scale: scale.scales[2],
            lowest_scale: scale.scales[3],
            inverse_oversample: (1.0 / plan.sampling.oversample as f64) as f32,
        }
    }

    /// What every pixel starts from; where every term has its factors, the share of one source at one sub-pixel.
    fn background(&self) -> f64 {
        let share = match self.specialisation.summation {
            Summation::AtTheEnd | Summation::RunningSum => 1.0,
            Summation::EachTerm => {
                let oversample = self.plan.sampling.oversample as f64;
                1.0 / (self.plan.sources().len() as f64 * oversample * oversample)
            }
        };
        self.plan.background * share / self.electrons.powi(2)
    }

    /// What turns a number of the image buffer into photons.
    pub fn photons(&self) -> f64 {
        self.electrons.powi(2) * self.plan.scale
    }

    /// Blocks of one source that share a window of cells.
    pub fn blocks_per_window(&self) -> usize {
        ORIENTATION_WINDOW / self.block_length
    }
}

/// Equal blocks where all orientations fit one window, else blocks that divide the window.
fn block_length(orientations: usize) -> usize {
    if orientations <= ORIENTATION_WINDOW {
        orientations.div_ceil(orientations.div_ceil(MAX_BLOCK_LENGTH))
    } else {
        MAX_BLOCK_LENGTH
    }
}

fn grid(plan: &Plan) -> Result<Grid, GpuError> {
    let largest = |values: &mut dyn Iterator<Item = f64>| {
        values.fold(0.0, |top: f64, value| {
            if value.abs() > top || value.is_nan() {
                value.abs()
            } else {
                top
            }
        })
    };
    let cell = largest(
        &mut plan
            .crystal()
            .orientations
            .cells
            .iter()
            .flatten()
            .flatten()
            .copied(),
    );
    let scattering = 2.0 * largest(&mut plan.sources().iter().map(|s| 1.0 / s.wavelength_angstrom));
    Grid::new(cell, scattering).ok_or(GpuError::IndexRange {
        cell_angstrom: cell,
        scattering_per_angstrom: scattering,
    })
}

/// A power of two near the largest F, so that no intensity leaves float32; for 16 bits, as far up their range as
/// leaves room for every F.
fn electrons(structure_factors: &StructureFactors, precision: TablePrecision) -> f64 {
    let largest = match structure_factors {
        StructureFactors::Constant(f) => f.abs(),
        StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => table
            .values()
            .iter()
            .fold(table.default_f().abs(), |top, f| top.max(f.abs())),
    };
    if !(largest.is_normal()) {
        return 1.0;
    }
    let above = 2f64.powi(largest.log2().floor() as i32 + 1);
    match precision {
        TablePrecision::F32 => above,
        TablePrecision::F16 => above / 32768.0,
    }
}

fn check_table(
    plan: &Plan,
    specialisation: &Specialisation,
    gpu: &OpenDevice,
) -> Result<(), GpuError> {
    let (StructureFactors::Nearest(table) | StructureFactors::Tricubic(table)) =
        plan.crystal().structure_factors_of(0)
    else {
        return Ok(());
    };
    let values = table.values().len() as u64;
    let limit = gpu.storage_limit();
    let (needs, advice) = match specialisation.table_precision {
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
