//! The wgpu engine: the plan's image by the WGSL kernels of `shaders/`, on Vulkan, Metal or DX12.
//!
//! ```text
//! Plan ─► Job ─► parts: a crystal as sources with one table see it, on panels of one sensor
//!          │       kernel · constants · table · orientations · sources   (uploads, kept while their part of the plan stays)
//!          │     tiles of all panels                                     (kept while the detector stays)
//!          └───► Rendering: chunks of tiles, part after part, slices of about 50 ms, two in flight
//!                    anchor_tiles: exact Miller indices of every tile's centre
//!                    spots:        one thread for four pixels, small steps from the anchor
//!                  readback ring ─► the caller's memory
//! ```

mod arrival;
mod commands;
mod counters;
mod device;
mod entries;
mod error;
mod exactness;
mod job;
mod magnitudes;
mod pass;
mod pipeline_cache;
mod pipelines;
mod readback;
mod rendering;
mod slices;
mod specialisation;
mod stages;
mod tiles;
mod trace;
mod uploads;

pub mod adapters;
pub mod layout;

use std::{sync::Arc, time::Duration};

use device::{Failure, OpenDevice};
use job::Job;
use magnitudes::Magnitudes;
use pass::Renderer;
use readback::Target;
use slices::Pace;
use tiles::Tiling;

pub use counters::Counters;
pub use device::LimitCaps;
pub use error::GpuError;
pub use slices::SLICE_TIME;
pub use specialisation::{
    Interpolation, Specialisation, Summation, TablePrecision, anchor_source, functions_source,
    spots_source,
};
pub use stages::StageTimes;

use crate::{
    engine::{Engine, EngineError, Outcome, Record, Stages, float32::check_float32},
    image::Pixel,
    plan::{Plan, Planes},
    progress::Progress,
};

/// How a GPU engine is set up.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuOptions {
    /// Part of the adapter's name; the preferred adapter without it.
    pub adapter: Option<String>,
    pub table: TablePrecision,
    /// What one dispatch should take.
    pub slice_time: Duration,
    pub caps: LimitCaps,
}

impl Default for GpuOptions {
    fn default() -> Self {
        Self {
            adapter: None,
            table: TablePrecision::F32,
            slice_time: SLICE_TIME,
            caps: LimitCaps::default(),
        }
    }
}

/// The GPU engine. It keeps its device, kernels and buffers, so that the next image uploads only what changed.
#[derive(Debug)]
pub struct GpuEngine {
    options: GpuOptions,
    renderer: Renderer,
    magnitudes: Magnitudes,
    tiling: Option<Arc<Tiling>>,
    times: StageTimes,
}

impl GpuEngine {
    /// Opens the adapter.
    ///
    /// # Errors
    /// [`GpuError`] when there is no such adapter or it does not suffice.
    pub fn new(options: GpuOptions) -> Result<Self, GpuError> {
        let renderer = open(&options)?;
        Ok(Self {
            options,
            renderer,
            magnitudes: Magnitudes::default(),
            tiling: None,
            times: StageTimes::default(),
        })
    }

    /// Where the time of the last image went.
    pub fn stage_times(&self) -> StageTimes {
        self.times
    }

    /// What the device has been given and asked for since it was opened.
    pub fn counters(&self) -> Counters {
        self.renderer.gpu.counters()
    }

    fn job<'a>(&mut self, plan: &'a Plan) -> Result<Job<'a>, GpuError> {
        Job::new(
            plan,
            self.options.table,
            &mut self.magnitudes,
            &self.renderer.gpu,
        )
    }

    /// The tiles of a plan's detector, which stay until another is rendered.
    fn tiling(&mut self, plan: &Plan) -> Arc<Tiling> {
        let panels = plan.detector.panels.iter();
        let exact: Vec<bool> = panels
            .map(|panel| exactness::is_used(plan, panel))
            .collect();
        let kept = self.tiling.take();
        let tiling = kept
            .filter(|kept| Arc::ptr_eq(&kept.detector, &plan.detector) && kept.exact == exact)
            .unwrap_or_else(|| Arc::new(Tiling::new(&plan.detector, exact)));
        self.tiling = Some(Arc::clone(&tiling));
        tiling
    }
}

/// Makes a second attempt, with a device opened anew, when the first one loses its device.
fn outlive_a_loss(
    renderer: &mut Renderer,
    open: impl FnOnce() -> Result<Renderer, GpuError>,
    mut attempt: impl FnMut(&mut Renderer) -> Result<StageTimes, Failure>,
) -> Result<StageTimes, EngineError> {
    let failure = match attempt(renderer) {
        Ok(times) => return Ok(times),
        Err(failure) => failure,
    };
    match renderer.gpu.diagnose(failure) {
        Failure::Error(error) => return Err(error),
        Failure::Lost(_) => *renderer = open()?,
    }
    attempt(renderer).map_err(|failure| final_error(renderer, failure))
}

/// The error of a failure after which there is no other attempt.
fn final_error(renderer: &Renderer, failure: Failure) -> EngineError {
    match renderer.gpu.diagnose(failure) {
        Failure::Error(error) => error,
        Failure::Lost(reason) => {
            let adapter = renderer.gpu.name.clone();
            GpuError::DeviceLost { adapter, reason }.into()
        }
    }
}

fn open(options: &GpuOptions) -> Result<Renderer, GpuError> {
    let adapter = adapters::choose(options.adapter.as_deref())?;
    let gpu = OpenDevice::open(&adapter, options.caps)?;
    let pace = Pace::new(gpu.is_software, options.slice_time);
    Renderer::new(gpu, pace)
}

impl Engine for GpuEngine {
    fn description(&self) -> String {
        let gpu = &self.renderer.gpu;
        let kind = if gpu.is_software { ", software" } else { "" };
        let table = match self.options.table {
            TablePrecision::F32 => "",
            TablePrecision::F16 => "; structure factors in float16, each off by up to 0.05 %",
        };
        format!("GPU, float32, on {}{kind}{table}", gpu.name)
    }

    fn caution(&self, plan: &Plan) -> Option<String> {
        exactness::caution(plan)
    }

    fn render(
        &mut self,
        plan: &Plan,
        planes: &mut Planes<'_>,
        progress: &Progress,
    ) -> Result<Outcome, EngineError> {
        check_float32(plan)?;
        let job = self.job(plan)?;
        let tiling = self.tiling(plan);
        let interpolates = plan.interpolates();
        let mut target = Target::new(planes.image, &tiling, job.photons(), interpolates);
        progress.begin((tiling.corners.len() * layout::TILE_PIXELS) as u64);
        let mut done = 0;
        let times = outlive_a_loss(
            &mut self.renderer,
            || open(&self.options),
            |renderer| renderer.render(&job, &tiling, &mut target, &mut done, progress),
        )?;
        self.times = times;
        let left_table = target.left_table.map(|at| plan.detector.pixel_at(at));
        Ok(Outcome {
            left_table,
            stages: Stages {
                upload: times.compile + times.upload,
                kernel: times.kernels,
                kernel_by_adapter: times
                    .anchors
                    .zip(times.spots)
                    .map(|(anchors, spots)| anchors + spots),
                readback: Some(times.readback),
            },
        })
    }

    fn trace(
        &mut self,
        plan: &Plan,
        pixel: Pixel,
        record: &mut dyn Record,
    ) -> Result<f32, EngineError> {
        if plan.renders(pixel) {
            return self.trace_kernels(plan, pixel, record);
        }
        let (plan, pixel) = plan.of_pixel(pixel);
        self.trace_kernels(&plan, pixel, record)
    }
}

#[cfg(test)]
mod tests;
