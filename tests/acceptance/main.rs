//! The acceptance tests that this family of simulators is judged by, under the IDs that the field gives them.
//!
//! `golden/acceptance/rows.json` lists the IDs. Each is a function of [`rows`] whose name begins with the ID and goes on
//! with what it promises. Those that render run on the CPU and on the GPU engine; what they measure goes into
//! `docs/conformance.md`, which `cargo run --release --example conformance` writes from the same functions.

mod coverage;
mod rows;
