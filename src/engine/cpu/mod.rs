//! The CPU engine: the float64 reference, and the fastest road to an image on a machine without a GPU.
//!
//! ```text
//! Plan ─► PreparedPlan (per image: orientations, table and constants in the kernel's precision)
//!          └─► bands of rows, in parallel ─► tiles of 32 × 4 pixels
//!                 rays:  positions, directions, solid angle, capture     float64 lanes
//!                 beam:  scattering vector and polarisation per source   float64 lanes
//!                 spots: the sum over orientations                       float64 or float32 lanes
//! ```
//!
//! A pixel's value depends on its own tile alone, and every lane does what a single lane would do, so the image is the
//! same bit for bit whatever the number of threads and, among instruction sets with a fused multiply-add, whatever the
//! processor.

mod dispatch;
mod kernel;
mod options;
mod prepared;
mod raster;
mod rays;
mod roofline;
mod spots;
mod tile;

use std::{sync::Mutex, time::Instant};

pub use options::CpuOptions;
pub use roofline::{Peak, operations_per_pixel};

use super::{
    Engine, EngineError, Outcome, Precision, Record, Stages,
    float32::{FRINGES, check_float32, follows_factors},
};
use crate::{
    image::Pixel,
    lanes::Isa,
    plan::{Plan, Planes},
    progress::Progress,
};
use dispatch::Kernels;
use tile::{Scratch, TILE_FAST, TILE_SLOW};

/// The CPU engine. It keeps one scratch a thread and the prepared parts of the last plan.
#[derive(Debug)]
pub struct CpuEngine {
    options: CpuOptions,
    /// One for every thread of the pool, taken by the thread of that number.
    scratch: Vec<Mutex<Scratch>>,
    single: prepared::Cache<f32>,
    double: prepared::Cache<f64>,
}

impl CpuEngine {
    /// An engine on rayon's current thread pool.
    ///
    /// # Panics
    /// When the processor lacks `options.isa`.
    pub fn new(options: CpuOptions) -> Self {
        assert!(
            Isa::available().contains(&options.isa),
            "this processor has no {}",
            options.isa
        );
        Self {
            options,
            scratch: Vec::new(),
            single: prepared::Cache::default(),
            double: prepared::Cache::default(),
        }
    }

    /// The precision of an image, refused where even its scale leaves float32.
    fn checked_precision(&self, plan: &Plan) -> Result<Precision, EngineError> {
        if self.options.precision == Precision::F32 {
            check_float32(plan)?;
        }
        Ok(self.precision_of(plan))
    }

    /// Float64 where float32 would lose what it is asked for.
    fn precision_of(&self, plan: &Plan) -> Precision {
        let tile = [TILE_FAST, TILE_SLOW];
        let mut panels = plan.detector.panels.iter();
        let follows = |panel| plan.fringes_within(panel, tile) <= FRINGES;
        if panels.all(follows) && follows_factors(plan) {
            self.options.precision
        } else {
            Precision::F64
        }
    }
}

impl Default for CpuEngine {
    fn default() -> Self {
        Self::new(CpuOptions::default())
    }
}

impl Engine for CpuEngine {
    fn description(&self) -> String {
        let precision = match self.options.precision {
            Precision::F64 => "float64",
            Precision::F32 => "float32",
        };
        let lanes = if self.options.scalar {
            "one lane".to_string()
        } else {
            self.options.isa.to_string()
        };
        let threads = rayon::current_num_threads();
        format!(
            "CPU, {precision}, {lanes}, {threads} thread{}",
            if threads == 1 { "" } else { "s" }
        )
    }

    fn caution(&self, plan: &Plan) -> Option<String> {
        (self.precision_of(plan) != self.options.precision).then(|| {
            "float32 would lose the fringes of so large a crystal between pixels so coarse, or round a running product too \
             often; this image is computed in float64"
                .to_owned()
        })
    }

    fn render(
        &mut self,
        plan: &Plan,
        planes: &mut Planes<'_>,
        progress: &Progress,
    ) -> Result<Outcome, EngineError> {
        let threads = rayon::current_num_threads();
        self.scratch
            .resize_with(threads.max(self.scratch.len()), Mutex::default);
        let start = Instant::now();
        let (scratch, upload, left_table);
        match self.checked_precision(plan)? {
            Precision::F64 => {
                let run = self.double.prepare(plan)?;
                (scratch, upload) = (&self.scratch, start.elapsed());
                let kernels = Kernels::<f64>::new(self.options);
                left_table = raster::render(&run, kernels, scratch, planes, progress)?;
            }
            Precision::F32 => {
                let run = self.single.prepare(plan)?;
                (scratch, upload) = (&self.scratch, start.elapsed());
                let kernels = Kernels::<f32>::new(self.options);
                left_table = raster::render(&run, kernels, scratch, planes, progress)?;
            }
        }
        Ok(Outcome {
            left_table,
            stages: Stages {
                upload,
                kernel: start.elapsed() - upload,
                kernel_by_adapter: None,
                readback: None,
            },
        })
    }

    fn trace(
        &mut self,
        plan: &Plan,
        pixel: Pixel,
        record: &mut dyn Record,
    ) -> Result<f32, EngineError> {
        if !plan.renders(pixel) {
            let (plan, pixel) = plan.of_pixel(pixel);
            return self.trace(&plan, pixel, record);
        }
        let scalar = CpuOptions {
            scalar: true,
            ..self.options
        };
        Ok(match self.checked_precision(plan)? {
            Precision::F64 => {
                let run = self.double.prepare(plan)?;
                raster::trace(&run, Kernels::<f64>::new(scalar), pixel, record)
            }
            Precision::F32 => {
                let run = self.single.prepare(plan)?;
                raster::trace(&run, Kernels::<f32>::new(scalar), pixel, record)
            }
        })
    }
}
