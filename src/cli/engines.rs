//! What the commands that render have in common.

use crate::{classic::options::RunOptions, engine::EngineKind};

/// Lets the CPU engine run on the threads of `-threads`.
pub fn use_threads(run: &RunOptions) {
    if let Some(threads) = run.threads {
        // Fails only when the pool exists already, which nothing has asked for yet.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global();
    }
}

/// The names of the engines, for a command that takes one.
pub fn engine_names() -> impl clap::builder::TypedValueParser<Value = EngineKind> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(EngineKind::ALL.map(EngineKind::name)).map(|name| {
        let kind = name.parse();
        kind.expect("only names of engines pass")
    })
}
