//! From the image buffer of the kernels to the image of the host: a ring of mapped buffers, so that one slice is read
//! while the next is computed.

use std::ops::Range;

use wgpu::{Buffer, BufferUsages, CommandEncoder};

use super::{
    GpuError,
    arrival::Arrival,
    device::{Failure, OpenDevice},
    layout::{TILE_EDGE, TILE_PIXELS, TILE_THREADS, tile_words},
    tiles::{Corner, Tiling, rendered_bits, size},
};

/// Finished tiles on their way to the host.
#[derive(Debug)]
pub struct Transfer {
    buffer: Buffer,
    /// Indices into the tiles of the image.
    tiles: Range<usize>,
    bytes: u64,
    mapped: Option<Arrival>,
}

/// Buffers that wait for their next transfer.
#[derive(Debug, Default)]
pub struct Ring {
    idle: Vec<Buffer>,
}

impl Ring {
    /// Copies finished tiles of the image buffer, of which `first` is the first, of `tile_bytes` each.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`].
    pub fn copy(
        &mut self,
        gpu: &OpenDevice,
        encoder: &mut CommandEncoder,
        image: &Buffer,
        tile_bytes: u64,
        first: u64,
        tiles: Range<usize>,
    ) -> Result<Transfer, GpuError> {
        let bytes = tiles.len() as u64 * tile_bytes;
        let buffer = match self.idle.iter().position(|buffer| buffer.size() >= bytes) {
            Some(index) => self.idle.swap_remove(index),
            None => {
                self.idle.pop();
                gpu.buffer(
                    "readback",
                    bytes,
                    BufferUsages::MAP_READ | BufferUsages::COPY_DST,
                )?
            }
        };
        encoder.copy_buffer_to_buffer(image, first * tile_bytes, &buffer, 0, bytes);
        Ok(Transfer {
            buffer,
            tiles,
            bytes,
            mapped: None,
        })
    }

    /// Takes a transfer whose submission is done, writes its pixels into the image and keeps its buffer.
    ///
    /// # Errors
    /// [`Failure::Lost`] when the buffer could not be mapped.
    pub fn finish(
        &mut self,
        gpu: &OpenDevice,
        transfer: Transfer,
        target: &mut Target,
    ) -> Result<(), Failure> {
        let mapped = transfer.mapped.as_ref();
        if !mapped.is_some_and(Arrival::has_succeeded) {
            gpu.check()?;
            return Err(Failure::Lost("its memory could not be read".to_owned()));
        }
        let view = transfer
            .buffer
            .slice(..transfer.bytes)
            .get_mapped_range()
            .map_err(|error| Failure::Lost(error.to_string()))?;
        target.accept(transfer.tiles.clone(), bytemuck::cast_slice(&view));
        drop(view);
        transfer.buffer.unmap();
        self.idle.push(transfer.buffer);
        Ok(())
    }
}

impl Transfer {
    /// Asks for the buffer to be mapped once the copy is done.
    pub fn map(&mut self) {
        self.mapped = Some(Arrival::of_mapping(self.buffer.slice(..self.bytes)));
    }

    /// Whether the pixels can be read, or never will.
    pub fn is_here(&self) -> bool {
        self.mapped.as_ref().is_some_and(Arrival::is_here)
    }

    /// One past the last tile.
    pub fn end_tile(&self) -> usize {
        self.tiles.end
    }
}

/// The image that is being filled.
#[derive(Debug)]
pub struct Target<'a> {
    pixels: &'a mut [f32],
    tiling: &'a Tiling,
    /// What turns a number of the image buffer into photons.
    photons: f64,
    /// Whether a tile's pixels are followed by marks of those that have left the table.
    tells_left_table: bool,
    /// Position of the first pixel whose interpolation left the table.
    pub left_table: Option<usize>,
}

impl<'a> Target<'a> {
    /// An image in which the pixels that no tile covers are 0.
    ///
    /// # Panics
    /// When the memory has not the detector's number of pixels.
    pub fn new(
        pixels: &'a mut [f32],
        tiling: &'a Tiling,
        photons: f64,
        tells_left_table: bool,
    ) -> Self {
        assert_eq!(
            pixels.len(),
            tiling.detector.pixels(),
            "the memory for an image has to have the detector's pixels"
        );
        tiling.darken(pixels);
        Self {
            pixels,
            tiling,
            photons,
            tells_left_table,
            left_table: None,
        }
    }

    fn accept(&mut self, tiles: Range<usize>, words: &[u32]) {
        let tile_words = tile_words(self.tells_left_table);
        for (tile, words) in tiles.zip(words.chunks(tile_words)) {
            let corner = self.tiling.corners[tile];
            let (words, left_table) = words.split_at(TILE_PIXELS);
            self.accept_tile(corner, words);
            if left_table.iter().any(|&marks| marks != 0) {
                self.note_left_table(corner, left_table);
            }
        }
    }

    fn accept_tile(&mut self, corner: Corner, words: &[u32]) {
        let panel = self.tiling.panel_of(corner);
        let bits = panel.mask.is_some().then(|| rendered_bits(panel, corner));
        let [columns, rows] = size(panel, corner);
        for row in 0..rows {
            let start = self.tiling.position_of(corner) + row * panel.fast_pixels;
            let pixels = &mut self.pixels[start..start + columns];
            let places = row * TILE_EDGE..;
            for ((pixel, &word), place) in
                pixels.iter_mut().zip(&words[row * TILE_EDGE..]).zip(places)
            {
                let is_rendered = bits.is_none_or(|bits| bits[place / 32] >> (place % 32) & 1 == 1);
                *pixel = if is_rendered {
                    (f64::from(f32::from_bits(word)) * self.photons) as f32
                } else {
                    0.0
                };
            }
        }
    }

    /// Keeps the first pixel of the image. Threads and pixels without a place in it hold what an earlier image left there.
    fn note_left_table(&mut self, corner: Corner, left_table: &[u32]) {
        let panel = self.tiling.panel_of(corner);
        let bits = rendered_bits(panel, corner);
        let start = self.tiling.position_of(corner);
        for place in 0..TILE_PIXELS {
            let has_left = left_table[place % TILE_THREADS] >> (place / TILE_THREADS) & 1 == 1;
            if has_left && bits[place / 32] >> (place % 32) & 1 == 1 {
                let position = start + place / TILE_EDGE * panel.fast_pixels + place % TILE_EDGE;
                let first = self.left_table.get_or_insert(position);
                *first = position.min(*first);
            }
        }
    }
}
