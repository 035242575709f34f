//! Light that spreads to neighbouring pixels.

use std::f64::consts::{LN_2, SQRT_2, TAU};

use ndarray::Array2;

use super::convolution::convolve;

/// Standard deviations of a Gaussian beyond which nothing is left in float32.
const GAUSSIAN_REACH: f64 = 6.0;
/// How far, in pixels, the long tails of a fibre-optic taper are followed unless asked otherwise.
const FIBER_REACH: usize = 256;

/// How a point looks on the detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpreadShape {
    Gaussian,
    /// A phosphor on a fibre-optic taper: g/(2π(g² + r²)^(3/2)), Holton, Nielsen & Frankel, J. Synchrotron Rad. 19,
    /// 1006 (2012).
    Fiber,
}

/// A point-spread function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointSpread {
    pub shape: SpreadShape,
    /// Full width at half maximum, pixels.
    pub fwhm_pixels: f64,
    /// Where the function is cut; `None` for six standard deviations, or 256 pixels of a fibre-optic taper.
    pub radius_pixels: Option<usize>,
}

impl PointSpread {
    /// Spreads every pixel of an image `width` pixels wide. Light that leaves the image is lost.
    pub(super) fn blur(&self, pixels: &mut [f32], width: usize) {
        convolve(pixels, width, &self.kernel());
    }

    /// Share of a pixel's light that each pixel around it receives; the sum is 1.
    fn kernel(&self) -> Array2<f64> {
        let radius = self.radius();
        let size = 2 * radius + 1;
        let offset = |index: usize| index as f64 - radius as f64;
        let mut kernel = Array2::from_shape_fn((size, size), |(slow, fast)| {
            self.share(offset(slow), offset(fast))
        });
        let total = kernel.sum();
        kernel /= total;
        kernel
    }

    fn radius(&self) -> usize {
        self.radius_pixels.unwrap_or(match self.shape {
            SpreadShape::Gaussian => (GAUSSIAN_REACH * self.sigma()).ceil() as usize,
            SpreadShape::Fiber => FIBER_REACH,
        })
    }

    fn sigma(&self) -> f64 {
        self.fwhm_pixels / (8.0 * LN_2).sqrt()
    }

    /// The function integrated over the pixel at this distance.
    fn share(&self, slow: f64, fast: f64) -> f64 {
        match self.shape {
            SpreadShape::Gaussian => {
                let width = SQRT_2 * self.sigma();
                let edge = |x: f64| libm::erf(x / width);
                let along = |x: f64| (edge(x + 0.5) - edge(x - 0.5)) / 2.0;
                along(slow) * along(fast)
            }
            SpreadShape::Fiber => {
                // The function is the solid angle of the pixel, over 2π, seen from g above the point.
                let g = self.fwhm_pixels / (2.0 * (2_f64.powf(2.0 / 3.0) - 1.0).sqrt());
                let corner = |y: f64, x: f64| (x * y / (g * (g * g + x * x + y * y).sqrt())).atan();
                let edges = |x: f64| (x - 0.5, x + 0.5);
                let ((y0, y1), (x0, x1)) = (edges(slow), edges(fast));
                (corner(y1, x1) - corner(y0, x1) - corner(y1, x0) + corner(y0, x0)) / TAU
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(shape: SpreadShape, fwhm_pixels: f64, radius: usize) -> PointSpread {
        PointSpread {
            shape,
            fwhm_pixels,
            radius_pixels: Some(radius),
        }
    }

    #[test]
    fn a_fine_kernel_is_half_as_high_at_half_its_width() {
        for shape in [SpreadShape::Gaussian, SpreadShape::Fiber] {
            let kernel = spread(shape, 200.0, 300).kernel();
            let (peak, half) = (kernel[[300, 300]], kernel[[300, 400]]);
            assert!(
                (half / peak - 0.5).abs() < 1e-3,
                "{shape:?}: {half} of {peak}"
            );
        }
    }

    #[test]
    fn the_tails_of_a_fiber_fall_with_the_third_power() {
        let kernel = spread(SpreadShape::Fiber, 1.0, 200).kernel();
        let ratio = kernel[[200, 400]] / kernel[[200, 300]];
        assert!((ratio * 8.0 - 1.0).abs() < 1e-3, "{ratio}");
    }

    #[test]
    fn spreading_keeps_the_light_and_its_centre() {
        for shape in [SpreadShape::Gaussian, SpreadShape::Fiber] {
            let mut pixels = vec![0.0_f32; 81 * 81];
            pixels[40 * 81 + 40] = 1000.0;
            spread(shape, 2.5, 30).blur(&mut pixels, 81);
            let total: f64 = pixels.iter().map(|&p| f64::from(p)).sum();
            assert!((total - 1000.0).abs() < 1e-2, "{shape:?}: {total}");
            assert_eq!(pixels[40 * 81 + 43], pixels[43 * 81 + 40]);
            assert!(pixels[40 * 81 + 40] > pixels[40 * 81 + 41]);
        }
    }
}
