//! The adapters of this machine, and which of them a run takes.

use std::path::Path;

use wgpu::{Adapter, Backends, DeviceType, Instance, InstanceDescriptor};

use super::GpuError;
pub use crate::engine::adapter_summary::AdapterSummary;

/// All adapters, hardware before software, discrete before integrated.
pub fn enumerate() -> Vec<Adapter> {
    let instance = Instance::new(InstanceDescriptor::new_without_display_handle());
    let mut adapters = pollster::block_on(instance.enumerate_adapters(Backends::PRIMARY));
    adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    adapters
}

/// Descriptions of all adapters, the preferred one first.
pub fn summaries() -> Vec<AdapterSummary> {
    enumerate().iter().map(summary).collect()
}

/// The description of one adapter.
pub fn summary(adapter: &Adapter) -> AdapterSummary {
    let info = adapter.get_info();
    let limits = adapter.limits();
    AdapterSummary {
        name: info.name,
        backend: info.backend.to_string(),
        driver: [info.driver, info.driver_info].join(" ").trim().to_owned(),
        kind: match info.device_type {
            DeviceType::DiscreteGpu => "discrete GPU",
            DeviceType::IntegratedGpu => "integrated GPU",
            DeviceType::VirtualGpu => "virtual GPU",
            DeviceType::Cpu => "software",
            DeviceType::Other => "unknown",
        },
        is_software: info.device_type == DeviceType::Cpu,
        max_storage_binding: limits.max_storage_buffer_binding_size,
        max_buffer: limits.max_buffer_size,
        max_workgroups: limits.max_compute_workgroups_per_dimension,
        has_timestamps: adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY),
    }
}

/// Why `-device auto` takes the CPU engine, `None` when it takes the first adapter. Where the system has no graphics device,
/// `summaries` is not asked: loading software drivers to find that they are software takes memory, and they may talk.
pub fn auto_reason_for_cpu(
    summaries: impl FnOnce() -> Vec<AdapterSummary>,
) -> Option<&'static str> {
    if has_graphics_device() {
        reason_for_cpu(&summaries())
    } else {
        Some("this machine has no graphics device")
    }
}

/// Whether the system shows a device that a hardware driver could drive; true where it cannot be told.
pub fn has_graphics_device() -> bool {
    // Beside DRM: NVIDIA's own driver, WSL, Adreno and Mali.
    const DEVICES: [&str; 4] = ["/dev/nvidiactl", "/dev/dxg", "/dev/kgsl-3d0", "/dev/mali0"];
    !cfg!(target_os = "linux")
        || std::fs::read_dir("/dev/dri").is_ok_and(|mut found| found.next().is_some())
        || DEVICES.iter().any(|path| Path::new(path).exists())
}

/// Why `-device auto` takes the CPU engine, `None` when it takes the first of these adapters.
pub fn reason_for_cpu(found: &[AdapterSummary]) -> Option<&'static str> {
    match found.first() {
        None => Some("there is no GPU adapter"),
        Some(first) if first.is_software => {
            Some("there is no hardware GPU, only a software adapter")
        }
        Some(_) => None,
    }
}

/// The adapter that `-adapter` names (any part of the name, in any case), the preferred one without it.
///
/// # Errors
/// [`GpuError::NoAdapter`] and [`GpuError::UnknownAdapter`].
pub fn choose(wanted: Option<&str>) -> Result<Adapter, GpuError> {
    let mut adapters = enumerate();
    if adapters.is_empty() {
        return Err(GpuError::NoAdapter);
    }
    let Some(wanted) = wanted else {
        return Ok(adapters.swap_remove(0));
    };
    let names: Vec<String> = adapters
        .iter()
        .map(|adapter| adapter.get_info().name)
        .collect();
    let lower = wanted.to_lowercase();
    match names
        .iter()
        .position(|name| name.to_lowercase().contains(&lower))
    {
        Some(index) => Ok(adapters.swap_remove(index)),
        None => Err(GpuError::UnknownAdapter {
            wanted: wanted.to_owned(),
            found: names,
        }),
    }
}

fn rank(device_type: DeviceType) -> u8 {
    match device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(is_software: bool) -> AdapterSummary {
        AdapterSummary {
            name: String::new(),
            backend: String::new(),
            driver: String::new(),
            kind: "",
            is_software,
            max_storage_binding: 0,
            max_buffer: 0,
            max_workgroups: 0,
            has_timestamps: false,
        }
    }

    #[test]
    fn auto_takes_a_hardware_gpu_and_nothing_less() {
        assert!(reason_for_cpu(&[]).is_some());
        assert!(reason_for_cpu(&[adapter(true)]).is_some());
        assert!(reason_for_cpu(&[adapter(false), adapter(true)]).is_none());
    }

    #[test]
    fn adapters_are_looked_for_only_where_there_is_a_device() {
        let mut asked = false;
        let reason = auto_reason_for_cpu(|| {
            asked = true;
            vec![adapter(true)]
        });
        assert!(reason.is_some());
        assert_eq!(asked, has_graphics_device());
    }

    #[test]
    fn hardware_ranks_before_software() {
        let kinds = [
            DeviceType::Cpu,
            DeviceType::VirtualGpu,
            DeviceType::DiscreteGpu,
            DeviceType::IntegratedGpu,
        ];
        let first = kinds.into_iter().min_by_key(|&kind| rank(kind));
        assert_eq!(first, Some(DeviceType::DiscreteGpu));
        assert!(rank(DeviceType::Cpu) > rank(DeviceType::Other));
    }
}
