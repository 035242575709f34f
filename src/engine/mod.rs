//! The engines: each turns a [`Plan`] into an [`Image`].

use crate::{
    image::Image,
    options::{Device, RunOptions},
    plan::Plan,
    progress::Progress,
};

pub mod cpu;
pub mod gpu;

/// What can go wrong while an image is computed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Somebody asked the run to stop.
    #[error("stopped before the image was complete")]
    Cancelled,
    /// The image does not fit into memory.
    #[error(
        "the image needs {needed_bytes} bytes, which this machine does not grant; render a smaller -roi or -detpixels"
    )]
    OutOfMemory { needed_bytes: u64 },
    /// The table has more entries than the kernels can number.
    #[error(
        "the structure factor table has {entries} entries, more than the 2147483647 that an engine can address; cut the -hkl file to the indices that the detector sees"
    )]
    TableTooLarge { entries: usize },
    /// The GPU engine failed.
    #[error(transparent)]
    Gpu(#[from] gpu::GpuError),
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
}

/// The engine that `-device` and its companions ask for.
///
/// # Errors
/// When there is none.
pub fn for_run(run: &RunOptions) -> Result<Box<dyn Engine>, EngineError> {
    match run.device {
        Device::Gpu => Ok(Box::new(gpu::GpuEngine::new(gpu::GpuOptions {
            adapter: run.adapter.clone(),
            table: run.table,
            ..gpu::GpuOptions::default()
        })?)),
        Device::Auto | Device::Cpu => {
            let options = cpu::CpuOptions {
                precision: run.precision,
                ..cpu::CpuOptions::default()
            };
            Ok(Box::new(cpu::CpuEngine::new(options)))
        }
    }
}
