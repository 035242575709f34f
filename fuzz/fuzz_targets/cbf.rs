//! A miniCBF image.

#![no_main]

use nanobragg::formats::cbf;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        let _ = cbf::read(path);
    });
});
