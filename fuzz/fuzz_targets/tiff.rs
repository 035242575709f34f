//! A TIFF image.

#![no_main]

use nanobragg::formats::tiff;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        let _ = tiff::read(path);
    });
});
