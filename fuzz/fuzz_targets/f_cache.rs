//! The binary cache of structure factors.

#![no_main]

use std::path::Path;

use nanobragg::structure_factors::cache;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = cache::parse(bytes, Path::new("Fdump.bin"), 1.0);
});
