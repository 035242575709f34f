//! Images: those of the classic program, by every engine, with their noise, statistics and traces.

mod classic_lines;
mod configurations;
mod cpu_engine;
mod detector_noise;
mod golden;
#[path = "../golden_cases/mod.rs"]
mod golden_cases;
mod hot_path;
mod noise;
mod not_finite;
mod scenes;
mod shots;
mod statistics;
mod trace;
