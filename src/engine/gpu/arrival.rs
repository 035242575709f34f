//! Whether something that a device was asked for has come to pass. The news arrives while the device is polled, so that
//! asking never waits.

use std::sync::{Arc, OnceLock};

use wgpu::{BufferSlice, MapMode, Queue};

/// News of a mapping or of a submission.
#[derive(Debug, Clone, Default)]
pub struct Arrival(Arc<OnceLock<bool>>);

impl Arrival {
    /// Asks for memory to be mapped for reading.
    pub fn of_mapping(slice: BufferSlice<'_>) -> Self {
        let arrival = Self::default();
        let tell = arrival.clone();
        slice.map_async(MapMode::Read, move |result| tell.tell(result.is_ok()));
        arrival
    }

    /// Asks to be told when everything submitted so far is done.
    pub fn of_submissions(queue: &Queue) -> Self {
        let arrival = Self::default();
        let tell = arrival.clone();
        queue.on_submitted_work_done(move || tell.tell(true));
        arrival
    }

    /// Whether there is news.
    pub fn is_here(&self) -> bool {
        self.0.get().is_some()
    }

    /// Whether there is good news.
    pub fn has_succeeded(&self) -> bool {
        self.0.get() == Some(&true)
    }

    fn tell(&self, has_succeeded: bool) {
        // A request is answered once.
        let _ = self.0.set(has_succeeded);
    }
}
