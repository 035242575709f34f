//! The whole image: bands of rows of all panels in parallel; and single pixels of it.

use std::{
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use rayon::prelude::*;

use super::{
    dispatch::Kernels,
    kernel::{Finished, TileJob},
    prepared::PreparedPlan,
    tile::{InScratch, Scratch, TILE_FAST, TILE_SLOW, Tile, padded},
};
use crate::{
    engine::{EngineError, Record},
    image::Pixel,
    lanes::{
        Real,
        tally::{self, Operations},
    },
    plan::{Plan, Planes},
    progress::Progress,
    scene::Panel,
};

/// No pixel's interpolation has left the table.
const NOWHERE: usize = usize::MAX;

/// Renders the image; the first pixel whose interpolation left the table.
pub(super) fn render<S: Real + InScratch>(
    run: &PreparedPlan<'_, S>,
    kernels: Kernels<S>,
    scratch: &[Mutex<Scratch>],
    planes: &mut Planes<'_>,
    progress: &Progress,
) -> Result<Option<Pixel>, EngineError> {
    let plan = run.plan;
    let interpolates = plan.interpolates();
    let pixels = |panel: &Panel| (panel.region.fast_len() * panel.region.slow_len()) as u64;
    progress.begin(plan.detector.panels.iter().map(pixels).sum());
    let left_at = AtomicUsize::new(NOWHERE);
    let cancelled = AtomicBool::new(false);
    bands(plan, planes).into_par_iter().for_each(|mut band| {
        if cancelled.load(Ordering::Relaxed) {
            return;
        }
        let mut scratch = lock(scratch);
        let region = band.panel.region;
        if band.panel.mask.is_some() || region.fast_len() < band.panel.fast_pixels {
            band.pixels.fill(0.0);
        }
        for fast in (region.fast_min..=region.fast_max).step_by(TILE_FAST) {
            let tile = band.tile(fast);
            let columns = TILE_FAST.min(region.fast_max + 1 - fast);
            let pixels = (band.rows.len() * columns) as u64;
            if tile.len == 0 {
                progress.advance(pixels);
                continue;
            }
            let mut job = TileJob {
                run,
                tile: &tile,
                progress,
                record: None,
            };
            if kernels.render_tile(&mut job, &mut scratch) == Finished::Cancelled {
                cancelled.store(true, Ordering::Relaxed);
                return;
            }
            if interpolates && let Some(first) = first_left::<S>(&tile, &mut scratch) {
                left_at.fetch_min(band.raster_position(&tile, first), Ordering::Relaxed);
            }
            band.keep(&tile, &scratch);
            progress.advance(pixels);
        }
    });
    if cancelled.into_inner() {
        return Err(EngineError::Cancelled);
    }
    let left_at = left_at.into_inner();
    Ok((left_at != NOWHERE).then(|| plan.detector.pixel_at(left_at)))
}

/// Computes one pixel as [`render`] does, reporting to `record`.
pub(super) fn trace<S: Real + InScratch>(
    run: &PreparedPlan<'_, S>,
    kernels: Kernels<S>,
    pixel: Pixel,
    record: &mut dyn Record,
) -> f32 {
    let mut scratch = Scratch::default();
    let tile = tile_of(run.plan, pixel).only(pixel.slow, pixel.fast);
    let mut job = TileJob {
        run,
        tile: &tile,
        progress: &Progress::default(),
        record: Some(record),
    };
    kernels.render_tile(&mut job, &mut scratch);
    scratch.columns.values[0] as f32
}

/// What counting `kernels` do for a pixel, as the mean over the tile in the middle of the first panel's region.
pub(super) fn tally<S: Real + InScratch>(
    run: &PreparedPlan<'_, S>,
    kernels: Kernels<S>,
) -> Operations {
    let region = run.plan.panel().region;
    let middle = |min: usize, max: usize| min + (max - min) / 2;
    let tile = tile_of(
        run.plan,
        Pixel {
            panel: 0,
            slow: middle(region.slow_min, region.slow_max),
            fast: middle(region.fast_min, region.fast_max),
        },
    );
    if tile.len == 0 {
        return Operations::default();
    }
    let mut job = TileJob {
        run,
        tile: &tile,
        progress: &Progress::default(),
        record: None,
    };
    let mut scratch = Scratch::default();
    let done = tally::tally(|| {
        kernels.render_tile(&mut job, &mut scratch);
    });
    done.per(padded(tile.len) as f64)
}

/// A few rows of a panel, as high as a tile, and where their pixels go.
struct Band<'a> {
    number: usize,
    panel: &'a Panel,
    /// Pixels of the panels before this one.
    before: usize,
    rows: Range<usize>,
    pixels: &'a mut [f32],
}

