//! One pass over an image: chunk by chunk, slice by slice, two slices in flight.

use std::{collections::VecDeque, time::Instant};

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, Buffer, BufferBinding, BufferUsages,
    CommandEncoder, CommandEncoderDescriptor, ComputePassDescriptor, ComputePipeline, PollType,
    SubmissionIndex,
};

use super::{
    GpuError,
    device::{CELL_WINDOW_BYTES, Failure, OpenDevice},
    entries::Entries,
    job::Job,
    layout::{ANCHOR_WORKGROUP, Entry, Run, Slice, Sums, TILE_PIXELS, TILE_THREADS, anchor_bytes},
    pipelines::Pipelines,
    readback::{Ring, TILE_BYTES, Target, Transfer},
    slices::{Cursor, Pace, Work},
    stages::{Clock, Marks, StageTimes},
    tiles::Corner,
    uploads::{Chunk, Uploads},
};
use crate::{engine::EngineError, progress::Progress};

/// Tiles of a chunk at most: 32 MiB of pixels.
const MAX_CHUNK_TILES: u64 = 1 << 15;
/// Bytes of anchors at most.
const MAX_ANCHOR_BYTES: u64 = 64 << 20;
/// Slices submitted and not yet waited for.
const IN_FLIGHT: usize = 2;

/// Everything that stays on a device between images.
#[derive(Debug)]
pub struct Renderer {
    pub gpu: OpenDevice,
    pipelines: Pipelines,
    uploads: Uploads,
    scratch: Scratch,
    ring: Ring,
    clock: Option<Clock>,
    /// Where the time of the last image went.
    pub times: StageTimes,
    pub pace: Pace,
}

/// Buffers that carry nothing from image to image.
#[derive(Debug)]
struct Scratch {
    run: Buffer,
    slice: Buffer,
    anchors: Buffer,
    sums: Buffer,
    image: Buffer,
}

/// A submitted slice.
#[derive(Debug)]
struct Submitted {
    index: SubmissionIndex,
    at: Instant,
    slice: Slice,
    transfer: Option<Transfer>,
    marks: Option<Marks>,
}

/// The bindings and kernels of a chunk.
struct Bound {
    anchor_pipeline: ComputePipeline,
    spots_pipeline: ComputePipeline,
    anchor_group: BindGroup,
    spots_group: BindGroup,
}

impl Renderer {
    /// An empty renderer on an opened device.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`].
    pub fn new(gpu: OpenDevice, pace: Pace) -> Result<Self, GpuError> {
        let clock = Clock::new(&gpu)?;
        let uniform = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        let scratch = Scratch {
            run: gpu.buffer("run", size_of::<Run>() as u64, uniform)?,
            slice: gpu.buffer("slice", size_of::<Slice>() as u64, uniform)?,
            anchors: gpu.buffer("anchors", 0, BufferUsages::STORAGE)?,
            sums: gpu.buffer("sums", 0, BufferUsages::STORAGE)?,
            image: gpu.buffer("image", 0, BufferUsages::STORAGE)?,
        };
        Ok(Self {
            pipelines: Pipelines::new(&gpu),
            uploads: Uploads::default(),
            scratch,
            ring: Ring::default(),
            clock,
            times: StageTimes::default(),
            pace,
            gpu,
        })
    }

    /// Renders the tiles from number `*done` on into `target`; `*done` counts the tiles that have arrived.
    ///
    /// # Errors
    /// What went wrong; after [`Failure::Lost`] another renderer can go on from `*done`.
    pub fn render(
        &mut self,
        job: &Job,
        target: &mut Target,
        done: &mut usize,
        progress: &Progress,
    ) -> Result<(), Failure> {
        self.times = StageTimes::default();
        let start = Instant::now();
        let (anchors, spots) = self.pipelines.get(&self.gpu, job.specialisation)?;
        self.times.compile = start.elapsed();
        let start = Instant::now();
        self.uploads.refresh_run(&self.gpu, job)?;
        self.gpu
            .queue
            .write_buffer(&self.scratch.run, 0, bytemuck::bytes_of(&job.run()));
        let chunk_tiles = self.chunk_tiles(job)?;
        self.times.upload = start.elapsed();
        while *done < target.corners.len() {
            let start = Instant::now();
            let chunk = Chunk {
                first: *done,
                end: target.corners.len().min(*done + chunk_tiles),
            };
            self.uploads
                .refresh_chunk(&self.gpu, job, target.corners, chunk)?;
            let work = self.work(job, chunk);
            self.make_room(job, &work)?;
            let bound = self.bind(anchors.clone(), spots.clone(), None);
            self.times.upload += start.elapsed();
            self.render_chunk(&bound, &work, chunk, target, done, progress)?;
        }
        Ok(())
    }

