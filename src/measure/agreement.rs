//! How far two images agree, pixel by pixel.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::common_shape;
use crate::image::Pixel;

/// The figures of one set of pixels of images `a` and `b`, where `b` is the reference.
///
/// Pixels that are NaN or infinite in either image are counted and left out of every other figure.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Agreement {
    /// Pixels compared: finite in both images.
    pub pixels: u64,
    /// Pearson correlation; `None` when either image is constant.
    pub correlation: Option<f64>,
    /// Mean of (a − b)².
    pub mse: f64,
    /// √mse.
    pub rmse: f64,
    /// |a − b| / |b| over all pixels; `None` when b is zero and a is not.
    pub relative_l2: Option<f64>,
    /// The largest |a − b|, the first one in raster order; `None` when the images are identical.
    pub worst: Option<Disagreement>,
    pub sum_a: f64,
    pub sum_b: f64,
    /// sum_a / sum_b; `None` when sum_b is 0 and sum_a is not.
    pub sum_ratio: Option<f64>,
    pub max_a: f32,
    pub max_b: f32,
    pub non_finite_a: NonFinite,
    pub non_finite_b: NonFinite,
}

/// One pixel where the images differ.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Disagreement {
    pub pixel: Pixel,
    pub a: f32,
    pub b: f32,
}

/// How many pixels are not numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct NonFinite {
    pub nan: u64,
    pub infinite: u64,
}

impl Agreement {
    /// Whether every compared pixel is equal and none was left out.
    pub fn is_exact(&self) -> bool {
        self.worst.is_none() && !self.non_finite_a.any() && !self.non_finite_b.any()
    }
}

impl Disagreement {
    /// |a − b|
    pub fn difference(&self) -> f64 {
        (f64::from(self.a) - f64::from(self.b)).abs()
    }
}

impl NonFinite {
    /// Whether there is one at all.
    pub fn any(self) -> bool {
        self.nan + self.infinite > 0
    }

    fn count(&mut self, value: f32) {
        self.nan += u64::from(value.is_nan());
        self.infinite += u64::from(value.is_infinite());
    }

    fn add(&mut self, other: Self) {
        self.nan += other.nan;
        self.infinite += other.infinite;
    }
}

