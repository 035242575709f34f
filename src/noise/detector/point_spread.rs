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
    /// The largest width at half maximum that makes sense for an image of (slow, fast) pixels.
    pub fn widest_pixels((slow, fast): (usize, usize)) -> f64 {
        slow.max(fast) as f64
    }

    /// Spreads every pixel of an image `width` pixels wide. Light that leaves the image is lost.
    pub(super) fn blur(&self, pixels: &mut [f32], width: usize) {
        let longest = width.max(pixels.len() / width.max(1));
        convolve(pixels, width, &self.kernel(longest));
    }

    /// Share of a pixel's light that each pixel around it receives, as far as any pixel of an image of so long an edge is from
    /// another; the sum of all shares is 1.
    fn kernel(&self, longest: usize) -> Array2<f64> {
        let radius = self.radius();
        let kept = radius.min(longest.max(FIBER_REACH));
        let size = 2 * kept + 1;
        let offset = |index: usize| index as f64 - kept as f64;
        let mut kernel = Array2::from_shape_fn((size, size), |(slow, fast)| {
            let edges = |x: f64| [x - 0.5, x + 0.5];
            self.within(edges(offset(slow)), edges(offset(fast)))
        });
        let total = if kept < radius {
            let edge = radius as f64 + 0.5;
            self.within([-edge, edge], [-edge, edge])
        } else {
            kernel.sum()
        };
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

    /// The function integrated over a rectangle, slow and fast.
    fn within(&self, [y0, y1]: [f64; 2], [x0, x1]: [f64; 2]) -> f64 {
        match self.shape {
            SpreadShape::Gaussian => {
                let width = SQRT_2 * self.sigma();
                let edge = |x: f64| libm::erf(x / width);
                let along = |from: f64, to: f64| (edge(to) - edge(from)) / 2.0;
                along(y0, y1) * along(x0, x1)
            }
            SpreadShape::Fiber => {
                // The function is the solid angle of the rectangle, over 2π, seen from g above the point.
                let g = self.fwhm_pixels / (2.0 * (2_f64.powf(2.0 / 3.0) - 1.0).sqrt());
                let corner = |y: f64, x: f64| (x * y / (g * (g * g + x * x + y * y).sqrt())).atan();
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
            let kernel = spread(shape, 200.0, 300).kernel(300);
            let (peak, half) = (kernel[[300, 300]], kernel[[300, 400]]);
            assert!(
                (half / peak - 0.5).abs() < 1e-3,
                "{shape:?}: {half} of {peak}"
            );
        }
    }

    #[test]
    fn the_tails_of_a_fiber_fall_with_the_third_power() {
        let kernel = spread(SpreadShape::Fiber, 1.0, 200).kernel(200);
        let ratio = kernel[[200, 400]] / kernel[[200, 300]];
        assert!((ratio * 8.0 - 1.0).abs() < 1e-3, "{ratio}");
    }

    #[test]
    fn what_no_pixel_of_the_image_can_receive_is_not_computed() {
        for shape in [SpreadShape::Gaussian, SpreadShape::Fiber] {
            let wide = spread(shape, 200.0, 600);
            let (whole, kept) = (wide.kernel(600), wide.kernel(300));
            assert_eq!(kept.dim(), (601, 601));
            let inner = whole.slice(ndarray::s![300..901, 300..901]);
            for (a, b) in inner.iter().zip(&kept) {
                assert!((a / b - 1.0).abs() < 1e-9, "{shape:?}: {a} {b}");
            }
        }
        let mut pixels = vec![1.0_f32; 20 * 30];
        let huge = PointSpread {
            shape: SpreadShape::Gaussian,
            fwhm_pixels: 1e9,
            radius_pixels: None,
        };
        huge.blur(&mut pixels, 30);
        assert!(pixels.iter().all(|pixel| *pixel < 1e-6));
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
