//! Every intermediate value of one pixel, as the engine that renders it computes it.
//!
//! ```text
//! Plan ─ Tracer ─► PixelTrace ─ classic::text ─► the lines of the classic program's traces
//!                             └ taps::tap     ─► JSON objects
//! text ─ log::parse ─► Lines ─ divergence::compare ─► the first quantity that differs
//! ```
//!
//! To find where two engines part on a pixel, trace it on both, and compare what was written:
//!
//! ```
//! use nanobragg::{
//!     cli,
//!     simulator::Prepared,
//!     trace::{TraceEngine, Tolerance, Tracer, classic, divergence, log},
//! };
//!
//! let words = "-default_F 100 -cell 70 80 90 -lambda 1 -N 5 -distance 50 -detpixels 64";
//! let prepared = Prepared::new(&classic::parse(words.split(' '))?)?;
//! let engines = [TraceEngine::Cpu, TraceEngine::CpuF32];
//! let mut lines = Vec::new();
//! for engine in engines {
//!     let pixel = Tracer::new(engine)?.trace(&prepared.plan, 20, 30)?;
//!     lines.push(log::parse(&classic::text(&prepared.experiment, &prepared.plan, &pixel)));
//! }
//! let tolerance = Tolerance::of_engines(&prepared.plan, engines);
//! assert_eq!(divergence::compare(&lines[0], &lines[1], &tolerance).first, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod classic;
pub mod divergence;
mod geometry;
mod lattice_factors;
pub mod log;
mod recording;
pub mod taps;
mod tolerance;

use std::{fmt, sync::Arc};

pub use recording::{RayTrace, SourceTrace};
pub use tolerance::Tolerance;

use crate::{
    classic::options::Precision,
    engine::{
        EngineError, Record, Sample, Total,
        cpu::{CpuEngine, CpuOptions},
        gpu::{GpuEngine, GpuOptions},
    },
    image::Region,
    plan::{Physics, Plan, StructureFactors},
    structure_factors::Table,
};
use recording::Recording;

/// Samples of a pixel that a trace can hold, about 600 MB of them.
pub const MAX_SAMPLES: u64 = 4_000_000;

/// Engines that can be traced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceEngine {
    /// The CPU engine in float64.
    Cpu,
    /// The CPU engine in float32.
    CpuF32,
    /// The GPU engine.
    Gpu,
}

impl TraceEngine {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::CpuF32 => "cpu-f32",
            Self::Gpu => "gpu",
        }
    }
}

impl fmt::Display for TraceEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a pixel cannot be traced.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    #[error(
        "pixel {slow} {fast} (slow, fast) is not on the detector of {slow_pixels} x {fast_pixels} pixels"
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
    Engine(#[from] EngineError),
}

/// Where a pixel stands in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Inside the region of interest.
    pub in_region: bool,
    /// Left out by the mask.
    pub masked: bool,
}

