//! The whole image: bands of rows in parallel, and the two rules that follow the raster order of the classic program.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use rayon::prelude::*;

use super::{
    dispatch::Kernels,
    kernel::{Outcome, TileJob},
    run::{Amplitudes, Run},
    tile::{InScratch, Scratch, TILE_FAST, TILE_SLOW, Tile, padded},
};
use crate::{
    engine::{EngineError, Record},
    image::Image,
    lanes::{
        Real,
        tally::{self, Operations},
    },
    plan::Detector,
    progress::Progress,
};

/// No pixel's interpolation has left the table.
const NOWHERE: usize = usize::MAX;

/// Renders the image.
pub(super) fn render<S: Real + InScratch>(
    run: &Run<'_, S>,
    kernels: Kernels<S>,
    scratch: &[Mutex<Scratch>],
    progress: &Progress,
) -> Result<Image, EngineError> {
    let detector = &run.plan.detector;
    let mut image = Image::zeros(detector.slow_pixels, detector.fast_pixels);
    progress.begin((detector.region.fast_len() * detector.region.slow_len()) as u64);
    let raster = Raster {
        run,
        kernels,
        scratch,
        progress,
    };

    let left_at = AtomicUsize::new(NOWHERE);
    raster.bands(&mut image, 0, run.amplitudes, Some(&left_at))?;
    if run.first_loop_cells.is_some() {
        raster.first_loop(&mut image, &left_at)?;
    }
    let left_at = left_at.into_inner();
    if left_at != NOWHERE {
        progress.report_left_table(left_at);
    }
    if left_at != NOWHERE && run.run_out_is_final {
        // Pixels after the one that left the table see the nearest table point.
        progress.begin((detector.region.fast_len() * detector.region.slow_len()) as u64);
        raster.bands(
            &mut image,
            left_at + 1,
            run.amplitudes.uninterpolated(),
            None,
        )?;
    }
    Ok(image)
}

/// Computes one pixel as [`render`] does, reporting to `record`.
pub(super) fn trace<S: Real + InScratch>(
    run: &Run<'_, S>,
    kernels: Kernels<S>,
    slow: usize,
    fast: usize,
    record: &mut dyn Record,
) -> Result<f32, EngineError> {
    let (progress, scratch) = (Progress::default(), Mutex::new(Scratch::default()));
    let raster = Raster {
        run,
        kernels,
        scratch: std::slice::from_ref(&scratch),
        progress: &progress,
    };
    let detector = &run.plan.detector;
    let here = slow * detector.fast_pixels + fast;
    let mut is_first_loop = false;
    if run.first_loop_cells.is_some() {
        is_first_loop = raster.first_loop_pixel(&mut Scratch::default())? == Some((slow, fast));
    }
    let mut amplitudes = run.amplitudes;
    if matches!(amplitudes, Amplitudes::Tricubic(_))
        && run.run_out_is_final
        && raster.leaves_before(here)?
    {
        amplitudes = amplitudes.uninterpolated();
    }
    let mut scratch = Scratch::default();
    let mut job = TileJob {
        run,
        amplitudes,
        tile: &raster.traced_tile(slow, fast),
        is_first_loop,
        progress: &progress,
        record: Some(record),
    };
    kernels.render_tile(&mut job, &mut scratch);
    Ok(scratch.columns.values[0] as f32)
}

/// What counting `kernels` do for a pixel, as the mean over the tile in the middle of the region.
pub(super) fn tally<S: Real + InScratch>(
    run: &Run<'_, S>,
    kernels: Kernels<S>,
) -> Result<Operations, EngineError> {
    let detector = &run.plan.detector;
    let region = detector.region;
    let middle = |min: usize, max: usize| min + (max - min) / 2;
    let (slow, fast) = (
        middle(region.slow_min, region.slow_max),
        middle(region.fast_min, region.fast_max),
    );
    let (progress, scratch) = (Progress::default(), Mutex::new(Scratch::default()));
    let raster = Raster {
        run,
        kernels,
        scratch: std::slice::from_ref(&scratch),
        progress: &progress,
    };
    let tile = raster.tile_of(slow, fast);
    if tile.len == 0 {
        return Ok(Operations::default());
    }
    let mut job = raster.job(&tile, run.amplitudes);
    let mut scratch = Scratch::default();
    let mut outcome = Outcome::Empty;
    let done = tally::tally(|| outcome = kernels.render_tile(&mut job, &mut scratch));
    match outcome {
        Outcome::Cancelled => Err(EngineError::Cancelled),
        Outcome::Rendered | Outcome::Empty => Ok(done.per(padded(tile.len) as f64)),
    }
}

