//! The first intermediate value of the worst pixels that differs between two engines of this program.

use super::{Case, Cause, Finding};
use crate::{
    compare::CompareError,
    measure::worst_pixels,
    trace::{Tolerance, divergence},
};

/// Worst pixels that are traced.
const TRACED_PIXELS: usize = 3;

/// Traces the worst pixels on both sides. Nothing for programs that cannot be traced, nor where precision explains all.
pub fn first_divergence(case: &mut Case<'_>) -> Result<Option<Finding>, CompareError> {
    let engines = [0, 1].map(|side: usize| case.sides[side].runner.side().engine.kind());
    let ([Some(engine_a), Some(engine_b)], Some([a, b])) = (engines, case.images()) else {
        return Ok(None);
    };
    let tolerance = Tolerance::of_engines(case.plan, [engine_a, engine_b]);
    let words = &case.words.words;
    let mut sentences = Vec::new();
    for worst in worst_pixels(a.view(), b.view(), TRACED_PIXELS) {
        let pixel = worst.pixel;
        let [trace_a, trace_b] = case
            .sides
            .each_mut()
            .map(|side| side.runner.trace(words, pixel));
        let (Some(trace_a), Some(trace_b)) = (trace_a, trace_b) else {
            return Ok(None);
        };
        if let Some(first) = divergence::compare(&trace_a, &trace_b, &tolerance).first {
            sentences.push(format!("fast {} slow {}: {first}", pixel.fast, pixel.slow));
        }
    }
    Ok((!sentences.is_empty()).then(|| Finding {
        cause: Cause::Divergence,
        text: format!(
            "first quantity that differs between a and b at the worst pixels: {}",
            sentences.join("; ")
        ),
        accounts_for_all: false,
    }))
}
