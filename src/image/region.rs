//! A window of an image.

/// Inclusive ranges of the pixels that are rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    pub fast_min: usize,
    pub fast_max: usize,
    pub slow_min: usize,
    pub slow_max: usize,
}

impl Region {
    /// Width in pixels along the fast axis.
    pub fn fast_len(&self) -> usize {
        self.fast_max - self.fast_min + 1
    }

    /// Height in pixels along the slow axis.
    pub fn slow_len(&self) -> usize {
        self.slow_max - self.slow_min + 1
    }
}
