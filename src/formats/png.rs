//! The PNG preview: dark spots on white.

use std::io;
use std::path::Path;

use ndarray::ArrayView2;
use png::{ColorType, Compression, Encoder, Filter};
use rayon::prelude::*;

use crate::files::{FileError, atomic_file};

/// Share of the lit pixels that stay lighter than black.
const BLACK_PERCENTILE: f64 = 0.999;
/// Intensity range that the logarithmic tone spreads from white to black.
const LOG_RANGE: f64 = 1e4;

/// How intensity becomes darkness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Four decades from white to black.
    #[default]
    Log,
    Linear,
}

/// The scale that draws all but the brightest thousandth of the lit pixels lighter than black.
pub fn automatic_scale(image: ArrayView2<'_, f32>) -> f64 {
    let mut lit: Vec<f32> = image
        .iter()
        .copied()
        .filter(|i| i.is_finite() && *i > 0.0)
        .collect();
    if lit.is_empty() {
        return 1.0;
    }
    let rank = ((lit.len() - 1) as f64 * BLACK_PERCENTILE).round() as usize;
    let (_, black, _) = lit.select_nth_unstable_by(rank, f32::total_cmp);
    1.0 / f64::from(*black)
}

/// Writes an 8-bit grey picture in which `scale` times the intensity is 1 at black.
///
/// # Errors
/// [`FileError::Write`].
pub fn write(
    path: &Path,
    image: ArrayView2<'_, f32>,
    tone: Tone,
    scale: f64,
) -> Result<(), FileError> {
    atomic_file::write(path, |out| encode(out, image, tone, scale))
}

/// The same picture as [`write()`] makes, to any writer.
///
/// # Errors
/// The writer's own, and for images that are too large for PNG.
pub fn encode(
    out: impl io::Write,
    image: ArrayView2<'_, f32>,
    tone: Tone,
    scale: f64,
) -> io::Result<()> {
    let (slow, fast) = image.dim();
    let pixels = image.as_standard_layout();
    let pixels = pixels.as_slice().expect("the layout is standard");
    let grey: Vec<u8> = pixels
        .par_iter()
        .map(|&i| shade(f64::from(i) * scale, tone))
        .collect();
    encode_samples(out, &grey, (slow, fast), ColorType::Grayscale)
}

/// Writes samples of 8 bits, row after row of (slow, fast) pixels.
///
/// # Errors
/// As [`encode`].
pub(crate) fn encode_samples(
    out: impl io::Write,
    samples: &[u8],
    (slow, fast): (usize, usize),
    colour: ColorType,
) -> io::Result<()> {
    let (Ok(width), Ok(height)) = (u32::try_from(fast), u32::try_from(slow)) else {
        return Err(io::ErrorKind::FileTooLarge.into());
    };
    let mut encoder = Encoder::new(out, width, height);
    encoder.set_color(colour);
    encoder.set_compression(Compression::Fast);
    encoder.set_filter(Filter::Adaptive);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(samples)?;
    Ok(writer.finish()?)
}

/// 255 for white at 0, 0 for black at 1; what is not a number is white.
fn shade(intensity: f64, tone: Tone) -> u8 {
    let darkness = match tone {
        Tone::Linear => intensity,
        Tone::Log => (intensity * LOG_RANGE).ln_1p() / LOG_RANGE.ln_1p(),
    };
    // The cast clips to 0…255.
    255 - (255.0 * darkness).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_are_dark_on_white_in_either_tone() {
        for tone in [Tone::Linear, Tone::Log] {
            assert_eq!(shade(0.0, tone), 255);
            assert_eq!(shade(1.0, tone), 0);
            assert_eq!(shade(50.0, tone), 0);
            assert_eq!(shade(-1.0, tone), 255);
            assert!(shade(0.3, tone) < shade(0.2, tone));
        }
    }

    #[test]
    fn weak_spots_show_in_the_logarithmic_tone_alone() {
        assert_eq!(shade(1e-3, Tone::Linear), 255);
        assert!(shade(1e-3, Tone::Log) < 200);
    }
}
