//! The driver's compiled kernels on disk, where wgpu offers them (Vulkan), so that the next process starts warm.

use std::{fs, io::Write, path::PathBuf};

use wgpu::{Features, PipelineCache, PipelineCacheDescriptor};

use super::device::OpenDevice;

/// A pipeline cache and the file it came from.
#[derive(Debug)]
pub struct DiskCache {
    cache: PipelineCache,
    path: PathBuf,
}

impl DiskCache {
    /// The cache of this adapter and driver; `None` where the backend or the machine has no place for one.
    pub fn open(gpu: &OpenDevice) -> Option<Self> {
        if !gpu.device.features().contains(Features::PIPELINE_CACHE) {
            return None;
        }
        let name = wgpu::util::pipeline_cache_key(&gpu.device.adapter_info())?;
        let path = directory()?.join(name);
        let data = fs::read(&path).ok();
        // SAFETY: the file is one that `save` wrote whole, under the key of this adapter and driver, and wgpu checks its
        // header; with `fallback` anything else is ignored.
        let cache = unsafe {
            gpu.device.create_pipeline_cache(&PipelineCacheDescriptor {
                label: Some("nanobragg"),
                data: data.as_deref(),
                fallback: true,
            })
        };
        Some(Self { cache, path })
    }

    pub fn cache(&self) -> &PipelineCache {
        &self.cache
    }

    /// Writes the cache beside its place and renames it; a cache that cannot be kept costs only time, so failures are
    /// passed over.
    pub fn save(&self) {
        let Some((data, directory)) = self.cache.get_data().zip(self.path.parent()) else {
            return;
        };
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(directory)?;
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            file.write_all(&data)?;
            file.persist(&self.path)?;
            Ok(())
        };
        let _ = write();
    }
}

/// `$XDG_CACHE_HOME/nanobragg`, or what stands for it.
fn directory() -> Option<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    from("XDG_CACHE_HOME")
        .or_else(|| from("LOCALAPPDATA"))
        .or_else(|| from("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("nanobragg"))
}
