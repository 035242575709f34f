//! How wide a peak is.

use ndarray::{ArrayView1, ArrayView2};

use crate::image::Pixel;

/// Full width at half of the peak's own value, along the slow and the fast axis through `peak`, in pixels, with linear
/// interpolation between pixels. `None` along an axis on which the image ends before it falls to half, or when the
/// peak is not positive.
pub fn full_width_at_half_maximum(
    image: ArrayView2<'_, f32>,
    peak: Pixel,
) -> (Option<f64>, Option<f64>) {
    (
        width(image.column(peak.fast), peak.slow),
        width(image.row(peak.slow), peak.fast),
    )
}

fn width(profile: ArrayView1<'_, f32>, peak: usize) -> Option<f64> {
    let half = f64::from(profile[peak]) / 2.0;
    if half.is_nan() || half <= 0.0 {
        return None;
    }
    let to_half = |mut outward: Box<dyn Iterator<Item = usize> + '_>| {
        let mut before = 2.0 * half;
        let mut distance = 0.0;
        outward.find_map(|at| {
            let value = f64::from(profile[at]);
            if value <= half {
                return Some(distance + (before - half) / (before - value));
            }
            before = value;
            distance += 1.0;
            None
        })
    };
    let up = to_half(Box::new(peak + 1..profile.len()))?;
    let down = to_half(Box::new((0..peak).rev()))?;
    Some(up + down)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_triangle_is_as_wide_as_half_its_base() {
        let image = array![[0.0_f32, 1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0, 0.0]];
        let (slow, fast) = full_width_at_half_maximum(image.view(), Pixel::at(0, 4));
        assert_eq!(fast, Some(4.0));
        assert_eq!(slow, None);
    }

    #[test]
    fn a_dark_pixel_has_no_width() {
        let image = Array2::<f32>::zeros((3, 3));
        let centre = Pixel::at(1, 1);
        assert_eq!(
            full_width_at_half_maximum(image.view(), centre),
            (None, None)
        );
    }

    proptest! {
        #[test]
        fn a_gaussian_is_2_355_sigma_wide(sigma in 2.0_f64..6.0) {
            let image = Array2::from_shape_fn((61, 61), |(s, f)| {
                let squared = (s as f64 - 30.0).powi(2) + (f as f64 - 30.0).powi(2);
                (1e3 * (-squared / (2.0 * sigma * sigma)).exp()) as f32
            });
            let expected = sigma * (8.0 * 2.0_f64.ln()).sqrt();
            let (slow, fast) = full_width_at_half_maximum(image.view(), Pixel::at(30, 30));
            prop_assert!((slow.unwrap() / expected - 1.0).abs() < 0.02);
            prop_assert!((fast.unwrap() / expected - 1.0).abs() < 0.02);
        }
    }
}
