//! The GPU engine: each kernel by itself, and whole images against the CPU engine.

mod cross_check;
mod fringes;
#[path = "../golden_cases/mod.rs"]
mod golden_cases;
mod images;
mod kernels;
#[path = "../images/configurations/lines.rs"]
mod lines;
mod scenes;
mod shots;
mod trace;
mod twins;
