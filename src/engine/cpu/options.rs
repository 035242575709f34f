//! How a CPU engine is set up.

use crate::{engine::Precision, lanes::Isa};

/// How a CPU engine is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuOptions {
    pub precision: Precision,
    /// Lanes of this instruction set.
    pub isa: Isa,
    /// One lane at a time: the oracle.
    pub scalar: bool,
}

impl Default for CpuOptions {
    fn default() -> Self {
        Self {
            precision: Precision::F64,
            isa: Isa::detect(),
            scalar: false,
        }
    }
}
