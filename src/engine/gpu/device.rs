//! An opened adapter: its device, its queue, and what went wrong behind their backs.

use std::{
    cell::Cell,
    sync::{Arc, Mutex},
};

use wgpu::{
    Adapter, BindGroupLayout, Buffer, BufferDescriptor, BufferUsages, CommandEncoder, Device,
    DeviceDescriptor, ErrorFilter, Limits, Queue, SubmissionIndex,
};

use super::{
    GpuError, adapters,
    counters::{Content, Counters},
    layout,
};
use crate::engine::EngineError;

/// Bytes of the window of cells, the largest uniform binding.
pub const CELL_WINDOW_BYTES: u64 =
    (layout::ORIENTATION_WINDOW * size_of::<layout::CellColumns>()) as u64;

/// Limits to stay below although the adapter has more: what a smaller adapter would force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LimitCaps {
    /// Bytes of one storage binding.
    pub max_storage_binding: Option<u64>,
    /// Workgroups along one axis of a dispatch.
    pub max_workgroups: Option<u32>,
}

#[derive(Debug, Default)]
struct Troubles {
    error: Option<wgpu::Error>,
    lost: Option<String>,
}

/// A device and its queue.
#[derive(Debug)]
pub struct OpenDevice {
    pub name: String,
    pub is_software: bool,
    pub device: Device,
    pub queue: Queue,
    pub limits: Limits,
    troubles: Arc<Mutex<Troubles>>,
    counters: Cell<Counters>,
}

/// A failure, before it is known whether it is worth another try.
#[derive(Debug)]
pub enum Failure {
    /// The device is gone.
    Lost(String),
    /// Anything else.
    Error(EngineError),
}

impl From<GpuError> for Failure {
    fn from(error: GpuError) -> Self {
        Self::Error(error.into())
    }
}

impl OpenDevice {
    /// Opens the adapter with its own limits, lowered to `caps`.
    ///
    /// # Errors
    /// [`GpuError::TooSmallAdapter`] and [`GpuError::NoDevice`].
    pub fn open(adapter: &Adapter, caps: LimitCaps) -> Result<Self, GpuError> {
        let summary = adapters::summary(adapter);
        let mut limits = adapter.limits();
        if let Some(cap) = caps.max_storage_binding {
            limits.max_storage_buffer_binding_size =
                limits.max_storage_buffer_binding_size.min(cap);
        }
        if let Some(cap) = caps.max_workgroups {
            limits.max_compute_workgroups_per_dimension =
                limits.max_compute_workgroups_per_dimension.min(cap);
        }
        check_limits(&summary.name, &limits)?;
        let wanted = wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::PIPELINE_CACHE;
        let (device, queue) = pollster::block_on(adapter.request_device(&DeviceDescriptor {
            label: Some("nanobragg"),
            required_features: adapter.features() & wanted,
            required_limits: limits.clone(),
            ..DeviceDescriptor::default()
        }))
        .map_err(|error| GpuError::NoDevice {
            adapter: summary.name.clone(),
            reason: error.to_string(),
        })?;
        let troubles = Arc::new(Mutex::new(Troubles::default()));
        let on_error = Arc::clone(&troubles);
        device.on_uncaptured_error(Arc::new(move |error| {
            on_error
                .lock()
                .expect("no holder panics")
                .error
                .get_or_insert(error);
        }));
        let on_loss = Arc::clone(&troubles);
        device.set_device_lost_callback(move |_, reason| {
            on_loss
                .lock()
                .expect("no holder panics")
                .lost
                .get_or_insert(reason);
        });
        Ok(Self {
            name: summary.name,
            is_software: summary.is_software,
            device,
            queue,
            limits,
            troubles,
            counters: Cell::default(),
        })
    }

    /// What this device has been given and asked for.
    pub fn counters(&self) -> Counters {
        self.counters.get()
    }

    fn count(&self, change: impl FnOnce(&mut Counters)) {
        let mut counters = self.counters.get();
        change(&mut counters);
        self.counters.set(counters);
    }

    /// What has gone wrong since the last call, if anything.
    ///
    /// # Errors
    /// The failure.
    pub fn check(&self) -> Result<(), Failure> {
        let mut troubles = self.troubles.lock().expect("no holder panics");
        if let Some(reason) = troubles.lost.take() {
            return Err(Failure::Lost(reason));
        }
        match troubles.error.take() {
            Some(error) => Err(self.explain(error).into()),
            None => Ok(()),
        }
    }

