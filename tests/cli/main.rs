//! The commands as their users meet them: the built program, what it refuses, what it says and what it leaves behind.

mod bench;
mod command;
mod compare;
mod noise_and_sum;
mod readme;
mod strangers;
mod structure_factors;
mod sweep;
