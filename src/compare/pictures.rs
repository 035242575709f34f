//! Pictures of a, b and their difference, on scales that both images share.

use std::{io, path::Path};

use ndarray::{Array2, ArrayView2, Zip};

use super::CompareError;
use crate::{
    files::atomic_file,
    formats::{History, png},
    measure::percentile,
    picture::{ColourMap, Contrast, Picture},
};

const SCALE_PERCENTILE: f64 = 99.5;
/// Intensity range that the logarithmic tone spreads from white to black.
const LOG_RANGE: f64 = 1e4;
/// Longest edge of a picture in the report, pixels.
const REPORT_EDGE: usize = 1024;

/// How intensity becomes darkness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Four decades from white to black.
    Log,
    Linear,
}

/// How the pictures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PictureScale {
    pub tone: Tone,
    /// Intensity that is black in the pictures of a and b.
    pub black: f64,
    /// |a − b| that has the full colour in the difference map: red where a is larger, blue where b is.
    pub difference: f64,
}

impl PictureScale {
    /// How a and b are drawn.
    fn contrast(&self) -> Contrast {
        Contrast {
            knee: match self.tone {
                Tone::Log => self.black / LOG_RANGE,
                Tone::Linear => f64::INFINITY,
            },
            ..Contrast::linear(self.black)
        }
    }

    /// Black at the 99.5th percentile of both images together, or at `black`; the same percentile of the differences
    /// for their map. Where that is nothing, the brightest pixel.
    pub fn of(
        a: ArrayView2<'_, f32>,
        b: ArrayView2<'_, f32>,
        black: Option<f64>,
        tone: Tone,
    ) -> Self {
        let level = |values: &dyn Fn() -> Vec<f32>| {
            let at = |percent| percentile(values().into_iter(), percent).map(f64::from);
            [SCALE_PERCENTILE, 100.0]
                .into_iter()
                .filter_map(at)
                .find(|level| *level > 0.0)
                .unwrap_or(1.0)
        };
        Self {
            tone,
            black: black.unwrap_or_else(|| level(&|| a.iter().chain(b.iter()).copied().collect())),
            difference: level(&|| {
                a.iter()
                    .zip(b.iter())
                    .map(|(&a, &b)| (a - b).abs())
                    .filter(|d| *d > 0.0)
                    .collect()
            }),
        }
    }
}

/// The three pictures as PNG files in memory.
pub struct Pictures {
    pub a: Vec<u8>,
    pub b: Vec<u8>,
    pub difference: Vec<u8>,
}

impl Pictures {
    /// Every pixel of the images.
    ///
    /// # Errors
    /// When a picture is too large for PNG.
    pub fn full(
        a: ArrayView2<'_, f32>,
        b: ArrayView2<'_, f32>,
        scale: &PictureScale,
    ) -> io::Result<Self> {
        let description = format!("0 to {} photons, white to black", scale.black);
        let grey = |image| {
            let mut bytes = Vec::new();
            Picture {
                image,
                contrast: scale.contrast(),
                colours: ColourMap::Grey,
                marks: None,
            }
            .encode(&mut bytes, &description, &History::default())?;
            Ok::<_, io::Error>(bytes)
        };
        let difference = Zip::from(&a).and(&b).map_collect(|&a, &b| a - b);
        Ok(Self {
            a: grey(a)?,
            b: grey(b)?,
            difference: encode_difference(difference.view(), scale.difference)?,
        })
    }

    /// Small enough for the report: of every block of pixels the one that matters most, so that no spot is lost.
    ///
    /// # Errors
    /// As [`Pictures::full`].
    pub fn for_report(
        a: ArrayView2<'_, f32>,
        b: ArrayView2<'_, f32>,
        scale: &PictureScale,
    ) -> io::Result<Self> {
        let longest = a.nrows().max(a.ncols());
        let block = longest.div_ceil(REPORT_EDGE);
        if block <= 1 {
            return Self::full(a, b, scale);
        }
        let difference = Zip::from(&a).and(&b).map_collect(|&a, &b| a - b);
        let small_difference = strongest_of_blocks(difference.view(), block);
        let small = |image| strongest_of_blocks(image, block);
        let pictures = Self::full(small(a).view(), small(b).view(), scale)?;
        Ok(Self {
            difference: encode_difference(small_difference.view(), scale.difference)?,
            ..pictures
        })
    }

