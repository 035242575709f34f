//! From a job to its image: slices are submitted two at a time and collected in order, one step after the other, so that
//! whoever steps never waits unless it wants to.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use wgpu::PollType;

use super::{
    GpuError,
    arrival::Arrival,
    commands::{Scratch, Stage, tile_bytes},
    device::{Failure, OpenDevice},
    entries::Entries,
    job::{Job, Part},
    layout::{
        ANCHOR_WORKGROUP, Entry, PlanConstants, Slice, Sums, TILE_THREADS, Tile, anchor_bytes,
    },
    pipelines::Pipelines,
    readback::{Ring, Target},
    rendering::{Chunk, Place, Rendering, Submitted},
    slices::{Cursor, Pace, Work},
    stages::{Clock, StageTimes},
    tiles::{Corner, Tiling},
    uploads::{Uploads, tile_buffers},
};
use crate::{engine::EngineError, progress::Progress, scene::Panel};

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
    pub pace: Pace,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Handed over the next slice.
    Submitted,
    /// Took the oldest slice, which stands for so many pixels.
    Collected(u64),
    /// Nothing: the device is busy.
    Waiting,
    /// Nothing: the image is complete.
    Finished,
}

impl Renderer {
    /// An empty renderer on an opened device.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`].
    pub fn new(gpu: OpenDevice, pace: Pace) -> Result<Self, GpuError> {
        Ok(Self {
            pipelines: Pipelines::new(&gpu),
            uploads: Uploads::default(),
            scratch: Scratch::new(&gpu)?,
            ring: Ring::default(),
            clock: Clock::new(&gpu)?,
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
        tiling: &Arc<Tiling>,
        target: &mut Target,
        done: &mut usize,
        progress: &Progress,
    ) -> Result<StageTimes, Failure> {
        let mut rendering = self.begin(job, tiling, *done)?;
        let outcome = self.run(&mut rendering, target, progress);
        *done = rendering.done;
        outcome.map(|()| rendering.times)
    }

    /// An image from tile number `done` on, of which nothing is submitted yet. The images of a renderer share its buffers,
    /// so that one may begin once every slice of the one before is submitted, though not yet collected.
    ///
    /// # Errors
    /// What does not fit or compile.
    pub fn begin(
        &mut self,
        job: &Job,
        tiling: &Arc<Tiling>,
        done: usize,
    ) -> Result<Rendering, Failure> {
        let mut times = StageTimes::default();
        let panels = &job.plan.detector.panels;
        let groups = tiling.groups.iter();
        let parts = groups
            .map(|group| job.parts(&panels[group.panel]))
            .collect::<Result<_, _>>()?;
        let stages = self.stages(job, parts, &mut times)?;
        let chunk_tiles = self.chunk_tiles();
        let mut chunks = Vec::new();
        for (number, group) in tiling.groups.iter().enumerate() {
            for start in group.tiles.clone().step_by(chunk_tiles) {
                let tiles = start..group.tiles.end.min(start + chunk_tiles);
                if tiles.end > done {
                    chunks.push(Chunk {
                        group: number,
                        tiles,
                        beginnings: job.beginnings(&panels[group.panel]),
                    });
                }
            }
        }
        let mut rendering = Rendering {
            tiling: Arc::clone(tiling),
            chunks,
            stages,
            next: Place::default(),
            in_flight: VecDeque::new(),
            last_completion: Instant::now(),
            done,
            times,
        };
        rendering.next.cursor = rendering.start_of(0);
        Ok(rendering)
    }

    /// Steps until the image is complete.
    ///
    /// # Errors
    /// What went wrong, which is [`EngineError::Cancelled`] when `progress` asks to stop.
    pub fn run(
        &mut self,
        rendering: &mut Rendering,
        target: &mut Target,
        progress: &Progress,
    ) -> Result<(), Failure> {
        loop {
            if progress.is_cancelled() {
                return Err(Failure::Error(EngineError::Cancelled));
            }
            match self.step(rendering, target)? {
                Step::Submitted => {}
                Step::Collected(pixels) => progress.advance(pixels),
                Step::Waiting => self.wait(rendering)?,
                Step::Finished => return Ok(()),
            }
        }
    }

    /// Submits the next slice where there is room for one, else collects the oldest where it is here. Never waits.
    ///
    /// # Errors
    /// What went wrong.
    pub fn step(
        &mut self,
        rendering: &mut Rendering,
        target: &mut Target,
    ) -> Result<Step, Failure> {
        if rendering.in_flight.len() < IN_FLIGHT && self.submit(rendering)? {
            return Ok(Step::Submitted);
        }
        let Some(oldest) = rendering.in_flight.pop_front() else {
            return Ok(Step::Finished);
        };
        if !oldest.is_here() {
            let polled = self.gpu.device.poll(PollType::Poll);
            self.gpu.check()?;
            polled.map_err(|error| Failure::Lost(error.to_string()))?;
        }
        if !oldest.is_here() {
            rendering.in_flight.push_front(oldest);
            return Ok(Step::Waiting);
        }
        Ok(Step::Collected(self.collect(oldest, rendering, target)?))
    }

    /// Waits for the oldest slice.
    ///
    /// # Errors
    /// What went wrong.
    pub fn wait(&mut self, rendering: &mut Rendering) -> Result<(), Failure> {
        let Some(oldest) = rendering.in_flight.front() else {
            return Ok(());
        };
        let start = Instant::now();
        self.wait_for(oldest.index.clone())?;
        rendering.times.kernels += start.elapsed();
        if !oldest.is_here() {
            return Err(Failure::Lost("a slice never came back".to_owned()));
        }
        Ok(())
    }

    /// Runs the traced kernels of every part on one tile, of which a single thread renders, and hands each slice with its
    /// entries to `keep`.
    ///
    /// # Errors
    /// What went wrong.
    pub fn trace(
        &mut self,
        job: &Job,
        parts: Vec<Part>,
        tile: (&Panel, Corner, Tile),
        keep: &mut dyn FnMut(&Part, &Slice, &[Entry]),
    ) -> Result<(), Failure> {
        let stages = self.stages(job, vec![parts], &mut StageTimes::default())?;
        let stages = &stages[0];
        let beginnings = job.beginnings(tile.0);
        let tiles = tile_buffers(&self.gpu, &[tile], beginnings, None)?;
        let entries = Entries::new(&self.gpu)?;
        for (number, stage) in stages.iter().enumerate() {
            let is_last = number + 1 == stages.len();
            let work = self.work(&stage.part, 1, number == 0, is_last);
            self.scratch.make_room(&self.gpu, &stage.part, &work)?;
            let (gpu, pipelines) = (&self.gpu, &self.pipelines);
            let bound =
                self.scratch
                    .bind(gpu, pipelines, stage, work, &tiles, Some(&entries.written));
            let mut cursor = Cursor::default();
            let budget = entries.budget(stage.part.block_length);
            while let Some(slice) = work.next(&mut cursor, budget) {
                let mut encoder =
                    self.scratch
                        .encode(&self.gpu, self.clock.as_ref(), &bound, &slice);
                entries.copy(&mut encoder);
                let index = self.gpu.submit(encoder);
                let mapped = entries.map();
                self.wait_for(index)?;
                entries.read(&self.gpu, &mapped, |entries| {
                    keep(&stage.part, &slice, entries);
                })?;
            }
        }
        Ok(())
    }

    /// Compiles the parts' kernels and uploads what they read, tiles apart.
    fn stages(
        &mut self,
        job: &Job,
        parts: Vec<Vec<Part>>,
        times: &mut StageTimes,
    ) -> Result<Vec<Vec<Stage>>, GpuError> {
        let start = Instant::now();
        let all: Vec<&Part> = parts.iter().flatten().collect();
        let mut kernels = Vec::with_capacity(all.len());
        for part in &all {
            kernels.push(self.pipelines.get(&self.gpu, part.specialisation)?);
        }
        times.compile = start.elapsed();
        let start = Instant::now();
        let buffers = self.uploads.hold_parts(&self.gpu, job, &all)?;
        let alignment = self.gpu.limits.min_uniform_buffer_offset_alignment as usize;
        let stride = size_of::<PlanConstants>().next_multiple_of(alignment);
        let mut constants = vec![0; all.len() * stride];
        for (part, bytes) in all.iter().zip(constants.chunks_mut(stride)) {
            bytes[..size_of::<PlanConstants>()].copy_from_slice(bytemuck::bytes_of(&part.run));
        }
        let constants = self.uploads.hold_constants(&self.gpu, constants)?;
        let starts = (0..).step_by(stride);
        let mut made = kernels.into_iter().zip(buffers).zip(starts);
        let mut stage = |part| {
            let (((anchors, spots), buffers), constants_start) =
                made.next().expect("there is one for every part");
            Stage {
                part,
                anchors,
                spots,
                buffers,
                constants: constants.clone(),
                constants_start,
            }
        };
        let stages = parts
            .into_iter()
            .map(|parts| parts.into_iter().map(&mut stage).collect())
            .collect();
        times.upload += start.elapsed();
        Ok(stages)
    }

    /// Submits the next slice; false when there is none.
    fn submit(&mut self, rendering: &mut Rendering) -> Result<bool, Failure> {
        let slice = loop {
            if rendering.current().is_none() {
                return Ok(false);
            }
            if rendering.next.bound.is_none() {
                self.bind(rendering)?;
            }
            let next = &mut rendering.next;
            let work = next.bound.as_ref().map(|bound| bound.work);
            match work.and_then(|work| work.next(&mut next.cursor, self.pace.budget())) {
                Some(slice) => break slice,
                None => rendering.advance(),
            }
        };
        let (Some((chunk, stages)), Some(bound)) = (rendering.current(), &rendering.next.bound)
        else {
            return Ok(false);
        };
        let gpu = &self.gpu;
        let mut encoder = self.scratch.encode(gpu, self.clock.as_ref(), bound, &slice);
        let mut transfer = None;
        if slice.finishes == 1 {
            let first = chunk.tiles.start + slice.first_tile as usize;
            transfer = Some(self.ring.copy(
                gpu,
                &mut encoder,
                &self.scratch.image,
                tile_bytes(&stages[rendering.next.part].part),
                slice.first_tile.into(),
                first..first + slice.tiles as usize,
            )?);
        }
        let mut marks = match &mut self.clock {
            Some(clock) => Some(clock.resolve(gpu, &mut encoder)?),
            None => None,
        };
        let index = gpu.submit(encoder);
        if let Some(marks) = &mut marks {
            marks.map();
        }
        if let Some(transfer) = &mut transfer {
            transfer.map();
        }
        let submitted = Submitted {
            index,
            at: Instant::now(),
            samples: bound.work.samples(&slice),
            pixels: rendering.pixels_of(&slice),
            done: Arrival::of_submissions(&gpu.queue),
            transfer,
            marks,
        };
        gpu.check()?;
        rendering.in_flight.push_back(submitted);
        Ok(true)
    }

    /// Brings the next part of the next chunk to where its slices can run.
    fn bind(&mut self, rendering: &mut Rendering) -> Result<(), GpuError> {
        let start = Instant::now();
        let Some((chunk, stages)) = rendering.current() else {
            return Ok(());
        };
        let tiles =
            self.uploads
                .chunk(&self.gpu, &rendering.tiling, &chunk.tiles, chunk.beginnings)?;
        let number = rendering.next.part;
        let stage = &stages[number];
        let is_last = number + 1 == stages.len();
        let work = self.work(&stage.part, chunk.tiles.len() as u32, number == 0, is_last);
        self.scratch.make_room(&self.gpu, &stage.part, &work)?;
        let bound = self
            .scratch
            .bind(&self.gpu, &self.pipelines, stage, work, &tiles, None);
        rendering.next.bound = Some(bound);
        rendering.times.upload += start.elapsed();
        Ok(())
    }

    /// Takes a slice that is here; the pixels that it stands for.
    fn collect(
        &mut self,
        slice: Submitted,
        rendering: &mut Rendering,
        target: &mut Target,
    ) -> Result<u64, Failure> {
        let now = Instant::now();
        rendering.times.slices += 1;
        self.pace
            .learn(slice.samples, now - slice.at.max(rendering.last_completion));
        rendering.last_completion = now;
        if let Some(transfer) = slice.transfer {
            let end = transfer.end_tile();
            self.ring.finish(&self.gpu, transfer, target)?;
            rendering.done = end;
        }
        if let Some((clock, marks)) = self.clock.as_mut().zip(slice.marks) {
            clock.read(marks, &mut rendering.times)?;
        }
        rendering.times.readback += now.elapsed();
        Ok(slice.pixels)
    }

    fn wait_for(&self, index: wgpu::SubmissionIndex) -> Result<(), Failure> {
        let polled = self.gpu.device.poll(PollType::Wait {
            submission_index: Some(index),
            timeout: None,
        });
        self.gpu.check()?;
        polled
            .map(|_| ())
            .map_err(|error| Failure::Lost(error.to_string()))
    }

    fn chunk_tiles(&self) -> usize {
        let sums = (TILE_THREADS * size_of::<Sums>()) as u64;
        let workgroups = u64::from(self.gpu.limits.max_compute_workgroups_per_dimension);
        (self.gpu.storage_limit() / sums)
            .min(workgroups * workgroups)
            .min(MAX_CHUNK_TILES) as usize
    }

    fn work(&self, part: &Part, tiles: u32, begins: bool, finishes: bool) -> Work {
        let anchor_bytes_each = anchor_bytes(part.specialisation.whole_indices());
        let workgroups = u64::from(self.gpu.limits.max_compute_workgroups_per_dimension);
        let anchors = if part.specialisation.exact {
            u64::MAX
        } else {
            self.gpu.storage_limit().min(MAX_ANCHOR_BYTES) / anchor_bytes_each
        };
        Work {
            tiles,
            blocks: part.blocks,
            blocks_per_source: part.blocks_per_source as u32,
            sources: part.sources.len() as u32,
            block_length: part.block_length as u32,
            blocks_per_window: part.blocks_per_window() as u32,
            anchors: anchors.min(workgroups * workgroups * ANCHOR_WORKGROUP as u64),
            busy_tiles: if self.gpu.is_software { 64 } else { 2048 },
            begins,
            finishes,
        }
    }
}
