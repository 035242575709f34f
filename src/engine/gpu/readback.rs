//! From the image buffer of the kernels to the image of the host: a ring of mapped buffers, so that one slice is read
//! while the next is computed.

use std::{ops::Range, sync::mpsc};

use wgpu::{Buffer, BufferUsages, CommandEncoder, MapMode};

use super::{
    GpuError,
    device::{Failure, OpenDevice},
    layout::{PixelWord, TILE_EDGE, TILE_PIXELS},
    tiles::{Corner, rendered_bits},
};
use crate::scene::Panel;

/// Bytes of a tile's pixels.
pub const TILE_BYTES: u64 = (TILE_PIXELS * size_of::<u32>()) as u64;

/// Finished tiles on their way to the host.
#[derive(Debug)]
pub struct Transfer {
    buffer: Buffer,
    /// Indices into the tiles of the image.
    tiles: Range<usize>,
    mapped: Option<mpsc::Receiver<Result<(), wgpu::BufferAsyncError>>>,
}

/// Buffers that wait for their next transfer.
#[derive(Debug, Default)]
pub struct Ring {
    idle: Vec<Buffer>,
}

impl Ring {
    /// Copies finished tiles of the image buffer, of which `first` is the first.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`].
    pub fn copy(
        &mut self,
        gpu: &OpenDevice,
        encoder: &mut CommandEncoder,
        image: &Buffer,
        first: u64,
        tiles: Range<usize>,
    ) -> Result<Transfer, GpuError> {
        let bytes = tiles.len() as u64 * TILE_BYTES;
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
        encoder.copy_buffer_to_buffer(image, first * TILE_BYTES, &buffer, 0, bytes);
        Ok(Transfer {
            buffer,
            tiles,
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
        let mapped = transfer
            .mapped
            .as_ref()
            .and_then(|mapped| mapped.try_recv().ok());
        if !matches!(mapped, Some(Ok(()))) {
            gpu.check()?;
            return Err(Failure::Lost("its memory could not be read".to_owned()));
        }
        let bytes = transfer.tiles.len() as u64 * TILE_BYTES;
        let view = transfer
            .buffer
            .slice(..bytes)
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
        let (sender, receiver) = mpsc::channel();
        let bytes = self.tiles.len() as u64 * TILE_BYTES;
        self.buffer
            .slice(..bytes)
            .map_async(MapMode::Read, move |result| {
                // Nobody listens any more when the run was stopped.
                let _ = sender.send(result);
            });
        self.mapped = Some(receiver);
    }

    /// One past the last tile.
    pub fn end_tile(&self) -> usize {
        self.tiles.end
    }
}

/// The image that is being filled.
#[derive(Debug)]
pub struct Target<'a> {
    pub pixels: &'a mut [f32],
    pub panel: &'a Panel,
    pub corners: &'a [Corner],
    /// What turns a number of the image buffer into photons.
    pub photons: f64,
    /// Whether the last bit of a number is set apart.
    pub interpolates: bool,
    /// The first pixel in raster order whose interpolation left the table.
    pub left_table: Option<usize>,
}

impl Target<'_> {
    fn accept(&mut self, tiles: Range<usize>, words: &[u32]) {
        let width = self.panel.fast_pixels;
        let fast_end = self.panel.region.fast_max + 1;
        let slow_end = self.panel.region.slow_max + 1;
        for (&corner, words) in self.corners[tiles].iter().zip(words.chunks(TILE_PIXELS)) {
            let bits = self
                .panel
                .mask
                .is_some()
                .then(|| rendered_bits(self.panel, corner));
            let columns = TILE_EDGE.min(fast_end - corner.fast);
            for row in 0..TILE_EDGE.min(slow_end - corner.slow) {
                let start = (corner.slow + row) * width + corner.fast;
                let pixels = &mut self.pixels[start..start + columns];
                let places = row * TILE_EDGE..;
                for ((pixel, &word), place) in
                    pixels.iter_mut().zip(&words[row * TILE_EDGE..]).zip(places)
                {
                    if bits.is_some_and(|bits| bits[place / 32] >> (place % 32) & 1 == 0) {
                        continue;
                    }
                    let PixelWord { value, left_table } = PixelWord::read(word, self.interpolates);
                    if left_table {
                        let raster = start + place % TILE_EDGE;
                        self.left_table =
                            Some(self.left_table.map_or(raster, |first| first.min(raster)));
                    }
                    *pixel = (f64::from(value) * self.photons) as f32;
                }
            }
        }
    }
}
