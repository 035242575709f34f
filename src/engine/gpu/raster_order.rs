//! The two rules of the classic program that follow its raster order: an interpolation that leaves the table turns the
//! rest of the run to the nearest table point, and under `-physics c-parity` the run's first φ loop may see other cells
//! than the rest. Both change within one pixel, which the CPU engine's float64 oracle computes.

use std::sync::Arc;

use super::GpuEngine;
use crate::{
    engine::{EngineError, Ray, Record, Sample, SourceRay, Total, cpu::CpuEngine},
    image::{Image, Region},
    plan::{Plan, StructureFactors},
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
fn oracle(
    plan: &Plan,
    slow: usize,
    fast: usize,
    record: &mut dyn Record,
) -> Result<f32, EngineError> {
    let mut alone = plan.clone();
    alone.detector.region = Region {
        fast_min: fast,
        fast_max: fast,
        slow_min: slow,
        slow_max: slow,
    };
    CpuEngine::default().trace(&alone, slow, fast, record)
}

/// Raster positions at which a rule takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turns {
    /// The pixel of the run's first φ loop, where that loop sees other cells.
    first_loop: Option<usize>,
    /// The last pixel that interpolates.
    run_out: Option<usize>,
}

/// Who computes a pixel.
pub(super) enum Painter {
    /// The oracle, with this plan.
    Oracle(Box<Plan>),
    /// The kernels, with this plan.
    Kernels(Box<Plan>),
}

impl Turns {
    /// The turns of a run whose kernels see an interpolation leave the table first at `left_table`.
    pub fn of(
        plan: &Plan,
        left_table: Option<usize>,
        progress: &Progress,
    ) -> Result<Self, EngineError> {
        let interpolates = matches!(plan.structure_factors, StructureFactors::Tricubic(_));
        let mut turns = Self {
            first_loop: None,
            run_out: left_table.filter(|_| interpolates && plan.run_out_is_final()),
        };
        if plan.orientations.first_loop.is_none() {
            return Ok(turns);
        }
        // The first pixel with a source within the resolution limit.
        for (slow, fast) in plan.rendered_pixels() {
            if progress.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let mut seen = Seen::default();
            oracle(plan, slow, fast, &mut seen)?;
            if seen.survived {
                let here = slow * plan.detector.fast_pixels + fast;
                turns.first_loop = Some(here);
                if interpolates && plan.run_out_is_final() && seen.left_table {
                    turns.run_out = Some(here);
                }
                break;
            }
        }
        Ok(turns)
    }

    /// Who computes the pixel at a raster position.
    pub fn painter(&self, plan: &Plan, here: usize) -> Painter {
        let mut plan = Box::new(plan.clone());
        if self.first_loop == Some(here) {
            return Painter::Oracle(plan);
        }
        plan.orientations.first_loop = None;
        match (self.run_out, &plan.structure_factors) {
            (Some(last), _) if here == last => Painter::Oracle(plan),
            (Some(last), StructureFactors::Tricubic(table)) if here > last => {
                plan.structure_factors = StructureFactors::Nearest(Arc::clone(table));
                plan.detector.region.slow_min = last / plan.detector.fast_pixels;
                Painter::Kernels(plan)
            }
            _ => Painter::Kernels(plan),
        }
    }
}

impl GpuEngine {
    /// Applies both rules to an image that ignores them; `left_table` is the first pixel whose interpolation left the
    /// table.
    pub(super) fn follow_raster_order(
        &mut self,
        plan: &Plan,
        mut image: Image,
        left_table: Option<usize>,
        progress: &Progress,
    ) -> Result<Image, EngineError> {
        let width = image.fast_pixels();
        let turns = Turns::of(plan, left_table, progress)?;
        if let Some(first) = turns.run_out.or(left_table) {
            progress.report_left_table(first);
        }
        for here in turns.first_loop.into_iter().chain(turns.run_out) {
            if let Painter::Oracle(plan) = turns.painter(plan, here) {
                let mut seen = Seen::default();
                image.as_mut_slice()[here] = oracle(&plan, here / width, here % width, &mut seen)?;
            }
        }
        let Some(last) = turns.run_out else {
            return Ok(image);
        };
        if let Painter::Kernels(rest) = turns.painter(plan, last + 1) {
            let (nearest, _) = self.pass(&rest, progress)?;
            image.as_mut_slice()[last + 1..].copy_from_slice(&nearest.as_slice()[last + 1..]);
        }
        Ok(image)
    }

    /// Computes one rendered pixel as the image has it, bit for bit, and reports every intermediate value to `record`.
    /// The values are the kernels' own, but for the two pixels that the oracle computes.
    ///
    /// # Errors
    /// As [`Engine::render`](crate::engine::Engine::render).
    pub fn trace(
        &mut self,
        plan: &Plan,
        slow: usize,
        fast: usize,
        record: &mut dyn Record,
    ) -> Result<f32, EngineError> {
        let progress = Progress::default();
        let mut left_table = None;
        if matches!(plan.structure_factors, StructureFactors::Tricubic(_))
            && plan.run_out_is_final()
        {
            let mut before = plan.clone();
            before.detector.region.slow_max = slow;
            (_, left_table) = self.pass(&before, &progress)?;
        }
        let turns = Turns::of(plan, left_table, &progress)?;
        match turns.painter(plan, slow * plan.detector.fast_pixels + fast) {
            Painter::Oracle(plan) => oracle(&plan, slow, fast, record),
            Painter::Kernels(plan) => self.trace_kernels(&plan, slow, fast, record),
        }
    }
}