impl Standing {
    fn of(plan: &Plan, slow: usize, fast: usize) -> Self {
        let region = plan.detector.region;
        Self {
            in_region: (region.slow_min..=region.slow_max).contains(&slow)
                && (region.fast_min..=region.fast_max).contains(&fast),
            masked: !plan.detector.is_unmasked(slow, fast),
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
    pub engine: TraceEngine,
    pub standing: Standing,
    /// Sensor layers outermost, then sub-pixels, fast innermost.
    pub rays: Vec<RayTrace>,
    pub total: Total,
    /// Photons. For a pixel that is not rendered, what it would hold if it were rendered alone.
    pub value: f32,
}

impl PixelTrace {
    /// What the image holds here.
    pub fn value_in_image(&self) -> f32 {
        if self.standing.is_rendered() {
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

/// An engine that is asked for pixels.
#[derive(Debug)]
pub struct Tracer {
    kind: TraceEngine,
    engine: Traced,
}

#[derive(Debug)]
enum Traced {
    Cpu(Box<CpuEngine>),
    Gpu(Box<GpuEngine>),
}

impl Traced {
    fn trace(
        &mut self,
        plan: &Plan,
        slow: usize,
        fast: usize,
        record: &mut dyn Record,
    ) -> Result<f32, EngineError> {
        match self {
            Self::Cpu(engine) => engine.trace(plan, slow, fast, record),
            Self::Gpu(engine) => engine.trace(plan, slow, fast, record),
        }
    }
}

impl Tracer {
    /// Starts the engine; the GPU engine on the preferred adapter.
    ///
    /// # Errors
    /// [`TraceError::Engine`] when there is no such engine here.
    pub fn new(kind: TraceEngine) -> Result<Self, TraceError> {
        Self::with(kind, GpuOptions::default())
    }

    /// Starts the engine; the GPU engine as the options ask.
    ///
    /// # Errors
    /// [`TraceError::Engine`] when there is no such engine here.
    pub fn with(kind: TraceEngine, gpu: GpuOptions) -> Result<Self, TraceError> {
        let cpu = |precision| {
            Traced::Cpu(Box::new(CpuEngine::new(CpuOptions {
                precision,
                ..CpuOptions::default()
            })))
        };
        let engine = match kind {
            TraceEngine::Cpu => cpu(Precision::F64),
            TraceEngine::CpuF32 => cpu(Precision::F32),
            TraceEngine::Gpu => {
                Traced::Gpu(Box::new(GpuEngine::new(gpu).map_err(EngineError::from)?))
            }
        };
        Ok(Self { kind, engine })
    }

    /// Traces one pixel of the image that `plan` describes.
    ///
    /// # Errors
    /// [`TraceError`]
    pub fn trace(
        &mut self,
        plan: &Plan,
        slow: usize,
        fast: usize,
    ) -> Result<PixelTrace, TraceError> {
        let detector = &plan.detector;
        if slow >= detector.slow_pixels || fast >= detector.fast_pixels {
            return Err(TraceError::OffDetector {
                slow,
                fast,
                slow_pixels: detector.slow_pixels,
                fast_pixels: detector.fast_pixels,
            });
        }
        let samples = plan.samples_per_pixel();
        if samples > MAX_SAMPLES {
            return Err(TraceError::TooManySamples { samples });
        }
        let standing = Standing::of(plan, slow, fast);
        let mut recording = Recording::default();
        let value = if standing.is_rendered() {
            self.engine.trace(plan, slow, fast, &mut recording)?
        } else {
            self.engine
                .trace(&alone(plan, slow, fast), slow, fast, &mut recording)?
        };
        Ok(PixelTrace {
            slow,
            fast,
            engine: self.kind,
            standing,
            rays: recording.rays,
            total: recording.total.expect("the kernel reports its total"),
            value,
        })
    }
}

/// The plan of an image of this pixel alone.
fn alone(plan: &Plan, slow: usize, fast: usize) -> Plan {
    let mut plan = plan.clone();
    plan.detector.region = Region {
        fast_min: fast,
        fast_max: fast,
        slow_min: slow,
        slow_max: slow,
    };
    plan.detector.mask = None;
    plan.orientations.first_loop = None;
    plan
}

/// The table of a plan, where it has one.
fn table(plan: &Plan) -> Option<&Arc<Table>> {
    match &plan.structure_factors {
        StructureFactors::Constant(_) => None,
        StructureFactors::Nearest(table) | StructureFactors::Tricubic(table) => Some(table),
    }
}

/// Samples over which a pixel's sum is averaged: the layers of the sensor add up.
fn steps(plan: &Plan) -> u64 {
    plan.samples_per_pixel() / plan.detector.sensor.layers as u64
}

/// The physics as `-physics` names it.
fn physics_name(physics: Physics) -> &'static str {
    match physics {
        Physics::Spec => "spec",
        Physics::CParity => "c-parity",
        Physics::Corrected => "corrected",
    }
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
