/// What can go wrong on the GPU.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    /// wgpu found no adapter at all.
    #[error(
        "no GPU adapter was found; install a driver (or, on Linux, the software adapter: mesa-vulkan-drivers), or use -device cpu"
    )]
    NoAdapter,
    /// `-adapter` names none of them.
    #[error("-adapter {wanted}: no adapter has this in its name; there are: {}", found.join(", "))]
    UnknownAdapter { wanted: String, found: Vec<String> },
    /// The adapter lacks something the kernels need.
    #[error(
        "adapter {adapter}: {what} is {has} and the kernels need {needs}; use another -adapter or -device cpu"
    )]
    TooSmallAdapter {
        adapter: String,
        what: &'static str,
        has: u64,
        needs: u64,
    },
    /// The adapter gave no device.
    #[error("adapter {adapter} gave no device: {reason}; use another -adapter or -device cpu")]
    NoDevice { adapter: String, reason: String },
    /// A kernel was refused.
    #[error(
        "a kernel did not compile on {adapter}: {reason}; use another -adapter or -device cpu, and please report this"
    )]
    Kernel { adapter: String, reason: String },
    /// The table of structure factors is larger than one storage binding.
    #[error(
        "the table of structure factors takes {needs} bytes and {adapter} binds at most {limit}; {advice}"
    )]
    TableTooLarge {
        adapter: String,
        needs: u64,
        limit: u64,
        advice: &'static str,
    },
    /// A buffer that has to be in one piece is larger than one storage binding.
    #[error(
        "{what} take {needs} bytes and {adapter} binds at most {limit}; use fewer of them or -device cpu"
    )]
    TooMany {
        adapter: String,
        what: &'static str,
        needs: u64,
        limit: u64,
    },
    /// More samples than the kernels count.
    #[error(
        "{blocks} blocks of samples in one pixel, and the kernels count to 4294967295; use fewer sources, steps, domains, layers or sub-pixels, or -device cpu"
    )]
    TooManySamples { blocks: u64 },
    /// The crystal is too large for the kernels' float32.
    #[error(
        "{cells:e} unit cells in one mosaic domain are more than the GPU's float32 can sum (1e17); use -device cpu"
    )]
    CrystalTooLarge { cells: f64 },
    /// The Miller indices are too large for the kernels' fixed point.
    #[error(
        "a cell of {cell_angstrom} Å with a scattering vector of {scattering_per_angstrom} Å⁻¹ gives Miller indices beyond 2^25; use -device cpu"
    )]
    IndexRange {
        cell_angstrom: f64,
        scattering_per_angstrom: f64,
    },
    /// The adapter ran out of memory.
    #[error(
        "{adapter} ran out of memory: {reason}; render a smaller -roi, use -table f16 or -device cpu"
    )]
    OutOfMemory { adapter: String, reason: String },
    /// The device went away for good.
    #[error(
        "{adapter} was lost while rendering: {reason}; another program or the driver's watchdog may have reset it. Try again, or use -device cpu"
    )]
    DeviceLost { adapter: String, reason: String },
    /// wgpu refused a command.
    #[error("{adapter} refused a command: {reason}; use -device cpu, and please report this")]
    Command { adapter: String, reason: String },
}
