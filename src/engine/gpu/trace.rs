//! One pixel with everything the kernels compute of it: the kernels of the image with a buffer to write to, run on the
//! pixel's own tile with all other pixels masked.

use std::sync::Arc;

use super::{
    GpuEngine, Interpolation,
    entries::THREAD_PIXELS,
    final_error,
    job::Job,
    layout::{Entry, PixelWord, Slice, TILE_EDGE},
    tiles::{self, Corner},
};
use crate::{
    engine::{EngineError, Ray, Record, Sample, SourceRay, Total},
    image::Pixel,
    plan::Plan,
    scene::Detector,
    vector::{Vector, add, scale, subtract},
};

impl GpuEngine {
    /// Traces a pixel that the kernels render.
    pub(super) fn trace_kernels(
        &mut self,
        plan: &Plan,
        pixel: Pixel,
        record: &mut dyn Record,
    ) -> Result<f32, EngineError> {
        let (plan, corner) = only(plan, pixel);
        let mut job = Job::new(&plan, self.options.table, &self.renderer.gpu)?;
        job.specialisation.traced = true;
        let rows = TILE_EDGE / THREAD_PIXELS;
        let mut reader = Reader {
            job: &job,
            centre: tiles::centre(plan.panel(), corner).direction,
            lane: (pixel.slow - corner.slow) / rows,
            at: None,
            record,
            value: 0.0,
        };
        let renderer = &mut self.renderer;
        renderer
            .trace(&job, corner, &mut |slice, entries| {
                reader.read(slice, entries)
            })
            .map_err(|failure| final_error(renderer, failure))?;
        Ok(reader.value)
    }
}

/// The plan with this pixel alone, on the tile that renders it.
fn only(plan: &Plan, pixel: Pixel) -> (Plan, Corner) {
    let Pixel { panel, slow, fast } = pixel;
    let mut panel = plan.detector.panels[panel].clone();
    let corner = Corner {
        fast: fast - (fast - panel.region.fast_min) % TILE_EDGE,
        slow: slow - (slow - panel.region.slow_min) % TILE_EDGE,
    };
    panel.region.fast_min = corner.fast;
    panel.region.slow_min = corner.slow;
    let mut mask = vec![0; panel.pixels()];
    mask[slow * panel.fast_pixels + fast] = 1;
    panel.mask = Some(Arc::new(mask));
    let alone = Plan {
        detector: Arc::new(Detector::of(panel)),
        ..plan.clone()
    };
    (alone, corner)
}

/// Turns entries into what a trace keeps.
struct Reader<'a> {
    job: &'a Job<'a>,
    /// Unit vector to the tile's centre.
    centre: Vector,
    /// Which of the thread's pixels is traced.
    lane: usize,
    /// Step and source of the block before.
    at: Option<(usize, usize)>,
    record: &'a mut dyn Record,
    value: f32,
}

impl Reader<'_> {
    /// The entries of one slice.
    fn read(&mut self, slice: &Slice, entries: &[Entry]) {
        let mut block = slice.first_block as usize;
        let mut rest = entries;
        while let [first, ..] = rest {
            let pixels = &rest[..THREAD_PIXELS];
            let mine = &pixels[self.lane];
            rest = &rest[THREAD_PIXELS..];
            if first.kind == Entry::TOTAL {
                self.total(mine);
                continue;
            }
            let survives = self.block(block, mine);
            let first_orientation = block % self.job.blocks_per_source * self.job.block_length;
            let mut orientation = first_orientation;
            while let Some((samples, [sums, after @ ..])) = rest.split_at_checked(THREAD_PIXELS)
                && sums.kind == Entry::SUMS
            {
                if survives {
                    self.sample(orientation, &samples[self.lane], sums.numbers[0][self.lane]);
                }
                orientation += 1;
                rest = after;
            }
            block += 1;
        }
    }

    /// A block's ray and source, where they are new; whether the resolution limit lets the source through.
    fn block(&mut self, block: usize, entry: &Entry) -> bool {
        let plan = self.job.plan;
        let [ray, step_and_polarization, factors] = entry.numbers.map(|n| n.map(f64::from));
        let number = block / self.job.blocks_per_source;
        let (step, source) = (number / plan.sources().len(), number % plan.sources().len());
        let survives = factors[2] != 0.0;
        let before = self.at.replace((step, source));
        if before.map(|(step, _)| step) != Some(step) {
            let oversample = plan.sampling.oversample;
            let direction = [ray[0], ray[1], ray[2]];
            self.record.ray(&Ray {
                layer: step / (oversample * oversample),
                subpixel: [step / oversample % oversample, step % oversample],
                position_m: scale(direction, ray[3]),
                distance_m: ray[3],
                direction,
                omega: factors[0],
                capture: factors[1],
            });
        }
        if before != Some((step, source)) {
            let beam = &plan.sources()[source];
            let [x, y, z, polarization] = step_and_polarization;
            let at_centre = scale(
                subtract(self.centre, beam.incident),
                1.0 / beam.wavelength_angstrom,
            );
            self.record.source(&SourceRay {
                source,
                incident: beam.incident,
                wavelength_angstrom: beam.wavelength_angstrom,
                scattering: add(at_centre, [x, y, z]),
                polarization,
                survives,
            });
        }
        survives
    }

    fn sample(&mut self, orientation: usize, entry: &Entry, sum: f32) {
        let whole = entry.whole.map(f64::from);
        let [index, nearest, flags] = entry.numbers.map(|numbers| numbers.map(f64::from));
        let electrons = self.job.electrons;
        self.record.sample(&Sample {
            crystal: 0,
            orientation,
            cell: self.job.plan.crystal().orientations.cells[orientation],
            index: add(whole, [index[0], index[1], index[2]]),
            nearest: add(whole, [nearest[0], nearest[1], nearest[2]]),
            lattice: index[3],
            amplitude: nearest[3] * electrons,
            interpolated: flags[0] != 0.0,
            skipped: entry.kind == Entry::SKIPPED_SAMPLE,
            sum: f64::from(sum) * electrons * electrons,
        });
    }

    fn total(&mut self, entry: &Entry) {
        let interpolates = self.job.specialisation.interpolation == Interpolation::Tricubic;
        let word = PixelWord::read(entry.whole[0].cast_unsigned(), interpolates);
        let [total, polarization, omega, capture] = entry.numbers[0].map(f64::from);
        let value = f64::from(word.value) * self.job.photons();
        self.value = value as f32;
        self.record.total(&Total {
            sum: total * self.job.electrons * self.job.electrons,
            capture,
            polarization,
            omega,
            value,
        });
    }
}