/// Compares two whole images.
///
/// # Panics
/// When their shapes differ.
pub fn agreement(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Agreement {
    agreement_by_label(a, b, 1, |_| Some(0)).remove(0)
}

/// Compares two images set by set: `label` names the set of a pixel, below `labels`, or `None` to leave it out.
///
/// # Panics
/// When the shapes differ or a label is out of range.
pub fn agreement_by_label(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    labels: usize,
    label: impl Fn(Pixel) -> Option<usize> + Sync,
) -> Vec<Agreement> {
    let first = sum_over_sets(a, b, labels, &label, |moments, _, pixel, values| {
        moments.count(pixel, values);
    });
    let means: Vec<[f64; 2]> = first.iter().map(Moments::means).collect();
    let second = sum_over_sets(a, b, labels, &label, |moments, set, _, values| {
        moments.spread(values, means[set]);
    });
    first
        .into_iter()
        .zip(second)
        .map(|(first, second)| first.into_agreement(&second))
        .collect()
}

/// Visits every labelled pixel with the moments of its set: rows in parallel, then added in order, so that the sums do
/// not depend on the number of threads.
fn sum_over_sets(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    labels: usize,
    label: impl Fn(Pixel) -> Option<usize> + Sync,
    visit: impl Fn(&mut Moments, usize, Pixel, [f32; 2]) + Sync,
) -> Vec<Moments> {
    let (slow_pixels, fast_pixels) = common_shape(a, b);
    let rows: Vec<Vec<Moments>> = (0..slow_pixels)
        .into_par_iter()
        .map(|slow| {
            let mut row = vec![Moments::default(); labels];
            for fast in 0..fast_pixels {
                let pixel = Pixel::at(slow, fast);
                if let Some(set) = label(pixel) {
                    let values = [a[(slow, fast)], b[(slow, fast)]];
                    visit(&mut row[set], set, pixel, values);
                }
            }
            row
        })
        .collect();
    let mut total = vec![Moments::default(); labels];
    for row in rows {
        for (total, part) in total.iter_mut().zip(row) {
            total.add(part);
        }
    }
    total
}

/// The `count` pixels with the largest |a − b|, worst first; pixels that are not finite in one image alone come before
/// all others.
///
/// # Panics
/// When the shapes differ.
pub fn worst_pixels(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    count: usize,
) -> Vec<Disagreement> {
    let (slow_pixels, fast_pixels) = common_shape(a, b);
    let badness = |d: &Disagreement| match d.difference() {
        difference if difference.is_finite() => difference,
        _ => f64::INFINITY,
    };
    let keep_worst = |found: &mut Vec<Disagreement>| {
        found.sort_by(|x, y| {
            badness(y)
                .total_cmp(&badness(x))
                .then(x.pixel.cmp(&y.pixel))
        });
        found.truncate(count);
    };
    let mut worst: Vec<Disagreement> = (0..slow_pixels)
        .into_par_iter()
        .flat_map_iter(|slow| {
            let mut row: Vec<_> = (0..fast_pixels)
                .map(|fast| Disagreement {
                    pixel: Pixel::at(slow, fast),
                    a: a[(slow, fast)],
                    b: b[(slow, fast)],
                })
                .filter(|d| d.a != d.b && !(d.a.is_nan() && d.b.is_nan()))
                .collect();
            keep_worst(&mut row);
            row
        })
        .collect();
    keep_worst(&mut worst);
    worst
}

/// Running sums over one set of pixels. The first pass fills the plain sums, the second those about the means, because
/// a correlation near one would not survive the cancellation of one-pass formulas.
#[derive(Debug, Clone, Default)]
struct Moments {
    pixels: u64,
    sum_a: f64,
    sum_b: f64,
    sum_bb: f64,
    squared_difference: f64,
    max_a: Option<f32>,
    max_b: Option<f32>,
    worst: Option<Disagreement>,
    non_finite_a: NonFinite,
    non_finite_b: NonFinite,
    spread_aa: f64,
    spread_bb: f64,
    spread_ab: f64,
}

impl Moments {
    fn count(&mut self, pixel: Pixel, [a, b]: [f32; 2]) {
        self.non_finite_a.count(a);
        self.non_finite_b.count(b);
        if !(a.is_finite() && b.is_finite()) {
            return;
        }
        let (wide_a, wide_b) = (f64::from(a), f64::from(b));
        self.pixels += 1;
        self.sum_a += wide_a;
        self.sum_b += wide_b;
        self.sum_bb += wide_b * wide_b;
        self.squared_difference += (wide_a - wide_b).powi(2);
        self.max_a = larger(self.max_a, Some(a));
        self.max_b = larger(self.max_b, Some(b));
        if a != b {
            self.worst = worse(self.worst, Some(Disagreement { pixel, a, b }));
        }
    }

    fn spread(&mut self, [a, b]: [f32; 2], [mean_a, mean_b]: [f64; 2]) {
        if a.is_finite() && b.is_finite() {
            let (from_a, from_b) = (f64::from(a) - mean_a, f64::from(b) - mean_b);
            self.spread_aa += from_a * from_a;
            self.spread_bb += from_b * from_b;
            self.spread_ab += from_a * from_b;
        }
    }

    fn add(&mut self, other: Self) {
        self.pixels += other.pixels;
        self.sum_a += other.sum_a;
        self.sum_b += other.sum_b;
        self.sum_bb += other.sum_bb;
        self.squared_difference += other.squared_difference;
        self.max_a = larger(self.max_a, other.max_a);
        self.max_b = larger(self.max_b, other.max_b);
        self.worst = worse(self.worst, other.worst);
        self.non_finite_a.add(other.non_finite_a);
        self.non_finite_b.add(other.non_finite_b);
        self.spread_aa += other.spread_aa;
        self.spread_bb += other.spread_bb;
        self.spread_ab += other.spread_ab;
    }

    fn means(&self) -> [f64; 2] {
        let pixels = self.pixels.max(1) as f64;
        [self.sum_a / pixels, self.sum_b / pixels]
    }

    fn into_agreement(self, second: &Self) -> Agreement {
        let (spread_a, spread_b) = (second.spread_aa.sqrt(), second.spread_bb.sqrt());
        let varies = spread_a > 0.0 && spread_b > 0.0;
        let mse = self.squared_difference / self.pixels.max(1) as f64;
        Agreement {
            pixels: self.pixels,
            correlation: varies.then(|| (second.spread_ab / spread_a / spread_b).clamp(-1.0, 1.0)),
            mse,
            rmse: mse.sqrt(),
            relative_l2: ratio(self.squared_difference.sqrt(), self.sum_bb.sqrt(), 0.0),
            worst: self.worst,
            sum_a: self.sum_a,
            sum_b: self.sum_b,
            sum_ratio: ratio(self.sum_a, self.sum_b, 1.0),
            max_a: self.max_a.unwrap_or(0.0),
            max_b: self.max_b.unwrap_or(0.0),
            non_finite_a: self.non_finite_a,
            non_finite_b: self.non_finite_b,
        }
    }
}

/// `a / b`, `both_zero` for 0 / 0 and nothing for any other division by zero.
fn ratio(a: f64, b: f64, both_zero: f64) -> Option<f64> {
    match (a == 0.0, b == 0.0) {
        (true, true) => Some(both_zero),
        (false, true) => None,
        _ => Some(a / b),
    }
}

fn larger(one: Option<f32>, other: Option<f32>) -> Option<f32> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}

