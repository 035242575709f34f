//! The buffers of the kernels, byte for byte: each struct has the name of its twin in `shaders/`.

use bytemuck::{Pod, Zeroable};

/// Pixels along an edge of a tile: `TILE_EDGE`.
pub const TILE_EDGE: usize = 16;
/// Pixels of a tile: `TILE_PIXELS`.
pub const TILE_PIXELS: usize = TILE_EDGE * TILE_EDGE;
/// Rows of a tile with a thread for each pixel: `THREAD_ROWS`. That thread also renders the pixels this many rows on.
pub const THREAD_ROWS: usize = 4;
/// Threads of a tile.
pub const TILE_THREADS: usize = TILE_EDGE * THREAD_ROWS;
/// Orientations in reach of one dispatch: `ORIENTATION_WINDOW`.
pub const ORIENTATION_WINDOW: usize = 1024;
/// Threads of a workgroup of the anchor pass.
pub const ANCHOR_WORKGROUP: usize = 64;
/// Orientations of a block that one of them sees to: `ANCHORS_PER_THREAD`.
pub const ANCHORS_PER_THREAD: usize = 4;

/// Words of a tile in the image buffer: its pixels, and where the table can be left a word a thread, with bit i set when
/// pixel i of that thread has left it.
pub fn tile_words(tells_left_table: bool) -> usize {
    TILE_PIXELS + if tells_left_table { TILE_THREADS } else { 0 }
}

/// Constants of a part of the run.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct PlanConstants {
    pub n_cells: [f32; 3],
    pub fudge: f32,
    pub reciprocal_a: [f32; 3],
    pub dmin_angstrom: f32,
    pub reciprocal_b: [f32; 3],
    pub layer_attenuation: f32,
    pub reciprocal_c: [f32; 3],
    pub kahn_factor: f32,
    pub table_min: [i32; 3],
    pub default_f: f32,
    pub table_max: [i32; 3],
    pub background: f32,
    pub weight: f32,
    pub layer_m: f32,
    pub bend_per_m: f32,
    pub inverse_oversample: f32,
    pub layers: u32,
    pub oversample: u32,
    pub first_source: u32,
    pub sources: u32,
    pub orientations: u32,
    pub block_length: u32,
    pub blocks_per_source: u32,
    pub index_shift: u32,
    pub high_scale: f32,
    pub middle_scale: f32,
    pub low_scale: f32,
    pub lowest_scale: f32,
}

/// What one dispatch covers.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Slice {
    pub first_tile: u32,
    pub tiles: u32,
    pub first_block: u32,
    pub end_block: u32,
    pub anchor_blocks: u32,
    pub window_start: u32,
    pub begins: u32,
    pub finishes: u32,
}

/// A tile of pixels.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Tile {
    pub direction: [f32; 3],
    pub distance_m: f32,
    pub fast: [f32; 3],
    pub fast_m: f32,
    pub slow: [f32; 3],
    pub slow_m: f32,
    pub normal: [f32; 3],
    pub close_distance_m: f32,
    pub bend_sine: [f32; 3],
    pub pad_sine: f32,
    pub bend_versine: [f32; 3],
    pub pad_versine: f32,
    /// One bit a thread, fast axis first: whether it has a pixel to render.
    pub rendered: [u32; TILE_THREADS / 32],
    pub pad_rendered: [u32; 2],
}

/// A point of the X-ray source.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct SourcePoint {
    pub incident: [f32; 3],
    pub inverse_wavelength: f32,
    pub magnetic: [f32; 3],
    pub weight: f32,
    pub electric: [f32; 3],
    pub unused: f32,
    /// The direction of the beam; each w is a limb of the inverse wavelength.
    pub limbs: PaddedLimbs,
}

/// The rays of a tile for exact kernels.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Frame {
    pub centre: PaddedLimbs,
    pub steps: [[[i32; 4]; 4]; 3],
}

/// The pixels of a thread between two slices.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Sums {
    pub total: [f32; 4],
    pub pending: [f32; 4],
    pub polarization: [f32; 4],
    pub left_table: [u32; 4],
}

/// One entry of a trace.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Entry {
    pub whole: [i32; 3],
    /// 0 after the last entry, else one of the kinds.
    pub kind: u32,
    pub numbers: [[f32; 4]; 3],
}

impl Entry {
    /// A ray and its source, at the start of a block: one for each pixel of the thread.
    pub const BLOCK: u32 = 1;
    /// One for each pixel of the thread.
    pub const SAMPLE: u32 = 2;
    pub const SKIPPED_SAMPLE: u32 = 3;
    /// The sums after a sample of each pixel.
    pub const SUMS: u32 = 4;
    /// One for each pixel of the thread.
    pub const TOTAL: u32 = 5;
}

/// Limbs of a vector, each a `vec4i`.
pub type PaddedLimbs = [[i32; 4]; 3];
/// Limbs of a, b and c.
pub type CellLimbs = [PaddedLimbs; 3];
/// Columns of the matrix of rows a, b, c, each a `vec4f`; the first w is the domain's weight.
pub type CellColumns = [[f32; 4]; 3];

/// Bytes of one anchor: fractions, and whole parts where they are wanted.
pub fn anchor_bytes(whole_indices: bool) -> u64 {
    if whole_indices { 32 } else { 16 }
}
