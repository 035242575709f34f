//! A sweep in HDF5.

#![no_main]

use nanobragg::formats::nexus;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        if let Ok(reader) = nexus::Reader::open(path) {
            let _ = reader.read_frame(0);
            let _ = reader.read_frame(reader.frames() - 1);
        }
    });
});
