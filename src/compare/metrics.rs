//! Every figure of a comparison.

use ndarray::{Array2, ArrayView2, s};

use crate::{
    image::Pixel,
    measure::{
        Agreement, Disagreement, FrameRegion, PeakMatches, PeakSearch, ResolutionRings, agreement,
        agreement_by_label, find_peaks, frame_region, match_peaks, structural_similarity,
        worst_pixels,
    },
};

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct MetricsOptions {
    pub roi: Option<[usize; 4]>,
    pub rings: usize,
    pub peaks: usize,
    pub gate_px: f64,
    pub worst: usize,
}

/// The figures of one frame or window.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FrameMetrics {
    #[serde(flatten)]
    pub agreement: Agreement,
    /// `None` for images of less than 11 pixels along an axis.
    pub ssim: Option<f64>,
    pub peaks: PeakMetrics,
}

/// How well the strongest peaks agree.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PeakMetrics {
    pub strongest: usize,
    pub gate_px: f64,
    pub matched_fraction: f64,
    pub rms_distance_px: f64,
    pub max_distance_px: f64,
    pub max_intensity_error: f64,
    #[serde(flatten)]
    pub matches: PeakMatches,
}

/// One row of the table by region.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RegionMetrics {
    pub region: String,
    #[serde(flatten)]
    pub agreement: Agreement,
}

/// All figures.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Metrics {
    pub frame: FrameMetrics,
    pub roi: Option<FrameMetrics>,
    pub regions: Vec<RegionMetrics>,
    pub worst_pixels: Vec<Disagreement>,
}

/// Measures two images of one shape. `resolution` is d in Å of every pixel, where the camera is known.
pub fn measure(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    resolution: Option<&Array2<f64>>,
    options: &MetricsOptions,
) -> Metrics {
    Metrics {
        frame: frame_metrics(a, b, options),
        roi: options.roi.map(|roi| roi_metrics(a, b, roi, options)),
        regions: region_table(a, b, resolution, options.rings),
        worst_pixels: worst_pixels(a, b, options.worst),
    }
}

fn frame_metrics(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    options: &MetricsOptions,
) -> FrameMetrics {
    let search = PeakSearch::default();
    let matches = match_peaks(
        &find_peaks(a, &search),
        &find_peaks(b, &search),
        options.peaks,
        options.gate_px,
    );
    FrameMetrics {
        agreement: agreement(a, b),
        ssim: structural_similarity(a, b),
        peaks: PeakMetrics {
            strongest: options.peaks,
            gate_px: options.gate_px,
            matched_fraction: matches.matched_fraction(),
            rms_distance_px: matches.rms_distance_px(),
            max_distance_px: matches.max_distance_px(),
            max_intensity_error: matches.max_intensity_error(),
            matches,
        },
    }
}

/// The figures of a window, whose pixels keep their places in the frame.
fn roi_metrics(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    [xmin, xmax, ymin, ymax]: [usize; 4],
    options: &MetricsOptions,
) -> FrameMetrics {
    let window = s![ymin..=ymax, xmin..=xmax];
    let mut found = frame_metrics(a.slice(window), b.slice(window), options);
    let move_pixel = |pixel: &mut Pixel| {
        pixel.slow += ymin;
        pixel.fast += xmin;
    };
    if let Some(worst) = &mut found.agreement.worst {
        move_pixel(&mut worst.pixel);
    }
    let matches = &mut found.peaks.matches;
    let paired = matches
        .pairs
        .iter_mut()
        .flat_map(|pair| [&mut pair.a, &mut pair.b]);
    let alone = matches.only_a.iter_mut().chain(&mut matches.only_b);
    for peak in paired.chain(alone) {
        move_pixel(&mut peak.pixel);
        peak.slow += ymin as f64;
        peak.fast += xmin as f64;
    }
    found
}

fn region_table(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    resolution: Option<&Array2<f64>>,
    rings: usize,
) -> Vec<RegionMetrics> {
    let shape = a.dim();
    let index = |region: FrameRegion| FrameRegion::ALL.iter().position(|r| *r == region);
    let by_place = agreement_by_label(a, b, FrameRegion::ALL.len(), |pixel| {
        index(frame_region(pixel, shape))
    });
    let names = FrameRegion::ALL.map(|region| region.name().to_owned());
    let mut table = rows(names, by_place);
    let rings = resolution
        .filter(|map| map.dim() == shape)
        .and_then(|map| Some((map, ResolutionRings::covering(map.view(), rings)?)));
    if let Some((map, rings)) = rings {
        let by_ring = agreement_by_label(a, b, rings.count(), |pixel| {
            rings.ring(map[(pixel.slow, pixel.fast)])
        });
        let names = (0..rings.count()).map(|ring| {
            let (outer, inner) = rings.limits_angstrom(ring);
            format!("{outer:.2}-{inner:.2} A")
        });
        table.extend(rows(names, by_ring));
    }
    table
}

fn rows(names: impl IntoIterator<Item = String>, agreements: Vec<Agreement>) -> Vec<RegionMetrics> {
    names
        .into_iter()
        .zip(agreements)
        .filter(|(_, agreement)| agreement.pixels > 0)
        .map(|(region, agreement)| RegionMetrics { region, agreement })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_agrees_where_the_frame_does_not() {
        let b = Array2::from_shape_fn((30, 30), |(s, f)| (s * 30 + f) as f32);
        let mut a = b.clone();
        a[(2, 27)] += 500.0;
        let options = MetricsOptions {
            roi: Some([10, 19, 10, 19]),
            rings: 3,
            peaks: 5,
            gate_px: 1.0,
            worst: 4,
        };
        let found = measure(a.view(), b.view(), None, &options);
        assert!(found.roi.unwrap().agreement.is_exact());
        let exact: Vec<_> = found
            .regions
            .iter()
            .map(|row| (row.region.as_str(), row.agreement.is_exact()))
            .collect();
        assert_eq!(
            exact,
            [("centre", true), ("edges", true), ("corners", false)]
        );
        assert_eq!(found.worst_pixels.len(), 1);
    }

    #[test]
    fn a_windows_worst_pixel_is_named_by_its_place_in_the_frame() {
        let b = Array2::<f32>::zeros((20, 20));
        let mut a = b.clone();
        a[(7, 12)] = 1.0;
        let options = MetricsOptions {
            roi: Some([10, 15, 5, 9]),
            rings: 3,
            peaks: 5,
            gate_px: 1.0,
            worst: 4,
        };
        let roi = measure(a.view(), b.view(), None, &options).roi.unwrap();
        let place = Pixel::at(7, 12);
        assert_eq!(roi.agreement.worst.unwrap().pixel, place);
        assert_eq!(roi.peaks.matches.only_a[0].pixel, place);
    }
}
