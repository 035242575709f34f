//! Text of h k l F: an error, or finite amplitudes.

#![no_main]

use std::path::Path;

use nanobragg::structure_factors::hkl;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok((reflections, _)) = hkl::parse(bytes, Path::new("fuzz.hkl")) {
        assert!(reflections.iter().all(|reflection| reflection.f.is_finite()));
    }
});
