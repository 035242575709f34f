//! One tile of pixels: the loops over sensor layers, sub-pixels and sources, and what multiplies the sums.

use super::{
    rays::{Step, capture, polarization, rays, scattering},
    run::{Amplitudes, Beam, Cell, Run},
    spots::{Recording, Spots},
    tile::{BLOCK, Columns, InScratch, Narrow, Scratch, TILE_PIXELS, Tile, padded},
};
use crate::{
    engine::{Ray, Record, SourceRay, Total},
    lanes::{Lanes, Real},
    plan::{Detector, Physics},
    progress::Progress,
    vector::{CellVectors, Vector},
};

/// What to do with a tile.
pub(super) struct TileJob<'a, S> {
    pub run: &'a Run<'a, S>,
    /// The run's, or those without interpolation.
    pub amplitudes: Amplitudes<'a, S>,
    pub tile: &'a Tile,
    /// The tile is the run's first rendered pixel: its first surviving source sees the cells of the first φ loop.
    pub is_first_loop: bool,
    pub progress: &'a Progress,
    pub record: Option<&'a mut dyn Record>,
}

/// What came of a tile besides its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Some sample was computed.
    Rendered,
    /// `dmin` left nothing.
    Empty,
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
) -> Outcome {
    let plan = job.run.plan;
    let detector = &plan.detector;
    let each_term = plan.physics == Physics::Corrected;
    let per_sample = plan.per_sample;
    let is_running =
        !each_term && (per_sample.capture || per_sample.polarization || per_sample.omega);
    let (columns, narrow) = S::split(scratch);
    let len = begin(
        job,
        columns,
        narrow,
        if each_term { 0.0 } else { plan.background },
    );
    let mut outcome = Outcome::Empty;
    let mut polarization_known =
        plan.polarization.is_none() || each_term || per_sample.polarization;

    for layer in 0..detector.sensor.layers {
        for at in 0..detector.oversample * detector.oversample {
            let step = Step {
                layer,
                subpixel: [at / detector.oversample, at % detector.oversample],
            };
            rays::<G>(detector, step, each_term, len, columns);
            if layer == 0 && step.is_first_subpixel() {
                columns.pixel_omega = columns.omega;
            }
            if step.is_first_subpixel() || each_term || per_sample.capture {
                capture::<G>(plan, layer, len, columns);
            }
            report_ray(job, detector, step, columns);
            for (number, beam) in job.run.sources.iter().enumerate() {
                if job.progress.is_cancelled() {
                    return Outcome::Cancelled;
                }
                let any_alive = scattering::<G>(beam, plan.dmin_angstrom, len, columns);
                let varies = each_term || per_sample.polarization;
                if plan.polarization.is_some()
                    && (varies || !polarization_known || job.record.is_some())
                {
                    let kahn = plan
                        .polarization
                        .map_or(0.0, |polarization| polarization.factor);
                    polarization::<G>(beam, kahn, len, columns);
                }
                if !polarization_known {
                    polarization_known = settle_polarization(len, columns);
                }
                report_source(job, number, beam, any_alive, columns);
                if each_term || is_running {
                    factors(job, each_term, beam.source.weight, len, columns);
                }
                if !any_alive {
                    continue;
                }
                outcome = Outcome::Rendered;
                let anchor_scattering =
                    narrow_down(job, step, beam, is_running, len, columns, narrow);
                let (cells, exact) = orientations(job);
                for (block, cells) in cells.chunks(BLOCK).enumerate() {
                    if job.progress.is_cancelled() {
                        return Outcome::Cancelled;
                    }
                    let first = block * BLOCK;
                    let table_min = job.run.table_min();
                    anchor(
                        &exact[first..first + cells.len()],
                        anchor_scattering,
                        table_min,
                        &mut narrow.anchors,
                    );
                    let interpolates = matches!(job.amplitudes, Amplitudes::Tricubic(_));
                    accumulate(&mut Spots {
                        crystal: &job.run.crystal,
                        amplitudes: job.amplitudes,
                        cells,
                        anchors: &narrow.anchors,
                        len,
                        scattering: &narrow.scattering,
                        alive: &narrow.alive,
                        sums: &mut narrow.sums,
                        factor: is_running.then_some(&narrow.factor),
                        has_water: plan.has_water,
                        left_table: interpolates.then_some(&mut narrow.left_table),
                        run_out_is_final: job.run.run_out_is_final,
                        recording: job.record.as_deref_mut().map(|record| Recording {
                            record,
                            first,
                            table_min,
                        }),
                    });
                    if !is_running {
                        fold(each_term, len, narrow, columns);
                    }
                }
                job.is_first_loop = false;
            }
        }
    }
    if is_running {
        for i in 0..len {
            columns.sums[i] = narrow.sums[i].to_f64();
        }
    }
    finish(job, each_term, len, columns);
    outcome
}

