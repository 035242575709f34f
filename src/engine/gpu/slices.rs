//! How the work of an image is cut into dispatches that a watchdog, a progress bar and Ctrl-C can live with.

use std::time::Duration;

use super::layout::{Slice, TILE_PIXELS};

/// What a slice should take.
pub const SLICE_TIME: Duration = Duration::from_millis(50);
/// Slices grow by no more than this from one to the next.
const LARGEST_GROWTH: f64 = 4.0;

/// Samples per second as measured, and the size of slice that follows from it.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    samples_per_second: f64,
    slice_time: Duration,
}

impl Pace {
    /// A cautious start.
    pub fn new(is_software: bool, slice_time: Duration) -> Self {
        Self {
            samples_per_second: if is_software { 2e7 } else { 1e9 },
            slice_time,
        }
    }

    /// Learns from a finished slice.
    pub fn learn(&mut self, samples: u64, elapsed: Duration) {
        let measured = samples as f64 / elapsed.as_secs_f64().max(1e-6);
        self.samples_per_second = measured.clamp(
            self.samples_per_second / LARGEST_GROWTH,
            self.samples_per_second * LARGEST_GROWTH,
        );
    }

    /// Samples of the next slice.
    pub fn budget(&self) -> u64 {
        (self.samples_per_second * self.slice_time.as_secs_f64()) as u64
    }
}

/// The work of one part on one chunk of tiles.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    pub tiles: u32,
    /// Blocks of one pixel.
    pub blocks: u32,
    pub blocks_per_source: u32,
    pub sources: u32,
    /// Orientations of a block.
    pub block_length: u32,
    /// Blocks of one source within one window of cells.
    pub blocks_per_window: u32,
    /// Anchors that the anchor buffer holds.
    pub anchors: u64,
    /// Tiles that keep the adapter busy.
    pub busy_tiles: u32,
    /// Whether the pixels' sums begin with this part, and whether they end with it.
    pub begins: bool,
    pub finishes: bool,
}

/// Where the work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    tile: u32,
    block: u32,
    /// One past the last tile of the group whose blocks are being worked through.
    group_end: u32,
}

impl Cursor {
    /// The first block of a tile.
    pub fn at_tile(tile: u32) -> Self {
        Self {
            tile,
            block: 0,
            group_end: 0,
        }
    }
}

impl Work {
    /// The slice at the cursor, which moves on; `None` at the end.
    pub fn next(&self, cursor: &mut Cursor, budget: u64) -> Option<Slice> {
        if cursor.tile >= self.tiles {
            return None;
        }
        let left = self.tiles - cursor.tile;
        let block_samples = u64::from(self.block_length) * TILE_PIXELS as u64;
        let whole_tiles = budget / (u64::from(self.blocks) * block_samples);
        let anchor_tiles = self.anchors / (u64::from(self.cycle()) * u64::from(self.block_length));
        let is_one_window = self.blocks_per_source <= self.blocks_per_window;
        let whole = whole_tiles.min(anchor_tiles).min(left.into()) as u32;
        if cursor.block == 0 && is_one_window && whole >= self.busy_tiles.min(left) {
            let slice = self.slice(cursor.tile, whole, 0, self.blocks);
            *cursor = Cursor::at_tile(cursor.tile + whole);
            return Some(slice);
        }
        if cursor.block == 0 {
            let fit = (self.anchors / u64::from(self.block_length)).max(1);
            cursor.group_end = cursor.tile + u64::from(self.busy_tiles.min(left)).min(fit) as u32;
        }
        let tiles = cursor.group_end - cursor.tile;
        let in_source = cursor.block % self.blocks_per_source;
        let to_window_end = if is_one_window {
            self.blocks - cursor.block
        } else {
            let window_end = (in_source / self.blocks_per_window + 1) * self.blocks_per_window;
            window_end.min(self.blocks_per_source) - in_source
        };
        let by_anchors = self.anchors / (u64::from(tiles) * u64::from(self.block_length));
        let wanted = (budget / (u64::from(tiles) * block_samples)).min(
            if by_anchors >= u64::from(self.cycle()) {
                u64::MAX
            } else {
                by_anchors
            },
        );
        let count = wanted.clamp(1, to_window_end.into()) as u32;
        let slice = self.slice(cursor.tile, tiles, cursor.block, cursor.block + count);
        if slice.end_block == self.blocks {
            *cursor = Cursor::at_tile(cursor.group_end);
        } else {
            cursor.block = slice.end_block;
        }
        Some(slice)
    }

