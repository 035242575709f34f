//! An array of NumPy.

#![no_main]

use nanobragg::formats::npy;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        let _ = npy::read(path);
        let _ = npy::read_frames(path);
    });
});
