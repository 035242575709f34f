//! Text of h k l F: an error, or reflections and from these a table or an error.

#![no_main]

use std::path::Path;

use nanobragg::structure_factors::{Table, hkl};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok((reflections, _)) = hkl::parse(bytes, Path::new("fuzz.hkl")) {
        let small = |index: &i32| index.unsigned_abs() < 100;
        // Larger tables cost time and nothing else.
        if reflections.iter().all(|reflection| reflection.hkl.iter().all(small)) {
            let _ = Table::from_reflections(&reflections, 0.0);
        }
    }
});
