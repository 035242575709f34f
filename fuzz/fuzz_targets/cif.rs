//! Structure factors from a CIF file.

#![no_main]

use std::path::Path;

use nanobragg::{classic::options::{StructureFactorOptions, Physics}, structure_factors};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        let options = StructureFactorOptions {
            hkl: Some(path.to_owned()),
            ..StructureFactorOptions::default()
        };
        let _ = structure_factors::load(&options, Physics::Spec, Path::new(""));
    });
});
