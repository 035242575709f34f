//! `-detector`, `-img` and `-mask`: what describes the camera beside its options, and the pixels that are left out.
//!
//! Options win over the preset, the preset over the image's header, that over the mask's. The gaps of the preset and the pixels of
//! the mask are both left out.

use std::{path::Path, sync::Arc};

use super::{ExperimentError, Notices};
use crate::{
    classic::{
        options::{DetectorOptions, Options, Physics},
        presets::{self, Preset},
    },
    formats::{CameraHeader, Frames},
};

pub(super) const DEFAULT_PIXEL_MM: f64 = 0.1;

/// Pixels of value 0 are not rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// One byte per pixel, fast axis first; 0 is not rendered.
    pub pixels: Arc<Vec<u8>>,
    pub fast_pixels: usize,
    pub slow_pixels: usize,
}

impl Mask {
    /// Checks that the mask has the detector's pixels.
    pub(super) fn covers(
        &self,
        fast_pixels: usize,
        slow_pixels: usize,
    ) -> Result<(), ExperimentError> {
        if (self.fast_pixels, self.slow_pixels) == (fast_pixels, slow_pixels) {
            return Ok(());
        }
        Err(ExperimentError::option(
            "-mask",
            format!(
                "has {} x {} pixels, the detector {fast_pixels} x {slow_pixels}; leave out -detpixels and -img or make them agree",
                self.fast_pixels, self.slow_pixels
            ),
        ))
    }
}

/// The options with what the headers of `-img` and `-mask` say where nothing was typed.
///
/// # Errors
/// When one of the files cannot be read or has no header.
pub fn with_headers(options: &Options) -> Result<Options, ExperimentError> {
    take_over_headers(options, &mut Notices::default()).map(|(filled, _)| filled)
}

/// The options with what the files' headers say where nothing was typed, and the mask.
pub(super) fn take_over_headers(
    options: &Options,
    notices: &mut Notices,
) -> Result<(Options, Option<Mask>), ExperimentError> {
    let mut filled = options.clone();
    let preset = options.detector.preset.as_deref().map(presets::find);
    let preset = preset
        .transpose()
        .map_err(|unknown| ExperimentError::option("-detector", unknown.to_string()))?;
    if let Some(preset) = preset {
        fill_by_preset(&mut filled.detector, preset);
    }
    if let Some(path) = &options.detector.image {
        let image = opened("-img", path, None, options.sampling.physics, notices)?;
        let camera = image.camera(0).ok_or_else(|| {
            ExperimentError::file(
                path,
                "its format has no header to take a camera from; give an SMV, CBF or NeXus file",
            )
        })?;
        if camera.is_silent() {
            notices.warn(format!(
                "-img {}: its header says nothing of the camera; its {} x {} pixels alone are taken over",
                path.display(),
                camera.fast_pixels,
                camera.slow_pixels
            ));
        }
        fill(&mut filled, &camera, path)?;
    }
    let Some(path) = &options.detector.mask else {
        let gaps = preset.and_then(|preset| gaps(&filled.detector, preset));
        return Ok((filled, gaps));
    };
    let size = |options: &Options| {
        let detector = &options.detector;
        let pixels = |count: Option<i64>| usize::try_from(count?).ok();
        Some((
            pixels(detector.detpixels_slow)?,
            pixels(detector.detpixels_fast)?,
        ))
    };
    let physics = options.sampling.physics;
    let file = opened("-mask", path, size(&filled), physics, notices)?;
    let (slow_pixels, fast_pixels) = file.shape();
    let mut camera = file.camera(0).unwrap_or(CameraHeader {
        fast_pixels,
        slow_pixels,
        ..CameraHeader::default()
    });
    // An SMV mask counts its beam centre from the other edge.
    if let ("SMV", [_, Some(y)]) = (file.format, &mut camera.beam_center_mm) {
        let pixel_mm = camera.pixel_size_mm.unwrap_or(DEFAULT_PIXEL_MM);
        *y = camera.slow_pixels as f64 * pixel_mm - *y;
    }
    fill(&mut filled, &camera, path)?;
    let mut mask = Mask {
        pixels: Arc::default(),
        fast_pixels,
        slow_pixels,
    };
    // Before the pixels are read: a file may claim many.
    if let Some((slow_pixels, fast_pixels)) = size(&filled) {
        mask.covers(fast_pixels, slow_pixels)?;
    }
    // Detectors mark their gaps with negative counts.
    let counts = file.read(0)?;
    let mut recorded: Vec<u8> = counts.iter().map(|count| u8::from(*count > 0.0)).collect();
    let gaps = preset.and_then(|preset| gaps(&filled.detector, preset));
    for (pixel, counts) in recorded
        .iter_mut()
        .zip(gaps.iter().flat_map(|gaps| gaps.pixels.iter()))
    {
        *pixel &= counts;
    }
    mask.pixels = Arc::new(recorded);
    Ok((filled, Some(mask)))
}