    /// Writes `a.png`, `b.png` and `difference.png`.
    ///
    /// # Errors
    /// [`CompareError::Format`].
    pub fn write(&self, directory: &Path) -> Result<(), CompareError> {
        for (name, bytes) in [
            ("a.png", &self.a),
            ("b.png", &self.b),
            ("difference.png", &self.difference),
        ] {
            atomic_file::write(&directory.join(name), |out| {
                io::Write::write_all(out, bytes)
            })?;
        }
        Ok(())
    }
}

/// The pixel of largest magnitude of every block of `block` by `block`.
fn strongest_of_blocks(image: ArrayView2<'_, f32>, block: usize) -> Array2<f32> {
    let (slow, fast) = image.dim();
    let mut small = Array2::<f32>::zeros((slow.div_ceil(block), fast.div_ceil(block)));
    for ((s, f), &value) in image.indexed_iter() {
        let held = &mut small[(s / block, f / block)];
        if value.abs() > held.abs() {
            *held = value;
        }
    }
    small
}

/// White where the images are equal, red where a is larger, blue where b is, black where the difference is no number.
fn encode_difference(difference: ArrayView2<'_, f32>, full_colour: f64) -> io::Result<Vec<u8>> {
    let pixels: Vec<u8> = difference
        .iter()
        .flat_map(|&d| {
            let strength = f64::from(d) / full_colour;
            let faded = (255.0 * (1.0 - strength.abs().min(1.0))).round() as u8;
            match strength {
                s if s.is_nan() => [0, 0, 0],
                s if s >= 0.0 => [255, faded, faded],
                _ => [faded, faded, 255],
            }
        })
        .collect();
    let mut bytes = Vec::new();
    let description = format!(
        "difference of two images, red where the first has {full_colour} photons more, blue where the second has"
    );
    let texts = (description.as_str(), &History::default());
    png::encode_rgb(&mut bytes, &pixels, difference.dim(), texts)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn both_pictures_share_a_scale_and_the_difference_has_its_own() {
        let a = Array2::from_shape_fn((20, 20), |(s, f)| (s * 20 + f) as f32);
        let b = a.mapv(|v| v * 2.0);
        let scale = PictureScale::of(a.view(), b.view(), None, Tone::Linear);
        assert_eq!(scale.black, 790.0);
        assert!((scale.difference - 397.0).abs() < 1.0);
        let asked = PictureScale::of(a.view(), b.view(), Some(7.0), Tone::Log);
        assert_eq!(asked.black, 7.0);
    }

    #[test]
    fn dark_images_still_have_a_scale() {
        let dark = Array2::<f32>::zeros((3, 3));
        let scale = PictureScale::of(dark.view(), dark.view(), None, Tone::Linear);
        assert_eq!((scale.black, scale.difference), (1.0, 1.0));
        let one_spot = array![[0.0_f32, 0.0, 0.0, 5.0]];
        let scale = PictureScale::of(one_spot.view(), one_spot.view(), None, Tone::Linear);
        assert_eq!(scale.black, 5.0);
    }

    #[test]
    fn a_spot_of_one_pixel_survives_the_reduction() {
        let mut image = Array2::<f32>::zeros((9, 10));
        image[(8, 3)] = -4.0;
        image[(8, 4)] = 3.0;
        let small = strongest_of_blocks(image.view(), 4);
        assert_eq!(small.dim(), (3, 3));
        assert_eq!(small[(2, 0)], -4.0);
        assert_eq!(small[(2, 1)], 3.0);
    }

    #[test]
    fn the_difference_map_is_red_where_a_is_larger_and_black_where_nothing_is_known() {
        let difference = array![[1.0_f32, -1.0, 0.0, f32::NAN]];
        let bytes = encode_difference(difference.view(), 1.0).unwrap();
        let mut decoder = ::png::Decoder::new(io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut colours = [[1_u8; 3]; 4];
        let info = decoder.next_frame(colours.as_flattened_mut()).unwrap();
        assert_eq!((info.width, info.height), (4, 1));
        assert_eq!(
            colours,
            [[255, 0, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0]]
        );
    }
}
