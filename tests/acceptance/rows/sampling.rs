//! AT-SAM: φ steps, sub-pixels and the resolution cutoff.

use nanobragg::vector::{norm, scale, subtract};

use super::{
    Check, On,
    check::rows,
    images::{render, same, same_as_theory},
    theory,
};

rows! {
    Rendered: [
        at_sam_001_two_identical_phi_steps_are_one,
        at_sam_002_an_oversampled_pixel_gets_the_factors_of_its_first_or_of_each_subpixel,
        at_sam_003_beyond_dmin_there_is_nothing_and_before_it_nothing_changes,
    ],
}

const OFF_CENTRE: &str = "-cell 70 80 90 75 85 95 -default_F 100 -N 3 -detpixels 48 -pixel 0.4 -distance 60 \
                          -Xbeam 3 -Ybeam 15 -polar 0.5";

pub fn at_sam_001_two_identical_phi_steps_are_one(check: &mut Check, on: On) {
    let one = render(on, &format!("{OFF_CENTRE} -phi 25"));
    let two = render(
        on,
        &format!("{OFF_CENTRE} -phi 25 -osc 720 -phistep 360 -phisteps 2"),
    );
    assert_eq!(two.plan.crystal().orientations.phi_steps, 2);
    let what = "relative L2 of two steps to one";
    same(
        check,
        what,
        two.image.view(),
        one.image.view(),
        on.tolerance(),
    );
}

pub fn at_sam_002_an_oversampled_pixel_gets_the_factors_of_its_first_or_of_each_subpixel(
    check: &mut Check,
    on: On,
) {
    for factors in [
        "",
        "-oversample_omega",
        "-oversample_polar",
        "-oversample_omega -oversample_polar",
        "-physics corrected",
    ] {
        let ours = render(on, &format!("{OFF_CENTRE} -oversample 2 {factors}"));
        same_as_theory(check, on, &ours);
    }
}

pub fn at_sam_003_beyond_dmin_there_is_nothing_and_before_it_nothing_changes(
    check: &mut Check,
    on: On,
) {
    let cut = render(on, &format!("{OFF_CENTRE} -oversample 1 -dmin 5"));
    let whole = render(on, &format!("{OFF_CENTRE} -oversample 1"));
    let source = cut.plan.sources()[0];
    let (mut beyond, mut within) = (0, 0);
    for ((at, cut_photons), whole_photons) in cut.image.indexed_iter().zip(&whole.image) {
        let direction = theory::first_ray(&cut.plan, at.0, at.1).direction;
        let q = scale(
            subtract(direction, source.incident),
            1.0 / source.wavelength_angstrom,
        );
        let spacing = 1.0 / norm(q);
        if (spacing / 5.0 - 1.0).abs() < 1e-5 {
            continue;
        }
        if spacing < 5.0 {
            assert_eq!(*cut_photons, 0.0, "{at:?} at {spacing} Å");
            beyond += 1;
        } else {
            let error = f64::from((cut_photons - whole_photons).abs());
            let scale = f64::from(whole_photons.abs()).max(f64::MIN_POSITIVE);
            check.at_most("change of what is left", error / scale, 1e-6);
            within += 1;
        }
    }
    assert!(beyond > 100 && within > 100, "{beyond} {within}");
}
