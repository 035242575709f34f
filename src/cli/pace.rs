//! How fast work goes, and how long the rest of it takes.

use std::time::Duration;

use super::amounts::per_second;

/// What lies further back than that counts little.
const MEMORY: Duration = Duration::from_secs(10);
/// Before that there is nothing to tell a pace from.
const FIRST_TOLD: Duration = Duration::from_secs(1);

/// The smoothed pace of one piece of work, told by how much of it is done at which time.
#[derive(Debug, Default)]
pub struct Pace {
    at: Duration,
    done: u64,
    /// Exponentially weighted mean of the pixels a second, in which the time before the beginning counts as idle.
    mean: f64,
}

impl Pace {
    /// Takes note of pixels that are done so long after the beginning.
    pub fn take(&mut self, at: Duration, done: u64) {
        let since = at.saturating_sub(self.at).as_secs_f64();
        if since > 0.0 {
            let momentary = done.saturating_sub(self.done) as f64 / since;
            self.mean += Self::share(since) * (momentary - self.mean);
            (self.at, self.done) = (at, done);
        }
    }

    /// Pixels a second; `None` as long as nothing can be told.
    fn rate(&self) -> Option<f64> {
        let rate = self.mean / Self::share(self.at.as_secs_f64());
        (self.at >= FIRST_TOLD && rate > 0.0).then_some(rate)
    }

    /// The pace and the time that is left, for people.
    pub fn text(&self, total: u64) -> String {
        let Some(rate) = self.rate() else {
            return String::new();
        };
        let left = total.saturating_sub(self.done) as f64 / rate;
        // Two seconds are not three for a rounding error.
        let left = (left * (1.0 - 1e-9)).ceil();
        let left = Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX);
        format!("{}, {} left", per_second(rate, "pixel"), duration(left))
    }

    /// Weight of the last so many seconds.
    fn share(seconds: f64) -> f64 {
        1.0 - (-seconds / MEMORY.as_secs_f64()).exp()
    }
}

/// A time for people, in the two largest units that it has.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{hours} h {} min", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_two_units_at_most() {
        let text = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(text(12), "12 s");
        assert_eq!(text(190), "3 min 10 s");
        assert_eq!(text(7500), "2 h 5 min");
    }

    #[test]
    fn a_steady_pace_is_told_as_it_is_from_the_first_word_on() {
        const TOTAL: u64 = 1 << 20;
        let mut pace = Pace::default();
        let mut told = Vec::new();
        for tick in 1..=31 {
            let at = Duration::from_millis(100 * tick);
            // Bands of 8192 pixels, 336 kpixel/s.
            let done = (33_600 * tick) / 8192 * 8192;
            pace.take(at, done);
            told.push(pace.text(TOTAL));
        }
        assert!(told[..9].iter().all(String::is_empty), "{told:?}");
        for text in &told[9..] {
            let rate: f64 = text.split(' ').next().unwrap().parse().unwrap();
            assert!((rate - 336.0).abs() < 30.0, "{told:?}");
        }
        let left = |text: &str| -> u64 {
            let (_, left) = text.split_once(", ").unwrap();
            left.split(' ').next().unwrap().parse().unwrap()
        };
        let left: Vec<u64> = told[9..].iter().map(|text| left(text)).collect();
        assert!(left.is_sorted_by(|a, b| a >= b), "{told:?}");
        assert_eq!((left[0], left[left.len() - 1]), (3, 1), "{told:?}");
    }

    #[test]
    fn nothing_done_tells_nothing() {
        let mut pace = Pace::default();
        pace.take(Duration::from_secs(5), 0);
        assert_eq!(pace.text(100), "");
    }
}
