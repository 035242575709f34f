//! One pixel with everything the kernels compute of it: the kernels of the image with a buffer to write to, run on the
//! pixel's own tile, of which its thread alone renders.

use super::{
    GpuEngine,
    entries::THREAD_PIXELS,
    final_error,
    job::{Job, Part},
    layout::{Entry, Slice, THREAD_ROWS, TILE_EDGE, TILE_THREADS},
    tiles::{self, Corner},
};
use crate::{
    engine::{EngineError, Ray, Record, Sample, SourceRay, Total},
    image::Pixel,
    plan::Plan,
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
        let job = self.job(plan)?;
        let panel = &plan.detector.panels[pixel.panel];
        let mut parts = job.parts(panel)?;
        for part in &mut parts {
            part.specialisation.traced = true;
        }
        let corner = Corner::of_pixel(pixel.panel, panel, pixel.slow, pixel.fast);
        let [column, row] = [pixel.fast - corner.fast, pixel.slow - corner.slow];
        let mut tile = tiles::tile(panel, corner);
        tile.rendered = thread_alone(row % THREAD_ROWS * TILE_EDGE + column);
        let mut reader = Reader {
            job: &job,
            centre: tiles::centre(panel, corner).direction,
            lane: row / THREAD_ROWS,
            at: None,
            record,
            value: 0.0,
        };
        let renderer = &mut self.renderer;
        renderer
            .trace(
                &job,
                parts,
                (panel, corner, tile),
                &mut |part, slice, entries| {
                    reader.read(part, slice, entries);
                },
            )
            .map_err(|failure| final_error(renderer, failure))?;
        Ok(reader.value)
    }
}

/// The bit of one thread.
fn thread_alone(thread: usize) -> [u32; TILE_THREADS / 32] {
    let mut bits = [0; TILE_THREADS / 32];
    bits[thread / 32] = 1 << (thread % 32);
    bits
}

/// Turns entries into what a trace keeps.
struct Reader<'a> {
    job: &'a Job<'a>,
    /// Unit vector to the tile's centre.
    centre: Vector,
    /// Which of the thread's pixels is traced.
    lane: usize,
    /// Crystal, step and source of the block before.
    at: Option<(usize, usize, usize)>,
    record: &'a mut dyn Record,
    value: f32,
}

impl Reader<'_> {
    /// The entries of one slice.
    fn read(&mut self, part: &Part, slice: &Slice, entries: &[Entry]) {
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
            let survives = self.block(part, block, mine);
            let first_orientation = block % part.blocks_per_source * part.block_length;
            let mut orientation = first_orientation;
            while let Some((samples, [sums, after @ ..])) = rest.split_at_checked(THREAD_PIXELS)
                && sums.kind == Entry::SUMS
            {
                if survives {
                    self.sample(
                        part,
                        orientation,
                        &samples[self.lane],
                        sums.numbers[0][self.lane],
                    );
                }
                orientation += 1;
                rest = after;
            }
            block += 1;
        }
    }

    /// A block's ray and source, where they are new; whether the resolution limit lets the source through.
    fn block(&mut self, part: &Part, block: usize, entry: &Entry) -> bool {
        let plan = self.job.plan;
        let [ray, step_and_polarization, factors] = entry.numbers.map(|n| n.map(f64::from));
        let number = block / part.blocks_per_source;
        let step = number / part.sources.len();
        let source = part.sources.start + number % part.sources.len();
        let survives = factors[2] != 0.0;
        let before = self.at.replace((part.crystal, step, source));
        if before.map(|(crystal, step, _)| (crystal, step)) != Some((part.crystal, step)) {
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
        if before != Some((part.crystal, step, source)) {
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

    fn sample(&mut self, part: &Part, orientation: usize, entry: &Entry, sum: f32) {
        let whole = entry.whole.map(f64::from);
        let [index, nearest, flags] = entry.numbers.map(|numbers| numbers.map(f64::from));
        let electrons = self.job.electrons;
        self.record.sample(&Sample {
            crystal: part.crystal,
            orientation,
            cell: part.orientations.cells[orientation],
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
        let [total, polarization, omega, capture] = entry.numbers[0].map(f64::from);
        let value = f64::from(entry.numbers[1][0]) * self.job.photons();
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
