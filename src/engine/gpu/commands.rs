//! The commands of one slice: the buffers that no image leaves to the next, the bindings of a part on a chunk of tiles, and
//! the two passes.

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindingResource, Buffer,
    BufferBinding, BufferSize, BufferUsages, CommandEncoder, CommandEncoderDescriptor,
    ComputePassDescriptor, ComputePipeline,
};

use super::{
    GpuError,
    counters::Content,
    device::{CELL_WINDOW_BYTES, OpenDevice},
    job::Part,
    layout::{
        ANCHOR_WORKGROUP, ANCHORS_PER_THREAD, ORIENTATION_WINDOW, PlanConstants, Slice, Sums,
        TILE_THREADS, anchor_bytes, tile_words,
    },
    pipelines::Pipelines,
    slices::Work,
    stages::Clock,
    uploads::PartBuffers,
};

/// A part with its kernels and buffers.
#[derive(Debug)]
pub struct Stage {
    pub part: Part,
    pub anchors: ComputePipeline,
    pub spots: ComputePipeline,
    pub buffers: PartBuffers,
    pub constants: Buffer,
    /// Where its own begin among the constants of all parts.
    pub constants_start: u64,
}

/// Buffers that carry nothing from image to image.
#[derive(Debug)]
pub struct Scratch {
    slice: Buffer,
    anchors: Buffer,
    sums: Buffer,
    pub image: Buffer,
    /// What stands for a table where F is a constant.
    no_table: Buffer,
}

/// The bindings and kernels of a part on a chunk of tiles.
#[derive(Debug)]
pub struct Bound {
    pub work: Work,
    /// `None` where indices are exact and need no anchors.
    anchors: Option<(ComputePipeline, BindGroup)>,
    spots: (ComputePipeline, BindGroup),
    /// Whether the spots kernel sees its cells through a window.
    has_window: bool,
}

impl Scratch {
    /// Empty buffers.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`].
    pub fn new(gpu: &OpenDevice) -> Result<Self, GpuError> {
        let uniform = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        Ok(Self {
            slice: gpu.buffer("slice", size_of::<Slice>() as u64, uniform)?,
            anchors: gpu.buffer("anchors", 0, BufferUsages::STORAGE)?,
            sums: gpu.buffer("sums", 0, BufferUsages::STORAGE)?,
            image: gpu.buffer("image", 0, BufferUsages::STORAGE | BufferUsages::COPY_SRC)?,
            no_table: gpu.buffer("no structure factors", 0, BufferUsages::STORAGE)?,
        })
    }

