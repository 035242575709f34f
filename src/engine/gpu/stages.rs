//! Where the time of an image goes, by the adapter's own clock where it has one.

use std::time::Duration;

use wgpu::{
    Buffer, BufferUsages, CommandEncoder, ComputePassTimestampWrites, Features, QuerySet,
    QuerySetDescriptor, QueryType,
};

use super::{
    GpuError,
    arrival::Arrival,
    device::{Failure, OpenDevice},
};

/// Marks of one slice: begin and end of each of its two passes.
const MARKS: u32 = 4;
const MARK_BYTES: u64 = MARKS as u64 * size_of::<u64>() as u64;

/// Times of the last image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StageTimes {
    /// Compiling kernels, where this image was the first to need them.
    pub compile: Duration,
    /// Preparing and handing over what changed.
    pub upload: Duration,
    /// Waiting for slices.
    pub kernels: Duration,
    /// Writing finished tiles into the image.
    pub readback: Duration,
    /// The anchor passes by the adapter's clock; `None` where it has none.
    pub anchors: Option<Duration>,
    /// The spots passes by the adapter's clock.
    pub spots: Option<Duration>,
    /// Dispatches.
    pub slices: u32,
}

/// The adapter's clock.
#[derive(Debug)]
pub struct Clock {
    queries: QuerySet,
    resolved: Buffer,
    idle: Vec<Buffer>,
    nanoseconds: f64,
}

/// The marks of a submitted slice.
#[derive(Debug)]
pub struct Marks {
    buffer: Buffer,
    mapped: Option<Arrival>,
}

impl Clock {
    /// `None` where the adapter has no timestamps.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`].
    pub fn new(gpu: &OpenDevice) -> Result<Option<Self>, GpuError> {
        if !gpu.device.features().contains(Features::TIMESTAMP_QUERY) {
            return Ok(None);
        }
        let queries = gpu.device.create_query_set(&QuerySetDescriptor {
            label: Some("stages"),
            ty: QueryType::Timestamp,
            count: MARKS,
        });
        let usage = BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC;
        Ok(Some(Self {
            queries,
            resolved: gpu.buffer("stages", MARK_BYTES, usage)?,
            idle: Vec::new(),
            nanoseconds: gpu.queue.get_timestamp_period().into(),
        }))
    }

    /// The marks of pass 0 or 1 of a slice.
    pub fn pass(&self, pass: u32) -> ComputePassTimestampWrites<'_> {
        ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(2 * pass),
            end_of_pass_write_index: Some(2 * pass + 1),
        }
    }

    /// Ends the marks of a slice.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`].
    pub fn resolve(
        &mut self,
        gpu: &OpenDevice,
        encoder: &mut CommandEncoder,
    ) -> Result<Marks, GpuError> {
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        let back = match self.idle.pop() {
            Some(buffer) => buffer,
            None => gpu.buffer("stages", MARK_BYTES, usage)?,
        };
        encoder.resolve_query_set(&self.queries, 0..MARKS, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &back, 0, MARK_BYTES);
        Ok(Marks {
            buffer: back,
            mapped: None,
        })
    }

    /// Adds the marks of a finished slice.
    ///
    /// # Errors
    /// [`Failure::Lost`] when they could not be read.
    pub fn read(&mut self, marks: Marks, times: &mut StageTimes) -> Result<(), Failure> {
        let buffer = marks.buffer;
        let view = buffer
            .slice(..MARK_BYTES)
            .get_mapped_range()
            .map_err(|error| Failure::Lost(error.to_string()))?;
        let ticks: [u64; MARKS as usize] = bytemuck::pod_read_unaligned(&view);
        drop(view);
        buffer.unmap();
        self.idle.push(buffer);
        let between = |pass: usize| {
            let elapsed = ticks[2 * pass + 1].saturating_sub(ticks[2 * pass]);
            Duration::from_nanos((elapsed as f64 * self.nanoseconds) as u64)
        };
        *times.anchors.get_or_insert_default() += between(0);
        *times.spots.get_or_insert_default() += between(1);
        Ok(())
    }
}

impl Marks {
    /// Asks for the marks to be readable once the slice is done.
    pub fn map(&mut self) {
        self.mapped = Some(Arrival::of_mapping(self.buffer.slice(..MARK_BYTES)));
    }

    /// Whether they can be read, or never will. A mapping that failed shows when they are read.
    pub fn are_here(&self) -> bool {
        self.mapped.as_ref().is_some_and(Arrival::is_here)
    }
}
