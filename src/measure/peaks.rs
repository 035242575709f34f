//! Bragg peaks: where they are and how bright.

use std::collections::{HashMap, HashSet};

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::image::Pixel;

/// A local maximum.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Peak {
    /// The pixel of the maximum; of a plateau the one nearest its middle.
    pub pixel: Pixel,
    /// Centroid along the slow axis, in pixels; the centre of pixel 3 is at 3.0.
    pub slow: f64,
    /// Centroid along the fast axis.
    pub fast: f64,
    /// Value of the brightest pixel.
    pub intensity: f32,
}

/// What counts as a peak.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PeakSearch {
    /// A peak is brighter than this.
    pub above: f32,
    /// Of two maxima closer than this, the brighter one is the peak.
    pub separation_px: f64,
    /// Half the edge of the square that a centroid is taken over.
    pub centroid_radius_px: f64,
}

impl Default for PeakSearch {
    /// Above zero, three pixels apart, centroids over 5 × 5 pixels.
    fn default() -> Self {
        Self {
            above: 0.0,
            separation_px: 3.0,
            centroid_radius_px: 2.5,
        }
    }
}

impl Peak {
    /// Distance between two peaks' centroids, pixels.
    pub fn distance_px(&self, other: &Self) -> f64 {
        (self.slow - other.slow).hypot(self.fast - other.fast)
    }
}

/// All peaks of an image, brightest first.
///
/// A maximum is a pixel, or a connected plateau of equal pixels, none of whose eight-fold neighbours is brighter and
/// at least one of which is darker. Pixels that are not finite are never peaks and never hide one.
pub fn find_peaks(image: ArrayView2<'_, f32>, search: &PeakSearch) -> Vec<Peak> {
    separated_maxima(image, search)
        .into_par_iter()
        .map(|pixel| {
            let start = [pixel.slow as f64, pixel.fast as f64];
            let [slow, fast] = centroid(image, start, search.centroid_radius_px);
            Peak {
                pixel,
                slow,
                fast,
                intensity: image[(pixel.slow, pixel.fast)],
            }
        })
        .collect()
}

/// How many peaks [`find_peaks`] finds, without a look at where they are.
pub fn count_peaks(image: ArrayView2<'_, f32>, search: &PeakSearch) -> usize {
    separated_maxima(image, search).len()
}

/// The pixels of all peaks, brightest first.
fn separated_maxima(image: ArrayView2<'_, f32>, search: &PeakSearch) -> Vec<Pixel> {
    let mut maxima = local_maxima(image, search.above);
    maxima.sort_by(|x, y| {
        image[(y.slow, y.fast)]
            .total_cmp(&image[(x.slow, x.fast)])
            .then(x.cmp(y))
    });
    keep_separated(maxima, search.separation_px)
}

/// The centroid (slow, fast) of the intensity near `start`: the point that is the centre of mass of the square of
/// half-edge `radius_px` around itself. A point, not a pixel, so that a peak halfway between two pixels has the same
/// centroid whichever of them is brighter in the last bit; a flat background does not move it. It stays within a pixel
/// of `start` along each axis: beyond that it would be the centroid of another peak.
pub fn centroid(image: ArrayView2<'_, f32>, start: [f64; 2], radius_px: f64) -> [f64; 2] {
    const ITERATIONS: usize = 50;
    const SETTLED_PX: f64 = 1e-6;
    const REACH_PX: f64 = 1.0;
    let mut at = start;
    for _ in 0..ITERATIONS {
        let next = centre_of_mass(image, at, radius_px);
        let moved = (next[0] - at[0]).abs().max((next[1] - at[1]).abs());
        at = std::array::from_fn(|axis| {
            next[axis].clamp(start[axis] - REACH_PX, start[axis] + REACH_PX)
        });
        if moved < SETTLED_PX {
            break;
        }
    }
    at
}

