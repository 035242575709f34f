//! What the commands that render have in common.

use crate::{
    classic::{
        UsageError,
        options::{Device, RunOptions, TablePrecision},
    },
    engine::{EngineKind, Precision},
};

/// Threads that any machine may be asked for.
const FEWEST_ALLOWED_THREADS: usize = 64;
/// Threads that each core may be asked for.
const THREADS_PER_CORE: usize = 4;

/// Lets the CPU engine run on the threads of `-threads`; a warning where they are fewer.
#[must_use]
pub fn use_threads(run: &RunOptions) -> Option<String> {
    let wanted = run.threads?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let limit = FEWEST_ALLOWED_THREADS.max(THREADS_PER_CORE * cores);
    // Fails when the system gives no more, or when the pool exists already, which nothing has asked for yet.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(wanted.min(limit))
        .build_global();
    match pool {
        Err(error) => Some(format!("-threads {wanted}: not that many: {error}")),
        Ok(()) if wanted > limit => Some(format!(
            "-threads {wanted}: {limit} are used, enough for the cores of this machine ({cores})"
        )),
        Ok(()) => None,
    }
}

/// Refuses words about the engine that contradict each other.
///
/// # Errors
/// [`UsageError::Contradiction`]
pub fn check_engine(run: &RunOptions) -> Result<(), UsageError> {
    if run.device == Device::Gpu && run.precision == Some(Precision::F64) {
        return Err(UsageError::Contradiction {
            option: "-precision",
            problem: "f64 is the CPU engine's, the GPU computes in float32; give -device cpu or leave it out",
        });
    }
    if run.device != Device::Cpu && run.adapter.is_some() && run.precision == Some(Precision::F64) {
        return Err(UsageError::Contradiction {
            option: "-precision",
            problem: "f64 is the CPU engine's, and -adapter names a GPU, which computes in float32; leave one of them out",
        });
    }
    Ok(())
}

/// Which words about the engine have no effect on the one that renders.
pub fn idle_words(run: &RunOptions, kind: EngineKind) -> Vec<&'static str> {
    let is_gpu = kind == EngineKind::Gpu;
    [
        (
            !is_gpu && run.adapter.is_some(),
            "-adapter: without effect, the CPU renders",
        ),
        (
            !is_gpu && run.table == TablePrecision::F16,
            "-table f16: without effect, the CPU renders",
        ),
        (
            is_gpu && run.threads.is_some(),
            "-threads: without effect on the GPU that renders, only on what is made of its image",
        ),
    ]
    .into_iter()
    .filter_map(|(idle, note)| idle.then_some(note))
    .collect()
}

/// The names of the engines, for a command that takes one.
pub fn engine_names() -> impl clap::builder::TypedValueParser<Value = EngineKind> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(EngineKind::ALL.map(EngineKind::name)).map(|name| {
        let kind = name.parse();
        kind.expect("only names of engines pass")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &str) -> RunOptions {
        let options = crate::classic::parse(words.split_whitespace()).expect("the words are known");
        options.run
    }

    #[test]
    fn float64_on_a_gpu_is_refused() {
        for (words, refused) in [
            ("-device gpu -precision f64", true),
            ("-adapter X -precision f64", true),
            ("-device gpu -precision f32", false),
            ("-device gpu", false),
            ("-precision f64", false),
            ("-device cpu -adapter X -precision f64", false),
        ] {
            assert_eq!(check_engine(&run(words)).is_err(), refused, "{words}");
        }
    }

    #[test]
    fn words_for_the_other_engine_are_told() {
        let cpu = EngineKind::Cpu(Precision::F64);
        let told = |words, kind| idle_words(&run(words), kind).join("; ");
        assert!(told("-adapter X", cpu).contains("-adapter"));
        assert!(told("-table f16", cpu).contains("-table"));
        assert!(told("-threads 2", EngineKind::Gpu).contains("-threads"));
        assert_eq!(told("-threads 2 -table f32", cpu), "");
        assert_eq!(told("-adapter X -table f16", EngineKind::Gpu), "");
    }
}
