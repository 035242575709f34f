//! What is compared, and how.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{ClassicWords, CompareError, MetricsOptions, Side, Thresholds, Tone};

/// What is asked for.
pub struct Request {
    pub subject: Subject,
    /// Options of both runs; for image files, of the camera that took them.
    pub words: Option<ClassicWords>,
    /// (slow, fast) pixels of raw float files.
    pub size: Option<(usize, usize)>,
    pub measure: MetricsOptions,
    pub thresholds: Thresholds,
    /// Whether images of different shapes are compared, on a's grid.
    pub resample: bool,
    /// Whether the cause of a difference is looked for.
    pub explain: bool,
    pub tone: Tone,
    /// Photons that are black in the pictures.
    pub png_scale: Option<f64>,
    pub started: Timestamp,
    /// A folder for what the sides need while they run; whoever asks removes it.
    pub scratch: PathBuf,
}

/// What is compared.
pub enum Subject {
    Files([PathBuf; 2]),
    Sides([Side; 2]),
}

impl Request {
    /// (slow, fast) pixels of raw float files: what was said, or the detector of the classic options.
    pub(super) fn raw_shape(&self) -> Option<(usize, usize)> {
        let of_detector = || {
            let detector = &self.words.as_ref()?.options.detector;
            let fast = usize::try_from(detector.detpixels_fast?).ok()?;
            Some((usize::try_from(detector.detpixels_slow?).ok()?, fast))
        };
        self.size.or_else(of_detector)
    }

    /// # Errors
    /// [`CompareError::Usage`] when the window does not lie on the image.
    pub(super) fn check_roi(
        &self,
        (slow_pixels, fast_pixels): (usize, usize),
    ) -> Result<(), CompareError> {
        match self.measure.roi {
            Some([xmin, xmax, ymin, ymax])
                if xmin > xmax || ymin > ymax || xmax >= fast_pixels || ymax >= slow_pixels =>
            {
                Err(CompareError::Usage(format!(
                    "--roi {xmin} {xmax} {ymin} {ymax} does not lie on an image of {fast_pixels} x {slow_pixels} pixels"
                )))
            }
            _ => Ok(()),
        }
    }
}
