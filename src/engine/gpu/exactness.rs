//! When the step from a tile's centre is too long for float32, and the kernels compute every index exactly.

use super::layout::TILE_EDGE;
use crate::{
    engine::float32::{FRINGES, follows_factors},
    physics::exact_ray,
    plan::{Plan, fringes::nearest_m},
    scene::Panel,
};

/// On panels of few pixels, which may show nothing but the slopes between spots, fewer: theirs cost little to compute exactly.
const FRINGES_OF_FEW: f64 = 15.0;
const FEW_PIXELS: usize = 128 * 128;
/// Largest index that has bits enough left for its fraction.
const LARGEST_INDEX: f64 = (1 << 19) as f64;
/// Counts of cells beyond this are not whole in float32.
const MOST_CELLS: f64 = (1 << 24) as f64;

/// What the indices of a tile are computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginnings {
    /// The direction of its centre.
    Centres,
    /// All its rays, at so many sub-pixels along an edge.
    Rays { oversample: usize },
}

/// Whether the kernels compute every index on a panel exactly.
pub fn is_used(plan: &Plan, panel: &Panel) -> bool {
    is_needed(plan, panel) && is_possible(plan, panel)
}

/// What the kernels cannot hold.
pub fn caution(plan: &Plan) -> Option<String> {
    let is_lost = |panel: &Panel| is_needed(plan, panel) && !is_possible(plan, panel);
    if plan.detector.panels.iter().any(is_lost) {
        return Some(
            "float32 may lose the fringes of so large a crystal between pixels so coarse, on a curved detector or one that \
             passes the sample: more than 5e-5 of the image; -device cpu computes it in float64"
                .to_owned(),
        );
    }
    if plan.sampling.weighting.per_sample().capture && !follows_factors(plan) {
        return Some(
            "float32 rounds a running product of capture so often that the image may be off by more than 5e-5; -device cpu \
             computes it in float64"
                .to_owned(),
        );
    }
    None
}

/// Whether steps would lose the fringes.
fn is_needed(plan: &Plan, panel: &Panel) -> bool {
    let most = if panel.pixels() > FEW_PIXELS {
        FRINGES
    } else {
        FRINGES_OF_FEW
    };
    plan.fringes_within(panel, [TILE_EDGE; 2]) > most
}

/// Whether the exact kernels can render a panel: a flat one, not too near to the sample.
fn is_possible(plan: &Plan, panel: &Panel) -> bool {
    let counts = plan.crystals.iter().flat_map(|c| c.domain.n_cells);
    let steps = 2 * TILE_EDGE * plan.sampling.oversample + panel.sensor.layers;
    let [fast_m, slow_m] = panel.pixel_size_m;
    // From the nearest point of a tile to the farthest.
    let across_m = TILE_EDGE as f64 * fast_m.hypot(slow_m) + depth_m(panel);
    panel.bend.is_none()
        && across_m < (exact_ray::LARGEST_RATIO - 1.0) * nearest_m(panel)
        && steps < exact_ray::MOST_STEPS
        && plan.largest_index() < LARGEST_INDEX
        && counts.fold(0.0, f64::max) < MOST_CELLS
}

fn depth_m(panel: &Panel) -> f64 {
    panel.sensor.layers as f64 * panel.sensor.layer_m
}
