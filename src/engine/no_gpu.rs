//! What stands for the GPU engine in a build without it: nobody can open it.

use super::{Engine, EngineError, Outcome, Record, TablePrecision};
use crate::{
    image::Pixel,
    plan::{Plan, Planes},
    progress::Progress,
};

/// Why there is no GPU engine.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    #[error("this program was built without its GPU engine (the feature \"gpu\"); use -device cpu")]
    NotBuilt,
}

/// How a GPU engine would be set up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GpuOptions {
    pub adapter: Option<String>,
    pub table: TablePrecision,
}

/// No engine.
#[derive(Debug)]
pub enum GpuEngine {}

impl GpuEngine {
    /// # Errors
    /// Always [`GpuError::NotBuilt`].
    pub fn new(_: GpuOptions) -> Result<Self, GpuError> {
        Err(GpuError::NotBuilt)
    }
}

impl Engine for GpuEngine {
    fn description(&self) -> String {
        match *self {}
    }

    fn render(
        &mut self,
        _: &Plan,
        _: &mut Planes<'_>,
        _: &Progress,
    ) -> Result<Outcome, EngineError> {
        match *self {}
    }

    fn trace(&mut self, _: &Plan, _: Pixel, _: &mut dyn Record) -> Result<f32, EngineError> {
        match *self {}
    }
}

/// There are none.
pub mod adapters {
    use super::GpuError;
    pub use crate::engine::adapter_summary::AdapterSummary;

    /// No adapter.
    #[derive(Debug)]
    pub enum Adapter {}

    /// None.
    pub fn summaries() -> Vec<AdapterSummary> {
        Vec::new()
    }

    /// Of nothing.
    pub fn summary(adapter: &Adapter) -> AdapterSummary {
        match *adapter {}
    }

    /// Always that there is none.
    pub fn auto_reason_for_cpu(
        summaries: impl FnOnce() -> Vec<AdapterSummary>,
    ) -> Option<&'static str> {
        reason_for_cpu(&summaries())
    }

    /// Whether there is a use for one: never.
    pub fn has_graphics_device() -> bool {
        false
    }

    /// Always that there is none.
    pub fn reason_for_cpu(_: &[AdapterSummary]) -> Option<&'static str> {
        Some("built without the GPU engine")
    }

    /// # Errors
    /// Always [`GpuError::NotBuilt`].
    pub fn choose(_: Option<&str>) -> Result<Adapter, GpuError> {
        Err(GpuError::NotBuilt)
    }
}
