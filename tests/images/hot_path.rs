//! Nothing is allocated for a sample. Allocations are counted thread by thread: tests that run beside this one do not count.

use std::path::Path;

use nanobragg::{
    classic::{self, Experiment},
    engine::{Engine, Precision},
    internals::cpu::{CpuEngine, CpuOptions},
    plan::Plan,
};

fn plan(words: &str) -> Plan {
    let line = format!(
        "-hkl 2erl_P1.hkl -cell 53.91 23.1 23.1 90 110.4 90 -N 5 -distance 80 -detpixels 64 {words}"
    );
    let options = classic::parse(line.split_whitespace()).expect("the words are understood");
    let experiment = Experiment::from_options(&options).expect("an experiment");
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/inputs");
    let factors = &options.structure_factors;
    let loaded = classic::load(factors, experiment.physics, &inputs).expect("a table");
    experiment.plan(&loaded.amplitudes).unwrap()
}

/// Allocations of a warm engine's image, all of it on the one thread that counts.
fn allocations(precision: Precision, plan: &Plan) -> u64 {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread");
    pool.install(|| {
        let mut engine = CpuEngine::new(CpuOptions {
            precision,
            ..CpuOptions::default()
        });
        let mut render = || {
            engine.image(plan).expect("the image is rendered");
        };
        render();
        allocation_counter::measure(render).count_total
    })
}

#[test]
fn at_perf_004_the_inner_loops_allocate_nothing() {
    let few = plan("-oversample 1");
    for words in [
        "-oversample 3 -mosaic 1 -mosaic_dom 300",
        "-oversample 2 -hdivrange 1 -hdivsteps 5 -dispersion 1 -dispsteps 4 -phi 1 -osc 1 -phisteps 10",
        "-oversample 2 -interpolate -detector_thick 100 -detector_abs 200 -thicksteps 4 -oversample_thick",
    ] {
        let many = plan(words);
        assert!(many.samples_per_pixel(many.panel()) >= 16);
        for precision in [Precision::F64, Precision::F32] {
            let [few, many] = [&few, &many].map(|plan| allocations(precision, plan));
            assert!(
                many <= few + 8,
                "{precision:?}, {words}: {many} allocations, and {few} for one sample a pixel"
            );
        }
    }
}
