//! A place in an image.

/// One pixel of a camera. The order is that of the raster: panel after panel, row after row.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Pixel {
    pub panel: usize,
    pub slow: usize,
    pub fast: usize,
}

impl Pixel {
    /// A pixel of the first panel, the only one of most cameras.
    pub fn at(slow: usize, fast: usize) -> Self {
        Self {
            panel: 0,
            slow,
            fast,
        }
    }
}
