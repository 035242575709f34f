//! Every intermediate value of one pixel, as the engine that renders it computes it.
//!
//! ```text
//! Session ─ pixel ─► PixelTrace ─ classic::text ─► the lines of the classic program's traces
//!                               └ taps::object  ─► JSON objects
//! text ─ log::parse ─► Lines ─ divergence::compare ─► the first quantity that differs
//! ```
//!
//! To find where two engines part on a pixel, trace it on both, and compare what was written:
//!
//! ```
//! use nanobragg::{
//!     classic::{self, Prepared, RasterOrder, Session},
//!     engine::{EngineKind, Precision},
//!     trace::{self, Tolerance, classic::text, divergence, log},
//! };
//!
//! let words = "-default_F 100 -cell 70 80 90 -lambda 1 -N 5 -distance 50 -detpixels 64";
//! let prepared = Prepared::new(&classic::parse(words.split(' '))?)?;
//! let engines = [EngineKind::Cpu(Precision::F64), EngineKind::Cpu(Precision::F32)];
//! let mut lines = Vec::new();
//! for engine in engines {
//!     let engine = RasterOrder::open(engine, &Default::default())?;
//!     let mut session = Session::new(prepared.clone(), engine);
//!     let pixel = trace::pixel(&mut session, 20, 30)?;
//!     let plan = session.plan()?;
//!     lines.push(log::parse(&text(&prepared.experiment, &plan, &pixel)));
//! }
//! let tolerance = Tolerance::of_engines(&prepared.plan()?, engines);
//! assert_eq!(divergence::compare(&lines[0], &lines[1], &tolerance).first, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod classic;
pub mod divergence;
mod geometry;
mod lattice_factors;
mod lines;
pub mod log;
mod recording;
pub mod taps;
mod tolerance;

use std::sync::Arc;

pub use recording::{RayTrace, SourceTrace};
pub use tolerance::Tolerance;

use crate::{
    classic::{Session, SessionError},
    engine::{EngineKind, Sample, Total},
    image::Pixel,
    plan::{Plan, PlanError},
    structure_factors::Table,
};
use recording::Recording;

/// Samples of a pixel that a trace can hold, about 600 MB of them.
pub const MAX_SAMPLES: u64 = 4_000_000;

/// Why a pixel cannot be traced.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    #[error(
        "pixel {fast} {slow} (fast, slow) is not on the detector of {fast_pixels} x {slow_pixels} pixels; --pixel takes SLOW FAST"
    )]
    OffDetector {
        slow: usize,
        fast: usize,
        slow_pixels: usize,
        fast_pixels: usize,
    },
    #[error(
        "the pixel is summed over {samples} samples and a trace holds {MAX_SAMPLES}; ask for fewer -mosaic_dom, -phisteps, sources or -oversample"
    )]
    TooManySamples { samples: u64 },
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl From<PlanError> for TraceError {
    fn from(error: PlanError) -> Self {
        Self::Session(error.into())
    }
}

/// Where a pixel lies in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelStatus {
    /// Inside the region of interest.
    pub in_region: bool,
    /// Left out by the mask.
    pub masked: bool,
}

impl PixelStatus {
    fn of(plan: &Plan, slow: usize, fast: usize) -> Self {
        let panel = plan.panel();
        Self {
            in_region: panel.region.contains(slow, fast),
            masked: !panel.is_unmasked(slow, fast),
        }
    }

    /// Whether the image holds the pixel's intensity, and not 0.
    pub fn is_rendered(self) -> bool {
        self.in_region && !self.masked
    }
}

/// One pixel's intermediate values, in the order in which the engine met them.
#[derive(Debug, Clone, PartialEq)]
pub struct PixelTrace {
    pub slow: usize,
    pub fast: usize,
    pub engine: EngineKind,
    pub status: PixelStatus,
    /// Sensor layers outermost, then sub-pixels, fast innermost.
    pub rays: Vec<RayTrace>,
    pub total: Total,
    /// Photons. For a pixel that is not rendered, what it would hold if it were rendered alone.
    pub value: f32,
}

impl PixelTrace {
    /// What the image holds here.
    pub fn value_in_image(&self) -> f32 {
        if self.status.is_rendered() {
            self.value
        } else {
            0.0
        }
    }

    /// Every sample.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.rays
            .iter()
            .flat_map(|ray| &ray.sources)
            .flat_map(|source| &source.samples)
    }
}

/// Traces one pixel of the session's image.
///
/// # Errors
/// [`TraceError`]
pub fn pixel(session: &mut Session, slow: usize, fast: usize) -> Result<PixelTrace, TraceError> {
    let plan = session.plan()?;
    let panel = plan.panel();
    if slow >= panel.slow_pixels || fast >= panel.fast_pixels {
        return Err(TraceError::OffDetector {
            slow,
            fast,
            slow_pixels: panel.slow_pixels,
            fast_pixels: panel.fast_pixels,
        });
    }
    let samples = plan.samples_per_pixel(panel);
    if samples > MAX_SAMPLES {
        return Err(TraceError::TooManySamples { samples });
    }
    let mut recording = Recording::default();
    let value = session.trace(Pixel::at(slow, fast), &mut recording)?;
    Ok(PixelTrace {
        slow,
        fast,
        engine: session.kind(),
        status: PixelStatus::of(&plan, slow, fast),
        rays: recording.rays,
        total: recording.total.expect("the kernel reports its total"),
        value,
    })
}

/// The table of a plan, where it has one.
fn table(plan: &Plan) -> Option<&Arc<Table>> {
    plan.crystal().structure_factors_of(0).table()
}

/// Samples over which a pixel's sum is averaged: the layers of the sensor add up.
fn steps(plan: &Plan) -> u64 {
    plan.samples_per_pixel(plan.panel()) / plan.panel().sensor.layers as u64
}

/// A Miller index as integers.
fn whole(index: [f64; 3]) -> [i64; 3] {
    index.map(|component| component as i64)
}

/// Whether F of the nearest lattice point comes from outside the table.
fn is_out_of_bounds(plan: &Plan, sample: &Sample) -> bool {
    let Some(table) = table(plan) else {
        return false;
    };
    let (min, max) = (table.min(), table.max());
    let nearest = whole(sample.nearest);
    (0..3).any(|axis| nearest[axis] < i64::from(min[axis]) || nearest[axis] > i64::from(max[axis]))
}