/// The larger difference, the earlier pixel where they are equal.
fn worse(one: Option<Disagreement>, other: Option<Disagreement>) -> Option<Disagreement> {
    match (one, other) {
        (Some(one), Some(other)) if other.difference() > one.difference() => Some(other),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_figures_of_a_small_pair_are_those_worked_by_hand() {
        let a = array![[1.0_f32, 2.0], [3.0, 6.0]];
        let b = array![[1.0_f32, 2.0], [3.0, 4.0]];
        let found = agreement(a.view(), b.view());
        assert_eq!(found.pixels, 4);
        assert_eq!(found.mse, 1.0);
        assert_eq!(found.rmse, 1.0);
        assert_eq!(found.relative_l2, Some(2.0 / 30.0_f64.sqrt()));
        assert_eq!((found.sum_a, found.sum_b), (12.0, 10.0));
        assert_eq!(found.sum_ratio, Some(1.2));
        assert_eq!((found.max_a, found.max_b), (6.0, 4.0));
        let worst = found.worst.unwrap();
        assert_eq!(worst.pixel, Pixel::at(1, 1));
        assert_eq!(worst.difference(), 2.0);
        // Σ(a−3)(b−2.5) = 8, Σ(a−3)² = 14, Σ(b−2.5)² = 5.
        let correlation = found.correlation.unwrap();
        assert!((correlation - 8.0 / 70.0_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_difference_in_the_last_bit_of_one_pixel_is_seen() {
        let b = Array2::from_shape_fn((64, 64), |(s, f)| (1 + s * 64 + f) as f32);
        let mut a = b.clone();
        a[(40, 7)] = a[(40, 7)].next_up();
        let found = agreement(a.view(), b.view());
        assert!(!found.is_exact());
        assert_eq!(found.worst.unwrap().pixel, Pixel::at(40, 7));
        assert!(agreement(b.view(), b.view()).is_exact());
    }

    #[test]
    fn what_is_not_a_number_is_counted_and_left_out() {
        let a = array![[1.0_f32, f32::NAN, 3.0, f32::INFINITY]];
        let b = array![[1.0_f32, 2.0, f32::NAN, f32::NAN]];
        let found = agreement(a.view(), b.view());
        assert_eq!(found.pixels, 1);
        assert_eq!(found.mse, 0.0);
        assert_eq!((found.sum_a, found.sum_b), (1.0, 1.0));
        assert_eq!(
            found.non_finite_a,
            NonFinite {
                nan: 1,
                infinite: 1
            }
        );
        assert_eq!(
            found.non_finite_b,
            NonFinite {
                nan: 2,
                infinite: 0
            }
        );
        assert!(!found.is_exact());
    }

    #[test]
    fn constant_and_dark_images_have_no_correlation_and_no_ratio() {
        let dark = Array2::<f32>::zeros((3, 3));
        let flat = Array2::<f32>::ones((3, 3));
        let both_dark = agreement(dark.view(), dark.view());
        assert_eq!(both_dark.correlation, None);
        assert_eq!(both_dark.relative_l2, Some(0.0));
        assert_eq!(both_dark.sum_ratio, Some(1.0));
        let one_dark = agreement(flat.view(), dark.view());
        assert_eq!(one_dark.relative_l2, None);
        assert_eq!(one_dark.sum_ratio, None);
        let empty = Array2::<f32>::zeros((0, 0));
        assert_eq!(agreement(empty.view(), empty.view()).pixels, 0);
    }

    #[test]
    fn the_worst_pixels_come_worst_first_and_lost_numbers_before_all() {
        let a = array![[1.0_f32, 5.0, f32::NAN], [2.0, 2.0, f32::NAN]];
        let b = array![[1.0_f32, 2.0, 1.0], [4.0, 2.5, f32::NAN]];
        let fasts: Vec<_> = worst_pixels(a.view(), b.view(), 3)
            .into_iter()
            .map(|d| (d.pixel.slow, d.pixel.fast))
            .collect();
        assert_eq!(fasts, [(0, 2), (0, 1), (1, 0)]);
    }

    #[test]
    fn each_label_is_measured_alone() {
        let a = array![[1.0_f32, 2.0, 9.0], [3.0, 4.0, 9.0]];
        let b = array![[1.0_f32, 2.0, 0.0], [3.0, 5.0, 0.0]];
        let rows = agreement_by_label(a.view(), b.view(), 2, |p| (p.fast < 2).then_some(p.slow));
        assert!(rows[0].is_exact());
        assert_eq!(rows[1].pixels, 2);
        assert_eq!(rows[1].worst.unwrap().pixel, Pixel::at(1, 1));
    }

    proptest! {
        #[test]
        fn a_scaled_and_shifted_image_correlates_perfectly(
            values in proptest::collection::vec(0.0_f32..1e6, 12),
            scale in 0.5_f32..2.0,
        ) {
            prop_assume!(values.iter().any(|v| (v - values[0]).abs() > 1.0));
            let b = Array2::from_shape_vec((3, 4), values).unwrap();
            let a = b.mapv(|v| v * scale);
            let found = agreement(a.view(), b.view());
            prop_assert!(found.correlation.unwrap() > 1.0 - 1e-9);
            prop_assert!((found.sum_ratio.unwrap() / f64::from(scale) - 1.0).abs() < 1e-6);
            let expected = (f64::from(scale) - 1.0).abs();
            prop_assert!((found.relative_l2.unwrap() - expected).abs() < 1e-6);
        }

        #[test]
        fn the_worst_pixel_is_the_head_of_the_worst_pixels(
            a in proptest::collection::vec(-10.0_f32..10.0, 20),
            b in proptest::collection::vec(-10.0_f32..10.0, 20),
        ) {
            let a = Array2::from_shape_vec((4, 5), a).unwrap();
            let b = Array2::from_shape_vec((4, 5), b).unwrap();
            let found = agreement(a.view(), b.view());
            prop_assert_eq!(found.worst, worst_pixels(a.view(), b.view(), 1).first().copied());
        }
    }
}
