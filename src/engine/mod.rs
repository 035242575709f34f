//! The engines: each turns a [`Plan`] into the pixels of an image.

use std::{ops::Add, time::Duration};

use crate::{
    image::{Image, Pixel},
    plan::{Plan, Planes},
    progress::Progress,
};

mod adapter_summary;
pub(crate) mod cpu;
mod float32;
#[cfg(feature = "gpu")]
pub(crate) mod gpu;
#[cfg(not(feature = "gpu"))]
#[path = "no_gpu.rs"]
pub(crate) mod gpu;
mod kind;
mod open;
mod record;

#[cfg(feature = "gpu")]
pub use gpu::LimitCaps;
pub use gpu::{GpuError, GpuOptions};
pub use kind::{EngineKind, Precision, TablePrecision};
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

/// Computes images. An engine keeps whatever the next image can reuse.
pub trait Engine: Send {
    /// One line for the log: which engine, on what.
    fn description(&self) -> String;

    /// What float32 costs an image, where that should be known before it is rendered.
    fn caution(&self, _plan: &Plan) -> Option<String> {
        None
    }

    /// Renders the whole image into the caller's memory.
    ///
    /// # Errors
    /// [`EngineError::Cancelled`] when `progress` asks to stop, and whatever the engine itself meets.
    fn render(
        &mut self,
        plan: &Plan,
        planes: &mut Planes<'_>,
        progress: &Progress,
    ) -> Result<Outcome, EngineError>;

    /// Computes one pixel as the image has it, bit for bit, and reports every intermediate value to `record`. A pixel
    /// that the plan leaves out is computed as if it were rendered alone.
    ///
    /// # Errors
    /// As [`Engine::render`].
    fn trace(
        &mut self,
        plan: &Plan,
        pixel: Pixel,
        record: &mut dyn Record,
    ) -> Result<f32, EngineError>;

    /// Renders an image in memory of its own.
    ///
    /// # Errors
    /// As [`Engine::render`].
    fn image(&mut self, plan: &Plan) -> Result<Image, EngineError> {
        let mut image = plan.detector.dark_image();
        self.render(plan, &mut Planes::of(&mut image), &Progress::default())?;
        Ok(image)
    }
}

impl<E: Engine + ?Sized> Engine for Box<E> {
    fn description(&self) -> String {
        (**self).description()
    }

    fn caution(&self, plan: &Plan) -> Option<String> {
        (**self).caution(plan)
    }

    fn render(
        &mut self,
        plan: &Plan,
        planes: &mut Planes<'_>,
        progress: &Progress,
    ) -> Result<Outcome, EngineError> {
        (**self).render(plan, planes, progress)
    }

    fn trace(
        &mut self,
        plan: &Plan,
        pixel: Pixel,
        record: &mut dyn Record,
    ) -> Result<f32, EngineError> {
        (**self).trace(plan, pixel, record)
    }
}

/// What came of an image beside its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The first pixel, in raster order, of which an interpolation left the table of structure factors.
    pub left_table: Option<Pixel>,
    /// Where the time went.
    pub stages: Stages,
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

impl Add for Stages {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let both = |a: Option<Duration>, b: Option<Duration>| a.zip(b).map(|(a, b)| a + b);
        Self {
            upload: self.upload + other.upload,
            kernel: self.kernel + other.kernel,
            kernel_by_adapter: both(self.kernel_by_adapter, other.kernel_by_adapter),
            readback: both(self.readback, other.readback),
        }
    }
}