/// Centre of mass of a square whose rim counts the pixels it cuts by the covered part.
fn centre_of_mass(image: ArrayView2<'_, f32>, at: [f64; 2], radius_px: f64) -> [f64; 2] {
    let coverage = |axis: usize, length: usize| -> Vec<(usize, f64)> {
        let (low, high) = (at[axis] - radius_px, at[axis] + radius_px);
        let first = (low + 0.5).floor().max(0.0) as usize;
        let last = (high + 0.5).floor().min(length as f64 - 1.0).max(0.0) as usize;
        (first..=last)
            .map(|i| {
                let centre = i as f64;
                (i, (high.min(centre + 0.5) - low.max(centre - 0.5)).max(0.0))
            })
            .collect()
    };
    let rows = coverage(0, image.nrows());
    let columns = coverage(1, image.ncols());
    let value = |slow, fast| {
        let value = f64::from(image[(slow, fast)]);
        if value.is_finite() { value } else { 0.0 }
    };
    let each = || {
        rows.iter()
            .flat_map(|&row| columns.iter().map(move |&column| (row, column)))
    };
    let floor = each()
        .map(|((slow, _), (fast, _))| value(slow, fast))
        .fold(f64::INFINITY, f64::min);
    let mut mass = 0.0;
    let mut moment = [0.0; 2];
    for ((slow, slow_part), (fast, fast_part)) in each() {
        let weight = (value(slow, fast) - floor) * slow_part * fast_part;
        mass += weight;
        moment[0] += weight * (slow as f64 - at[0]);
        moment[1] += weight * (fast as f64 - at[1]);
    }
    if mass > 0.0 {
        [at[0] + moment[0] / mass, at[1] + moment[1] / mass]
    } else {
        at
    }
}

/// One pixel per maximum, in no particular order.
fn local_maxima(image: ArrayView2<'_, f32>, above: f32) -> Vec<Pixel> {
    let (slow_pixels, fast_pixels) = image.dim();
    let candidates: Vec<(Pixel, bool)> = (0..slow_pixels)
        .into_par_iter()
        .flat_map_iter(|slow| {
            (0..fast_pixels).filter_map(move |fast| {
                let value = image[(slow, fast)];
                let pixel = Pixel::at(slow, fast);
                if !value.is_finite() || value <= above {
                    return None;
                }
                let mut has_equal = false;
                for neighbour in neighbours(image, pixel) {
                    let other = image[(neighbour.slow, neighbour.fast)];
                    if other.is_finite() && other > value {
                        return None;
                    }
                    has_equal |= other == value;
                }
                Some((pixel, has_equal))
            })
        })
        .collect();
    let mut seen = HashSet::new();
    candidates
        .into_iter()
        .filter_map(|(pixel, has_equal)| {
            if has_equal {
                plateau_middle(image, pixel, &mut seen)
            } else {
                (image.len() > 1).then_some(pixel)
            }
        })
        .collect()
}

/// The middle of the plateau around `start` when it is a maximum that was not seen before.
fn plateau_middle(
    image: ArrayView2<'_, f32>,
    start: Pixel,
    seen: &mut HashSet<Pixel>,
) -> Option<Pixel> {
    if !seen.insert(start) {
        return None;
    }
    let level = image[(start.slow, start.fast)];
    let mut members = vec![start];
    let (mut is_maximum, mut has_darker) = (true, false);
    let mut next = 0;
    while next < members.len() {
        for neighbour in neighbours(image, members[next]) {
            let value = image[(neighbour.slow, neighbour.fast)];
            if value == level {
                if seen.insert(neighbour) {
                    members.push(neighbour);
                }
            } else {
                is_maximum &= value.is_nan() || value < level || value.is_infinite();
                has_darker |= value < level;
            }
        }
        next += 1;
    }
    let count = members.len() as f64;
    let mean =
        |along: fn(&Pixel) -> usize| members.iter().map(|p| along(p) as f64).sum::<f64>() / count;
    let (slow, fast) = (mean(|p| p.slow), mean(|p| p.fast));
    let from_middle = |p: &Pixel| (p.slow as f64 - slow).hypot(p.fast as f64 - fast);
    (is_maximum && has_darker)
        .then(|| {
            members
                .iter()
                .copied()
                .min_by(|x, y| from_middle(x).total_cmp(&from_middle(y)).then(x.cmp(y)))
        })
        .flatten()
}

