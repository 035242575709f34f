//! Why an image holds no photon.

use super::{Experiment, options::Physics, plain, structure_factors::shows_a_reflection};
use crate::{
    image::Statistics,
    plan::Plan,
    scene::{Shape, StructureFactors},
};

/// Photons on a whole image of which nobody sees one.
const DARK: f64 = 0.5;

/// What to tell of an image that is dark from edge to edge, and why it may be; `None` for one with light.
pub fn why_dark(experiment: &Experiment, plan: &Plan, statistics: &Statistics) -> Option<String> {
    let photons = statistics.mean * (statistics.pixels - statistics.not_finite) as f64;
    if photons >= DARK || statistics.not_finite > 0 {
        return None;
    }
    let amount = match statistics.mean {
        0.0 => "no photon".to_owned(),
        _ => format!("{} photons in all", plain(photons)),
    };
    let reason = reason(experiment, plan, statistics);
    Some(format!("the image is dark, {amount}: {reason}"))
}

fn reason(experiment: &Experiment, plan: &Plan, statistics: &Statistics) -> String {
    let (beam, crystal) = (&experiment.beam, &experiment.crystal);
    let dmin = experiment.sampling.dmin_angstrom;
    let coarsest = || {
        let spacings = plan.rendered_pixels();
        spacings
            .map(|pixel| plan.resolution_angstrom(pixel))
            .fold(0.0, f64::max)
    };
    let largest_f = largest_f(plan);
    if statistics.mean < 0.0 {
        "it is seen from behind, where the classic formula of the solid angle is negative; turn the detector by less than 90°, or -pivot sample swings it around the crystal"
            .to_owned()
    } else if statistics.pixels == 0 {
        "-mask, the gaps of -detector and -roi leave no pixel to render".to_owned()
    } else if beam.fluence == 0.0 {
        "the fluence is 0; give -fluence, or -flux with -exposure and -beamsize".to_owned()
    } else if largest_f == 0.0 {
        "every F is 0; look at -hkl and -default_F".to_owned()
    } else if experiment.sampling.per_sample.capture
        && experiment.detector.thickness_m == 0.0
        && experiment.physics == Physics::CParity
    {
        "-oversample_thick without -detector_thick captures nothing under c-parity".to_owned()
    } else if dmin > 0.0 && coarsest() < dmin {
        format!(
            "-dmin {} Å leaves out every pixel: the coarsest spacing on the detector is {} Å",
            plain(dmin),
            plain(coarsest())
        )
    } else if !sees_reflections(plan) {
        "no reflection that the detector sees has an F above 0; compare its resolution with the table's, or give -default_F"
            .to_owned()
    } else if statistics.max == 0.0 && matches!(crystal.shape, Shape::Gauss | Shape::Tophat) {
        "no spot falls on a sample; more -oversample, -phisteps or a -mosaic spread find those between samples".to_owned()
    } else {
        let [na, nb, nc] = crystal.n_cells.map(plain);
        format!(
            "F up to {} from {na}x{nb}x{nc} cells in {} photons/m² is too little; more -fluence, more cells (-N) or a larger F brighten it",
            plain(largest_f),
            plain(beam.fluence)
        )
    }
}

/// The largest F that any crystal has.
fn largest_f(plan: &Plan) -> f64 {
    let factors = plan
        .crystals
        .iter()
        .flat_map(|crystal| &crystal.structure_factors);
    factors
        .map(|factors| match factors {
            StructureFactors::Constant(f) => f.abs(),
            StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => {
                let values = table.values().iter();
                values
                    .map(|f| f.abs())
                    .fold(table.default_f().abs(), f64::max)
            }
        })
        .fold(0.0, f64::max)
}

fn sees_reflections(plan: &Plan) -> bool {
    match plan.crystal().structure_factors_of(0) {
        StructureFactors::Constant(f) => *f != 0.0,
        StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => {
            shows_a_reflection(plan, table)
        }
    }
}
