//! A file of sources: an error, or directions of unit length.

#![no_main]

use nanobragg::classic::{Experiment, options::Options};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nanobragg_fuzz::with_file(bytes, |path| {
        let mut options = Options::default();
        options.crystal.cell = Some([100.0, 100.0, 100.0, 90.0, 90.0, 90.0]);
        options.beam.source_file = Some(path.to_owned());
        options.detector.detpixels_fast = Some(2);
        options.detector.detpixels_slow = Some(2);
        if let Ok(experiment) = Experiment::from_options(&options) {
            for point in &experiment.sources.points {
                let squared: f64 = point.incident().iter().map(|x| x * x).sum();
                assert!((squared - 1.0).abs() < 1e-9, "{point:?}");
            }
        }
    });
});
