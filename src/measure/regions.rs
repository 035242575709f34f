//! Parts of the frame that are measured on their own, because a window at the centre can agree while the frame does not.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::image::Pixel;

/// One part of a frame cut into three by three equal fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FrameRegion {
    /// The field in the middle.
    Centre,
    /// The four fields beside it.
    Edges,
    /// The four fields across its corners.
    Corners,
}

impl FrameRegion {
    /// All of them: together they cover the frame.
    pub const ALL: [Self; 3] = [Self::Centre, Self::Edges, Self::Corners];

    /// The word for a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Centre => "centre",
            Self::Edges => "edges",
            Self::Corners => "corners",
        }
    }
}

/// The region of a pixel in a frame of `slow_pixels` by `fast_pixels`.
pub fn frame_region(pixel: Pixel, (slow_pixels, fast_pixels): (usize, usize)) -> FrameRegion {
    let is_middle = |at: usize, length: usize| {
        let twice_centre = 2 * at + 1;
        3 * twice_centre >= 2 * length && 3 * twice_centre <= 4 * length
    };
    match (
        is_middle(pixel.slow, slow_pixels),
        is_middle(pixel.fast, fast_pixels),
    ) {
        (true, true) => FrameRegion::Centre,
        (false, false) => FrameRegion::Corners,
        _ => FrameRegion::Edges,
    }
}

/// Rings of resolution of equal width in 1/d², so that they cover about equal areas of a flat detector.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ResolutionRings {
    /// 1/d² in Å⁻² at the borders, one more than there are rings.
    borders: Vec<f64>,
}

impl ResolutionRings {
    /// `rings` rings over the resolutions in `d_angstrom`; `None` when no pixel has a finite, positive one or all have
    /// the same.
    pub fn covering(d_angstrom: ArrayView2<'_, f64>, rings: usize) -> Option<Self> {
        let none = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = (0..d_angstrom.nrows())
            .into_par_iter()
            .map(|slow| {
                d_angstrom
                    .row(slow)
                    .iter()
                    .filter(|d| **d > 0.0)
                    .map(|d| d.powi(-2))
                    .fold(none, |(low, high), s| (low.min(s), high.max(s)))
            })
            .reduce(|| none, |x, y| (x.0.min(y.0), x.1.max(y.1)));
        let width = (high - low) / rings as f64;
        (rings > 0 && width.is_finite() && width > 0.0).then(|| Self {
            borders: (0..rings)
                .map(|i| low + width * i as f64)
                .chain([high])
                .collect(),
        })
    }

    /// How many rings there are.
    pub fn count(&self) -> usize {
        self.borders.len() - 1
    }

    /// The ring of a resolution in Å, the innermost (largest d) being 0; infinite d is the direct beam.
    pub fn ring(&self, d_angstrom: f64) -> Option<usize> {
        if d_angstrom.is_nan() || d_angstrom <= 0.0 {
            return None;
        }
        let s = d_angstrom.powi(-2);
        let (low, high) = (self.borders[0], self.borders[self.count()]);
        let position = (s - low) / (high - low);
        (0.0..=1.0)
            .contains(&position)
            .then(|| ((position * self.count() as f64) as usize).min(self.count() - 1))
    }

    /// Largest and smallest d of a ring, Å.
    pub fn limits_angstrom(&self, ring: usize) -> (f64, f64) {
        (
            self.borders[ring].powf(-0.5),
            self.borders[ring + 1].powf(-0.5),
        )
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_of_nine_pixels_has_one_centre_four_edges_four_corners() {
        let of = |slow, fast| frame_region(Pixel::at(slow, fast), (3, 3));
        assert_eq!(of(1, 1), FrameRegion::Centre);
        for (slow, fast) in [(0, 1), (1, 0), (1, 2), (2, 1)] {
            assert_eq!(of(slow, fast), FrameRegion::Edges);
        }
        for (slow, fast) in [(0, 0), (0, 2), (2, 0), (2, 2)] {
            assert_eq!(of(slow, fast), FrameRegion::Corners);
        }
    }

    #[test]
    fn rings_have_equal_steps_of_inverse_d_squared() {
        let d = Array2::from_shape_vec((1, 3), vec![f64::INFINITY, 2.0, 1.0]).unwrap();
        let rings = ResolutionRings::covering(d.view(), 4).unwrap();
        assert_eq!(rings.count(), 4);
        assert_eq!(rings.limits_angstrom(0), (f64::INFINITY, 2.0));
        assert_eq!(rings.limits_angstrom(3).1, 1.0);
        assert_eq!(rings.ring(f64::INFINITY), Some(0));
        assert_eq!(rings.ring(2.1), Some(0));
        assert_eq!(rings.ring(1.9), Some(1));
        assert_eq!(rings.ring(1.0), Some(3));
        assert_eq!(rings.ring(0.9), None);
        assert_eq!(rings.ring(f64::NAN), None);
    }

    #[test]
    fn a_map_without_a_range_of_resolutions_has_no_rings() {
        for d in [0.0, -1.0, f64::NAN, 2.0] {
            let map = Array2::from_elem((2, 2), d);
            assert_eq!(ResolutionRings::covering(map.view(), 5), None);
        }
        assert_eq!(
            ResolutionRings::covering(Array2::zeros((0, 0)).view(), 5),
            None
        );
    }

    proptest! {
        #[test]
        fn every_resolution_on_the_map_lies_in_the_ring_that_claims_it(
            d in proptest::collection::vec(0.5_f64..50.0, 2..40),
            count in 1_usize..8,
        ) {
            let map = Array2::from_shape_vec((1, d.len()), d.clone()).unwrap();
            if let Some(rings) = ResolutionRings::covering(map.view(), count) {
                for d in d {
                    let ring = rings.ring(d).unwrap();
                    let (outer, inner) = rings.limits_angstrom(ring);
                    prop_assert!(d <= outer * (1.0 + 1e-9) && d >= inner * (1.0 - 1e-9));
                }
            }
        }
    }
}
