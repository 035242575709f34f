//! From the name of an engine to the engine.

use super::{
    Engine, EngineError, EngineKind,
    cpu::{CpuEngine, CpuOptions},
    gpu::{GpuEngine, GpuOptions},
};

impl EngineKind {
    /// Starts the engine; `gpu` says on which adapter and how, for the one that needs it.
    ///
    /// # Errors
    /// When the GPU that was asked for is not there or does not suffice.
    pub fn open(self, gpu: &GpuOptions) -> Result<Box<dyn Engine>, EngineError> {
        Ok(match self {
            Self::Gpu => Box::new(GpuEngine::new(gpu.clone())?),
            Self::Cpu(precision) => Box::new(CpuEngine::new(CpuOptions {
                precision,
                ..CpuOptions::default()
            })),
        })
    }
}
