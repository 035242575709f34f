//! Structure factors computed from a PDB or CIF file of coordinates.

#![no_main]

use std::path::Path;

use nanobragg::classic::{
    self,
    options::{Physics, StructureFactorOptions},
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        let options = StructureFactorOptions {
            pdb: Some(path.to_owned()),
            resolution_angstrom: Some(8.0),
            ..StructureFactorOptions::default()
        };
        let _ = classic::load(&options, Physics::Spec, Path::new(""));
    });
});
