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
    /// Every pixel of an image.
    ///
    /// # Panics
    /// When it has none.
    pub fn whole(fast_pixels: usize, slow_pixels: usize) -> Self {
        assert!(fast_pixels > 0 && slow_pixels > 0, "an image has pixels");
        Self {
            fast_min: 0,
            fast_max: fast_pixels - 1,
            slow_min: 0,
            slow_max: slow_pixels - 1,
        }
    }

    /// Whether a pixel lies inside.
    pub fn contains(&self, slow: usize, fast: usize) -> bool {
        (self.slow_min..=self.slow_max).contains(&slow)
            && (self.fast_min..=self.fast_max).contains(&fast)
    }

    /// Width in pixels along the fast axis.
    pub fn fast_len(&self) -> usize {
        self.fast_max - self.fast_min + 1
    }

    /// Height in pixels along the slow axis.
    pub fn slow_len(&self) -> usize {
        self.slow_max - self.slow_min + 1
    }
}
