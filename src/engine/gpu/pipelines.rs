//! Compiled kernels, one pair for each specialisation that has been asked for.

use std::collections::HashMap;

use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType,
    BufferBindingType, ComputePipeline, ShaderStages,
};

use super::{
    GpuError,
    device::OpenDevice,
    pipeline_cache::DiskCache,
    specialisation::{Specialisation, anchor_source, spots_source},
};

/// The kernels of a device.
#[derive(Debug)]
pub struct Pipelines {
    pub anchor_layout: BindGroupLayout,
    /// Those of the spots kernel: exact or anchored, and with the entries of a trace or without.
    spots_layouts: [[BindGroupLayout; 2]; 2],
    /// With and without whole indices.
    anchors: HashMap<bool, ComputePipeline>,
    spots: HashMap<Specialisation, ComputePipeline>,
    disk: Option<DiskCache>,
}

/// What one binding is.
#[derive(Clone, Copy)]
enum Kind {
    Uniform,
    Window,
    Read,
    Write,
}

impl Pipelines {
    /// No kernel compiled yet.
    pub fn new(gpu: &OpenDevice) -> Self {
        use Kind::{Read, Uniform, Window, Write};
        let cells = [Window, Read];
        let spots_layouts = cells.map(|cells| {
            let spots = [
                Uniform, Uniform, Read, cells, Read, Read, Read, Write, Write,
            ];
            let traced = [&spots[..], &[Write]].concat();
            [
                layout(gpu, "spots", &spots),
                layout(gpu, "traced spots", &traced),
            ]
        });
        Self {
            anchor_layout: layout(gpu, "anchors", &[Uniform, Uniform, Read, Read, Read, Write]),
            spots_layouts,
            anchors: HashMap::new(),
            spots: HashMap::new(),
            disk: DiskCache::open(gpu),
        }
    }

    /// The bindings of a spots kernel.
    pub fn spots_layout(&self, specialisation: Specialisation) -> &BindGroupLayout {
        let Specialisation { exact, traced, .. } = specialisation;
        &self.spots_layouts[usize::from(exact)][usize::from(traced)]
    }

    /// The anchor and the spots kernel, compiled on first use.
    ///
    /// # Errors
    /// [`GpuError::Kernel`].
    pub fn get(
        &mut self,
        gpu: &OpenDevice,
        specialisation: Specialisation,
    ) -> Result<(ComputePipeline, ComputePipeline), GpuError> {
        let disk = self.disk.as_ref().map(DiskCache::cache);
        let mut compiled = false;
        let anchors = match self.anchors.get(&specialisation.whole_indices()) {
            Some(pipeline) => pipeline.clone(),
            None => {
                compiled = true;
                gpu.pipeline(
                    &anchor_source(),
                    "anchor_tiles",
                    &self.anchor_layout,
                    &specialisation.anchor_constants(),
                    disk,
                )?
            }
        };
        let spots = match self.spots.get(&specialisation) {
            Some(pipeline) => pipeline.clone(),
            None => {
                compiled = true;
                gpu.pipeline(
                    &spots_source(specialisation.exact, specialisation.traced),
                    "spots",
                    self.spots_layout(specialisation),
                    &specialisation.constants(),
                    disk,
                )?
            }
        };
        if compiled && let Some(disk) = &self.disk {
            disk.save();
        }
        self.anchors
            .insert(specialisation.whole_indices(), anchors.clone());
        self.spots.insert(specialisation, spots.clone());
        Ok((anchors, spots))
    }
}

fn layout(gpu: &OpenDevice, label: &str, kinds: &[Kind]) -> BindGroupLayout {
    let entries: Vec<BindGroupLayoutEntry> = (0..)
        .zip(kinds)
        .map(|(binding, kind)| BindGroupLayoutEntry {
            binding,
            visibility: ShaderStages::COMPUTE,
            ty: BindingType::Buffer {
                ty: match kind {
                    Kind::Uniform | Kind::Window => BufferBindingType::Uniform,
                    Kind::Read => BufferBindingType::Storage { read_only: true },
                    Kind::Write => BufferBindingType::Storage { read_only: false },
                },
                has_dynamic_offset: matches!(kind, Kind::Window),
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    gpu.device
        .create_bind_group_layout(&BindGroupLayoutDescriptor {
            label: Some(label),
            entries: &entries,
        })
}
