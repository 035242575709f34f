//! The classic words that choose an engine.

use crate::engine::{EngineKind, Precision};

/// What a command line says for this engine.
pub(crate) fn engine_words(kind: EngineKind) -> &'static [&'static str] {
    match kind {
        EngineKind::Gpu => &["-device", "gpu"],
        EngineKind::Cpu(Precision::F64) => &["-device", "cpu", "-precision", "f64"],
        EngineKind::Cpu(Precision::F32) => &["-device", "cpu", "-precision", "f32"],
    }
}
