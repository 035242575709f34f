//! What options describe: cell, camera and sources, how options combine, and what is refused.

mod classic_geometry;
mod exact_divisions;
mod geometry_properties;
#[path = "../golden_cases/mod.rs"]
mod golden_cases;
mod notices;
mod presets;
mod refusals;
mod rules;
