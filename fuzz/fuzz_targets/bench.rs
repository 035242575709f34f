//! The figures of benchmarks, in JSON.

#![no_main]

use nanobragg::internals::bench;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        let _ = bench::matrix(&[path.to_owned()]);
    });
});