fn neighbours(image: ArrayView2<'_, f32>, of: Pixel) -> impl Iterator<Item = Pixel> {
    let (slow_pixels, fast_pixels) = image.dim();
    let around = |at: usize, length: usize| at.saturating_sub(1)..=(at + 1).min(length - 1);
    around(of.slow, slow_pixels)
        .flat_map(move |slow| around(of.fast, fast_pixels).map(move |fast| Pixel::at(slow, fast)))
        .filter(move |&pixel| pixel != of)
}

/// Drops every maximum that is closer than `separation_px` to a brighter one; `maxima` come brightest first.
fn keep_separated(maxima: Vec<Pixel>, separation_px: f64) -> Vec<Pixel> {
    if separation_px <= 1.0 {
        return maxima;
    }
    let cell = |at: usize| (at as f64 / separation_px) as i64;
    let mut kept_in: HashMap<(i64, i64), Vec<Pixel>> = HashMap::new();
    maxima
        .into_iter()
        .filter(|&pixel| {
            let (row, column) = (cell(pixel.slow), cell(pixel.fast));
            let crowded = (row - 1..=row + 1).any(|r| {
                (column - 1..=column + 1).any(|c| {
                    kept_in.get(&(r, c)).is_some_and(|kept| {
                        kept.iter().any(|other| {
                            let slow = pixel.slow as f64 - other.slow as f64;
                            let fast = pixel.fast as f64 - other.fast as f64;
                            slow.hypot(fast) < separation_px
                        })
                    })
                })
            });
            if !crowded {
                kept_in.entry((row, column)).or_default().push(pixel);
            }
            !crowded
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;

    fn gaussian_spot(image: &mut Array2<f32>, slow: f64, fast: f64, height: f64) {
        for ((s, f), value) in image.indexed_iter_mut() {
            let squared = (s as f64 - slow).powi(2) + (f as f64 - fast).powi(2);
            *value += (height * (-squared / 2.0).exp()) as f32;
        }
    }

    #[test]
    fn peaks_come_brightest_first_with_their_true_positions() {
        let mut image = Array2::zeros((60, 80));
        gaussian_spot(&mut image, 20.3, 30.8, 100.0);
        gaussian_spot(&mut image, 45.5, 60.5, 300.0);
        gaussian_spot(&mut image, 10.0, 70.1, 50.0);
        let peaks = find_peaks(
            image.view(),
            &PeakSearch {
                above: 1.0,
                ..PeakSearch::default()
            },
        );
        let found: Vec<_> = peaks.iter().map(|p| (p.slow, p.fast)).collect();
        assert_eq!(found.len(), 3);
        for ((slow, fast), expected) in found.iter().zip([(45.5, 60.5), (20.3, 30.8), (10.0, 70.1)])
        {
            assert!(
                (slow - expected.0).abs() < 0.01,
                "{slow} for {}",
                expected.0
            );
            assert!(
                (fast - expected.1).abs() < 0.01,
                "{fast} for {}",
                expected.1
            );
        }
    }

    #[test]
    fn a_peak_between_two_pixels_stays_there_whichever_is_brighter_by_one_bit() {
        let mut image = Array2::zeros((20, 20));
        gaussian_spot(&mut image, 10.0, 9.5, 100.0);
        let tie = find_peaks(image.view(), &PeakSearch::default())[0];
        let mut left = image.clone();
        left[(10, 9)] = left[(10, 9)].next_up();
        let mut right = image;
        right[(10, 10)] = right[(10, 10)].next_up();
        for tipped in [left, right] {
            let peak = find_peaks(tipped.view(), &PeakSearch::default())[0];
            assert!(peak.distance_px(&tie) < 1e-3);
        }
    }

    #[test]
    fn a_plateau_is_one_peak_at_its_middle() {
        let image = array![
            [0.0_f32, 0.0, 0.0, 0.0, 0.0],
            [0.0, 7.0, 7.0, 7.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 0.0],
        ];
        let peaks = find_peaks(image.view(), &PeakSearch::default());
        assert_eq!(peaks.len(), 1);
        assert_eq!(peaks[0].pixel, Pixel::at(1, 2));
    }

    #[test]
    fn a_plateau_with_a_brighter_neighbour_far_along_is_no_peak() {
        let image = array![[1.0_f32, 5.0, 5.0, 5.0, 6.0, 1.0]];
        let search = PeakSearch {
            separation_px: 1.0,
            ..PeakSearch::default()
        };
        let peaks = find_peaks(image.view(), &search);
        assert_eq!(peaks.len(), 1);
        assert_eq!(peaks[0].intensity, 6.0);
    }

    #[test]
    fn a_shoulder_keeps_a_centroid_of_its_own() {
        let mut image = Array2::zeros((20, 20));
        gaussian_spot(&mut image, 10.0, 8.0, 100.0);
        // Brighter than the flank of the spot beside it, or it would be no maximum.
        image[(10, 11)] += 20.0;
        let peaks = find_peaks(image.view(), &PeakSearch::default());
        assert_eq!(peaks.len(), 2);
        assert!(peaks[0].distance_px(&peaks[1]) >= 1.0);
    }

    #[test]
    fn flat_empty_and_unreal_images_have_no_peaks() {
        let search = PeakSearch {
            above: f32::NEG_INFINITY,
            ..PeakSearch::default()
        };
        for image in [
            Array2::<f32>::ones((5, 7)),
            Array2::zeros((0, 0)),
            Array2::ones((1, 1)),
            Array2::from_elem((4, 4), f32::NAN),
        ] {
            assert_eq!(find_peaks(image.view(), &search), []);
        }
    }

    #[test]
    fn of_two_close_maxima_the_brighter_one_is_the_peak() {
        let mut image = Array2::<f32>::zeros((9, 9));
        image[(4, 3)] = 5.0;
        image[(4, 5)] = 6.0;
        assert_eq!(find_peaks(image.view(), &PeakSearch::default()).len(), 1);
        let apart = PeakSearch {
            separation_px: 2.0,
            ..PeakSearch::default()
        };
        assert_eq!(find_peaks(image.view(), &apart).len(), 2);
    }

    proptest! {
        #[test]
        fn every_peak_is_a_local_maximum_and_no_two_crowd_each_other(
            values in proptest::collection::vec(0_u8..6, 15 * 12),
            separation_px in 0.0_f64..6.0,
        ) {
            let image = Array2::from_shape_vec((15, 12), values).unwrap().mapv(f32::from);
            let search = PeakSearch { separation_px, ..PeakSearch::default() };
            let peaks = find_peaks(image.view(), &search);
            for (i, peak) in peaks.iter().enumerate() {
                for near in neighbours(image.view(), peak.pixel) {
                    prop_assert!(image[(near.slow, near.fast)] <= peak.intensity);
                }
                for other in &peaks[..i] {
                    let slow = peak.pixel.slow as f64 - other.pixel.slow as f64;
                    let fast = peak.pixel.fast as f64 - other.pixel.fast as f64;
                    prop_assert!(slow.hypot(fast) >= separation_px);
                }
            }
            let brightest = image.iter().copied().fold(0.0, f32::max);
            if image.iter().any(|&v| v != brightest) {
                prop_assert_eq!(peaks[0].intensity, brightest);
            }
        }
    }
}
