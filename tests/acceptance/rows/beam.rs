//! AT-POL, AT-BKG, AT-FLU: what the beam does.

use super::{
    Check, On,
    check::rows,
    images::{experiment, render, same},
    theory,
};

rows! {
    Described: [at_flu_001_flux_exposure_and_beam_size_decide_the_fluence_and_clip_the_sample],
    Rendered: [
        at_pol_001_polarisation_is_kahns_factor_or_one,
        at_bkg_001_water_lies_under_everything,
    ],
}

const CAMERA: &str = "-cell 100 -detpixels 64 -pixel 0.5 -distance 40 -oversample 1";

pub fn at_pol_001_polarisation_is_kahns_factor_or_one(check: &mut Check, on: On) {
    let line = format!("{CAMERA} -N 1 -default_F 100");
    let off = render(on, &format!("{line} -nopolar"));
    for kahn in ["0", "0.3", "0.95"] {
        let polarised = render(on, &format!("{line} -polar {kahn}"));
        for ((at, photons), unpolarised) in polarised.image.indexed_iter().zip(&off.image) {
            let direction = theory::first_ray(&polarised.plan, at.0, at.1).direction;
            let source = &polarised.plan.sources()[0];
            let expected = theory::polarization(&polarised.plan, source, direction);
            let ratio = f64::from(*photons) / f64::from(*unpolarised);
            check.at_most(
                "error of Kahn's factor",
                (ratio / expected - 1.0).abs(),
                1e-6,
            );
        }
    }
    let expected = theory::image(&off.plan, |_| 100.0);
    same(
        check,
        "without, relative L2 to theory",
        off.image.view(),
        expected.view(),
        1e-6,
    );
}

pub fn at_bkg_001_water_lies_under_everything(check: &mut Check, on: On) {
    const ELECTRON_RADIUS_SQUARED_M2: f64 = 7.94079248018965e-30;
    let ours = render(
        on,
        &format!("{CAMERA} -N 3 -default_F 0 -water 50 -nopolar -fluence 2e24"),
    );
    let per_fluence = ELECTRON_RADIUS_SQUARED_M2 * 2e24;
    let background =
        2.57_f64.powi(2) * per_fluence * 50e-6_f64.powi(3) * 1e6 * 6.02214179e23 / 18.0;
    for ((slow, fast), photons) in ours.image.indexed_iter() {
        let omega = theory::first_ray(&ours.plan, slow, fast).omega;
        let error = f64::from(*photons) / (background * per_fluence * omega) - 1.0;
        check.at_most("error of the background", error.abs(), 1e-6);
    }
}

pub fn at_flu_001_flux_exposure_and_beam_size_decide_the_fluence_and_clip_the_sample(
    check: &mut Check,
) {
    let line = "-cell 95 -default_F 1 -flux 1e12 -exposure 0.1 -beamsize 0.02 -samplesize 0.05 -fluence 7 \
                -oversample 1";
    let experiment = experiment(line);
    let fluence = 1e12 * 0.1 / (0.02e-3 * 0.02e-3);
    let error = (experiment.beam.fluence / fluence - 1.0).abs();
    check.at_most("error of the fluence", error, 1e-12);
    // 50 µm along the beam, 20 µm across it, in cells of 95 Å.
    assert_eq!(experiment.crystal.n_cells, [5264.0, 2106.0, 2106.0]);
    let warnings = experiment.notices.warnings.join("\n");
    assert!(warnings.contains("beam"), "{warnings}");
}