    /// The failure with its cause: whatever a lost device answers, its loss is what went wrong.
    pub fn diagnose(&self, failure: Failure) -> Failure {
        if matches!(failure, Failure::Error(EngineError::Cancelled)) {
            return failure;
        }
        // The news of a loss arrives with a poll; whether this one succeeds does not matter.
        let _ = self.device.poll(wgpu::PollType::Poll);
        let lost = self.troubles.lock().expect("no holder panics").lost.take();
        lost.map_or(failure, Failure::Lost)
    }

    fn explain(&self, error: wgpu::Error) -> GpuError {
        let adapter = self.name.clone();
        let reason = one_line(&error);
        match error {
            wgpu::Error::OutOfMemory { .. } => GpuError::OutOfMemory { adapter, reason },
            wgpu::Error::Validation { .. } | wgpu::Error::Internal { .. } => {
                GpuError::Command { adapter, reason }
            }
        }
    }

    /// Writes to a buffer, before whatever is submitted next.
    pub fn upload(&self, buffer: &Buffer, content: Content, bytes: &[u8]) {
        self.count(|counters| counters.add(content, bytes.len()));
        self.queue.write_buffer(buffer, 0, bytes);
    }

    /// Hands commands to the queue.
    pub fn submit(&self, encoder: CommandEncoder) -> SubmissionIndex {
        self.count(|counters| counters.submissions += 1);
        self.queue.submit([encoder.finish()])
    }

    /// A buffer of at least `bytes` (and at least 16).
    ///
    /// # Errors
    /// [`GpuError::OutOfMemory`].
    pub fn buffer(&self, label: &str, bytes: u64, usage: BufferUsages) -> Result<Buffer, GpuError> {
        self.count(|counters| counters.buffers += 1);
        let scope = self.device.push_error_scope(ErrorFilter::OutOfMemory);
        let buffer = self.device.create_buffer(&BufferDescriptor {
            label: Some(label),
            size: bytes.next_multiple_of(16).max(16),
            usage,
            mapped_at_creation: false,
        });
        match pollster::block_on(scope.pop()) {
            Some(error) => Err(self.explain(error)),
            None => Ok(buffer),
        }
    }

    /// Compiles one kernel.
    ///
    /// # Errors
    /// [`GpuError::Kernel`].
    pub fn pipeline(
        &self,
        source: &str,
        entry_point: &str,
        layout: &BindGroupLayout,
        constants: &[(&str, f64)],
        cache: Option<&wgpu::PipelineCache>,
    ) -> Result<wgpu::ComputePipeline, GpuError> {
        let scope = self.device.push_error_scope(ErrorFilter::Validation);
        let internal = self.device.push_error_scope(ErrorFilter::Internal);
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(entry_point),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            });
        let pipeline_layout = self
            .device
            .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(entry_point),
                bind_group_layouts: &[Some(layout)],
                immediate_size: 0,
            });
        let pipeline = self
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(entry_point),
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some(entry_point),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants,
                    ..wgpu::PipelineCompilationOptions::default()
                },
                cache,
            });
        let internal = pollster::block_on(internal.pop());
        let validation = pollster::block_on(scope.pop());
        match validation.or(internal) {
            Some(error) => Err(GpuError::Kernel {
                adapter: self.name.clone(),
                reason: one_line(&error),
            }),
            None => Ok(pipeline),
        }
    }

    /// Bytes that one storage binding may have.
    pub fn storage_limit(&self) -> u64 {
        self.limits
            .max_storage_buffer_binding_size
            .min(self.limits.max_buffer_size)
    }
}

/// wgpu's messages span lines; ours do not.
fn one_line(error: &wgpu::Error) -> String {
    let text = error.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check_limits(name: &str, limits: &Limits) -> Result<(), GpuError> {
    let needs = [
        (
            "the size of a uniform binding",
            limits.max_uniform_buffer_binding_size,
            CELL_WINDOW_BYTES,
        ),
        (
            "the number of storage buffers of a kernel",
            limits.max_storage_buffers_per_shader_stage.into(),
            8,
        ),
        (
            "the number of threads of a workgroup",
            limits.max_compute_invocations_per_workgroup.into(),
            layout::TILE_THREADS as u64,
        ),
        (
            "the size of a storage binding",
            limits
                .max_storage_buffer_binding_size
                .min(limits.max_buffer_size),
            1 << 20,
        ),
    ];
    match needs.into_iter().find(|(_, has, needs)| has < needs) {
        Some((what, has, needs)) => Err(GpuError::TooSmallAdapter {
            adapter: name.to_owned(),
            what,
            has,
            needs,
        }),
        None => Ok(()),
    }
}
