//! The structural similarity index.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::common_shape;

const RADIUS: usize = 5;
const SIGMA_PIXELS: f64 = 1.5;
const WIDTH: usize = 2 * RADIUS + 1;

/// The mean structural similarity of two images: Gaussian windows of σ = 1.5 over 11 × 11 pixels, K₁ = 0.01, K₂ = 0.03,
/// the dynamic range being that of both images together (Wang, Bovik, Sheikh and Simoncelli, IEEE Trans. Image
/// Process. 13, 600, 2004). Only windows that lie wholly on the image count; what is not finite counts as 0.
///
/// `None` when the image is smaller than a window. Images that are constant and equal have similarity 1.
///
/// # Panics
/// When the shapes differ.
pub fn structural_similarity(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Option<f64> {
    let (slow_pixels, fast_pixels) = common_shape(a, b);
    if slow_pixels < WIDTH || fast_pixels < WIDTH {
        return None;
    }
    let finite = |value: f32| {
        if value.is_finite() {
            f64::from(value)
        } else {
            0.0
        }
    };
    let (low, high) = a
        .iter()
        .chain(b.iter())
        .map(|&value| finite(value))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let range = high - low;
    if range == 0.0 {
        return Some(1.0);
    }
    let weights = gaussian();
    let (c1, c2) = ((0.01 * range).powi(2), (0.03 * range).powi(2));
    let rows: Vec<f64> = (0..=slow_pixels - WIDTH)
        .into_par_iter()
        .map(|top| {
            let mut columns = vec![[0.0_f64; 5]; fast_pixels];
            for (offset, weight) in weights.iter().enumerate() {
                for (fast, moments) in columns.iter_mut().enumerate() {
                    let x = finite(a[(top + offset, fast)]);
                    let y = finite(b[(top + offset, fast)]);
                    for (moment, value) in moments.iter_mut().zip([x, y, x * x, y * y, x * y]) {
                        *moment += weight * value;
                    }
                }
            }
            columns
                .windows(WIDTH)
                .map(|window| {
                    let mut moments = [0.0_f64; 5];
                    for (column, weight) in window.iter().zip(weights) {
                        for (moment, value) in moments.iter_mut().zip(column) {
                            *moment += weight * value;
                        }
                    }
                    index(moments, c1, c2)
                })
                .sum()
        })
        .collect();
    let windows = rows.len() * (fast_pixels - WIDTH + 1);
    Some(rows.iter().sum::<f64>() / windows as f64)
}

fn index([mean_x, mean_y, xx, yy, xy]: [f64; 5], c1: f64, c2: f64) -> f64 {
    let variance_x = xx - mean_x * mean_x;
    let variance_y = yy - mean_y * mean_y;
    let covariance = xy - mean_x * mean_y;
    (2.0 * mean_x * mean_y + c1) * (2.0 * covariance + c2)
        / ((mean_x * mean_x + mean_y * mean_y + c1) * (variance_x + variance_y + c2))
}

fn gaussian() -> [f64; WIDTH] {
    let raw: [f64; WIDTH] = std::array::from_fn(|i| {
        let distance = i as f64 - RADIUS as f64;
        (-0.5 * (distance / SIGMA_PIXELS).powi(2)).exp()
    });
    let sum: f64 = raw.iter().sum();
    raw.map(|weight| weight / sum)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_image_is_like_itself_and_unlike_its_negative() {
        let a = Array2::from_shape_fn((24, 30), |(s, f)| ((s * 7 + f * 3) % 11) as f32);
        let negative = a.mapv(|v| 10.0 - v);
        assert!((structural_similarity(a.view(), a.view()).unwrap() - 1.0).abs() < 1e-12);
        assert!(structural_similarity(a.view(), negative.view()).unwrap() < 0.0);
    }

    #[test]
    fn two_flat_images_differ_by_their_means_alone() {
        let a = Array2::<f32>::from_elem((11, 11), 2.0);
        let b = Array2::<f32>::from_elem((11, 11), 1.0);
        // Range 1, so C₁ = 1e-4: (2·2·1 + C₁) / (4 + 1 + C₁).
        let expected = (4.0 + 1e-4) / (5.0 + 1e-4);
        assert!((structural_similarity(a.view(), b.view()).unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn an_image_smaller_than_the_window_has_none() {
        let a = Array2::<f32>::zeros((10, 200));
        assert_eq!(structural_similarity(a.view(), a.view()), None);
    }

    proptest! {
        #[test]
        fn similarity_is_symmetric_and_at_most_one(
            a in proptest::collection::vec(0.0_f32..100.0, 12 * 13),
            b in proptest::collection::vec(0.0_f32..100.0, 12 * 13),
        ) {
            let a = Array2::from_shape_vec((12, 13), a).unwrap();
            let b = Array2::from_shape_vec((12, 13), b).unwrap();
            let there = structural_similarity(a.view(), b.view()).unwrap();
            let back = structural_similarity(b.view(), a.view()).unwrap();
            prop_assert!((there - back).abs() < 1e-12);
            prop_assert!(there <= 1.0 + 1e-12);
        }
    }
}
