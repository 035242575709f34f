//! AT-ROI, AT-STA: what is rendered and counted.

use std::sync::Arc;

use nanobragg::image::Image;
use ndarray::Array2;

use super::{
    Check, On,
    check::rows,
    images::{plan, render, same},
};

rows! {
    Described: [at_sta_001_a_known_pattern_has_its_known_statistics],
    Rendered: [at_roi_001_outside_the_region_and_under_the_mask_nothing_is_rendered_or_counted],
}

const LINE: &str = "-cell 70 80 90 75 85 95 -default_F 100 -N 5 -detpixels 60 -pixel 0.4 -distance 60 -oversample 1";

pub fn at_sta_001_a_known_pattern_has_its_known_statistics(check: &mut Check) {
    let (_, plan) =
        plan("-cell 100 -default_F 1 -detpixels_f 4 -detpixels_s 2 -pixel 0.1 -oversample 1");
    let pixels = Array2::from_shape_vec((2, 4), vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 7.0]);
    let image = Image::from_array(pixels.expect("2 × 4"));
    let found = plan.statistics(&image);
    let [fast_m, slow_m] = plan.last_subpixel_m(found.max_at);
    assert_eq!((found.pixels, found.max), (8, 8.0));
    for (found, expected) in [
        (found.mean, 4.5),
        (found.rms, (204.0_f64 / 7.0).sqrt()),
        (found.rmsd, 6.0_f64.sqrt()),
        (fast_m, 0.25e-3),
        (slow_m, 0.15e-3),
    ] {
        check.at_most(
            "error of a statistic",
            (found / expected - 1.0).abs(),
            1e-14,
        );
    }
}

pub fn at_roi_001_outside_the_region_and_under_the_mask_nothing_is_rendered_or_counted(
    check: &mut Check,
    on: On,
) {
    let whole = render(on, LINE);
    let (_, mut plan) = plan(&format!("{LINE} -roi 7 41 12 50"));
    // A beam stop and a dead row.
    let is_masked =
        |slow: usize, fast: usize| slow == 20 || slow.abs_diff(30) + fast.abs_diff(30) < 5;
    let mask = (0..60 * 60)
        .map(|i| u8::from(!is_masked(i / 60, i % 60)))
        .collect();
    Arc::make_mut(&mut plan.detector).panels[0].mask = Some(Arc::new(mask));
    let image = on.render(&plan);
    let mut rendered = 0;
    let (mut inside, mut expected) = (Vec::new(), Vec::new());
    for ((slow, fast), photons) in image.view().indexed_iter() {
        let is_inside = (7..=41).contains(&fast) && (12..=50).contains(&slow);
        if is_inside && !is_masked(slow, fast) {
            rendered += 1;
            inside.push(*photons);
            expected.push(whole.image[(slow, fast)]);
        } else {
            assert_eq!(*photons, 0.0, "slow {slow}, fast {fast}");
        }
    }
    assert_eq!(plan.statistics(&image).pixels, rendered);
    // In float64 a pixel does not know of the others. In float32 it is measured from the centre of its tile, and the
    // tiles of a region begin with it.
    let limit = if on == On::Cpu { 0.0 } else { on.tolerance() };
    let row = |pixels: Vec<f32>| Array2::from_shape_vec((1, pixels.len()), pixels).expect("a row");
    let what = "what is rendered to the same of the whole image, relative L2";
    same(check, what, row(inside).view(), row(expected).view(), limit);
}
