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

use std::collections::BTreeMap;

use serde::Deserialize;

pub use check::{Body, Check, On, Row, gpu_engine};

/// The IDs of the rows, with what each is about, by group.
#[derive(Deserialize)]
pub struct List {
    pub groups: Vec<Group>,
}

#[derive(Deserialize)]
pub struct Group {
    pub prefix: String,
    pub rows: BTreeMap<String, String>,
}

/// The list that the rows are to carry.
pub fn list() -> List {
    serde_json::from_str(include_str!("../../../golden/acceptance/rows.json")).unwrap()
}

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
