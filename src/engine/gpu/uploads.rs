//! Buffers that outlive an image: each remembers the part of the plan it was made from, by address, and is written again
//! only when another part takes its place.

use std::{ops::Range, sync::Arc};

use bytemuck::{Pod, Zeroable};
use half::f16;
use rayon::prelude::*;
use wgpu::{Buffer, BufferUsages};

use super::{
    GpuError,
    counters::Content,
    device::{CELL_WINDOW_BYTES, OpenDevice},
    exactness::Beginnings,
    job::{Job, Part},
    layout::{CellColumns, CellLimbs, Frame, ORIENTATION_WINDOW, PaddedLimbs, SourcePoint, Tile},
    magnitudes::ByAddress,
    specialisation::TablePrecision,
    tiles::{self, Corner, Tiling, padded, single},
};
use crate::{
    physics::anchor::{self, Grid},
    plan::Orientations,
    scene::{Panel, Polarization, Source, Spectrum},
    structure_factors::Table,
    vector::CellVectors,
};

/// A table, its precision, and the electrons that its numbers count.
type TableKey = (ByAddress<Table>, TablePrecision, f64);
/// Orientations and the grid of their cell vectors.
type CellsKey = (ByAddress<Orientations>, i32);
/// Sources and the grid of their scattering vectors.
type SourcesKey = (ByAddress<Spectrum>, Option<Polarization>, i32);

/// Tiles of a tiling, and what their indices are computed from.
type ChunkKey = (Range<usize>, Beginnings);

/// Buffers and what they were made from.
#[derive(Debug)]
struct Shelf<K, const N: usize> {
    kept: Vec<(K, [Buffer; N])>,
}

impl<K, const N: usize> Default for Shelf<K, N> {
    fn default() -> Self {
        Self { kept: Vec::new() }
    }
}

impl<K: PartialEq, const N: usize> Shelf<K, N> {
    /// Keeps what these keys stand for and nothing else; `write` makes what is missing, in memory that is no longer needed.
    fn hold(
        &mut self,
        keys: impl Iterator<Item = K>,
        write: impl Fn(&K, Option<[Buffer; N]>) -> Result<[Buffer; N], GpuError>,
    ) -> Result<(), GpuError> {
        let mut before = std::mem::take(&mut self.kept);
        let mut missing = Vec::new();
        for key in keys {
            if let Some(at) = before.iter().position(|(kept, _)| *kept == key) {
                self.kept.push(before.swap_remove(at));
            } else if self.get(&key).is_none() && !missing.contains(&key) {
                missing.push(key);
            }
        }
        for key in missing {
            let unused = before.pop().map(|(_, buffers)| buffers);
            let buffers = write(&key, unused)?;
            self.kept.push((key, buffers));
        }
        Ok(())
    }

    fn get(&self, key: &K) -> Option<&[Buffer; N]> {
        let found = self.kept.iter().find(|(kept, _)| kept == key);
        found.map(|(_, buffers)| buffers)
    }
}

/// A buffer of this content, in the memory of `unused` where it fits.
fn written<T: Pod>(
    gpu: &OpenDevice,
    content: Content,
    usage: BufferUsages,
    values: &[T],
    unused: Option<Buffer>,
) -> Result<Buffer, GpuError> {
    let bytes: &[u8] = bytemuck::cast_slice(values);
    let limit = if usage.contains(BufferUsages::STORAGE) {
        gpu.storage_limit()
    } else {
        gpu.limits.max_buffer_size
    };
    if bytes.len() as u64 > limit {
        return Err(GpuError::TooMany {
            adapter: gpu.name.clone(),
            what: content.name(),
            needs: bytes.len() as u64,
            limit,
        });
    }
    let buffer = match unused {
        Some(buffer) if buffer.size() >= bytes.len() as u64 => buffer,
        _ => gpu.buffer(
            content.name(),
            bytes.len() as u64,
            usage | BufferUsages::COPY_DST,
        )?,
    };
    gpu.upload(&buffer, content, bytes);
    Ok(buffer)
}

fn both(buffers: Option<[Buffer; 2]>) -> [Option<Buffer>; 2] {
    buffers.map_or([None, None], |buffers| buffers.map(Some))
}

/// All such buffers of a device.
#[derive(Debug, Default)]
pub struct Uploads {
    tables: Shelf<TableKey, 1>,
    /// Limbs and columns.
    cells: Shelf<CellsKey, 2>,
    sources: Shelf<SourcesKey, 1>,
    /// Tiles and where their rays begin, of every chunk that has been rendered.
    tiles: Vec<(ChunkKey, [Buffer; 2])>,
    tiling: Option<ByAddress<Tiling>>,
    constants: Option<(Vec<u8>, Buffer)>,
}