/// The cells that the current loop over φ sees: in the kernel's precision, and in float64.
fn orientations<'a, S>(job: &TileJob<'a, S>) -> (&'a [Cell<S>], &'a [CellVectors]) {
    let orientations = &job.run.plan.orientations;
    match (&job.run.first_loop_cells, &orientations.first_loop) {
        (Some(cells), Some(exact)) if job.is_first_loop => (cells, exact),
        _ => (job.run.cells, &orientations.cells),
    }
}

/// Fills the coordinates and clears the sums; the number of pixels, rounded up to whole lanes.
#[inline(always)]
fn begin<S: Real>(
    job: &TileJob<'_, S>,
    columns: &mut Columns,
    narrow: &mut Narrow<S>,
    background: f64,
) -> usize {
    let tile = job.tile;
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
fn factors<S>(
    job: &TileJob<'_, S>,
    each_term: bool,
    weight: f64,
    len: usize,
    columns: &mut Columns,
) {
    let per_sample = job.run.plan.per_sample;
    let is_polarized = job.run.plan.polarization.is_some();
    for i in 0..len {
        let mut factor = if each_term { weight } else { 1.0 };
        if each_term || per_sample.capture {
            factor *= columns.capture[i];
        }
        if is_polarized && (each_term || per_sample.polarization) {
            factor *= columns.polarization[i];
        }
        if each_term || per_sample.omega {
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
    beam: &Beam,
    is_running: bool,
    len: usize,
    columns: &Columns,
    narrow: &mut Narrow<S>,
) -> Vector {
    let detector = &job.run.plan.detector;
    let mut anchor = [0.0; 3];
    if S::SINGLE {
        let [fast, slow] = job.tile.centre;
        let (fast, slow) = (
            step.coordinate(detector, fast, 1),
            step.coordinate(detector, slow, 0),
        );
        let point = detector.position_m(fast, slow, step.depth_m(detector));
        let distance = crate::vector::norm(point);
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
    if is_running {
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
fn fold<S: Real>(each_term: bool, len: usize, narrow: &Narrow<S>, columns: &mut Columns) {
    for i in 0..len {
        let mut sum = narrow.sums[i].to_f64();
        if each_term {
            sum *= columns.factor[i];
        }
        columns.sums[i] += if columns.alive[i] != 0.0 { sum } else { 0.0 };
    }
}

/// Photons from the sums.
#[inline(always)]
fn finish<S>(job: &mut TileJob<'_, S>, each_term: bool, len: usize, columns: &mut Columns) {
    let plan = job.run.plan;
    let per_sample = plan.per_sample;
    let samplings =
        (plan.sources.len() * plan.detector.oversample * plan.detector.oversample) as f64;
    for i in 0..len {
        let sum = if each_term {
            columns.sums[i] + plan.background * (columns.factors[i] / samplings)
        } else {
            columns.sums[i]
        };
        let capture = if each_term || per_sample.capture {
            1.0
        } else {
            columns.capture[i]
        };
        let polarization = if plan.polarization.is_none() || each_term || per_sample.polarization {
            1.0
        } else if columns.pixel_polarization[i].is_nan() {
            // No source survived `dmin`.
            0.0
        } else {
            columns.pixel_polarization[i]
        };
        let omega = if each_term || per_sample.omega {
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

fn report_ray<S>(job: &mut TileJob<'_, S>, detector: &Detector, step: Step, columns: &Columns) {
    if let Some(record) = &mut job.record {
        let fast = step.coordinate(detector, columns.fast[0], 1);
        let slow = step.coordinate(detector, columns.slow[0], 0);
        record.ray(&Ray {
            layer: step.layer,
            subpixel: step.subpixel,
            position_m: detector.position_m(fast, slow, step.depth_m(detector)),
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
    beam: &Beam,
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
