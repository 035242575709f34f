//! Whether two images agree.

use super::metrics::{FrameMetrics, Metrics};

/// What has to hold for agreement.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Thresholds {
    /// Smallest Pearson correlation.
    pub correlation: f64,
    /// Largest |a − b| / |b|.
    pub max_rel_l2: f64,
    /// Largest |sum(a)/sum(b) − 1|.
    pub sum_tolerance: f64,
}

impl Default for Thresholds {
    /// What single precision explains.
    fn default() -> Self {
        Self {
            correlation: 0.9999,
            max_rel_l2: 5e-5,
            sum_tolerance: 1e-4,
        }
    }
}

/// Agreement, or what is missing for it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Verdict {
    pub agree: bool,
    /// One sentence for each threshold that was missed.
    pub missed: Vec<String>,
}

/// Judges the whole frame, and the window too where there is one: neither speaks for the other.
pub fn judge(metrics: &Metrics, thresholds: &Thresholds) -> Verdict {
    let mut missed = judge_frame("", &metrics.frame, thresholds);
    if let Some(roi) = &metrics.roi {
        missed.extend(judge_frame(" within --roi", roi, thresholds));
    }
    Verdict {
        agree: missed.is_empty(),
        missed,
    }
}

fn judge_frame(place: &str, metrics: &FrameMetrics, thresholds: &Thresholds) -> Vec<String> {
    let found = &metrics.agreement;
    if found.is_exact() {
        return Vec::new();
    }
    let mut missed = Vec::new();
    let lost_a = found.non_finite_a.nan + found.non_finite_a.infinite;
    let lost_b = found.non_finite_b.nan + found.non_finite_b.infinite;
    if lost_a + lost_b > 0 {
        missed.push(format!(
            "pixels that are not finite{place}: {lost_a} of a, {lost_b} of b"
        ));
    }
    // Written so that a figure that does not exist misses its threshold.
    let at_most = |figure: Option<f64>, limit: f64| figure.is_some_and(|figure| figure <= limit);
    let shown = |figure: Option<f64>| figure.map_or("undefined".to_owned(), |f| format!("{f:.6e}"));
    // Without contrast there is nothing to correlate, and the other figures decide.
    if let Some(correlation) = found.correlation
        && correlation < thresholds.correlation
    {
        missed.push(format!(
            "correlation{place} {correlation:.9} < {}",
            thresholds.correlation
        ));
    }
    if !at_most(found.relative_l2, thresholds.max_rel_l2) {
        missed.push(format!(
            "relative L2{place} {} > {}",
            shown(found.relative_l2),
            thresholds.max_rel_l2
        ));
    }
    let sum_error = found.sum_ratio.map(|ratio| (ratio - 1.0).abs());
    if !at_most(sum_error, thresholds.sum_tolerance) {
        missed.push(format!(
            "sums{place} differ by {} > {}",
            shown(sum_error),
            thresholds.sum_tolerance
        ));
    }
    missed
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ArrayView2};

    use super::*;
    use crate::compare::metrics::{MetricsOptions, measure};

    fn verdict(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, roi: Option<[usize; 4]>) -> Verdict {
        let options = MetricsOptions {
            roi,
            rings: 1,
            peaks: 5,
            gate_px: 1.0,
            worst: 1,
        };
        judge(&measure(a, b, None, &options), &Thresholds::default())
    }

    fn ramp() -> Array2<f32> {
        Array2::from_shape_fn((20, 20), |(s, f)| (1 + s * 20 + f) as f32)
    }

    #[test]
    fn equal_images_agree_even_when_they_are_dark() {
        let dark = Array2::zeros((4, 4));
        assert!(verdict(dark.view(), dark.view(), None).agree);
        assert!(verdict(ramp().view(), ramp().view(), Some([1, 2, 1, 2])).agree);
    }

    #[test]
    fn a_lost_number_is_never_agreement() {
        let mut a = ramp();
        a[(3, 3)] = f32::NAN;
        let found = verdict(a.view(), a.view(), None);
        assert!(!found.agree);
        assert!(
            found.missed[0].contains("1 of a, 1 of b"),
            "{:?}",
            found.missed
        );
    }

    #[test]
    fn a_scale_that_correlates_perfectly_is_still_no_agreement() {
        let a = ramp().mapv(|v| v * 1.01);
        let found = verdict(a.view(), ramp().view(), None);
        assert_eq!(found.missed.len(), 2, "{:?}", found.missed);
        assert!(found.missed[0].starts_with("relative L2"));
        assert!(found.missed[1].starts_with("sums differ"));
    }

    #[test]
    fn a_frame_cannot_hide_behind_its_window() {
        let mut a = ramp();
        a[(0, 0)] = 1e6;
        assert!(!verdict(a.view(), ramp().view(), Some([5, 15, 5, 15])).agree);
    }
}
