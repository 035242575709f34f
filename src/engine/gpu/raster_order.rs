//! The two rules of the classic program that follow its raster order: an interpolation that leaves the table turns the
//! rest of the run to the nearest table point, and under `-physics c-parity` the run's first φ loop may see other cells
//! than the rest. Both change within one pixel, which the CPU engine's float64 oracle computes.

use std::sync::Arc;

use super::GpuEngine;
use crate::{
    engine::{
        EngineError,
        cpu::{CpuEngine, Ray, Record, Sample, SourceRay, Total},
    },
    image::Image,
    plan::{Plan, Region, StructureFactors},
    progress::Progress,
};

/// What the oracle saw of a pixel.
#[derive(Debug, Default)]
struct Seen {
    survived: bool,
    left_table: bool,
}

impl Record for Seen {
    fn ray(&mut self, _: &Ray) {}

    fn source(&mut self, source: &SourceRay) {
        self.survived |= source.survives;
    }

    fn sample(&mut self, sample: &Sample) {
        self.left_table |= !sample.interpolated && !sample.skipped;
    }

    fn total(&mut self, _: &Total) {}
}

/// One pixel as a run that begins with it has it.
fn oracle(plan: &Plan, slow: usize, fast: usize) -> Result<(f32, Seen), EngineError> {
    let mut alone = plan.clone();
    alone.detector.region = Region {
        fast_min: fast,
        fast_max: fast,
        slow_min: slow,
        slow_max: slow,
    };
    let mut seen = Seen::default();
    let value = CpuEngine::default().trace(&alone, slow, fast, &mut seen)?;
    Ok((value, seen))
}

impl GpuEngine {
    /// Applies both rules to an image that ignores them; `left_table` is the first pixel whose interpolation left the
    /// table.
    pub(super) fn follow_raster_order(
        &mut self,
        plan: &Plan,
        mut image: Image,
        mut left_table: Option<usize>,
        progress: &Progress,
    ) -> Result<Image, EngineError> {
        let width = image.fast_pixels();
        let mut first_loop = None;
        if plan.orientations.first_loop.is_some() {
            // The first pixel with a source within the resolution limit.
            for (slow, fast) in plan.rendered_pixels() {
                if progress.is_cancelled() {
                    return Err(EngineError::Cancelled);
                }
                let (value, seen) = oracle(plan, slow, fast)?;
                if seen.survived {
                    let here = slow * width + fast;
                    image.as_mut_slice()[here] = value;
                    first_loop = Some(here);
                    let interpolates =
                        matches!(plan.structure_factors, StructureFactors::Tricubic(_));
                    if interpolates && seen.left_table {
                        left_table = Some(here);
                    }
                    break;
                }
            }
        }
        let StructureFactors::Tricubic(table) = &plan.structure_factors else {
            return Ok(image);
        };
        let Some(left) = left_table else {
            return Ok(image);
        };
        if first_loop != Some(left) {
            let mut later = plan.clone();
            later.orientations.first_loop = None;
            let (value, _) = oracle(&later, left / width, left % width)?;
            image.as_mut_slice()[left] = value;
        }
        let mut rest = plan.clone();
        rest.structure_factors = StructureFactors::Nearest(Arc::clone(table));
        rest.detector.region.slow_min = left / width;
        let (nearest, _) = self.pass(&rest, progress)?;
        image.as_mut_slice()[left + 1..].copy_from_slice(&nearest.as_slice()[left + 1..]);
        Ok(image)
    }
}
