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
