//! Structure factors: the table, each file format it is read from, and which of them a run uses.

use std::{fmt, path::PathBuf, sync::Arc};

use crate::formats::general;

pub mod atoms;
pub mod cache;
mod cell_check;
mod centring;
mod cif;
mod error;
mod expand;
pub mod hkl;
pub mod merged;
mod source_file;
pub mod symmetry;
mod table;

pub use cell_check::cell_difference;
pub use centring::{Centring, RhombohedralSetting};
pub use error::StructureFactorError;
pub use expand::{Contradiction, Expanded, KnownPoints, Symmetry, expand};
pub(crate) use source_file::SourceFile;
pub use source_file::SourceIdentity;
pub use table::Table;

/// Where the F cache lies unless `-dump` names another place.
pub const DEFAULT_CACHE: &str = "Fdump.bin";

/// The largest box that is allocated: 2²⁹ points, 4 GiB, every index of a ±400 table.
pub const MAX_TABLE_POINTS: u64 = 1 << 29;

/// The amplitude of one reflection, electrons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reflection {
    pub hkl: [i32; 3],
    pub f: f64,
}

/// What the crystal scatters with.
#[derive(Debug, Clone, PartialEq)]
pub enum Amplitudes {
    /// The same F, in electrons, for every reflection.
    Constant(f64),
    Table(Arc<Table>),
}

/// Structure factors, and what a reader of the log should know about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    pub amplitudes: Amplitudes,
    /// Which points of the table the file knows; `None` where it does not say, as in a cache.
    pub known: Option<Arc<KnownPoints>>,
    /// What the listed reflections suggest, where nothing names the symmetry.
    pub suggested_centring: Option<Centring>,
    /// The cell that the file names: a b c in Å, α β γ in degrees.
    pub cell: Option<[f64; 6]>,
    pub origin: Origin,
    /// More lines for the log: ranges, how many.
    pub details: Vec<String>,
    pub warnings: Vec<String>,
    /// Where the classic program would write the cache: set when the table was read from `-hkl`.
    pub cache_to_write: Option<PathBuf>,
    /// Whether a cache of an earlier run lies there that only the classic program would take over `-default_F`.
    pub has_stale_cache: bool,
}

impl Loaded {
    /// What the log says of them.
    pub fn provenance(&self) -> Vec<String> {
        let origin = format!("structure factors: {}", self.origin);
        std::iter::once(origin)
            .chain(self.details.iter().cloned())
            .collect()
    }
}

/// Where structure factors come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// `-default_F`, electrons.
    Constant(f64),
    File {
        /// What kind of file it is.
        kind: String,
        file: SourceIdentity,
    },
}

/// Of a number that was typed.
const SIGNIFICANT_DIGITS: usize = 15;

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(f_all) => {
                let f_all = general(*f_all, SIGNIFICANT_DIGITS);
                write!(f, "F = {f_all} for every reflection (-default_F)")
            }
            Self::File { kind, file } => write!(f, "{kind} {file}"),
        }
    }
}
