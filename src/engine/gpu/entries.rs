//! The buffer that a traced kernel writes what it computes to, and its way to the host.

use wgpu::{Buffer, BufferUsages, CommandEncoder};

use super::{
    GpuError,
    arrival::Arrival,
    device::{Failure, OpenDevice},
    layout::{Entry, TILE_PIXELS, TILE_THREADS},
};

/// Entries of one slice at most: 4 MiB.
const CAPACITY: u64 = 1 << 16;
/// Pixels of the one thread that runs.
pub const THREAD_PIXELS: usize = TILE_PIXELS / TILE_THREADS;

/// The entries of a slice.
#[derive(Debug)]
pub struct Entries {
    /// What the kernel writes.
    pub written: Buffer,
    read: Buffer,
}

impl Entries {
    /// Empty entries.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`].
    pub fn new(gpu: &OpenDevice) -> Result<Self, GpuError> {
        let bytes = CAPACITY * size_of::<Entry>() as u64;
        let written = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        Ok(Self {
            written: gpu.buffer("entries", bytes, written)?,
            read: gpu.buffer(
                "entries",
                bytes,
                BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            )?,
        })
    }

    /// The samples of a slice, of a whole tile, whose entries fit.
    pub fn budget(&self, block_length: usize) -> u64 {
        // A sample of each pixel of the thread, and their sums.
        let block_entries = (THREAD_PIXELS + (THREAD_PIXELS + 1) * block_length) as u64;
        let blocks = (CAPACITY - THREAD_PIXELS as u64) / block_entries;
        blocks * (block_length * TILE_PIXELS) as u64
    }

    /// After a slice: copies its entries, and clears them for the next.
    pub fn copy(&self, encoder: &mut CommandEncoder) {
        encoder.copy_buffer_to_buffer(&self.written, 0, &self.read, 0, self.read.size());
        encoder.clear_buffer(&self.written, 0, None);
    }

    /// Asks for the copy to be mapped once it is made.
    pub fn map(&self) -> Arrival {
        Arrival::of_mapping(self.read.slice(..))
    }

    /// Hands over the entries of a slice whose submission is done.
    ///
    /// # Errors
    /// [`Failure::Lost`] when the buffer could not be mapped.
    pub fn read(
        &self,
        gpu: &OpenDevice,
        mapped: &Arrival,
        keep: impl FnOnce(&[Entry]),
    ) -> Result<(), Failure> {
        gpu.check()?;
        if !mapped.has_succeeded() {
            return Err(Failure::Lost("its memory could not be read".to_owned()));
        }
        let view = self
            .read
            .slice(..)
            .get_mapped_range()
            .map_err(|error| Failure::Lost(error.to_string()))?;
        let entries: &[Entry] = bytemuck::cast_slice(&view);
        let end = entries.iter().position(|entry| entry.kind == 0);
        keep(&entries[..end.unwrap_or(entries.len())]);
        drop(view);
        self.read.unmap();
        Ok(())
    }
}
