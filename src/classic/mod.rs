//! The classic program's words and what they mean: the option table and the dialect, the rules that combine options
//! into an experiment, and which structure factors a run uses.

mod darkness;
pub mod dialect;
#[cfg(feature = "cli")]
mod engine_words;
mod experiment;
#[cfg(feature = "cli")]
pub(crate) mod foreign;
mod history;
pub mod options;
mod plain_number;
#[cfg(feature = "cli")]
pub(crate) mod portable_words;
mod prepared;
pub mod presets;
mod raster_order;
mod session;
mod structure_factors;
pub mod table;

pub use darkness::why_dark;
pub use dialect::{UsageError, parse};
#[cfg(feature = "cli")]
pub(crate) use engine_words::engine_words;
pub use experiment::{
    ClassicBeam, ClassicCrystal, ClassicDetector, ClassicGoniometer, ClassicMosaic, Experiment,
    ExperimentError, Frame, Mask, Notices, PixelSampling, Placing, SourcePoint, Sources, Steps,
    with_headers,
};
pub use history::history;
pub use plain_number::plain;
pub use prepared::{PreparationError, Prepared};
pub use raster_order::{Order, RasterOrder};
pub use session::{Session, SessionError};
pub use structure_factors::{Coverage, SuspectedAbsences, coverage, load};
