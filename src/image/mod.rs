//! A rendered image.
//!
//! ```
//! use nanobragg::image::{Image, Region, Statistics};
//!
//! let mut image = Image::of_panels([[2, 3], [1, 3]]);
//! image.as_mut_slice()[4] = 6.0;
//! assert_eq!(image.panel(0)[(1, 1)], 6.0);
//! let statistics = Statistics::of(&image, Region::whole(3, 2), None);
//! assert_eq!((statistics.max, statistics.max_at, statistics.mean), (6.0, [1, 1], 1.0));
//! ```

mod counts;
mod pixel;
mod region;
mod statistics;

use ndarray::{Array2, ArrayView2};

pub use counts::{CountPixel, Counts};
pub use pixel::Pixel;
pub use region::Region;
pub use statistics::Statistics;

/// Photons per pixel, the whole camera, zero where nothing was rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// One panel after the other, slow-major.
    pixels: Vec<f32>,
    /// Slow and fast pixels of each panel.
    panels: Vec<[usize; 2]>,
}

impl Image {
    /// An image of zeros on a single panel.
    pub fn zeros(slow_pixels: usize, fast_pixels: usize) -> Self {
        Self::of_panels([[slow_pixels, fast_pixels]])
    }

    /// An image of zeros on panels of so many slow and fast pixels.
    pub fn of_panels(panels: impl IntoIterator<Item = [usize; 2]>) -> Self {
        let panels: Vec<[usize; 2]> = panels.into_iter().collect();
        let pixels = panels.iter().map(|[slow, fast]| slow * fast).sum();
        Self {
            pixels: vec![0.0; pixels],
            panels,
        }
    }

    /// An image of a single panel over an array of shape (slow, fast).
    pub fn from_array(pixels: Array2<f32>) -> Self {
        let (slow_pixels, fast_pixels) = pixels.dim();
        Self {
            pixels: pixels
                .as_standard_layout()
                .into_owned()
                .into_raw_vec_and_offset()
                .0,
            panels: vec![[slow_pixels, fast_pixels]],
        }
    }

    /// The pixels of the first panel, shape (slow, fast), photons.
    pub fn view(&self) -> ArrayView2<'_, f32> {
        self.panel(0)
    }

    /// The pixels of a panel, shape (slow, fast), photons.
    pub fn panel(&self, number: usize) -> ArrayView2<'_, f32> {
        let before: usize = self.panels[..number]
            .iter()
            .map(|[slow, fast]| slow * fast)
            .sum();
        let [slow, fast] = self.panels[number];
        ArrayView2::from_shape((slow, fast), &self.pixels[before..before + slow * fast])
            .expect("a panel is stored whole")
    }

    /// How many panels there are.
    pub fn panels(&self) -> usize {
        self.panels.len()
    }

    /// The pixels in memory order: panel after panel, fast axis first.
    pub fn as_slice(&self) -> &[f32] {
        &self.pixels
    }

    /// Mutable access in memory order.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.pixels
    }

    /// Width of the first panel: pixels along the fast axis.
    pub fn fast_pixels(&self) -> usize {
        self.panels[0][1]
    }

    /// Height of the first panel: pixels along the slow axis.
    pub fn slow_pixels(&self) -> usize {
        self.panels[0][0]
    }
}
