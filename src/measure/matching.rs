//! Which peak of one image is which of another.

use super::Peak;

/// Two peaks taken for the same one.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PeakPair {
    pub a: Peak,
    pub b: Peak,
}

/// The strongest peaks of two images, matched one to one.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PeakMatches {
    /// Pairs of which at least one member is among its image's strongest, closest pair first.
    pub pairs: Vec<PeakPair>,
    /// Strongest peaks of a without a partner.
    pub only_a: Vec<Peak>,
    /// Strongest peaks of b without a partner.
    pub only_b: Vec<Peak>,
    /// How many of b's peaks counted as strongest.
    pub strongest_b: usize,
}

impl PeakPair {
    /// Distance between the centroids, pixels.
    pub fn distance_px(&self) -> f64 {
        self.a.distance_px(&self.b)
    }

    /// Intensity of a over that of b, less one.
    pub fn intensity_error(&self) -> f64 {
        f64::from(self.a.intensity) / f64::from(self.b.intensity) - 1.0
    }
}

impl PeakMatches {
    /// Part of b's strongest peaks that have a partner, 1 when b has none.
    pub fn matched_fraction(&self) -> f64 {
        if self.strongest_b == 0 {
            return 1.0;
        }
        1.0 - self.only_b.len() as f64 / self.strongest_b as f64
    }

    /// Largest distance between the centroids of a pair, pixels; 0 without pairs.
    pub fn max_distance_px(&self) -> f64 {
        self.pairs
            .iter()
            .map(PeakPair::distance_px)
            .fold(0.0, f64::max)
    }

    /// Root mean square distance, pixels; 0 without pairs.
    pub fn rms_distance_px(&self) -> f64 {
        let squares: f64 = self.pairs.iter().map(|p| p.distance_px().powi(2)).sum();
        (squares / self.pairs.len().max(1) as f64).sqrt()
    }

    /// Median distance, pixels; 0 without pairs.
    pub fn median_distance_px(&self) -> f64 {
        let mut distances: Vec<f64> = self.pairs.iter().map(PeakPair::distance_px).collect();
        distances.sort_by(f64::total_cmp);
        distances.get(distances.len() / 2).copied().unwrap_or(0.0)
    }

    /// Largest relative difference of a pair's intensities; 0 without pairs.
    pub fn max_intensity_error(&self) -> f64 {
        self.pairs
            .iter()
            .map(|p| p.intensity_error().abs())
            .fold(0.0, f64::max)
    }
}

/// Matches the `strongest` first peaks of each list, which come brightest first, with any peak of the other list that
/// lies within `gate_px`. The closest pair is taken first and each peak serves once.
///
/// The partner may be weaker than the cut: where many reflections are equally strong, which of them are among the
/// first is decided by rounding and says nothing about agreement.
pub fn match_peaks(a: &[Peak], b: &[Peak], strongest: usize, gate_px: f64) -> PeakMatches {
    let strongest_a = strongest.min(a.len());
    let strongest_b = strongest.min(b.len());
    let mut candidates: Vec<(f64, usize, usize)> = Vec::new();
    let mut consider = |i: usize, j: usize| {
        let distance = a[i].distance_px(&b[j]);
        if distance <= gate_px {
            candidates.push((distance, i, j));
        }
    };
    for i in 0..strongest_a {
        for j in 0..b.len() {
            consider(i, j);
        }
    }
    for i in strongest_a..a.len() {
        for j in 0..strongest_b {
            consider(i, j);
        }
    }
    candidates.sort_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let (mut taken_a, mut taken_b) = (vec![false; a.len()], vec![false; b.len()]);
    let mut pairs = Vec::new();
    for (_, i, j) in candidates {
        if !taken_a[i] && !taken_b[j] {
            (taken_a[i], taken_b[j]) = (true, true);
            pairs.push(PeakPair { a: a[i], b: b[j] });
        }
    }
    let left = |peaks: &[Peak], taken: &[bool], strongest: usize| {
        (0..strongest)
            .filter(|&i| !taken[i])
            .map(|i| peaks[i])
            .collect()
    };
    PeakMatches {
        pairs,
        only_a: left(a, &taken_a, strongest_a),
        only_b: left(b, &taken_b, strongest_b),
        strongest_b,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::image::Pixel;

    fn peak(slow: f64, fast: f64, intensity: f32) -> Peak {
        let pixel = Pixel::at(slow as usize, fast as usize);
        Peak {
            pixel,
            slow,
            fast,
            intensity,
        }
    }

    #[test]
    fn the_closest_pair_is_taken_first_and_each_peak_serves_once() {
        let a = [peak(10.0, 10.0, 9.0), peak(10.0, 11.0, 8.0)];
        let b = [peak(10.0, 10.9, 9.0), peak(10.0, 30.0, 8.0)];
        let found = match_peaks(&a, &b, 2, 2.0);
        assert_eq!(found.pairs, [PeakPair { a: a[1], b: b[0] }]);
        assert_eq!(found.only_a, [a[0]]);
        assert_eq!(found.only_b, [b[1]]);
        assert_eq!(found.matched_fraction(), 0.5);
        assert!((found.max_distance_px() - 0.1).abs() < 1e-12);
        assert!((found.pairs[0].intensity_error() + 1.0 / 9.0).abs() < 1e-12);
    }

    #[test]
    fn a_partner_just_below_the_cut_still_counts() {
        let a = [peak(5.0, 5.0, 10.0), peak(20.0, 20.0, 9.9999)];
        let b = [peak(20.0, 20.0, 10.0), peak(5.0, 5.0, 9.9999)];
        let found = match_peaks(&a, &b, 1, 1.0);
        assert_eq!(found.matched_fraction(), 1.0);
        assert!(found.only_a.is_empty());
        assert_eq!(found.pairs.len(), 2);
    }

    #[test]
    fn without_peaks_nothing_is_missing() {
        let found = match_peaks(&[], &[], 10, 1.0);
        assert_eq!(found.matched_fraction(), 1.0);
        assert_eq!(found.max_distance_px(), 0.0);
        assert_eq!(found.rms_distance_px(), 0.0);
        assert_eq!(found.median_distance_px(), 0.0);
    }

    proptest! {
        #[test]
        fn matching_is_one_to_one_within_the_gate_and_complete(
            places in proptest::collection::vec((0.0_f64..50.0, 0.0_f64..50.0), 0..30),
            shift in -0.4_f64..0.4,
        ) {
            // On a grid of whole pixels a shift of less than half of one leaves every peak nearest to itself.
            let mut grid: Vec<(u32, u32)> =
                places.iter().map(|&(s, f)| (s as u32, f as u32)).collect();
            grid.sort();
            grid.dedup();
            let at = |shift: f64| -> Vec<Peak> {
                grid.iter()
                    .map(|&(s, f)| peak(f64::from(s) + shift, f64::from(f), 1.0))
                    .collect()
            };
            let (a, b) = (at(shift), at(0.0));
            let found = match_peaks(&a, &b, 100, 0.5);
            prop_assert_eq!(found.pairs.len(), grid.len());
            prop_assert!(found.only_a.is_empty() && found.only_b.is_empty());
            for pair in &found.pairs {
                prop_assert!((pair.distance_px() - shift.abs()).abs() < 1e-9);
                prop_assert_eq!(pair.a.fast, pair.b.fast);
            }
        }
    }
}