    /// Runs the traced kernels on one tile, of which a single thread renders, and hands each slice with its entries to
    /// `keep`.
    ///
    /// # Errors
    /// What went wrong.
    pub fn trace(
        &mut self,
        job: &Job,
        corner: Corner,
        keep: &mut dyn FnMut(&Slice, &[Entry]),
    ) -> Result<(), Failure> {
        let (anchors, spots) = self.pipelines.get(&self.gpu, job.specialisation)?;
        self.uploads.refresh_run(&self.gpu, job)?;
        self.gpu
            .queue
            .write_buffer(&self.scratch.run, 0, bytemuck::bytes_of(&job.run()));
        let chunk = Chunk { first: 0, end: 1 };
        self.uploads
            .refresh_chunk(&self.gpu, job, &[corner], chunk)?;
        let work = self.work(job, chunk);
        self.make_room(job, &work)?;
        let entries = Entries::new(&self.gpu)?;
        let bound = self.bind(anchors, spots, Some(&entries.written));
        let mut cursor = Cursor::at_tile(0);
        while let Some(slice) = work.next(&mut cursor, entries.budget(job.block_length)) {
            let mut encoder = self.encode(&bound, &work, &slice);
            entries.copy(&mut encoder);
            let index = self.gpu.queue.submit([encoder.finish()]);
            let mapped = entries.map();
            self.wait(index)?;
            entries.read(&self.gpu, &mapped, |entries| keep(&slice, entries))?;
        }
        Ok(())
    }

    fn render_chunk(
        &mut self,
        bound: &Bound,
        work: &Work,
        chunk: Chunk,
        target: &mut Target,
        done: &mut usize,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let mut cursor = Cursor::at_tile(0);
        let mut in_flight = VecDeque::new();
        let mut last_completion = Instant::now();
        loop {
            let next = if progress.is_cancelled() {
                return Err(Failure::Error(EngineError::Cancelled));
            } else {
                work.next(&mut cursor, self.pace.budget())
            };
            let finished = next.is_none();
            if let Some(slice) = next {
                in_flight.push_back(self.submit(bound, work, slice, chunk)?);
            }
            while in_flight.len() >= IN_FLIGHT || (finished && !in_flight.is_empty()) {
                let Some(oldest) = in_flight.pop_front() else {
                    break;
                };
                let Submitted {
                    index,
                    at,
                    slice,
                    transfer,
                    marks,
                } = oldest;
                let start = Instant::now();
                self.wait(index)?;
                let now = Instant::now();
                self.times.kernels += now - start;
                self.times.slices += 1;
                self.pace
                    .learn(work.samples(&slice), now - at.max(last_completion));
                last_completion = now;
                if let Some(transfer) = transfer {
                    let end = transfer.end_tile();
                    self.ring.finish(&self.gpu, transfer, target)?;
                    *done = end;
                }
                if let Some((clock, marks)) = self.clock.as_mut().zip(marks) {
                    clock.read(marks, &mut self.times)?;
                }
                self.times.readback += now.elapsed();
                progress.advance(pixels_of(work, &slice));
            }
            if finished {
                return Ok(());
            }
        }
    }

