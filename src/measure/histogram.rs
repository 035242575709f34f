//! How pixel values are distributed: for the scale of a picture and the scatter plot of one image against another.

use ndarray::ArrayView2;

use super::common_shape;

/// The value below which `percent` of all finite values lie (the nearest of them, no interpolation); `None` without
/// any.
pub fn percentile(values: impl Iterator<Item = f32>, percent: f64) -> Option<f32> {
    let mut finite: Vec<f32> = values.filter(|v| v.is_finite()).collect();
    quantile(&mut finite, percent / 100.0)
}

/// The same of values that may be put into another order, below which lies a share from 0 to 1.
pub fn quantile(values: &mut [f32], share: f64) -> Option<f32> {
    let last = values.len().checked_sub(1)?;
    let rank = (share * last as f64).round();
    // The cast clips at 0.
    let rank = (rank as usize).min(last);
    Some(*values.select_nth_unstable_by(rank, f32::total_cmp).1)
}

/// How many pixels have a given pair of values, on logarithmic axes shared by both images.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct JointHistogram {
    /// log₁₀ of the value at the low end of the first bin.
    pub log10_low: f64,
    /// log₁₀ of the value at the high end of the last bin.
    pub log10_high: f64,
    /// Pixels by bin of b (outer) and of a (inner).
    pub counts: Vec<Vec<u64>>,
    /// Pixels left out: not finite, or not positive, in either image.
    pub left_out: u64,
}

impl JointHistogram {
    /// The pixels of both images in `bins` × `bins` bins over at most `decades` decades below the brightest value;
    /// fainter pixels go into the first bin. `None` when no pixel is positive in both.
    ///
    /// # Panics
    /// When the shapes differ.
    pub fn of(
        a: ArrayView2<'_, f32>,
        b: ArrayView2<'_, f32>,
        bins: usize,
        decades: f64,
    ) -> Option<Self> {
        common_shape(a, b);
        let usable = |v: f32| v.is_finite() && v > 0.0;
        let pairs = || {
            a.iter()
                .zip(b.iter())
                .filter(move |&(&a, &b)| usable(a) && usable(b))
                .map(|(&a, &b)| (f64::from(a).log10(), f64::from(b).log10()))
        };
        let (lowest, highest) = pairs()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (a, b)| {
                (low.min(a).min(b), high.max(a).max(b))
            });
        if highest < lowest {
            return None;
        }
        let log10_low = lowest.max(highest - decades);
        let width = (highest - log10_low).max(f64::MIN_POSITIVE);
        let bin = |value: f64| {
            let position = ((value - log10_low) / width * bins as f64).max(0.0);
            (position as usize).min(bins - 1)
        };
        let mut counts = vec![vec![0; bins]; bins];
        let mut counted = 0;
        for (a, b) in pairs() {
            counts[bin(b)][bin(a)] += 1;
            counted += 1;
        }
        Some(Self {
            log10_low,
            log10_high: highest,
            counts,
            left_out: a.len() as u64 - counted,
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn percentiles_are_values_of_the_list() {
        let values = || (0..=1000).rev().map(|v| v as f32).chain([f32::NAN]);
        assert_eq!(percentile(values(), 0.0), Some(0.0));
        assert_eq!(percentile(values(), 99.5), Some(995.0));
        assert_eq!(percentile(values(), 100.0), Some(1000.0));
        assert_eq!(percentile([f32::NAN].into_iter(), 50.0), None);
    }

    #[test]
    fn equal_images_fill_the_diagonal_alone() {
        let image = array![[1.0_f32, 10.0, 100.0], [1000.0, 0.0, f32::NAN]];
        let found = JointHistogram::of(image.view(), image.view(), 3, 10.0).unwrap();
        assert_eq!(found.counts, [[1, 0, 0], [0, 1, 0], [0, 0, 2]]);
        assert_eq!((found.log10_low, found.log10_high), (0.0, 3.0));
        assert_eq!(found.left_out, 2);
    }

    #[test]
    fn faint_pixels_gather_in_the_first_bin() {
        let a = array![[1.0_f32, 100.0]];
        let b = array![[1e-20_f32, 100.0]];
        let found = JointHistogram::of(a.view(), b.view(), 2, 2.0).unwrap();
        assert_eq!(found.counts, [[1, 0], [0, 1]]);
        let dark = array![[0.0_f32, 0.0]];
        assert_eq!(JointHistogram::of(a.view(), dark.view(), 2, 2.0), None);
    }
}
