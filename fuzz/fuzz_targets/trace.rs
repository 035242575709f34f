//! The lines of a trace, and where the first half of them parts from the second.

#![no_main]

use nanobragg::trace::{Tolerance, divergence, log};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let lines = log::parse(text);
    let (a, b) = lines.split_at(lines.len() / 2);
    let tolerance = Tolerance::relative(1e-8);
    let _ = divergence::compare(a, b, &tolerance);
});
