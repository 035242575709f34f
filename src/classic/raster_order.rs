//! The two rules of the classic program that follow its raster order: an interpolation that leaves the table turns the
//! rest of the run to the nearest table point, and under `-physics c-parity` the run's first φ loop may see other cells
//! than the rest. Both change within one pixel, which an engine that lets itself be watched computes alone.

use std::sync::Arc;

use crate::{
    engine::{
        Engine, EngineError, EngineKind, Outcome, Ray, Record, Sample, SourceRay, Total,
        cpu::CpuEngine,
    },
    image::Pixel,
    plan::{Plan, Planes},
    progress::Progress,
    scene::Detector,
    vector::{CellVectors, norm, scale, subtract},
};

/// Which of the rules an image follows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Order {
    /// The cells of the run's first loop over φ, where they are not those of the plan.
    pub first_loop: Option<Arc<Vec<CellVectors>>>,
    /// Whether an interpolation that leaves the table is the last.
    pub run_out_is_final: bool,
}

/// An engine that follows raster order where [`Order`] says so, and costs nothing where it does not.
pub struct RasterOrder {
    kind: EngineKind,
    engine: Box<dyn Engine>,
    /// Computes the pixels within which a rule changes.
    oracle: CpuEngine,
    /// Why this engine and no other, for the log.
    reason: Option<&'static str>,
    /// Of the image before.
    rest: Option<Rest>,
    pub order: Order,
}

/// What lies behind the pixel in which interpolation ends. From image to image that often stays the same pixel.
struct Rest {
    of: Arc<Detector>,
    last: Pixel,
    /// The camera without the pixels up to and including that one.
    detector: Arc<Detector>,
    /// Memory for its image.
    pixels: Vec<f32>,
}

impl Rest {
    /// That of the image before, where it will do; else in its memory.
    fn again(before: Option<Self>, detector: &Arc<Detector>, last: Pixel) -> Self {
        match before {
            Some(kept) if Arc::ptr_eq(&kept.of, detector) && kept.last == last => kept,
            before => {
                let mut pixels = before.map_or_else(Vec::new, |kept| kept.pixels);
                pixels.resize(detector.pixels(), 0.0);
                Self {
                    of: Arc::clone(detector),
                    last,
                    detector: Arc::new(after(detector, last)),
                    pixels,
                }
            }
        }
    }
}

impl RasterOrder {
    /// Wraps an engine that follows no order; `oracle` computes single pixels in its place.
    pub fn new(kind: EngineKind, engine: Box<dyn Engine>, oracle: CpuEngine) -> Self {
        Self {
            kind,
            engine,
            oracle,
            reason: None,
            rest: None,
            order: Order::default(),
        }
    }

    /// Which engine this is.
    pub fn kind(&self) -> EngineKind {
        self.kind
    }

    /// Says in the log why this engine was taken.
    pub fn because(self, reason: &'static str) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }

    /// The pixel in which the first φ loop of the run runs: the first with a source within the resolution limit.
    fn first_loop_pixel(
        &self,
        plan: &Plan,
        progress: &Progress,
    ) -> Result<Option<Pixel>, EngineError> {
        if self.order.first_loop.is_none() {
            return Ok(None);
        }
        for pixel in plan.rendered_pixels() {
            if progress.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            if survives(plan, pixel) {
                return Ok(Some(pixel));
            }
        }
        Ok(None)
    }

    /// A pixel within which a rule changes; whether its interpolation leaves the table.
    fn turning_pixel(
        &mut self,
        plan: &Plan,
        pixel: Pixel,
        is_first_loop: bool,
        record: Option<&mut dyn Record>,
    ) -> Result<(f32, bool), EngineError> {
        let first_loop = self.order.first_loop.clone().filter(|_| is_first_loop);
        let mut turning = Turning {
            first_loop,
            run_out_is_final: self.order.run_out_is_final,
            interpolates: plan.interpolates(),
            has_left: false,
            record,
        };
        let value = self.oracle.trace(plan, pixel, &mut turning)?;
        Ok((value, turning.has_left))
    }

    /// Whether the order changes anything once interpolation has left the table.
    fn ends_interpolation(&self, plan: &Plan) -> bool {
        self.order.run_out_is_final && plan.interpolates()
    }
}

impl Engine for RasterOrder {
    fn description(&self) -> String {
        let engine = self.engine.description();
        match self.reason {
            None => engine,
            Some(reason) => format!("{engine} ({reason})"),
        }
    }

    fn caution(&self, plan: &Plan) -> Option<String> {
        self.engine.caution(plan)
    }

