//! How two images, a peak or a run are measured: shared by `compare`, `bench` and the tests.
//!
//! Everything here is a pure function of images of shape (slow, fast); sums are taken in float64 and in a fixed order,
//! so that the same images give the same figures on any number of threads.

mod agreement;
mod histogram;
mod matching;
mod peaks;
#[cfg(feature = "cli")]
mod provenance;
mod regions;
mod spectrum;
mod structural_similarity;
mod timing;
mod width;

pub use agreement::{
    Agreement, Disagreement, NonFinite, agreement, agreement_by_label, worst_pixels,
};
pub use histogram::{JointHistogram, percentile, quantile};
pub use matching::{PeakMatches, PeakPair, match_peaks};
pub use peaks::{Peak, PeakSearch, centroid, count_peaks, find_peaks};
#[cfg(feature = "cli")]
pub use provenance::{Build, Machine, sha256_file};
pub use regions::{FrameRegion, ResolutionRings, frame_region};
pub use spectrum::RadialPower;
pub use structural_similarity::structural_similarity;
pub use timing::Timing;
pub use width::full_width_at_half_maximum;

/// The shape both images have.
///
/// # Panics
/// When their shapes differ: whoever measures has checked that before.
fn common_shape(
    a: ndarray::ArrayView2<'_, f32>,
    b: ndarray::ArrayView2<'_, f32>,
) -> (usize, usize) {
    assert_eq!(a.dim(), b.dim(), "both images have the same shape");
    a.dim()
}
