//! What float32 can hold of an image.

use super::EngineError;
use crate::{plan::Plan, scene::Weighting};

/// Growth of a sum that float32 follows: between its ends, 1e-38 and 1e38, there is room for it and for the intensities.
const GROWTH: f64 = 1e12;
/// Fringes between the middle of a tile and its corners that float32 follows to 5·10⁻⁵ of the image.
pub(super) const FRINGES: f64 = 60.0;
/// Samples whose factors a running product rounds one after the other, to as much.
const FACTORS: u64 = 4096;

/// Refuses what an engine that sums in float32 would silently overflow or lose.
pub(super) fn check_float32(plan: &Plan) -> Result<(), EngineError> {
    let growth = plan.running_growth();
    if growth > GROWTH {
        return Err(EngineError::RunningSum { growth });
    }
    let growth = plan.sensor_growth();
    if growth > GROWTH {
        return Err(EngineError::SensorFromBehind { growth });
    }
    Ok(())
}

/// Whether a running product of rounded factors stays near the exact one.
pub(super) fn follows_factors(plan: &Plan) -> bool {
    let samples = |panel| plan.samples_per_pixel(panel);
    let most = plan.detector.panels.iter().map(samples).max();
    !matches!(plan.sampling.weighting, Weighting::RunningSum(_)) || most.unwrap_or(0) <= FACTORS
}
