//! The commands as their users meet them: the built program, what it refuses, what it says and what it leaves behind.

mod bench;
mod command;
mod compare;
mod completions;
mod noise_and_sum;
mod readme;
mod structure_factors;
mod sweep;
