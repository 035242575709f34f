//! The engines: each turns a [`Plan`] into an [`Image`].

use std::time::Duration;

use crate::{
    classic::options::{Device, Precision, RunOptions},
    image::Image,
    plan::Plan,
    progress::Progress,
};

pub mod cpu;
pub mod gpu;
mod record;

pub use record::{Ray, Record, Sample, SourceRay, Total};

/// What can go wrong while an image is computed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Somebody asked the run to stop.
    #[error("stopped before the image was complete")]
    Cancelled,
    /// The table has more entries than the kernels can number.
    #[error(
        "the structure factor table has {entries} entries, more than the 2147483647 that an engine can address; cut the -hkl file to the indices that the detector sees"
    )]
    TableTooLarge { entries: usize },
    /// The classic running sum leaves float32.
    #[error(
        "-oversample_omega multiplies a pixel's running sum by its solid angle once a sample, and it can grow by {growth:e}, beyond float32; use -device cpu in float64, or -physics corrected, which multiplies each sample once"
    )]
    RunningSum { growth: f64 },
    /// The classic formula of a sensor seen from behind leaves float32.
    #[error(
        "-physics c-parity lets a sensor that is seen from behind multiply its pixels by up to {growth:e}, beyond float32; use -device cpu in float64, or -physics spec, in which a photon is stopped at most once"
    )]
    SensorFromBehind { growth: f64 },
    /// The GPU engine failed.
    #[error(transparent)]
    Gpu(#[from] gpu::GpuError),
}

/// Growth of a sum that float32 follows: between its ends, 1e-38 and 1e38, there is room for it and for the intensities.
const FLOAT32_GROWTH: f64 = 1e12;

/// Refuses what an engine that sums in float32 would silently overflow or lose.
fn check_float32(plan: &Plan) -> Result<(), EngineError> {
    let growth = plan.running_growth();
    if growth > FLOAT32_GROWTH {
        return Err(EngineError::RunningSum { growth });
    }
    let growth = plan.sensor_growth();
    if growth > FLOAT32_GROWTH {
        return Err(EngineError::SensorFromBehind { growth });
    }
    Ok(())
}

/// Computes images. An engine keeps whatever the next image can reuse.
pub trait Engine: Send {
    /// One line for the log: which engine, on what.
    fn description(&self) -> String;

    /// Renders the whole image; pixels outside the region and masked ones are 0.
    ///
    /// # Errors
    /// [`EngineError::Cancelled`] when `progress` asks to stop, and whatever the engine itself meets.
    fn render(&mut self, plan: &Plan, progress: &Progress) -> Result<Image, EngineError>;

    /// Where the time of the last image went.
    fn stages(&self) -> Stages;
}

/// The parts of an image's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stages {
    /// Bringing what changed to where, and to the precision in which, the kernels read it; compiling them included.
    pub upload: Duration,
    /// Waiting for the kernels.
    pub kernel: Duration,
    /// The kernels by the adapter's own clock, where there is one.
    pub kernel_by_adapter: Option<Duration>,
    /// From the kernels' memory to the image; nothing where they write the image itself.
    pub readback: Option<Duration>,
}

/// The engine that `-device` and its companions ask for.
///
/// # Errors
/// When the GPU that was asked for is not there or does not suffice.
pub fn for_run(run: &RunOptions) -> Result<Box<dyn Engine>, EngineError> {
    let gpu = || -> Result<Box<dyn Engine>, EngineError> {
        Ok(Box::new(gpu::GpuEngine::new(gpu::GpuOptions::of(run))?))
    };
    let cpu = |reason| -> Result<Box<dyn Engine>, EngineError> {
        let engine = cpu::CpuEngine::new(cpu::CpuOptions {
            precision: run.precision,
            ..cpu::CpuOptions::default()
        });
        Ok(match reason {
            None => Box::new(engine),
            Some(reason) => Box::new(Fallback { engine, reason }),
        })
    };
    match run.device {
        Device::Gpu => gpu(),
        Device::Cpu => cpu(None),
        // Whoever names a GPU or the CPU engine's arithmetic has chosen.
        Device::Auto if run.adapter.is_some() => gpu(),
        Device::Auto if run.precision != Precision::default() => cpu(None),
        Device::Auto => match gpu::adapters::reason_for_cpu(&gpu::adapters::summaries()) {
            None => gpu(),
            Some(reason) => cpu(Some(reason)),
        },
    }
}

/// The CPU engine where `-device auto` found no GPU.
struct Fallback {
    engine: cpu::CpuEngine,
    reason: &'static str,
}

impl Engine for Fallback {
    fn description(&self) -> String {
        format!("{} ({})", self.engine.description(), self.reason)
    }

    fn render(&mut self, plan: &Plan, progress: &Progress) -> Result<Image, EngineError> {
        self.engine.render(plan, progress)
    }

    fn stages(&self) -> Stages {
        self.engine.stages()
    }
}
