//! Structure factors from a CIF file.

#![no_main]

use std::path::Path;

use nanobragg::classic::{
    self,
    options::{Physics, StructureFactorOptions},
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        let options = StructureFactorOptions {
            hkl: Some(path.to_owned()),
            ..StructureFactorOptions::default()
        };
        let _ = classic::load(&options, Physics::Spec, Path::new(""));
    });
});
