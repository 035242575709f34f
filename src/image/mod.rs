//! A rendered image.

use ndarray::{Array2, ArrayView2};

mod region;
mod statistics;

pub use region::Region;
pub use statistics::Statistics;

/// Photons per pixel, the whole detector, zero where nothing was rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    pixels: Array2<f32>,
}

impl Image {
    /// An image of zeros.
    pub fn zeros(slow_pixels: usize, fast_pixels: usize) -> Self {
        Self {
            pixels: Array2::zeros((slow_pixels, fast_pixels)),
        }
    }

    /// An image over an array of shape (slow, fast).
    pub fn from_array(pixels: Array2<f32>) -> Self {
        Self { pixels }
    }

    /// The pixels, shape (slow, fast), photons.
    pub fn view(&self) -> ArrayView2<'_, f32> {
        self.pixels.view()
    }

    /// The pixels in memory order: fast axis first.
    pub fn as_slice(&self) -> &[f32] {
        self.pixels
            .as_slice()
            .expect("an image is stored in standard layout")
    }

    /// Mutable access in memory order.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        self.pixels
            .as_slice_mut()
            .expect("an image is stored in standard layout")
    }

    /// Width: pixels along the fast axis.
    pub fn fast_pixels(&self) -> usize {
        self.pixels.ncols()
    }

    /// Height: pixels along the slow axis.
    pub fn slow_pixels(&self) -> usize {
        self.pixels.nrows()
    }
}