    /// Grows the buffers to what a part needs on its chunk. Those of the pixels depend on the chunk alone, so that they
    /// carry sums from part to part.
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`].
    pub fn make_room(
        &mut self,
        gpu: &OpenDevice,
        part: &Part,
        work: &Work,
    ) -> Result<(), GpuError> {
        let storage = BufferUsages::STORAGE;
        let tiles = u64::from(work.tiles);
        let cycle = u64::from(work.blocks_per_source) * u64::from(work.sources);
        let all_anchors = tiles * cycle.min(work.blocks.into()) * u64::from(work.block_length);
        let anchors = if part.specialisation.exact {
            0
        } else {
            all_anchors.min(work.anchors) * anchor_bytes(part.specialisation.whole_indices())
        };
        let sums = tiles * (TILE_THREADS * size_of::<Sums>()) as u64;
        let image = tiles * tile_bytes(part);
        for (buffer, label, bytes, usage) in [
            (&mut self.anchors, "anchors", anchors, storage),
            (&mut self.sums, "sums", sums, storage),
            (
                &mut self.image,
                "image",
                image,
                storage | BufferUsages::COPY_SRC,
            ),
        ] {
            if buffer.size() < bytes {
                *buffer = gpu.buffer(label, bytes, usage)?;
            }
        }
        Ok(())
    }

    /// Binds a part's buffers and those of its chunk's tiles; those of a trace have `entries` too.
    pub fn bind(
        &self,
        gpu: &OpenDevice,
        pipelines: &Pipelines,
        stage: &Stage,
        work: Work,
        [tiles, beginnings]: &[Buffer; 2],
        entries: Option<&Buffer>,
    ) -> Bound {
        let buffers = &stage.buffers;
        let part_of = |buffer, offset, bytes| {
            BindingResource::Buffer(BufferBinding {
                buffer,
                offset,
                size: BufferSize::new(bytes),
            })
        };
        let constants = || {
            let bytes = size_of::<PlanConstants>() as u64;
            part_of(&stage.constants, stage.constants_start, bytes)
        };
        let whole = Buffer::as_entire_binding;
        let exact = stage.part.specialisation.exact;
        let anchors = vec![
            constants(),
            whole(&self.slice),
            whole(beginnings),
            whole(&buffers.sources),
            whole(&buffers.cell_limbs),
            whole(&self.anchors),
        ];
        let mut spots = vec![
            constants(),
            whole(&self.slice),
            whole(buffers.table.as_ref().unwrap_or(&self.no_table)),
            if exact {
                whole(&buffers.cell_limbs)
            } else {
                part_of(&buffers.cell_columns, 0, CELL_WINDOW_BYTES)
            },
            whole(if exact { beginnings } else { &self.anchors }),
            whole(tiles),
            whole(&buffers.sources),
            whole(&self.sums),
            whole(&self.image),
        ];
        spots.extend(entries.map(whole));
        let spots_layout = pipelines.spots_layout(stage.part.specialisation);
        let anchor_group = || group(gpu, "anchors", &pipelines.anchor_layout, anchors);
        Bound {
            work,
            anchors: (!exact).then(|| (stage.anchors.clone(), anchor_group())),
            spots: (
                stage.spots.clone(),
                group(gpu, "spots", spots_layout, spots),
            ),
            has_window: !exact,
        }
    }

    /// The commands of a slice.
    pub fn encode(
        &self,
        gpu: &OpenDevice,
        clock: Option<&Clock>,
        bound: &Bound,
        slice: &Slice,
    ) -> CommandEncoder {
        gpu.upload(&self.slice, Content::Slice, bytemuck::bytes_of(slice));
        let mut encoder = gpu
            .device
            .create_command_encoder(&CommandEncoderDescriptor {
                label: Some("slice"),
            });
        let anchor_threads = u64::from(slice.tiles)
            * u64::from(slice.anchor_blocks)
            * u64::from(bound.work.block_length).div_ceil(ANCHORS_PER_THREAD as u64);
        {
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
                label: Some("anchors"),
                timestamp_writes: clock.map(|clock| clock.pass(0)),
            });
            if let Some((pipeline, group)) = &bound.anchors {
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, group, &[]);
                let [x, y] = grid_of(gpu, anchor_threads.div_ceil(ANCHOR_WORKGROUP as u64));
                pass.dispatch_workgroups(x, y, 1);
            }
        }
        {
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
                label: Some("spots"),
                timestamp_writes: clock.map(|clock| clock.pass(1)),
            });
            let (pipeline, group) = &bound.spots;
            pass.set_pipeline(pipeline);
            let window =
                u64::from(slice.window_start) * CELL_WINDOW_BYTES / ORIENTATION_WINDOW as u64;
            let offsets = [window as u32];
            pass.set_bind_group(0, group, &offsets[..usize::from(bound.has_window)]);
            let [x, y] = grid_of(gpu, slice.tiles.into());
            pass.dispatch_workgroups(x, y, 1);
        }
        encoder
    }
}

/// Bytes of a tile in the image buffer.
pub fn tile_bytes(part: &Part) -> u64 {
    (tile_words(part.specialisation.tells_left_table) * size_of::<u32>()) as u64
}

fn group(
    gpu: &OpenDevice,
    label: &str,
    layout: &BindGroupLayout,
    resources: Vec<BindingResource<'_>>,
) -> BindGroup {
    let entries: Vec<BindGroupEntry> = (0..)
        .zip(resources)
        .map(|(binding, resource)| BindGroupEntry { binding, resource })
        .collect();
    gpu.device.create_bind_group(&BindGroupDescriptor {
        label: Some(label),
        layout,
        entries: &entries,
    })
}

/// Workgroups along two axes that hold at least `count`.
fn grid_of(gpu: &OpenDevice, count: u64) -> [u32; 2] {
    let limit = u64::from(gpu.limits.max_compute_workgroups_per_dimension);
    let x = count.min(limit);
    [x as u32, count.div_ceil(x) as u32]
}