/// What the bands share.
struct Raster<'a, S> {
    run: &'a Run<'a, S>,
    kernels: Kernels<S>,
    scratch: &'a [Mutex<Scratch>],
    progress: &'a Progress,
}

impl<S: Real + InScratch> Raster<'_, S> {
    /// Renders the pixels at raster position `from` and later. `left_at` learns the first pixel whose interpolation
    /// left the table.
    fn bands(
        &self,
        image: &mut Image,
        from: usize,
        amplitudes: Amplitudes<'_, S>,
        left_at: Option<&AtomicUsize>,
    ) -> Result<(), EngineError> {
        let detector = &self.run.plan.detector;
        let region = detector.region;
        let fast_pixels = detector.fast_pixels;
        let rows = &mut image.as_mut_slice()
            [region.slow_min * fast_pixels..(region.slow_max + 1) * fast_pixels];
        let cancelled = AtomicBool::new(false);
        rows.par_chunks_mut(fast_pixels * TILE_SLOW)
            .enumerate()
            .for_each(|(number, band)| {
                let slow_min = region.slow_min + number * TILE_SLOW;
                let slow_end = (slow_min + TILE_SLOW).min(region.slow_max + 1);
                if slow_end * fast_pixels <= from || cancelled.load(Ordering::Relaxed) {
                    return;
                }
                // A pixel before this band has left the table already: these will be rendered again, without interpolation.
                if left_at.is_some_and(|at| at.load(Ordering::Relaxed) < slow_min * fast_pixels)
                    && self.run.run_out_is_final
                {
                    return;
                }
                let mut scratch = self.lock_scratch();
                for fast in (region.fast_min..=region.fast_max).step_by(TILE_FAST) {
                    let fast_end = (fast + TILE_FAST).min(region.fast_max + 1);
                    let tile = Tile::of(detector, slow_min..slow_end, fast..fast_end, from);
                    if tile.len > 0 {
                        let mut job = self.job(&tile, amplitudes);
                        if self.kernels.render_tile(&mut job, &mut scratch) == Outcome::Cancelled {
                            cancelled.store(true, Ordering::Relaxed);
                            return;
                        }
                        if let Some(left_at) = left_at {
                            left_at.fetch_min(
                                first_left::<S>(detector, &tile, &mut scratch),
                                Ordering::Relaxed,
                            );
                        }
                        for i in 0..tile.len {
                            let (slow, fast) = (tile.slow[i] as usize, tile.fast[i] as usize);
                            band[(slow - slow_min) * fast_pixels + fast] =
                                scratch.columns.values[i] as f32;
                        }
                    }
                    self.progress
                        .advance(((slow_end - slow_min) * (fast_end - fast)) as u64);
                }
            });
        if cancelled.into_inner() {
            Err(EngineError::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Renders the first rendered pixel again, with the cells that the first φ loop of the run sees.
    fn first_loop(&self, image: &mut Image, left_at: &AtomicUsize) -> Result<(), EngineError> {
        let mut scratch = Scratch::default();
        let Some((slow, fast)) = self.first_loop_pixel(&mut scratch)? else {
            return Ok(());
        };
        let detector = &self.run.plan.detector;
        let here = slow * detector.fast_pixels + fast;
        let tile = self.traced_tile(slow, fast);
        left_at.fetch_min(
            first_left::<S>(detector, &tile, &mut scratch),
            Ordering::Relaxed,
        );
        image.as_mut_slice()[here] = scratch.columns.values[0] as f32;
        Ok(())
    }

    /// The first pixel with a surviving source; its values under the first loop's cells are left in `scratch`.
    fn first_loop_pixel(
        &self,
        scratch: &mut Scratch,
    ) -> Result<Option<(usize, usize)>, EngineError> {
        for (slow, fast) in self.run.plan.rendered_pixels() {
            let tile = self.traced_tile(slow, fast);
            let mut job = TileJob {
                is_first_loop: true,
                ..self.job(&tile, self.run.amplitudes)
            };
            match self.kernels.render_tile(&mut job, scratch) {
                Outcome::Rendered => return Ok(Some((slow, fast))),
                Outcome::Empty => {}
                Outcome::Cancelled => return Err(EngineError::Cancelled),
            }
        }
        Ok(None)
    }

    /// Whether the interpolation of a pixel before raster position `end` leaves the table.
    fn leaves_before(&self, end: usize) -> Result<bool, EngineError> {
        let detector = &self.run.plan.detector;
        let region = detector.region;
        let left = AtomicBool::new(false);
        let rows: Vec<usize> = (region.slow_min..=region.slow_max)
            .take_while(|row| row * detector.fast_pixels < end)
            .collect();
        rows.into_par_iter()
            .for_each_init(Scratch::default, |scratch, row| {
                for fast in (region.fast_min..=region.fast_max).step_by(TILE_FAST) {
                    let fast_end = (fast + TILE_FAST).min(region.fast_max + 1);
                    let fast_end = fast_end.min(end.saturating_sub(row * detector.fast_pixels));
                    if fast >= fast_end || left.load(Ordering::Relaxed) {
                        return;
                    }
                    let tile = Tile::of(detector, row..row + 1, fast..fast_end, 0);
                    if tile.len > 0 {
                        self.kernels
                            .render_tile(&mut self.job(&tile, self.run.amplitudes), scratch);
                        if first_left::<S>(detector, &tile, scratch) != NOWHERE {
                            left.store(true, Ordering::Relaxed);
                        }
                    }
                }
            });
        Ok(left.into_inner())
    }

    fn job<'b>(&'b self, tile: &'b Tile, amplitudes: Amplitudes<'b, S>) -> TileJob<'b, S> {
        TileJob {
            run: self.run,
            amplitudes,
            tile,
            is_first_loop: false,
            progress: self.progress,
            record: None,
        }
    }

    /// A tile of one pixel that measures from the anchor of the tile it is rendered in.
    fn traced_tile(&self, slow: usize, fast: usize) -> Tile {
        self.tile_of(slow, fast).only(slow, fast)
    }

    /// The tile that a pixel is rendered in.
    fn tile_of(&self, slow: usize, fast: usize) -> Tile {
        let detector = &self.run.plan.detector;
        let region = detector.region;
        let slow_min = slow - (slow - region.slow_min) % TILE_SLOW;
        let fast_min = fast - (fast - region.fast_min) % TILE_FAST;
        let slow_end = (slow_min + TILE_SLOW).min(region.slow_max + 1);
        let fast_end = (fast_min + TILE_FAST).min(region.fast_max + 1);
        Tile::of(detector, slow_min..slow_end, fast_min..fast_end, 0)
    }

    /// The scratch of this thread.
    fn lock_scratch(&self) -> std::sync::MutexGuard<'_, Scratch> {
        let number = rayon::current_thread_index().unwrap_or(0) % self.scratch.len();
        self.scratch[number]
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Raster position of the tile's first pixel whose interpolation left the table.
fn first_left<S: Real + InScratch>(
    detector: &Detector,
    tile: &Tile,
    scratch: &mut Scratch,
) -> usize {
    let (_, narrow) = S::split(scratch);
    let left = narrow.left_table[..tile.len]
        .iter()
        .enumerate()
        .filter(|(_, left)| left.to_f64() != 0.0);
    left.map(|(i, _)| tile.slow[i] as usize * detector.fast_pixels + tile.fast[i] as usize)
        .min()
        .unwrap_or(NOWHERE)
}
