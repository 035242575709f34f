//! The wgpu engine: the plan's image by the WGSL kernels of `shaders/`, on Vulkan, Metal or DX12.
//!
//! ```text
//! Plan ─► Job ──► uploads (kept while their part of the plan stays the same)
//!          │         table · orientations · sources · tiles · scattering vectors
//!          └────► slices of about 50 ms, two in flight
//!                    anchor_tiles: exact Miller indices of every tile's centre
//!                    spots:        one thread for four pixels, small steps from the anchor
//!                 readback ring ─► Image
//! ```

mod device;
mod entries;
mod error;
mod job;
mod pass;
mod pipeline_cache;
mod pipelines;
mod readback;
mod slices;
mod specialisation;
mod stages;
mod tiles;
mod trace;
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
pub use stages::StageTimes;

use crate::{
    engine::{Engine, EngineError, Outcome, Record, Stages, check_float32},
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

    /// Where the time of the last image went.
    pub fn stage_times(&self) -> StageTimes {
        self.renderer.times
    }
}

/// Makes a second attempt, with a device opened anew, when the first one loses its device.
fn outlive_a_loss(
    renderer: &mut Renderer,
    open: impl FnOnce() -> Result<Renderer, GpuError>,
    mut attempt: impl FnMut(&mut Renderer) -> Result<(), Failure>,
) -> Result<(), EngineError> {
    let Err(failure) = attempt(renderer) else {
        return Ok(());
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

    fn render(
        &mut self,
        plan: &Plan,
        planes: &mut Planes<'_>,
        progress: &Progress,
    ) -> Result<Outcome, EngineError> {
        check_float32(plan)?;
        let job = Job::new(plan, self.options.table, &self.renderer.gpu)?;
        let panel = plan.panel();
        let corners = tiles::corners(panel);
        planes.image.fill(0.0);
        let mut target = Target {
            pixels: &mut *planes.image,
            panel,
            corners: &corners,
            photons: job.photons(),
            interpolates: job.specialisation.interpolation == Interpolation::Tricubic,
            left_table: None,
        };
        progress.begin((corners.len() * layout::TILE_PIXELS) as u64);
        let mut done = 0;
        outlive_a_loss(
            &mut self.renderer,
            || open(&self.options),
            |renderer| renderer.render(&job, &mut target, &mut done, progress),
        )?;
        let left_table = target.left_table.map(|at| plan.detector.pixel_at(at));
        let times = self.stage_times();
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
mod tests {
    use std::{path::Path, sync::Arc, thread};

    use super::*;
    use crate::classic::{self, Experiment};

    fn plan(args: &str) -> Plan {
        let options = classic::parse(args.split_whitespace()).unwrap();
        let experiment = Experiment::from_options(&options).unwrap();
        let factors = &options.structure_factors;
        let loaded = classic::load(factors, experiment.physics, Path::new("golden/inputs"));
        experiment.plan(&loaded.unwrap().amplitudes)
    }

    fn engine(slice_time: Duration) -> GpuEngine {
        GpuEngine::new(GpuOptions {
            slice_time,
            ..GpuOptions::default()
        })
        .unwrap_or_else(|error| panic!("{error}"))
    }

    const ARGS: &str = "-default_F 100 -cell 70 80 90 -lambda 1 -N 5 -distance 50 -detpixels 400 -mosaic 1 -mosaic_dom 20";

    #[test]
    fn a_device_lost_between_images_is_opened_again() {
        let plan = plan(ARGS);
        let mut engine = engine(SLICE_TIME);
        let first = engine.render(&plan, &Progress::default()).unwrap();
        engine.renderer.gpu.device.destroy();
        assert_eq!(engine.render(&plan, &Progress::default()).unwrap(), first);
    }

    #[test]
    fn a_device_lost_while_rendering_is_tried_once_more() {
        let plan = plan(ARGS);
        let expected = engine(SLICE_TIME)
            .render(&plan, &Progress::default())
            .unwrap();
        let mut engine = engine(Duration::from_micros(100));
        let device = engine.renderer.gpu.device.clone();
        let progress = Arc::new(Progress::default());
        let watched = Arc::clone(&progress);
        let thief = thread::spawn(move || {
            while watched.position().0 == 0 {
                thread::yield_now();
            }
            device.destroy();
        });
        assert_eq!(engine.render(&plan, &progress).unwrap(), expected);
        thief.join().unwrap();
    }

    #[test]
    fn a_device_lost_twice_is_an_error_that_names_the_adapter() {
        let plan = plan(ARGS);
        let mut engine = engine(SLICE_TIME);
        let job = Job::new(&plan, TablePrecision::F32, &engine.renderer.gpu).unwrap();
        let corners = tiles::corners(&plan.detector);
        let mut target = Target {
            image: Image::zeros(400, 400),
            detector: &plan.detector,
            corners: &corners,
            photons: 1.0,
            interpolates: false,
            left_table: None,
        };
        let name = engine.renderer.gpu.name.clone();
        let mut attempts = 0;
        let outcome = outlive_a_loss(
            &mut engine.renderer,
            || open(&engine.options),
            |renderer| {
                attempts += 1;
                renderer.gpu.device.destroy();
                renderer.render(&job, &mut target, &mut 0, &Progress::default())
            },
        );
        assert_eq!(attempts, 2);
        let message = outcome.unwrap_err().to_string();
        assert!(
            message.contains(&name) && message.contains("lost"),
            "{message}"
        );
    }

    #[test]
    fn stages_add_up() {
        let mut engine = engine(SLICE_TIME);
        let start = std::time::Instant::now();
        engine.render(&plan(ARGS), &Progress::default()).unwrap();
        let elapsed = start.elapsed();
        let times = engine.stage_times();
        assert!(times.slices > 0 && !times.kernels.is_zero());
        assert!(times.compile + times.upload + times.kernels + times.readback <= elapsed);
        if let Some(spots) = times.spots {
            assert!(!spots.is_zero() && spots <= elapsed);
        }
    }
}
