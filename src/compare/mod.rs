//! Two engines on identical options, or two image files, measured against each other: which differ, how far, and why.
//!
//! ```text
//! Request ─ Comparison::of ─► Comparison ─ table::report ─► text
//!             │ Runner.run (a), (b)     └ artifacts::write ─► a directory
//!             │ metrics, verdict
//!             └ explain: Runner.run of variations, Runner.trace
//! ```
//!
//! An engine of this program runs here and stays warm; another program is started.

mod artifacts;
mod built_in;
mod comparison;
mod differences;
mod error;
mod explain;
mod file_identity;
mod foreign;
mod metrics;
mod pictures;
mod report;
mod request;
mod resample;
mod runner;
mod side;
mod summary;
mod table;
mod verdict;
mod words;

pub use artifacts::{fresh_directory, write};
pub use comparison::Comparison;
pub use error::CompareError;
pub use explain::{Cause, Finding};
pub use file_identity::FileIdentity;
pub use metrics::{FrameMetrics, Metrics, MetricsOptions, PeakMetrics, RegionMetrics};
pub use pictures::{PictureScale, Tone};
pub use request::{Request, Subject};
pub use runner::Runner;
pub use side::{Side, SideEngine, SideRun};
pub use summary::{AdapterIdentity, SideSummary, Sides, Summary};
pub use table::report;
pub use verdict::{Thresholds, Verdict};
pub use words::ClassicWords;
