//! The wgpu engine.

/// What can go wrong on the GPU.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {}