    fn render(
        &mut self,
        plan: &Plan,
        planes: &mut Planes<'_>,
        progress: &Progress,
    ) -> Result<Outcome, EngineError> {
        let mut outcome = self.engine.render(plan, planes, progress)?;
        let detector = &plan.detector;
        let first = self.first_loop_pixel(plan, progress)?;
        if let Some(pixel) = first {
            let (value, has_left) = self.turning_pixel(plan, pixel, true, None)?;
            planes.image[detector.position_of(pixel)] = value;
            if has_left {
                outcome.left_table = Some(pixel);
            }
        }
        let Some(last) = outcome.left_table.filter(|_| self.ends_interpolation(plan)) else {
            return Ok(outcome);
        };
        if first != Some(last) {
            let (value, _) = self.turning_pixel(plan, last, false, None)?;
            planes.image[detector.position_of(last)] = value;
        }
        let rest = Rest::again(self.rest.take(), detector, last);
        let rest = self.rest.insert(rest);
        let nearest = Plan {
            detector: Arc::clone(&rest.detector),
            ..plan.without_interpolation()
        };
        let image = &mut rest.pixels;
        let rendered = self
            .engine
            .render(&nearest, &mut Planes { image }, progress)?;
        let from = detector.position_of(last) + 1;
        planes.image[from..].copy_from_slice(&rest.pixels[from..]);
        outcome.stages = outcome.stages + rendered.stages;
        Ok(outcome)
    }

    fn trace(
        &mut self,
        plan: &Plan,
        pixel: Pixel,
        record: &mut dyn Record,
    ) -> Result<f32, EngineError> {
        if !plan.renders(pixel) {
            return self.engine.trace(plan, pixel, record);
        }
        let progress = Progress::default();
        let first = self.first_loop_pixel(plan, &progress)?;
        let mut last = None;
        if self.ends_interpolation(plan) {
            let upto = Plan {
                detector: Arc::new(up_to_row(&plan.detector, pixel)),
                ..plan.clone()
            };
            let mut image = plan.detector.dark_image();
            last = self
                .engine
                .render(&upto, &mut Planes::of(&mut image), &progress)?
                .left_table;
            if let Some(pixel) = first {
                let (_, has_left) = self.turning_pixel(plan, pixel, true, None)?;
                if has_left {
                    last = Some(pixel);
                }
            }
        }
        let is_first = first == Some(pixel);
        if is_first || last == Some(pixel) {
            return Ok(self.turning_pixel(plan, pixel, is_first, Some(record))?.0);
        }
        if last.is_some_and(|last| last < pixel) {
            return self
                .engine
                .trace(&plan.without_interpolation(), pixel, record);
        }
        self.engine.trace(plan, pixel, record)
    }
}

/// Whether any source of any sample of a pixel is within the resolution limit.
fn survives(plan: &Plan, pixel: Pixel) -> bool {
    let dmin = plan.sampling.dmin_angstrom;
    if dmin <= 0.0 {
        return true;
    }
    let panel = &plan.detector.panels[pixel.panel];
    let oversample = plan.sampling.oversample;
    let along = |index: usize, sub: usize| {
        (index as f64 * oversample as f64 + sub as f64 + 0.5) / oversample as f64
    };
    (0..panel.sensor.layers).any(|layer| {
        let depth_m = layer as f64 * panel.sensor.layer_m;
        (0..oversample * oversample).any(|sub| {
            let fast = along(pixel.fast, sub % oversample);
            let slow = along(pixel.slow, sub / oversample);
            let point = panel.position_m(fast, slow, depth_m);
            let direction = scale(point, 1.0 / norm(point));
            plan.sources().iter().any(|source| {
                let q = norm(subtract(direction, source.incident)) / source.wavelength_angstrom;
                1.0 / q >= dmin
            })
        })
    })
}

/// The camera without the pixels up to and including one.
fn after(detector: &Detector, last: Pixel) -> Detector {
    let mut rest = detector.clone();
    for (number, panel) in rest.panels.iter_mut().enumerate().take(last.panel + 1) {
        let mut mask = match &panel.mask {
            Some(mask) => mask.to_vec(),
            None => vec![1; panel.pixels()],
        };
        let end = match number == last.panel {
            true => last.slow * panel.fast_pixels + last.fast + 1,
            false => panel.pixels(),
        };
        mask[..end].fill(0);
        panel.mask = Some(Arc::new(mask));
    }
    rest
}

/// The camera without the rows after a pixel's.
fn up_to_row(detector: &Detector, pixel: Pixel) -> Detector {
    let mut upto = detector.clone();
    for panel in upto.panels.iter_mut().skip(pixel.panel + 1) {
        panel.mask = Some(Arc::new(vec![0; panel.pixels()]));
    }
    upto.panels[pixel.panel].region.slow_max = pixel.slow;
    upto
}

/// Follows both rules within one pixel, and hands on what it sees.
struct Turning<'a> {
    /// Taken by the first loop over φ.
    first_loop: Option<Arc<Vec<CellVectors>>>,
    run_out_is_final: bool,
    interpolates: bool,
    has_left: bool,
    record: Option<&'a mut dyn Record>,
}

