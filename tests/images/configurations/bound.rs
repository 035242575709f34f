//! What float32 explains: the errors of its parts, each measured on its own, and what an image makes of them.

use std::sync::Arc;

use nanobragg::{classic::RasterOrder, image::Image, scene::Weighting};

use super::{Run, indices::scattering_error, relative_l2, rendered};

/// Factors of a sample in float32: six sines of a square lattice transform, each good to 3e-7 (`tests/twins`), all of it
/// squared, and twenty roundings of 6e-8 in what multiplies it.
const ROUNDING: f64 = 5e-6;
/// A running sum is multiplied and rounded once a sample, by factors that share one rounding: three units of 2⁻²⁴.
const RUNNING_ROUNDING: f64 = 1.8e-7;

/// What float32 explains, relative to the whole image `oracle` of `run`: the rounding of the factors, and what the oracle
/// itself makes of scattering vectors that are off by as much as those of the float32 engines.
///
/// How far those are off is measured in `indices.rs`. A shift of q by more than that along each laboratory
/// axis, to either side, moves any sample across whatever edge the error can move it across, such as that between two
/// reflections; so the differences that the six shifts make are added.
pub fn float32_bound(engine: &mut RasterOrder, run: &Run, oracle: &Image) -> f64 {
    let plan = &run.plan;
    let rounding = match plan.sampling.weighting {
        Weighting::AtTheEnd | Weighting::EachTerm => ROUNDING,
        Weighting::RunningSum(_) => {
            let steps = plan.samples_per_pixel(plan.panel());
            ROUNDING + RUNNING_ROUNDING * steps as f64
        }
    };
    let shift = 3f64.sqrt() * scattering_error(plan);
    let mut sum = 0.0;
    for axis in 0..3 {
        for sign in [1.0, -1.0] {
            let mut moved = run.clone();
            for source in &mut Arc::make_mut(&mut moved.plan.spectrum).sources {
                source.incident[axis] += sign * shift * source.wavelength_angstrom;
            }
            let image = rendered(engine, &moved);
            sum += relative_l2(&image, oracle);
        }
    }
    rounding + sum
}
