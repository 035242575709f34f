//! One tile of pixels: the loops over sensor layers, sub-pixels and sources, and what multiplies the sums.

use std::sync::Arc;

use super::{
    prepared::{Amplitudes, Cell, PreparedPlan, SourceBeam, flat},
    rays::{Step, capture, polarization, rays, scattering},
    spots::{Recording, Spots},
    tile::{BLOCK, Columns, InScratch, Narrow, Scratch, TILE_PIXELS, Tile, padded},
};
use crate::{
    engine::{Ray, Record, SourceRay, Total},
    lanes::{Lanes, Real},
    progress::Progress,
    scene::{Panel, Weighting},
    vector::{CellVectors, Vector, norm},
};

/// What to do with a tile.
pub(super) struct TileJob<'a, S> {
    pub run: &'a PreparedPlan<'a, S>,
    pub tile: &'a Tile,
    pub progress: &'a Progress,
    pub record: Option<&'a mut dyn Record>,
}

impl<'a, S> TileJob<'a, S> {
    fn panel(&self) -> &'a Panel {
        &self.run.plan.detector.panels[self.tile.panel]
    }

    fn oversample(&self) -> usize {
        self.run.plan.sampling.oversample
    }

    fn weighting(&self) -> Weighting {
        self.run.plan.sampling.weighting
    }
}

/// Whether a tile is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finished {
    Rendered,
    Cancelled,
}

