//! A MOSFLM matrix: an error, or a crystal of finite axes.

#![no_main]

use nanobragg::classic::{Experiment, options::Options};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        let mut options = Options::default();
        options.crystal.matrix = Some(path.to_owned());
        options.detector.detpixels_fast = Some(2);
        options.detector.detpixels_slow = Some(2);
        if let Ok(experiment) = Experiment::from_options(&options) {
            assert!(experiment.crystal.real_space.iter().flatten().all(|length| length.is_finite()));
        }
    });
});