/// The buffers of a part.
#[derive(Debug)]
pub struct PartBuffers {
    /// `None` where F is a constant.
    pub table: Option<Buffer>,
    pub cell_limbs: Buffer,
    pub cell_columns: Buffer,
    pub sources: Buffer,
}

impl Uploads {
    /// Uploads what an image needs beside its tiles, in the order of the parts.
    ///
    /// # Errors
    /// [`GpuError`] when something does not fit.
    pub fn hold_parts(
        &mut self,
        gpu: &OpenDevice,
        job: &Job,
        parts: &[&Part],
    ) -> Result<Vec<PartBuffers>, GpuError> {
        let storage = BufferUsages::STORAGE;
        let table_key = |part: &Part| {
            let table = ByAddress(Arc::clone(part.table.as_ref()?));
            Some((table, part.specialisation.table_precision, job.electrons))
        };
        self.tables.hold(
            parts.iter().filter_map(|part| table_key(part)),
            |(table, precision, electrons), unused| {
                let words = table_words(&table.0, *precision, *electrons);
                let [unused] = unused.map_or([None], |buffers| buffers.map(Some));
                Ok([written(gpu, Content::Table, storage, &words, unused)?])
            },
        )?;
        let cells_key = |part: &Part| {
            let orientations = ByAddress(Arc::clone(&part.orientations));
            (orientations, part.grid.cell_bits)
        };
        // Parts of one key have one grid, for that of scattering vectors is the plan's.
        let grid_of = |key: &CellsKey| {
            let part = parts.iter().find(|part| cells_key(part) == *key);
            part.expect("keys come from parts").grid
        };
        self.cells
            .hold(parts.iter().map(|part| cells_key(part)), |key, unused| {
                let [limbs, columns] = both(unused);
                let orientations = &key.0.0;
                let kind = Content::Orientations;
                let in_limbs = cell_limbs(orientations, &grid_of(key));
                let in_columns = cell_columns(orientations);
                Ok([
                    written(gpu, kind, storage, &in_limbs, limbs)?,
                    written(gpu, kind, BufferUsages::UNIFORM, &in_columns, columns)?,
                ])
            })?;
        let (spectrum, polarization, grid) = job.beam();
        let sources_key: SourcesKey = (
            ByAddress(Arc::clone(spectrum)),
            polarization,
            grid.scattering_bits,
        );
        self.sources
            .hold(std::iter::once(sources_key.clone()), |_, unused| {
                let [unused] = unused.map_or([None], |buffers| buffers.map(Some));
                let points = source_points(&spectrum.sources, polarization, grid);
                Ok([written(gpu, Content::Sources, storage, &points, unused)?])
            })?;
        let buffers = |part: &&Part| {
            let table = table_key(part).and_then(|key| self.tables.get(&key));
            let cells = self.cells.get(&cells_key(part)).expect("it is held");
            let sources = self.sources.get(&sources_key).expect("they are held");
            PartBuffers {
                table: table.map(|[table]| table.clone()),
                cell_limbs: cells[0].clone(),
                cell_columns: cells[1].clone(),
                sources: sources[0].clone(),
            }
        };
        Ok(parts.iter().map(buffers).collect())
    }

    /// Uploads the constants of all parts.
    ///
    /// # Errors
    /// [`GpuError`] when something does not fit.
    pub fn hold_constants(
        &mut self,
        gpu: &OpenDevice,
        constants: Vec<u8>,
    ) -> Result<Buffer, GpuError> {
        let buffer = match self.constants.take() {
            Some((kept, buffer)) if kept == constants => buffer,
            unused => {
                let unused = unused.map(|(_, buffer)| buffer);
                let usage = BufferUsages::UNIFORM;
                written(gpu, Content::Constants, usage, &constants, unused)?
            }
        };
        self.constants = Some((constants, buffer.clone()));
        Ok(buffer)
    }

