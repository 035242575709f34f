//! How fast an engine is, measured so that a stranger can repeat it, and never quoted for a wrong image.

mod chart;
mod matrix;
mod measure;
mod report;

pub use chart::chart;
pub use matrix::{MatrixError, matrix};
pub use measure::{Reference, Settings, run};
pub use report::{
    Bundle, Measurement, SCHEMA, Stage, WarmStages, csv, profile, roofline_table, stage_table,
};

use crate::classic::options::Precision;

/// An engine that can be timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BenchEngine {
    Gpu,
    Cpu,
    CpuF32,
}

impl BenchEngine {
    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
            Self::CpuF32 => "cpu-f32",
        }
    }

    /// The arithmetic of a CPU engine.
    pub fn cpu_precision(self) -> Option<Precision> {
        match self {
            Self::Gpu => None,
            Self::Cpu => Some(Precision::F64),
            Self::CpuF32 => Some(Precision::F32),
        }
    }

    /// The options that choose it.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Gpu => &["-device", "gpu"],
            Self::Cpu => &["-device", "cpu", "-precision", "f64"],
            Self::CpuF32 => &["-device", "cpu", "-precision", "f32"],
        }
    }
}

impl std::str::FromStr for BenchEngine {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Gpu, Self::Cpu, Self::CpuF32]
            .into_iter()
            .find(|engine| engine.name() == word)
            .ok_or_else(|| format!("`{word}` is no engine: say gpu, cpu or cpu-f32"))
    }
}
