//! Statistics of repeated runs.

use std::time::Duration;

/// Wall-clock times of the same work done several times, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Timing {
    pub runs: usize,
    pub median_s: f64,
    pub min_s: f64,
    pub max_s: f64,
}

impl Timing {
    /// The statistics of at least one run, `None` without any.
    pub fn of(durations: &[Duration]) -> Option<Self> {
        let mut seconds: Vec<f64> = durations.iter().map(Duration::as_secs_f64).collect();
        seconds.sort_by(f64::total_cmp);
        let (&min_s, &max_s) = (seconds.first()?, seconds.last()?);
        let runs = seconds.len();
        Some(Self {
            runs,
            median_s: (seconds[(runs - 1) / 2] + seconds[runs / 2]) / 2.0,
            min_s,
            max_s,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_run_or_the_mean_of_the_middle_two() {
        let seconds = |list: &[u64]| -> Vec<Duration> {
            list.iter().map(|&s| Duration::from_secs(s)).collect()
        };
        let odd = Timing::of(&seconds(&[5, 1, 3])).unwrap();
        assert_eq!(
            (odd.median_s, odd.min_s, odd.max_s, odd.runs),
            (3.0, 1.0, 5.0, 3)
        );
        let even = Timing::of(&seconds(&[4, 1, 2, 9])).unwrap();
        assert_eq!(even.median_s, 3.0);
        assert_eq!(Timing::of(&[]), None);
    }
}
