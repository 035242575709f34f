//! Any words: an error or options, and from options an experiment or an error.

#![no_main]

use nanobragg::{classic::{self, Experiment}};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(mut options) = classic::parse(text.split_whitespace()) {
        // Files have targets of their own.
        options.crystal.matrix = None;
        options.beam.source_file = None;
        options.detector.mask = None;
        options.detector.image = None;
        if let Err(error) = Experiment::from_options(&options) {
            assert!(!error.to_string().is_empty());
        }
    }
});