/// Renders a tile: photons of its pixels into `scratch.columns.values`.
///
/// `G` are the lanes of the geometry, `accumulate` the inner loop over the kernel's own lanes.
#[inline(always)]
pub(super) fn render_tile<G: Lanes<Scalar = f64>, S: Real + InScratch>(
    job: &mut TileJob<'_, S>,
    scratch: &mut Scratch,
    accumulate: &mut dyn FnMut(&mut Spots<'_, S>),
) -> Finished {
    let plan = job.run.plan;
    let (panel, weighting) = (job.panel(), job.weighting());
    let per_sample = weighting.per_sample();
    let (columns, narrow) = S::split(scratch);
    let len = begin(job, columns, narrow);
    let mut polarization_known = plan.polarization.is_none() || per_sample.polarization;

    for layer in 0..panel.sensor.layers {
        for at in 0..job.oversample() * job.oversample() {
            let step = Step {
                layer,
                subpixel: [at / job.oversample(), at % job.oversample()],
            };
            rays::<G>(panel, &plan.sampling, step, len, columns);
            if layer == 0 && step.is_first_subpixel() {
                columns.pixel_omega = columns.omega;
            }
            if step.is_first_subpixel() || per_sample.capture {
                capture::<G>(panel, layer, len, columns);
            }
            report_ray(job, step, columns);
            for (number, beam) in job.run.sources.iter().enumerate() {
                if job.progress.is_cancelled() {
                    return Finished::Cancelled;
                }
                let any_alive = scattering::<G>(beam, plan.sampling.dmin_angstrom, len, columns);
                if let Some(kahn) = plan.polarization
                    && (per_sample.polarization || !polarization_known || job.record.is_some())
                {
                    polarization::<G>(beam, kahn.factor, len, columns);
                }
                if !polarization_known {
                    polarization_known = settle_polarization(len, columns);
                }
                report_source(job, number, beam, any_alive, columns);
                if weighting != Weighting::AtTheEnd {
                    factors(job, beam.source.weight, len, columns);
                }
                if !any_alive {
                    continue;
                }
                let centre = narrow_down(job, step, beam, len, columns, narrow);
                for crystal in 0..job.run.crystals.len() {
                    let finished = add_crystal(
                        job, crystal, number, centre, len, columns, narrow, accumulate,
                    );
                    if finished == Finished::Cancelled {
                        return finished;
                    }
                }
            }
        }
    }
    if weighting.is_running() {
        for i in 0..len {
            columns.sums[i] = narrow.sums[i].to_f64();
        }
    }
    finish(job, len, columns);
    Finished::Rendered
}

/// Adds what a crystal scatters of a source.
#[inline(always)]
#[expect(
    clippy::too_many_arguments,
    reason = "the state of the loops around it"
)]
fn add_crystal<S: Real>(
    job: &mut TileJob<'_, S>,
    number: usize,
    source: usize,
    centre: Vector,
    len: usize,
    columns: &mut Columns,
    narrow: &mut Narrow<S>,
    accumulate: &mut dyn FnMut(&mut Spots<'_, S>),
) -> Finished {
    let crystal = &job.run.crystals[number];
    let (weighting, has_water) = (job.weighting(), job.run.plan.has_water);
    let amplitudes = crystal.amplitudes_of(source);
    let table_min = amplitudes.table_min();
    let weight = match weighting {
        Weighting::AtTheEnd => job.run.sources[source].source.weight * crystal.weight,
        Weighting::EachTerm | Weighting::RunningSum(_) => crystal.weight,
    };
    let replaced = job.record.as_mut().and_then(|record| Replaced::of(*record));
    let (cells, exact) = match &replaced {
        None => (crystal.cells, crystal.exact_cells),
        Some(replaced) => (replaced.cells.as_slice(), replaced.exact.as_slice()),
    };
    for (block, cells) in cells.chunks(BLOCK).enumerate() {
        if job.progress.is_cancelled() {
            return Finished::Cancelled;
        }
        let first = block * BLOCK;
        let orientations = first..first + cells.len();
        anchor(
            &exact[orientations.clone()],
            centre,
            table_min,
            &mut narrow.anchors,
        );
        accumulate(&mut Spots {
            crystal: &crystal.crystal,
            amplitudes,
            cells,
            weights: crystal.weights.map(|weights| &weights[orientations]),
            anchors: &narrow.anchors,
            len,
            scattering: &narrow.scattering,
            alive: &narrow.alive,
            sums: &mut narrow.sums,
            factor: weighting.is_running().then_some(&narrow.factor),
            has_water,
            left_table: matches!(amplitudes, Amplitudes::Tricubic(_))
                .then_some(&mut narrow.left_table),
            recording: job.record.as_deref_mut().map(|record| Recording {
                record,
                crystal: number,
                first,
                table_min,
            }),
        });
        if !weighting.is_running() {
            fold(weighting.is_each_term(), weight, len, narrow, columns);
        }
    }
    Finished::Rendered
}

/// Cells that whoever watches has put in place of the plan's.
struct Replaced<S> {
    exact: Arc<Vec<CellVectors>>,
    cells: Vec<Cell<S>>,
}

impl<S: Real> Replaced<S> {
    fn of(record: &mut dyn Record) -> Option<Self> {
        let exact = record.cells()?;
        Some(Self {
            cells: exact.iter().map(flat).collect(),
            exact,
        })
    }
}

/// Fills the coordinates and clears the sums; the number of pixels, rounded up to whole lanes.
#[inline(always)]
fn begin<S: Real>(job: &TileJob<'_, S>, columns: &mut Columns, narrow: &mut Narrow<S>) -> usize {
    let tile = job.tile;
    let background = match job.weighting() {
        Weighting::EachTerm => 0.0,
        Weighting::AtTheEnd | Weighting::RunningSum(_) => job.run.plan.background,
    };
    let len = if job.record.is_some() {
        tile.len
    } else {
        padded(tile.len)
    };
    for i in 0..len {
        let pixel = i.min(tile.len - 1);
        columns.fast[i] = f64::from(tile.fast[pixel]);
        columns.slow[i] = f64::from(tile.slow[pixel]);
    }
    columns.sums = [background; TILE_PIXELS];
    columns.factors = [0.0; TILE_PIXELS];
    columns.pixel_polarization = [f64::NAN; TILE_PIXELS];
    narrow.sums = [S::from_f64(background); TILE_PIXELS];
    narrow.left_table = [S::default(); TILE_PIXELS];
    len
}

/// Gives the pixels that have met their first surviving source its polarisation; whether all have one now.
#[inline(always)]
fn settle_polarization(len: usize, columns: &mut Columns) -> bool {
    let mut all = true;
    for i in 0..len {
        if columns.pixel_polarization[i].is_nan() && columns.alive[i] != 0.0 {
            columns.pixel_polarization[i] = columns.polarization[i];
        }
        all &= !columns.pixel_polarization[i].is_nan();
    }
    all
}

/// What multiplies every sample of the current source.
#[inline(always)]
fn factors<S>(job: &TileJob<'_, S>, weight: f64, len: usize, columns: &mut Columns) {
    let per_sample = job.weighting().per_sample();
    let weight = if job.weighting().is_each_term() {
        weight
    } else {
        1.0
    };
    let is_polarized = job.run.plan.polarization.is_some();
    for i in 0..len {
        let mut factor = weight;
        if per_sample.capture {
            factor *= columns.capture[i];
        }
        if is_polarized && per_sample.polarization {
            factor *= columns.polarization[i];
        }
        if per_sample.omega {
            factor *= columns.omega[i];
        }
        columns.factor[i] = factor;
        columns.factors[i] += factor;
    }
}

/// Brings the source's columns to the kernel's precision; the scattering vector that float32 measures from.
#[inline(always)]
fn narrow_down<S: Real>(
    job: &TileJob<'_, S>,
    step: Step,
    beam: &SourceBeam,
    len: usize,
    columns: &Columns,
    narrow: &mut Narrow<S>,
) -> Vector {
    let mut anchor = [0.0; 3];
    if S::SINGLE {
        let [fast, slow] = job.tile.centre;
        let point = step.position_m(job.panel(), job.oversample(), fast, slow);
        let distance = norm(point);
        let source = &beam.source;
        anchor = std::array::from_fn(|i| {
            (point[i] / distance - source.incident[i]) / source.wavelength_angstrom
        });
    }
    for (axis, column) in narrow.scattering.iter_mut().enumerate() {
        for (to, from) in column[..len].iter_mut().zip(&columns.scattering[axis]) {
            *to = S::from_f64(from - anchor[axis]);
        }
    }
    for i in 0..len {
        narrow.alive[i] = S::from_f64(columns.alive[i]);
    }
    if job.weighting().is_running() {
        for i in 0..len {
            narrow.factor[i] = S::from_f64(columns.factor[i]);
        }
    }
    anchor
}

/// Miller indices of a block of orientations at the anchor. In float64 a single entry carries the table's first index.
#[inline(always)]
fn anchor<S: Real>(
    cells: &[CellVectors],
    scattering: Vector,
    table_min: [i32; 3],
    anchors: &mut [[S; 6]],
) {
    let least = table_min.map(f64::from);
    if !S::SINGLE {
        anchors[0] = [0.0, 0.0, 0.0, -least[0], -least[1], -least[2]].map(S::from_f64);
        return;
    }
    for (entry, cell) in anchors.iter_mut().zip(cells) {
        for axis in 0..3 {
            let [x, y, z] = cell[axis];
            let index = x * scattering[0] + y * scattering[1] + z * scattering[2];
            let whole = index.round_ties_even();
            entry[axis] = S::from_f64(index - whole);
            entry[axis + 3] = S::from_f64(whole - least[axis]);
        }
    }
}

/// Adds a block's sums to the pixels'.
#[inline(always)]
fn fold<S: Real>(
    each_term: bool,
    weight: f64,
    len: usize,
    narrow: &Narrow<S>,
    columns: &mut Columns,
) {
    for i in 0..len {
        let mut sum = narrow.sums[i].to_f64() * weight;
        if each_term {
            sum *= columns.factor[i];
        }
        columns.sums[i] += if columns.alive[i] != 0.0 { sum } else { 0.0 };
    }
}

/// Photons from the sums.
#[inline(always)]
fn finish<S>(job: &mut TileJob<'_, S>, len: usize, columns: &mut Columns) {
    let plan = job.run.plan;
    let each_term = job.weighting().is_each_term();
    let per_sample = job.weighting().per_sample();
    let oversample = job.oversample();
    let samplings = (plan.sources().len() * oversample * oversample) as f64;
    for i in 0..len {
        let sum = if each_term {
            columns.sums[i] + plan.background * (columns.factors[i] / samplings)
        } else {
            columns.sums[i]
        };
        let capture = if per_sample.capture {
            1.0
        } else {
            columns.capture[i]
        };
        let polarization = if plan.polarization.is_none() || per_sample.polarization {
            1.0
        } else if columns.pixel_polarization[i].is_nan() {
            // No source survived `dmin`.
            0.0
        } else {
            columns.pixel_polarization[i]
        };
        let omega = if per_sample.omega {
            1.0
        } else {
            columns.pixel_omega[i]
        };
        let value = sum * plan.scale * capture * polarization * omega;
        columns.values[i] = value;
        if i == 0
            && let Some(record) = &mut job.record
        {
            record.total(&Total {
                sum,
                capture,
                polarization,
                omega,
                value,
            });
        }
    }
}

fn report_ray<S>(job: &mut TileJob<'_, S>, step: Step, columns: &Columns) {
    let (panel, oversample) = (job.panel(), job.oversample());
    if let Some(record) = &mut job.record {
        record.ray(&Ray {
            layer: step.layer,
            subpixel: step.subpixel,
            position_m: step.position_m(panel, oversample, columns.fast[0], columns.slow[0]),
            distance_m: columns.distance_m[0],
            direction: [0, 1, 2].map(|axis| columns.direction[axis][0]),
            omega: columns.omega[0],
            capture: columns.capture[0],
        });
    }
}

fn report_source<S>(
    job: &mut TileJob<'_, S>,
    number: usize,
    beam: &SourceBeam,
    survives: bool,
    columns: &Columns,
) {
    let is_polarized = job.run.plan.polarization.is_some();
    if let Some(record) = &mut job.record {
        record.source(&SourceRay {
            source: number,
            incident: beam.source.incident,
            wavelength_angstrom: beam.source.wavelength_angstrom,
            scattering: [0, 1, 2].map(|axis| columns.scattering[axis][0]),
            polarization: if is_polarized {
                columns.polarization[0]
            } else {
                1.0
            },
            survives,
        });
    }
}
