//! The rows, one file per group, and what they share.

mod check;
mod classic;
mod fit;
mod images;
mod theory;

pub mod absorption;
pub mod beam;
pub mod cli;
pub mod extremes;
pub mod files;
pub mod geometry;
pub mod intensities;
pub mod measures;
pub mod orientation;
pub mod peaks;
pub mod performance;
pub mod precedence;
pub mod sampling;
pub mod sources;
pub mod structure_factors;

pub use check::{Body, Check, On, Row, gpu_engine};

/// Every row, in the order of the list of IDs.
pub fn all() -> Vec<Row> {
    let mut rows: Vec<Row> = [
        geometry::ROWS,
        sampling::ROWS,
        absorption::ROWS,
        structure_factors::ROWS,
        beam::ROWS,
        files::ROWS,
        sources::ROWS,
        precedence::ROWS,
        measures::ROWS,
        cli::ROWS,
        peaks::ROWS,
        intensities::ROWS,
        extremes::ROWS,
        orientation::ROWS,
        performance::ROWS,
    ]
    .concat();
    rows.sort_by(|a, b| a.name.cmp(b.name));
    rows
}
