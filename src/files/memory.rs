//! How much memory there is.

use std::sync::OnceLock;

/// Bytes of memory that this process may have at most: the machine's, or those of its container; `None` where nobody can tell.
pub fn machine_bytes() -> Option<u64> {
    static BYTES: OnceLock<Option<u64>> = OnceLock::new();
    *BYTES.get_or_init(measured)
}

#[cfg(feature = "cli")]
fn measured() -> Option<u64> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let limits = system.cgroup_limits();
    let of_container = limits.map_or(u64::MAX, |limits| limits.total_memory);
    let bytes = system.total_memory().min(of_container);
    (bytes > 0).then_some(bytes)
}

#[cfg(not(feature = "cli"))]
fn measured() -> Option<u64> {
    None
}