/// Opens an image as a reading of the physics does, and tells what is odd about it.
fn opened(
    option: &'static str,
    path: &Path,
    raw_shape: Option<(usize, usize)>,
    physics: Physics,
    notices: &mut Notices,
) -> Result<Frames, ExperimentError> {
    let mut file = Frames::open(path, raw_shape)?;
    if file.outgrows_header() {
        notices.differ("c-parity cuts a header that is longer than it states");
        if physics == Physics::CParity {
            file.believe_header();
        }
    }
    for odd in file.warnings() {
        notices.warn(format!("{option} {}: {odd}", path.display()));
    }
    Ok(file)
}

/// Takes from the preset what was not typed. A size in mm keeps its say over the number of pixels.
fn fill_by_preset(detector: &mut DetectorOptions, preset: &Preset) {
    let [fast, slow] = preset.pixels.map(|pixels| pixels as i64);
    detector.pixel_mm.get_or_insert(preset.pixel_mm);
    if detector.detsize_fast_mm.is_none() {
        detector.detpixels_fast.get_or_insert(fast);
    }
    if detector.detsize_slow_mm.is_none() {
        detector.detpixels_slow.get_or_insert(slow);
    }
}

/// Whether the detector has the pixels of the preset.
pub(super) fn has_pixels_of(detector: &DetectorOptions, preset: &Preset) -> bool {
    let pixels = [detector.detpixels_fast, detector.detpixels_slow];
    pixels == preset.pixels.map(|pixels| Some(pixels as i64))
}

/// The pixels that the preset does not have, where the detector has its size.
fn gaps(detector: &DetectorOptions, preset: &Preset) -> Option<Mask> {
    let [fast_pixels, slow_pixels] = preset.pixels;
    let mask = has_pixels_of(detector, preset).then(|| preset.mask())?;
    mask.map(|pixels| Mask {
        pixels: Arc::new(pixels),
        fast_pixels,
        slow_pixels,
    })
}

/// Tells when a close distance, typed or from a header, leaves `-distance` without effect.
pub(super) fn warn_of_idle_distance(
    typed: &DetectorOptions,
    filled: &DetectorOptions,
    notices: &mut Notices,
) {
    if typed.distance_mm.is_none() || filled.close_distance_mm.is_none() {
        return;
    }
    notices.warn(match typed.close_distance_mm {
        Some(_) => "-distance follows from -close_distance and the tilt; its own value is not used",
        None => "the header's CLOSE_DISTANCE wins over -distance; give -close_distance to move the detector",
    });
}

/// Fills in what is not set yet.
fn fill(options: &mut Options, camera: &CameraHeader, path: &Path) -> Result<(), ExperimentError> {
    let detector = &mut options.detector;
    let [x, y] = camera.beam_center_mm;
    let [orgx, orgy] = camera.org_pixels;
    for (typed, key, value) in [
        (&mut detector.pixel_mm, "PIXEL_SIZE", camera.pixel_size_mm),
        (&mut detector.distance_mm, "DISTANCE", camera.distance_mm),
        (
            &mut detector.close_distance_mm,
            "CLOSE_DISTANCE",
            camera.close_distance_mm,
        ),
        (
            &mut options.beam.wavelength_angstrom,
            "WAVELENGTH",
            camera.wavelength_angstrom,
        ),
        (&mut detector.xbeam_mm, "BEAM_CENTER_X", x),
        (&mut detector.ybeam_mm, "BEAM_CENTER_Y", y),
        (&mut detector.orgx, "ORGX", orgx),
        (&mut detector.orgy, "ORGY", orgy),
        (&mut options.goniometer.phi_deg, "PHI", camera.phi_deg),
        (
            &mut options.goniometer.osc_deg,
            "OSC_RANGE",
            camera.osc_range_deg,
        ),
    ] {
        if typed.is_some() {
            continue;
        }
        let must_be_positive =
            ["PIXEL_SIZE", "DISTANCE", "CLOSE_DISTANCE", "WAVELENGTH"].contains(&key);
        let usable = value.is_none_or(|v| v.is_finite() && (v > 0.0 || !must_be_positive));
        if !usable {
            return Err(ExperimentError::file(
                path,
                format!(
                    "its header's {key} is {}, which no camera has",
                    value.unwrap_or_default()
                ),
            ));
        }
        *typed = value;
    }
    detector
        .detpixels_fast
        .get_or_insert(camera.fast_pixels as i64);
    detector
        .detpixels_slow
        .get_or_insert(camera.slow_pixels as i64);
    Ok(())
}
