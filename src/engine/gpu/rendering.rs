//! Where an image stands between two steps: which slice comes next, and which are on their way.

use std::{collections::VecDeque, ops::Range, sync::Arc, time::Instant};

use wgpu::SubmissionIndex;

use super::{
    arrival::Arrival,
    commands::{Bound, Stage},
    exactness::Beginnings,
    layout::{Slice, TILE_PIXELS},
    readback::Transfer,
    slices::Cursor,
    stages::{Marks, StageTimes},
    tiles::Tiling,
};

/// An image on its way.
#[derive(Debug)]
pub struct Rendering {
    pub tiling: Arc<Tiling>,
    pub chunks: Vec<Chunk>,
    /// The parts of each group of panels.
    pub stages: Vec<Vec<Stage>>,
    pub next: Place,
    pub in_flight: VecDeque<Submitted>,
    pub last_completion: Instant,
    /// Tiles that have arrived.
    pub done: usize,
    /// Where the time went.
    pub times: StageTimes,
}

/// A run of a group's tiles that fits the buffers.
#[derive(Debug, Clone)]
pub struct Chunk {
    pub group: usize,
    /// Numbers in the tiling.
    pub tiles: Range<usize>,
    pub beginnings: Beginnings,
}

/// The next slice: chunk by chunk, each part by part.
#[derive(Debug, Default)]
pub struct Place {
    pub chunk: usize,
    pub part: usize,
    pub cursor: Cursor,
    /// The part's bindings, once it has begun.
    pub bound: Option<Bound>,
}

/// A submitted slice.
#[derive(Debug)]
pub struct Submitted {
    pub index: SubmissionIndex,
    pub at: Instant,
    pub samples: u64,
    /// The share of the image that it stands for.
    pub pixels: u64,
    pub done: Arrival,
    pub transfer: Option<Transfer>,
    pub marks: Option<Marks>,
}

impl Rendering {
    /// The part that comes next and its chunk; `None` at the end.
    pub fn current(&self) -> Option<(&Chunk, &[Stage])> {
        let chunk = self.chunks.get(self.next.chunk)?;
        Some((chunk, &self.stages[chunk.group]))
    }

    /// Goes on to the next part.
    pub fn advance(&mut self) {
        let Some((_, stages)) = self.current() else {
            return;
        };
        let is_last = self.next.part + 1 == stages.len();
        let (chunk, part) = match is_last {
            true => (self.next.chunk + 1, 0),
            false => (self.next.chunk, self.next.part + 1),
        };
        self.next = Place {
            chunk,
            part,
            cursor: self.start_of(chunk),
            bound: None,
        };
    }

    /// The first tile of a chunk that has not arrived.
    pub fn start_of(&self, chunk: usize) -> Cursor {
        let first = self.chunks.get(chunk).map_or(0, |chunk| {
            self.done.clamp(chunk.tiles.start, chunk.tiles.end) - chunk.tiles.start
        });
        Cursor::at_tile(first as u32)
    }

    /// The pixels that a slice of the current part stands for, where all its blocks and parts stand for all pixels.
    pub fn pixels_of(&self, slice: &Slice) -> u64 {
        let Some((_, stages)) = self.current() else {
            return 0;
        };
        let blocks = |stages: &[Stage]| -> u128 {
            let blocks = stages.iter().map(|stage| u128::from(stage.part.blocks));
            blocks.sum()
        };
        let (before, all) = (blocks(&stages[..self.next.part]), blocks(stages));
        let pixels = u128::from(slice.tiles) * TILE_PIXELS as u128;
        let up_to = |block: u32| pixels * (before + u128::from(block)) / all;
        (up_to(slice.end_block) - up_to(slice.first_block)) as u64
    }
}

impl Submitted {
    /// Whether everything that it was asked for is here.
    pub fn is_here(&self) -> bool {
        self.done.is_here()
            && self.transfer.as_ref().is_none_or(Transfer::is_here)
            && self.marks.as_ref().is_none_or(Marks::are_here)
    }
}