/// The bands of every panel. Pixels outside the regions are set to 0 here.
fn bands<'a>(plan: &'a Plan, planes: &'a mut Planes<'_>) -> Vec<Band<'a>> {
    let mut bands = Vec::new();
    let mut before = 0;
    let panels = plan.detector.panels.iter().enumerate();
    for ((number, panel), pixels) in panels.zip(planes.panels(&plan.detector)) {
        let region = panel.region;
        let width = panel.fast_pixels;
        let (above, rest) = pixels.split_at_mut(region.slow_min * width);
        let (inside, below) = rest.split_at_mut(region.slow_len() * width);
        above.fill(0.0);
        below.fill(0.0);
        for (place, pixels) in inside.chunks_mut(width * TILE_SLOW).enumerate() {
            let first = region.slow_min + place * TILE_SLOW;
            bands.push(Band {
                number,
                panel,
                before,
                rows: first..first + pixels.len() / width,
                pixels,
            });
        }
        before += panel.pixels();
    }
    bands
}

impl Band<'_> {
    /// The tile that begins at a column.
    fn tile(&self, fast: usize) -> Tile {
        let end = (fast + TILE_FAST).min(self.panel.region.fast_max + 1);
        Tile::of((self.number, self.panel), self.rows.clone(), fast..end)
    }

    /// Position in the image's memory of a pixel of a tile.
    fn raster_position(&self, tile: &Tile, place: usize) -> usize {
        let (slow, fast) = (tile.slow[place] as usize, tile.fast[place] as usize);
        self.before + slow * self.panel.fast_pixels + fast
    }

    /// Writes a tile's values.
    fn keep(&mut self, tile: &Tile, scratch: &Scratch) {
        let width = self.panel.fast_pixels;
        for i in 0..tile.len {
            let (slow, fast) = (tile.slow[i] as usize, tile.fast[i] as usize);
            self.pixels[(slow - self.rows.start) * width + fast] = scratch.columns.values[i] as f32;
        }
    }
}

/// The tile that a pixel is rendered in.
fn tile_of(plan: &Plan, pixel: Pixel) -> Tile {
    let Pixel { panel, slow, fast } = pixel;
    let number = panel;
    let panel = &plan.detector.panels[number];
    let region = panel.region;
    let slow_min = slow - (slow - region.slow_min) % TILE_SLOW;
    let fast_min = fast - (fast - region.fast_min) % TILE_FAST;
    let slow_end = (slow_min + TILE_SLOW).min(region.slow_max + 1);
    let fast_end = (fast_min + TILE_FAST).min(region.fast_max + 1);
    Tile::of((number, panel), slow_min..slow_end, fast_min..fast_end)
}

/// The scratch of this thread.
fn lock(scratch: &[Mutex<Scratch>]) -> MutexGuard<'_, Scratch> {
    let number = rayon::current_thread_index().unwrap_or(0) % scratch.len();
    scratch[number]
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

/// The tile's first pixel whose interpolation left the table.
fn first_left<S: Real + InScratch>(tile: &Tile, scratch: &mut Scratch) -> Option<usize> {
    let (_, narrow) = S::split(scratch);
    narrow.left_table[..tile.len]
        .iter()
        .position(|left| left.to_f64() != 0.0)
}