    fn submit(
        &mut self,
        bound: &Bound,
        work: &Work,
        slice: Slice,
        chunk: Chunk,
    ) -> Result<Submitted, Failure> {
        let mut encoder = self.encode(bound, work, &slice);
        let gpu = &self.gpu;
        let mut transfer = None;
        if slice.finishes == 1 {
            let first = chunk.first + slice.first_tile as usize;
            transfer = Some(self.ring.copy(
                gpu,
                &mut encoder,
                &self.scratch.image,
                slice.first_tile.into(),
                first..first + slice.tiles as usize,
            )?);
        }
        let marks = match &mut self.clock {
            Some(clock) => Some(clock.resolve(gpu, &mut encoder)?),
            None => None,
        };
        let index = gpu.queue.submit([encoder.finish()]);
        if let Some(marks) = &marks {
            marks.map();
        }
        if let Some(transfer) = &mut transfer {
            transfer.map();
        }
        gpu.check()?;
        Ok(Submitted {
            index,
            at: Instant::now(),
            slice,
            transfer,
            marks,
        })
    }

    /// The commands of a slice.
    fn encode(&self, bound: &Bound, work: &Work, slice: &Slice) -> CommandEncoder {
        let gpu = &self.gpu;
        gpu.queue
            .write_buffer(&self.scratch.slice, 0, bytemuck::bytes_of(slice));
        let mut encoder = gpu
            .device
            .create_command_encoder(&CommandEncoderDescriptor {
                label: Some("slice"),
            });
        let anchors =
            u64::from(slice.tiles) * u64::from(slice.anchor_blocks) * u64::from(work.block_length);
        {
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
                label: Some("anchors"),
                timestamp_writes: self.clock.as_ref().map(|clock| clock.pass(0)),
            });
            pass.set_pipeline(&bound.anchor_pipeline);
            pass.set_bind_group(0, &bound.anchor_group, &[]);
            let [x, y] = self.grid_of(anchors.div_ceil(ANCHOR_WORKGROUP as u64));
            pass.dispatch_workgroups(x, y, 1);
        }
        {
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
                label: Some("spots"),
                timestamp_writes: self.clock.as_ref().map(|clock| clock.pass(1)),
            });
            pass.set_pipeline(&bound.spots_pipeline);
            let window = u64::from(slice.window_start) * CELL_WINDOW_BYTES
                / super::layout::ORIENTATION_WINDOW as u64;
            pass.set_bind_group(0, &bound.spots_group, &[window as u32]);
            let [x, y] = self.grid_of(slice.tiles.into());
            pass.dispatch_workgroups(x, y, 1);
        }
        encoder
    }

    fn wait(&self, index: SubmissionIndex) -> Result<(), Failure> {
        let polled = self.gpu.device.poll(PollType::Wait {
            submission_index: Some(index),
            timeout: None,
        });
        self.gpu.check()?;
        polled
            .map(|_| ())
            .map_err(|error| Failure::Lost(error.to_string()))
    }

    /// Workgroups along two axes that hold at least `count`.
    fn grid_of(&self, count: u64) -> [u32; 2] {
        let limit = u64::from(self.gpu.limits.max_compute_workgroups_per_dimension);
        let x = count.min(limit);
        [x as u32, count.div_ceil(x) as u32]
    }

    fn chunk_tiles(&self, job: &Job) -> Result<usize, GpuError> {
        let limit = self.gpu.storage_limit();
        let scattering =
            job.plan.sources().len() as u64 * size_of::<super::layout::PaddedLimbs>() as u64;
        if scattering > limit {
            return Err(GpuError::TooMany {
                adapter: self.gpu.name.clone(),
                what: "sources",
                needs: scattering,
                limit,
            });
        }
        let sums = (TILE_THREADS * size_of::<Sums>()) as u64;
        let workgroups = u64::from(self.gpu.limits.max_compute_workgroups_per_dimension);
        Ok((limit / sums)
            .min(limit / scattering)
            .min(workgroups * workgroups)
            .min(MAX_CHUNK_TILES) as usize)
    }

    fn work(&self, job: &Job, chunk: Chunk) -> Work {
        let anchor_bytes_each = anchor_bytes(job.specialisation.whole_indices());
        let workgroups = u64::from(self.gpu.limits.max_compute_workgroups_per_dimension);
        let anchors = self.gpu.storage_limit().min(MAX_ANCHOR_BYTES) / anchor_bytes_each;
        Work {
            tiles: (chunk.end - chunk.first) as u32,
            blocks: job.blocks,
            blocks_per_source: job.blocks_per_source as u32,
            sources: job.plan.sources().len() as u32,
            block_length: job.block_length as u32,
            blocks_per_window: job.blocks_per_window() as u32,
            anchors: anchors.min(workgroups * workgroups * ANCHOR_WORKGROUP as u64),
            busy_tiles: if self.gpu.is_software { 64 } else { 2048 },
        }
    }

    /// Grows the scratch buffers to what the chunk needs.
    fn make_room(&mut self, job: &Job, work: &Work) -> Result<(), GpuError> {
        let storage = BufferUsages::STORAGE;
        let tiles = u64::from(work.tiles);
        let cycle = u64::from(job.blocks_per_source as u32) * job.plan.sources().len() as u64;
        let all_anchors = tiles * cycle.min(work.blocks.into()) * u64::from(work.block_length);
        let anchors =
            all_anchors.min(work.anchors) * anchor_bytes(job.specialisation.whole_indices());
        let sums = tiles * (TILE_THREADS * size_of::<Sums>()) as u64;
        let scratch = &mut self.scratch;
        for (buffer, label, bytes, usage) in [
            (&mut scratch.anchors, "anchors", anchors, storage),
            (&mut scratch.sums, "sums", sums, storage),
            (
                &mut scratch.image,
                "image",
                tiles * TILE_BYTES,
                storage | BufferUsages::COPY_SRC,
            ),
        ] {
            if buffer.size() < bytes || !buffer.usage().contains(usage) {
                *buffer = self.gpu.buffer(label, bytes, usage)?;
            }
        }
        Ok(())
    }

    /// Binds the buffers; those of a trace have `entries` too.
    fn bind(
        &self,
        anchor_pipeline: ComputePipeline,
        spots_pipeline: ComputePipeline,
        entries: Option<&Buffer>,
    ) -> Bound {
        let (scratch, uploads) = (&self.scratch, &self.uploads);
        let mut spots = vec![
            &scratch.run,
            &scratch.slice,
            uploads.table(),
            uploads.cell_columns(),
            &scratch.anchors,
            uploads.tiles(),
            uploads.sources(),
            &scratch.sums,
            &scratch.image,
        ];
        spots.extend(entries);
        let spots_layout = match entries {
            None => &self.pipelines.spots_layout,
            Some(_) => &self.pipelines.traced_layout,
        };
        let group = |label, layout, buffers: &[&Buffer], window: Option<usize>| {
            let entries: Vec<BindGroupEntry> = buffers
                .iter()
                .enumerate()
                .map(|(binding, buffer)| BindGroupEntry {
                    binding: binding as u32,
                    resource: if window == Some(binding) {
                        wgpu::BindingResource::Buffer(BufferBinding {
                            buffer,
                            offset: 0,
                            size: wgpu::BufferSize::new(CELL_WINDOW_BYTES),
                        })
                    } else {
                        buffer.as_entire_binding()
                    },
                })
                .collect();
            self.gpu.device.create_bind_group(&BindGroupDescriptor {
                label: Some(label),
                layout,
                entries: &entries,
            })
        };
        Bound {
            anchor_group: group(
                "anchors",
                &self.pipelines.anchor_layout,
                &[
                    &scratch.run,
                    &scratch.slice,
                    uploads.scattering(),
                    uploads.cell_limbs(),
                    &scratch.anchors,
                ],
                None,
            ),
            spots_group: group("spots", spots_layout, &spots, Some(3)),
            anchor_pipeline,
            spots_pipeline,
        }
    }
}

/// The part of a chunk's pixels that a slice stands for.
fn pixels_of(work: &Work, slice: &Slice) -> u64 {
    let part = |blocks: u32| {
        u64::from(slice.tiles) * TILE_PIXELS as u64 * u64::from(blocks) / u64::from(work.blocks)
    };
    part(slice.end_block) - part(slice.first_block)
}