impl Record for Turning<'_> {
    fn cells(&mut self) -> Option<Arc<Vec<CellVectors>>> {
        self.first_loop.take()
    }

    fn interpolates(&mut self, is_inside: bool) -> bool {
        is_inside && !(self.has_left && self.run_out_is_final)
    }

    fn ray(&mut self, ray: &Ray) {
        if let Some(record) = &mut self.record {
            record.ray(ray);
        }
    }

    fn source(&mut self, source: &SourceRay) {
        if let Some(record) = &mut self.record {
            record.source(source);
        }
    }

    fn sample(&mut self, sample: &Sample) {
        self.has_left |= self.interpolates && !sample.interpolated && !sample.skipped;
        if let Some(record) = &mut self.record {
            record.sample(sample);
        }
    }

    fn total(&mut self, total: &Total) {
        if let Some(record) = &mut self.record {
            record.total(total);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;
    use crate::{
        engine::Precision,
        plan::Planner,
        scene::{Beam, Crystal, Panel, Scene, StructureFactors, UnitCell},
        structure_factors::Table,
    };

    /// Where interpolation ends, and the camera and memory of every image so far.
    #[derive(Default)]
    struct Log {
        last: Option<Pixel>,
        images: Vec<(Arc<Detector>, usize)>,
    }

    struct Logged(Arc<Mutex<Log>>);

    impl Engine for Logged {
        fn description(&self) -> String {
            String::new()
        }

        fn render(
            &mut self,
            plan: &Plan,
            planes: &mut Planes<'_>,
            _: &Progress,
        ) -> Result<Outcome, EngineError> {
            let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let memory = planes.image.as_ptr().addr();
            log.images.push((Arc::clone(&plan.detector), memory));
            planes.image.fill(log.images.len() as f32);
            Ok(Outcome {
                left_table: log.last,
                ..Outcome::default()
            })
        }

        fn trace(&mut self, _: &Plan, _: Pixel, _: &mut dyn Record) -> Result<f32, EngineError> {
            Ok(0.0)
        }
    }

    #[test]
    fn the_rest_of_a_camera_is_kept_while_interpolation_ends_in_the_same_pixel() {
        let cell = UnitCell::new([40.0, 50.0, 60.0, 90.0, 90.0, 90.0]).unwrap();
        let table = Table::filled([-1; 3], [1; 3], 5.0);
        let crystal = Crystal::new(cell, StructureFactors::Tricubic(Arc::new(table)));
        let camera = Detector::of(Panel::facing(6, 5, 1e-3, 0.05));
        let scene = Scene::new(Beam::of_wavelength(1.0), camera, crystal);
        let plan = Planner::default().plan(&scene).unwrap();
        let log = Arc::new(Mutex::new(Log::default()));
        let engine = Box::new(Logged(Arc::clone(&log)));
        let kind = EngineKind::Cpu(Precision::F64);
        let mut engine = RasterOrder::new(kind, engine, CpuEngine::default());
        engine.order.run_out_is_final = true;
        let mut rest = |slow, fast| {
            let panel = 0;
            let last = Pixel { panel, slow, fast };
            log.lock().unwrap().last = Some(last);
            let image = engine.image(&plan).unwrap();
            let images = std::mem::take(&mut log.lock().unwrap().images);
            let [(whole, _), (rest, memory)] = images.try_into().unwrap();
            assert!(Arc::ptr_eq(&whole, &plan.detector));
            for (at, &pixel) in image.as_slice().iter().enumerate() {
                let at = plan.detector.pixel_at(at);
                assert_eq!(rest.panels[0].is_unmasked(at.slow, at.fast), at > last);
                if at != last {
                    assert_eq!(pixel, if at < last { 1.0 } else { 2.0 }, "{at:?}");
                }
            }
            (rest, memory)
        };
        let (first, second, other) = (rest(2, 3), rest(2, 3), rest(4, 1));
        assert!(Arc::ptr_eq(&first.0, &second.0));
        assert!(!Arc::ptr_eq(&first.0, &other.0));
        assert_eq!([second.1, other.1], [first.1; 2]);
    }
}
