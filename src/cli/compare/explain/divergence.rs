//! The first intermediate value of the worst pixels that differs between two engines of this program.

use super::{Case, Cause, CompareError, Finding};
use crate::{
    cli::compare::side::Side,
    measure::{Pixel, worst_pixels},
    trace::{Tolerance, divergence, log},
};

/// Worst pixels that are traced.
const TRACED_PIXELS: usize = 3;

/// Traces the worst pixels on both sides. Nothing for programs that cannot be traced, nor where precision explains all.
pub fn first_divergence(case: &Case<'_>) -> Result<Option<Finding>, CompareError> {
    let (a, b) = (&case.a.1.image, &case.b.1.image);
    let sides = [case.a.0, case.b.0];
    let (Some(engine_a), Some(engine_b)) = (sides[0].engine.traced(), sides[1].engine.traced())
    else {
        return Ok(None);
    };
    if a.dim() != b.dim() {
        return Ok(None);
    }
    let tolerance = Tolerance::of_engines(case.plan, [engine_a, engine_b]);
    let trace = |side: &Side, pixel: Pixel| side.trace(&case.words.words, pixel);
    let mut sentences = Vec::new();
    for worst in worst_pixels(a.view(), b.view(), TRACED_PIXELS) {
        let pixel = worst.pixel;
        let (Some(text_a), Some(text_b)) = (trace(sides[0], pixel)?, trace(sides[1], pixel)?)
        else {
            return Ok(None);
        };
        let found = divergence::compare(&log::parse(&text_a), &log::parse(&text_b), &tolerance);
        if let Some(first) = found.first {
            sentences.push(format!("slow {} fast {}: {first}", pixel.slow, pixel.fast));
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
