//! How far a sweep has come, frames under way included.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::progress::Progress;

/// Frames that are taken, and those that are rendered now.
#[derive(Default)]
pub struct UnderWay(Mutex<Frames>);

#[derive(Default)]
struct Frames {
    taken: usize,
    rendering: BTreeMap<usize, Arc<Progress>>,
}

impl UnderWay {
    /// The progress of a frame, which the wish to stop the run stops too.
    pub fn begin(&self, frame: usize, run: &Progress) -> Arc<Progress> {
        let progress = Arc::new(run.companion());
        self.lock().rendering.insert(frame, Arc::clone(&progress));
        progress
    }

    /// A frame is done.
    pub fn end(&self, frame: usize) {
        let mut frames = self.lock();
        frames.rendering.remove(&frame);
        frames.taken += 1;
    }

    /// Frames that are done, and parts of others.
    pub fn frames(&self) -> f64 {
        let frames = self.lock();
        let parts = frames.rendering.values().map(|part| part.fraction());
        frames.taken as f64 + parts.sum::<f64>()
    }

    fn lock(&self) -> MutexGuard<'_, Frames> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_frames_count() {
        let (under_way, run) = (UnderWay::default(), Progress::default());
        let [first, second] = [0, 1].map(|frame| under_way.begin(frame, &run));
        first.begin(10);
        first.advance(10);
        second.begin(8);
        second.advance(2);
        assert_eq!(under_way.frames(), 1.25);
        under_way.end(0);
        assert_eq!(under_way.frames(), 1.25);
    }
}
