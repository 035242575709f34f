//! What the classic program decides once and for all pixels after: an interpolation that leaves the table turns the
//! rest of the run, in raster order, to the nearest table point.

use std::sync::Arc;

use super::GpuEngine;
use crate::{
    engine::EngineError,
    image::Image,
    plan::{Plan, StructureFactors},
    progress::Progress,
};

impl GpuEngine {
    /// Renders again from raster position `first` on, with the nearest table point.
    pub(super) fn finish_without_interpolation(
        &mut self,
        plan: &Plan,
        mut image: Image,
        first: usize,
        progress: &Progress,
    ) -> Result<Image, EngineError> {
        let StructureFactors::Tricubic(table) = &plan.structure_factors else {
            return Ok(image);
        };
        let mut rest = plan.clone();
        rest.structure_factors = StructureFactors::Nearest(Arc::clone(table));
        rest.detector.region.slow_min = first / image.fast_pixels();
        let (nearest, _) = self.pass(&rest, progress)?;
        image.as_mut_slice()[first..].copy_from_slice(&nearest.as_slice()[first..]);
        Ok(image)
    }
}
