//! The wgpu engine: the plan's image by the WGSL kernels of `shaders/`, on Vulkan, Metal or DX12.
//!
//! ```text
//! Plan ─► Job ──► uploads (kept while their part of the plan stays the same)
//!          │         table · orientations · sources · tiles · scattering vectors
//!          └────► slices of about 50 ms, two in flight
//!                    anchor_tiles: exact Miller indices of every tile's centre
//!                    spots:        one thread a pixel, small steps from the anchor
//!                 readback ring ─► Image
//! ```

mod device;
mod error;
mod job;
mod pass;
mod pipeline_cache;
mod pipelines;
mod readback;
mod run_out;
mod slices;
mod specialisation;
mod tiles;
mod uploads;

pub mod adapters;
pub mod layout;

use std::time::Duration;

use device::{Failure, OpenDevice};
use job::Job;
use pass::Renderer;
use readback::Target;
use slices::Pace;

pub use device::LimitCaps;
pub use error::GpuError;
pub use slices::SLICE_TIME;
pub use specialisation::{
    Interpolation, Specialisation, Summation, TablePrecision, anchor_source, functions_source,
    spots_source,
};

use crate::{
    engine::{Engine, EngineError},
    image::Image,
    plan::Plan,
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
}

impl GpuEngine {
    /// Opens the adapter.
    ///
    /// # Errors
    /// [`GpuError`] when there is no such adapter or it does not suffice.
    pub fn new(options: GpuOptions) -> Result<Self, GpuError> {
        let renderer = open(&options)?;
        Ok(Self { options, renderer })
    }

    /// One pass of the kernels: the image, and the first pixel in raster order whose interpolation left the table.
    fn pass(
        &mut self,
        plan: &Plan,
        progress: &Progress,
    ) -> Result<(Image, Option<usize>), EngineError> {
        let job = Job::new(plan, self.options.table, &self.renderer.gpu)?;
        let detector = &plan.detector;
        let corners = tiles::corners(detector);
        let mut target = Target {
            image: Image::zeros(detector.slow_pixels, detector.fast_pixels),
            detector,
            corners: &corners,
            photons: job.photons(),
            left_table: None,
        };
        progress.begin((corners.len() * layout::TILE_PIXELS) as u64);
        let mut done = 0;
        let mut was_lost = false;
        loop {
            match self.renderer.render(&job, &mut target, &mut done, progress) {
                Ok(()) => return Ok((target.image, target.left_table)),
                Err(Failure::Error(error)) => return Err(error),
                Err(Failure::Lost(reason)) if was_lost => {
                    let adapter = self.renderer.gpu.name.clone();
                    return Err(GpuError::DeviceLost { adapter, reason }.into());
                }
                Err(Failure::Lost(_)) => {
                    was_lost = true;
                    self.renderer = open(&self.options)?;
                }
            }
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

    fn render(&mut self, plan: &Plan, progress: &Progress) -> Result<Image, EngineError> {
        let (image, left_table) = self.pass(plan, progress)?;
        match left_table {
            None => Ok(image),
            Some(first) => self.finish_without_interpolation(plan, image, first, progress),
        }
    }
}
