//! AT-PERF: what speed and memory rest on. Times are measured by `nanobragg bench` and never asserted; what makes them
//! possible is.

use nanobragg::{
    engine::{Engine, cpu::CpuEngine},
    plan::Plan,
    progress::Progress,
};

use super::{Check, On, check::rows, gpu_engine, images::plan};

rows! {
    Rendered: [
        at_perf_001_every_size_reports_all_its_pixels_as_work,
        at_perf_002_more_threads_than_rows_do_no_harm,
        at_perf_003_the_image_is_the_only_buffer_of_its_size,
        at_perf_004_work_counts_every_sample_of_a_pixel,
        at_perf_005_a_warm_engine_renders_the_same_again,
        at_perf_006_a_changed_distance_leaves_no_trace_of_the_one_before,
        at_perf_007_the_suite_shares_one_warm_engine,
        at_perf_008_tables_and_orientations_are_replaced_when_they_change,
    ],
}

const CRYSTAL: &str = "-cell 70 80 90 75 85 95 -default_F 100 -N 5 -oversample 1 -pixel 0.4";

fn with_engine<T>(on: On, work: impl FnOnce(&mut dyn Engine) -> T) -> T {
    match on {
        On::Cpu => work(&mut CpuEngine::default()),
        On::Gpu => work(gpu_engine().as_mut()),
    }
}

fn rendered(engine: &mut dyn Engine, plan: &Plan) -> Vec<f32> {
    let image = engine
        .render(plan, &Progress::default())
        .expect("the image is rendered");
    image.as_slice().to_vec()
}

/// Pixels whose bits differ between a fresh engine's image and that of one that has rendered `before`.
fn differing(on: On, before: &[Plan], plan: &Plan) -> f64 {
    let cold = with_engine(on, |engine| rendered(engine, plan));
    let warm = with_engine(on, |engine| {
        for plan in before {
            rendered(engine, plan);
        }
        rendered(engine, plan)
    });
    let pairs = cold.iter().zip(&warm);
    pairs.filter(|(a, b)| a.to_bits() != b.to_bits()).count() as f64
}

const DIFFERING: &str = "pixels that differ in any bit";

pub fn at_perf_001_every_size_reports_all_its_pixels_as_work(_: &mut Check, on: On) {
    for pixels in [1, 31, 64, 300] {
        let (_, plan) = plan(&format!("{CRYSTAL} -detpixels {pixels}"));
        let progress = Progress::default();
        with_engine(on, |engine| engine.render(&plan, &progress)).expect("the image is rendered");
        let (done, total) = progress.position();
        assert_eq!(done, total, "{pixels} pixels");
        assert!(total >= pixels * pixels);
    }
}

pub fn at_perf_002_more_threads_than_rows_do_no_harm(check: &mut Check, on: On) {
    let (_, plan) = plan(&format!("{CRYSTAL} -detpixels_f 200 -detpixels_s 3"));
    let few = with_engine(on, |engine| rendered(engine, &plan));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(16)
        .build()
        .expect("threads");
    let many = pool.install(|| with_engine(on, |engine| rendered(engine, &plan)));
    check.at_most(
        DIFFERING,
        few.iter().zip(&many).filter(|(a, b)| a != b).count() as f64,
        0.0,
    );
}

pub fn at_perf_003_the_image_is_the_only_buffer_of_its_size(_: &mut Check, on: On) {
    // A region of a detector of a gigapixel would not fit if anything but the image grew with the detector: it is
    // refused by size alone or rendered, and a small region costs the image of the whole.
    let (_, plan) = plan(&format!(
        "{CRYSTAL} -detpixels 6000 -roi 2990 3010 2990 3010"
    ));
    let image = with_engine(on, |engine| rendered(engine, &plan));
    assert_eq!(image.len(), 6000 * 6000);
    assert_eq!(image.iter().filter(|v| **v > 0.0).count(), 21 * 21);
}

pub fn at_perf_004_work_counts_every_sample_of_a_pixel(_: &mut Check, _: On) {
    let line = "-cell 100 -default_F 1 -N 5 -detpixels 4 -oversample 3 -mosaic 1 -mosaic_dom 5 -phisteps 2 -osc 1 \
                -hdivrange 1 -hdivsteps 3 -dispersion 1 -dispsteps 2 -detector_thick 10 -thicksteps 4 -detector_abs 20";
    let (_, plan) = plan(line);
    assert_eq!(plan.samples_per_pixel(), 9 * 5 * 2 * 3 * 2 * 4);
}

pub fn at_perf_005_a_warm_engine_renders_the_same_again(check: &mut Check, on: On) {
    let (_, plan) = plan(&format!("{CRYSTAL} -detpixels 128 -mosaic 1 -mosaic_dom 5"));
    check.at_most(
        DIFFERING,
        differing(on, std::slice::from_ref(&plan), &plan),
        0.0,
    );
}

pub fn at_perf_006_a_changed_distance_leaves_no_trace_of_the_one_before(check: &mut Check, on: On) {
    let [near, far] =
        [70, 110].map(|mm| plan(&format!("{CRYSTAL} -detpixels 128 -distance {mm}")).1);
    check.at_most(DIFFERING, differing(on, &[near], &far), 0.0);
}

pub fn at_perf_007_the_suite_shares_one_warm_engine(_: &mut Check, on: On) {
    if on == On::Gpu {
        let first = gpu_engine().description();
        assert_eq!(first, gpu_engine().description());
    }
}

pub fn at_perf_008_tables_and_orientations_are_replaced_when_they_change(
    check: &mut Check,
    on: On,
) {
    let line = format!("{CRYSTAL} -detpixels 96 -distance 300");
    let before = [
        "-hkl 2erl_P1.hkl",
        "-hkl 2erl_P1.hkl -mosaic 1 -mosaic_dom 40",
        "-misset 10 20 30",
        "-hdivrange 2 -hdivsteps 3",
    ]
    .map(|words| plan(&format!("{line} {words}")).1);
    for words in [
        "-hkl test_pattern.hkl",
        "-misset 1 2 3 -mosaic 1 -mosaic_dom 3",
        "-round_xtal",
    ] {
        let (_, plan) = plan(&format!("{line} {words}"));
        check.at_most(DIFFERING, differing(on, &before, &plan), 0.0);
    }
}