    /// Samples that a slice sums, as if every block were full.
    pub fn samples(&self, slice: &Slice) -> u64 {
        u64::from(slice.tiles)
            * u64::from(slice.end_block - slice.first_block)
            * u64::from(self.block_length)
            * TILE_PIXELS as u64
    }

    fn cycle(&self) -> u32 {
        (self.blocks_per_source.saturating_mul(self.sources)).min(self.blocks)
    }

    fn slice(&self, first_tile: u32, tiles: u32, first_block: u32, end_block: u32) -> Slice {
        let in_source = first_block % self.blocks_per_source;
        let window_start = if self.blocks_per_source <= self.blocks_per_window {
            0
        } else {
            in_source / self.blocks_per_window * self.blocks_per_window * self.block_length
        };
        Slice {
            first_tile,
            tiles,
            first_block,
            end_block,
            anchor_blocks: (end_block - first_block).min(self.cycle()),
            window_start,
            begins: u32::from(self.begins && first_block == 0),
            finishes: u32::from(self.finishes && end_block == self.blocks),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slices_cover_every_block_of_every_tile_once(
            tiles in 1u32..40,
            steps in 1u32..5,
            sources in 1u32..4,
            blocks_per_source in 1u32..40,
            blocks_per_window in 1u32..17,
            block_length in 1u32..65,
            anchors in 64u64..100_000,
            busy_tiles in 1u32..50,
            budget in 0u64..10_000_000,
            begins in any::<bool>(),
            finishes in any::<bool>(),
        ) {
            let work = Work {
                tiles,
                blocks: steps * sources * blocks_per_source,
                blocks_per_source,
                sources,
                block_length,
                blocks_per_window,
                anchors,
                busy_tiles,
                begins,
                finishes,
            };
            let mut seen = vec![0u32; tiles as usize];
            let mut cursor = Cursor::default();
            while let Some(slice) = work.next(&mut cursor, budget) {
                prop_assert!(slice.tiles > 0 && slice.end_block > slice.first_block);
                prop_assert!(
                    u64::from(slice.tiles) * u64::from(slice.anchor_blocks) * u64::from(block_length) <= anchors
                );
                for tile in slice.first_tile..slice.first_tile + slice.tiles {
                    prop_assert_eq!(seen[tile as usize], slice.first_block);
                    seen[tile as usize] = slice.end_block;
                }
                prop_assert_eq!(slice.begins == 1, begins && slice.first_block == 0);
                prop_assert_eq!(slice.finishes == 1, finishes && slice.end_block == work.blocks);
                if blocks_per_source > blocks_per_window {
                    let window = |block: u32| block % blocks_per_source / blocks_per_window;
                    prop_assert_eq!(window(slice.first_block), window(slice.end_block - 1));
                    prop_assert_eq!(window(slice.first_block) * blocks_per_window * block_length, slice.window_start);
                }
            }
            prop_assert!(seen.iter().all(|&blocks| blocks == work.blocks));
        }
    }

    #[test]
    fn the_pace_settles_on_the_slice_time() {
        let mut pace = Pace::new(true, SLICE_TIME);
        for _ in 0..20 {
            let samples = pace.budget();
            pace.learn(samples, Duration::from_secs_f64(samples as f64 / 3e9));
        }
        assert!((pace.budget() as f64 / 3e9 - 0.05).abs() < 1e-3);
    }
}
