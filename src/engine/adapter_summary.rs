//! What is known of a GPU, in builds with and without the engine that uses it.

/// What is known of an adapter before a device is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AdapterSummary {
    pub name: String,
    /// Vulkan, Metal or DX12.
    pub backend: String,
    /// Name and version of the driver, as far as it tells.
    pub driver: String,
    /// Discrete, integrated, virtual or software.
    pub kind: &'static str,
    /// A processor that plays a GPU.
    pub is_software: bool,
    /// Largest storage binding, bytes.
    pub max_storage_binding: u64,
    /// Largest buffer, bytes.
    pub max_buffer: u64,
    /// Workgroups along one axis of a dispatch.
    pub max_workgroups: u32,
    /// Whether it can time its own passes.
    pub has_timestamps: bool,
}
