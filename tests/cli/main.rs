//! The commands as their users meet them: the built program, what it refuses, what it says and what it leaves behind.

mod bench;
mod broken_runs;
mod classic_lines;
mod collisions;
mod command;
mod compare;
mod completions;
mod counts;
mod headers;
mod noise_and_sum;
mod picture;
mod program;
mod readme;
mod render;
mod reproducible;
mod standard_output;
mod strangers;
mod structure_factors;
mod sweep;
