//! Buffers that outlive an image: each remembers the part of the plan it was made from and is written again only when
//! that part changes.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use half::f16;
use rayon::prelude::*;
use wgpu::{Buffer, BufferUsages};

use super::{
    GpuError,
    device::{CELL_WINDOW_BYTES, OpenDevice},
    job::Job,
    layout::{CellColumns, CellLimbs, ORIENTATION_WINDOW, PaddedLimbs, SourcePoint, Tile},
    specialisation::TablePrecision,
    tiles::{self, Corner, padded, single},
};
use crate::{
    physics::anchor::Grid,
    plan::Orientations,
    scene::{Panel, Polarization, Source, StructureFactors},
    structure_factors::Table,
    vector::{CellVectors, cross, unit},
};

/// A buffer and what it was made from.
#[derive(Debug)]
struct Kept<K> {
    kept: Option<(K, Buffer)>,
}

impl<K> Default for Kept<K> {
    fn default() -> Self {
        Self { kept: None }
    }
}

impl<K: PartialEq> Kept<K> {
    /// The buffer for `key`, written from `content` if it holds something else.
    fn refresh<T: Pod>(
        &mut self,
        gpu: &OpenDevice,
        label: &'static str,
        usage: BufferUsages,
        key: K,
        content: impl FnOnce() -> Vec<T>,
    ) -> Result<(), GpuError> {
        if self.kept.as_ref().is_some_and(|(kept, _)| *kept == key) {
            return Ok(());
        }
        let content = content();
        let bytes: &[u8] = bytemuck::cast_slice(&content);
        let limit = if usage.contains(BufferUsages::STORAGE) {
            gpu.storage_limit()
        } else {
            gpu.limits.max_buffer_size
        };
        if bytes.len() as u64 > limit {
            return Err(GpuError::TooMany {
                adapter: gpu.name.clone(),
                what: label,
                needs: bytes.len() as u64,
                limit,
            });
        }
        let buffer = match self.kept.take() {
            Some((_, buffer)) if buffer.size() >= bytes.len() as u64 => buffer,
            _ => gpu.buffer(label, bytes.len() as u64, usage | BufferUsages::COPY_DST)?,
        };
        if !bytes.is_empty() {
            gpu.queue.write_buffer(&buffer, 0, bytes);
        }
        self.kept = Some((key, buffer));
        Ok(())
    }

    fn buffer(&self) -> &Buffer {
        &self.kept.as_ref().expect("refreshed before use").1
    }
}

/// An allocation compared by address first: two plans made from one table share it.
#[derive(Debug, Clone)]
struct Shared<T>(Arc<T>);

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

/// A run of tiles that fits the buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    pub first: usize,
    pub end: usize,
}

/// All such buffers of a device.
#[derive(Debug, Default)]
pub struct Uploads {
    table: Kept<Option<(Shared<Table>, TablePrecision)>>,
    cell_limbs: Kept<(Shared<Orientations>, Grid)>,
    cell_columns: Kept<Shared<Orientations>>,
    sources: Kept<(Vec<Source>, Option<Polarization>)>,
    tiles: Kept<(Panel, Chunk)>,
    scattering: Kept<(Panel, Chunk, Vec<Source>, Grid)>,
}

impl Uploads {
    /// Uploads what the whole image shares.
    ///
    /// # Errors
    /// [`GpuError`] when something does not fit.
    pub fn refresh_run(&mut self, gpu: &OpenDevice, job: &Job) -> Result<(), GpuError> {
        let plan = job.plan;
        let table = match plan.crystal().structure_factors_of(0) {
            StructureFactors::Constant(_) => None,
            StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => Some((
                Shared(Arc::clone(table)),
                job.specialisation.table_precision,
            )),
        };
        let values = || match &table {
            None => vec![0],
            Some((table, precision)) => table_words(&table.0, *precision, job.electrons),
        };
        self.table.refresh(
            gpu,
            "structure factors",
            BufferUsages::STORAGE,
            table.clone(),
            values,
        )?;

        let cells = Shared(Arc::clone(&plan.crystal().orientations));
        self.cell_limbs.refresh(
            gpu,
            "orientations",
            BufferUsages::STORAGE,
            (cells.clone(), job.grid),
            || cell_limbs(&cells.0.cells, &job.grid),
        )?;
        self.cell_columns.refresh(
            gpu,
            "orientations",
            BufferUsages::UNIFORM,
            cells.clone(),
            || cell_columns(&cells.0.cells),
        )?;
        self.sources.refresh(
            gpu,
            "sources",
            BufferUsages::STORAGE,
            (plan.sources().to_vec(), plan.polarization),
            || source_points(plan.sources(), plan.polarization),
        )
    }

