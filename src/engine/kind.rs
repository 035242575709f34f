//! The engines by name.

use std::{fmt, str::FromStr};

/// The engines of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum EngineKind {
    /// Float32 on a graphics card.
    Gpu,
    /// On every core.
    Cpu(Precision),
}

/// Arithmetic of the CPU engine.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    #[default]
    F64,
    F32,
}

/// How the GPU engine stores structure factors.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum TablePrecision {
    #[default]
    F32,
    /// Half the memory; each F is off by up to 2⁻¹¹ of itself.
    F16,
}

impl EngineKind {
    /// Every engine.
    pub const ALL: [Self; 3] = [
        Self::Gpu,
        Self::Cpu(Precision::F64),
        Self::Cpu(Precision::F32),
    ];

    /// Its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gpu => "gpu",
            Self::Cpu(Precision::F64) => "cpu",
            Self::Cpu(Precision::F32) => "cpu-f32",
        }
    }

    /// The arithmetic of a CPU engine.
    pub fn cpu_precision(self) -> Option<Precision> {
        match self {
            Self::Gpu => None,
            Self::Cpu(precision) => Some(precision),
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<EngineKind> for &'static str {
    fn from(kind: EngineKind) -> Self {
        kind.name()
    }
}

impl FromStr for EngineKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == word)
            .ok_or_else(|| format!("`{word}` is no engine: say gpu, cpu or cpu-f32"))
    }
}

impl TryFrom<String> for EngineKind {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        word.parse()
    }
}
