//! A PNG picture as a mask, or whatever other image the bytes are of.

#![no_main]

use nanobragg::formats::read_image;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        let _ = read_image(path);
    });
});
