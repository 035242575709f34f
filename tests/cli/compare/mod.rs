//! `nanobragg compare` says whether two images agree, and why not.

mod artifacts;
#[cfg(unix)]
mod planted_faults;
mod run;
mod stale_files;
mod verdict;
