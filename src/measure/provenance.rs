//! Where a figure comes from: which program, machine and input files.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use sha2::{Digest, Sha256};

/// The build of this program.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Build {
    pub version: String,
    /// Commit of the sources where the build could tell.
    pub git_commit: Option<String>,
    pub rustc: Option<String>,
    /// Target triple's architecture and operating system.
    pub target: String,
    /// Whether debug assertions are on, which makes timings meaningless.
    pub debug: bool,
}

impl Build {
    /// The build that is running.
    pub fn current() -> Self {
        let known = |value: Option<&str>| value.map(str::to_owned).filter(|v| !v.is_empty());
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            git_commit: known(option_env!("NANOBRAGG_GIT_COMMIT")),
            rustc: known(option_env!("NANOBRAGG_RUSTC")),
            target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
            debug: cfg!(debug_assertions),
        }
    }
}

/// The machine a run took place on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Machine {
    pub cpu_model: String,
    /// Instruction sets the CPU kernels could use.
    pub cpu_features: Vec<String>,
    pub physical_cores: Option<usize>,
    /// Threads that this process may run at once.
    pub available_threads: usize,
    pub memory_bytes: u64,
    pub operating_system: String,
}

impl Machine {
    /// The machine this process runs on.
    pub fn current() -> Self {
        let mut system = sysinfo::System::new();
        system.refresh_memory();
        system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
        let cpu_model = system
            .cpus()
            .first()
            .map(|cpu| cpu.brand().trim().to_owned())
            .filter(|brand| !brand.is_empty())
            .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
        Self {
            cpu_model,
            cpu_features: cpu_features(),
            physical_cores: sysinfo::System::physical_core_count(),
            available_threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: system.total_memory(),
            operating_system: sysinfo::System::long_os_version()
                .unwrap_or_else(|| std::env::consts::OS.to_owned()),
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn cpu_features() -> Vec<String> {
    [
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ("avx512dq", std::is_x86_feature_detected!("avx512dq")),
    ]
    .into_iter()
    .filter(|(_, present)| *present)
    .map(|(name, _)| name.to_owned())
    .collect()
}

#[cfg(target_arch = "aarch64")]
fn cpu_features() -> Vec<String> {
    std::arch::is_aarch64_feature_detected!("neon")
        .then(|| "neon".to_owned())
        .into_iter()
        .collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn cpu_features() -> Vec<String> {
    Vec::new()
}

/// SHA-256 of a file's contents, in hexadecimal, read in pieces so that the size does not matter.
///
/// # Errors
/// Whatever opening or reading the file meets.
pub fn sha256_file(path: &Path) -> io::Result<String> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    let mut hasher = Sha256::new();
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            break;
        }
        hasher.update(piece);
        let length = piece.len();
        reader.consume(length);
    }
    let digest = hasher.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_hash_is_the_published_one_of_its_contents() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        // The example of FIPS 180-4.
        assert_eq!(
            sha256_file(&path).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(sha256_file(&directory.path().join("missing")).is_err());
    }

    #[test]
    fn a_machine_names_its_processor_and_memory() {
        let machine = Machine::current();
        assert!(!machine.cpu_model.is_empty());
        assert!(machine.available_threads >= 1);
        assert!(machine.memory_bytes > 0);
    }
}