    /// Tiles of a chunk of a tiling and where their rays begin.
    ///
    /// # Errors
    /// [`GpuError`] when something does not fit.
    pub fn chunk(
        &mut self,
        gpu: &OpenDevice,
        tiling: &Arc<Tiling>,
        chunk: &Range<usize>,
        beginnings: Beginnings,
    ) -> Result<[Buffer; 2], GpuError> {
        let of = Some(ByAddress(Arc::clone(tiling)));
        let key = (chunk.clone(), beginnings);
        let mut unused = None;
        if self.tiling != of {
            unused = std::mem::take(&mut self.tiles).pop();
            self.tiling = of;
        } else if let Some(at) = self.tiles.iter().position(|(kept, _)| kept.0 == key.0) {
            if self.tiles[at].0 == key {
                return Ok(self.tiles[at].1.clone());
            }
            unused = Some(self.tiles.swap_remove(at));
        }
        let corners = tiling.corners[chunk.clone()].par_iter();
        let tile = |&corner| {
            (
                tiling.panel_of(corner),
                corner,
                tiles::tile(tiling.panel_of(corner), corner),
            )
        };
        let tiles: Vec<_> = corners.map(tile).collect();
        let unused = unused.map(|(_, buffers)| buffers);
        let buffers = tile_buffers(gpu, &tiles, beginnings, unused)?;
        self.tiles.push((key, buffers.clone()));
        Ok(buffers)
    }
}

/// Buffers of tiles and of where their rays begin.
///
/// # Errors
/// [`GpuError`] when something does not fit.
pub fn tile_buffers(
    gpu: &OpenDevice,
    tiles: &[(&Panel, Corner, Tile)],
    beginnings: Beginnings,
    unused: Option<[Buffer; 2]>,
) -> Result<[Buffer; 2], GpuError> {
    let [unused, unused_beginnings] = both(unused);
    let (kind, storage) = (Content::Tiles, BufferUsages::STORAGE);
    let only: Vec<Tile> = tiles.iter().map(|&(_, _, tile)| tile).collect();
    let in_tiles = written(gpu, kind, storage, &only, unused)?;
    let of_tiles = tiles.par_iter();
    let in_beginnings = match beginnings {
        Beginnings::Centres => {
            let direction = |&(panel, corner, _)| tiles::direction(panel, corner);
            let directions: Vec<PaddedLimbs> = of_tiles.map(direction).collect();
            written(gpu, kind, storage, &directions, unused_beginnings)?
        }
        Beginnings::Rays { oversample } => {
            let frame = |&(panel, corner, _)| tiles::frame(panel, corner, oversample);
            let frames: Vec<Frame> = of_tiles.map(frame).collect();
            written(gpu, kind, storage, &frames, unused_beginnings)?
        }
    };
    Ok([in_tiles, in_beginnings])
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

fn cell_limbs(orientations: &Orientations, grid: &Grid) -> Vec<CellLimbs> {
    let limbs = |cell: &CellVectors| cell.map(|axis| padded(grid.cell(axis), [0; 3]));
    let mut cells: Vec<CellLimbs> = orientations.cells.par_iter().map(limbs).collect();
    for (cell, &weight) in cells.iter_mut().zip(orientations.weights.iter().flatten()) {
        cell[0][0][3] = (weight as f32).to_bits() as i32;
    }
    cells
}

fn cell_columns(orientations: &Orientations) -> Vec<CellColumns> {
    const _: () = assert!(CELL_WINDOW_BYTES == 49152);
    let mut columns: Vec<CellColumns> = orientations
        .cells
        .par_iter()
        .map(|[a, b, c]| std::array::from_fn(|x| [a[x] as f32, b[x] as f32, c[x] as f32, 0.0]))
        .collect();
    for (columns, &weight) in columns
        .iter_mut()
        .zip(orientations.weights.iter().flatten())
    {
        columns[0][3] = weight as f32;
    }
    let whole_windows = columns.len().next_multiple_of(ORIENTATION_WINDOW);
    columns.resize(whole_windows, CellColumns::zeroed());
    columns
}

fn source_points(
    sources: &[Source],
    polarization: Option<Polarization>,
    grid: Grid,
) -> Vec<SourcePoint> {
    let point = |source: &Source| {
        let axes = polarization.map(|polarization| polarization.axes(source));
        let [magnetic, electric] = axes.unwrap_or_default();
        SourcePoint {
            incident: single(source.incident),
            inverse_wavelength: (1.0 / source.wavelength_angstrom) as f32,
            magnetic: single(magnetic),
            weight: source.weight as f32,
            electric: single(electric),
            unused: 0.0,
            limbs: padded(
                anchor::direction(source.incident),
                grid.inverse_wavelength(1.0 / source.wavelength_angstrom),
            ),
        }
    };
    sources.iter().map(point).collect()
}