    /// Uploads what a chunk of tiles needs.
    ///
    /// # Errors
    /// [`GpuError`] when something does not fit.
    pub fn refresh_chunk(
        &mut self,
        gpu: &OpenDevice,
        job: &Job,
        corners: &[Corner],
        chunk: Chunk,
    ) -> Result<(), GpuError> {
        let plan = job.plan;
        let corners = &corners[chunk.first..chunk.end];
        let panel = plan.panel();
        self.tiles.refresh(
            gpu,
            "tiles",
            BufferUsages::STORAGE,
            (panel.clone(), chunk),
            || -> Vec<Tile> {
                let tile = |&corner| tiles::tile(panel, corner);
                corners.par_iter().map(tile).collect()
            },
        )?;
        self.scattering.refresh(
            gpu,
            "sources",
            BufferUsages::STORAGE,
            (panel.clone(), chunk, plan.sources().to_vec(), job.grid),
            || -> Vec<PaddedLimbs> {
                corners
                    .par_iter()
                    .flat_map_iter(|&corner| {
                        tiles::scattering(panel, corner, plan.sources(), &job.grid)
                    })
                    .collect()
            },
        )
    }

    pub fn table(&self) -> &Buffer {
        self.table.buffer()
    }

    pub fn cell_limbs(&self) -> &Buffer {
        self.cell_limbs.buffer()
    }

    pub fn cell_columns(&self) -> &Buffer {
        self.cell_columns.buffer()
    }

    pub fn sources(&self) -> &Buffer {
        self.sources.buffer()
    }

    pub fn tiles(&self) -> &Buffer {
        self.tiles.buffer()
    }

    pub fn scattering(&self) -> &Buffer {
        self.scattering.buffer()
    }
}

fn table_words(table: &Table, precision: TablePrecision, electrons: f64) -> Vec<u32> {
    let scaled = |f: &f64| f / electrons;
    match precision {
        TablePrecision::F32 => {
            let word = |f| (scaled(f) as f32).to_bits();
            table.values().par_iter().map(word).collect()
        }
        TablePrecision::F16 => {
            let half = |f: &f64| u32::from(f16::from_f64(scaled(f)).to_bits());
            let word = |pair: &[f64]| half(&pair[0]) | pair.get(1).map_or(0, half) << 16;
            table.values().par_chunks(2).map(word).collect()
        }
    }
}

fn cell_limbs(cells: &[CellVectors], grid: &Grid) -> Vec<CellLimbs> {
    let limbs = |cell: &CellVectors| cell.map(|axis| padded(grid.cell(axis)));
    cells.par_iter().map(limbs).collect()
}

fn cell_columns(cells: &[CellVectors]) -> Vec<CellColumns> {
    const _: () = assert!(CELL_WINDOW_BYTES == 49152);
    let mut columns: Vec<CellColumns> = cells
        .par_iter()
        .map(|[a, b, c]| std::array::from_fn(|x| [a[x] as f32, b[x] as f32, c[x] as f32, 0.0]))
        .collect();
    let whole_windows = columns.len().next_multiple_of(ORIENTATION_WINDOW);
    columns.resize(whole_windows, CellColumns::zeroed());
    columns
}

fn source_points(sources: &[Source], polarization: Option<Polarization>) -> Vec<SourcePoint> {
    let point = |source: &Source| {
        // Kahn's B and E; zero where the polarisation axis lies along the beam.
        let (magnetic, electric) = polarization
            .and_then(|polarization| {
                let magnetic = unit(cross(polarization.axis, source.incident))?;
                Some((magnetic, unit(cross(source.incident, magnetic))?))
            })
            .unwrap_or_default();
        SourcePoint {
            incident: single(source.incident),
            inverse_wavelength: (1.0 / source.wavelength_angstrom) as f32,
            magnetic: single(magnetic),
            weight: source.weight as f32,
            electric: single(electric),
            unused: 0.0,
        }
    };
    sources.iter().map(point).collect()
}
