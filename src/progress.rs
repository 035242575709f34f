//! How far a run has come, and the request to stop it: shared between an engine and whoever watches it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts finished work and carries the wish to stop. Cheap enough to update once a row or a slice.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
    /// Raster position plus one; 0 for none.
    left_table_at: AtomicU64,
}

impl Progress {
    /// Starts a count of `total` pixels' worth of work.
    pub fn begin(&self, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Adds finished work.
    pub fn advance(&self, amount: u64) {
        self.done.fetch_add(amount, Ordering::Relaxed);
    }

    /// Finished and total work, in the unit of `begin`.
    pub fn position(&self) -> (u64, u64) {
        (
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        )
    }

    /// Asks the engine to stop at the next row or slice.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// An engine says that interpolation left the table of structure factors, first at this pixel in raster order.
    pub fn report_left_table(&self, raster_position: usize) {
        self.left_table_at
            .store(raster_position as u64 + 1, Ordering::Relaxed);
    }

    /// The first pixel, in raster order, whose interpolation left the table of structure factors.
    pub fn left_table_at(&self) -> Option<usize> {
        let one_more = self.left_table_at.load(Ordering::Relaxed);
        one_more.checked_sub(1).map(|position| position as usize)
    }
}
