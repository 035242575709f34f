//! What float32 explains: the errors of its parts, each measured on its own, and what an image makes of them.

use nanobragg::{classic::options::Physics, engine::cpu::CpuEngine, image::Image, plan::Plan};

use super::{indices::scattering_error, relative_l2, rendered};

/// Factors of a sample in float32: six sines of a square lattice transform, each good to 3e-7 (`tests/twins`), all of it
/// squared, and twenty roundings of 6e-8 in what multiplies it.
const ROUNDING: f64 = 5e-6;
/// A running sum is multiplied and rounded once a sample, by factors that share one rounding: three units of 2⁻²⁴.
const RUNNING_ROUNDING: f64 = 1.8e-7;

/// What float32 explains, relative to the whole image `oracle` of `plan`: the rounding of the factors, and what the oracle
/// itself makes of scattering vectors that are off by as much as those of the float32 engines.
///
/// How far those are off is measured in `indices.rs`. A shift of q by more than that along each laboratory
/// axis, to either side, moves any sample across whatever edge the error can move it across, such as that between two
/// reflections; so the differences that the six shifts make are added.
pub fn float32_bound(engine: &mut CpuEngine, plan: &Plan, oracle: &Image) -> f64 {
    let rounding = match plan.physics {
        Physics::Corrected => ROUNDING,
        Physics::Spec | Physics::CParity => {
            let factors = plan.per_sample;
            let is_running = factors.capture || factors.polarization || factors.omega;
            let steps = if is_running {
                plan.samples_per_pixel()
            } else {
                0
            };
            ROUNDING + RUNNING_ROUNDING * steps as f64
        }
    };
    let shift = 3f64.sqrt() * scattering_error(plan);
    let mut sum = 0.0;
    for axis in 0..3 {
        for sign in [1.0, -1.0] {
            let mut moved = plan.clone();
            for source in &mut moved.sources {
                source.incident[axis] += sign * shift * source.wavelength_angstrom;
            }
            let image = rendered(engine, &moved);
            sum += relative_l2(&image, oracle);
        }
    }
    rounding + sum
}
