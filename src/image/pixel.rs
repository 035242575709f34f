//! A place in an image.

/// One pixel of a camera. The order is that of the raster: panel after panel, row after row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pixel {
    pub panel: usize,
    pub slow: usize,
    pub fast: usize,
}
