//! An SMV image, and the camera of its header.

#![no_main]

use nanobragg::formats::smv;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        if let Ok(file) = smv::read(path) {
            let _ = file.camera();
        }
    });
});
