//! From photons to levels of a picture.

use crate::measure;

/// Photons that no detector sees.
const FAINTEST: f64 = 0.1;
/// How far below the background, in standard deviations of its noise, a pixel is white.
const SIGMAS_TO_WHITE: f64 = 1.5;
/// Of a normal distribution, what lies more than a standard deviation below the median.
const ONE_SIGMA_BELOW: f64 = 0.1587;
/// How far above the background, in standard deviations of its noise, a pixel is black.
const SIGMAS_TO_BLACK: f64 = 12.0;
/// Share of the visible pixels that are lighter than black where there is little but spots.
const BELOW_BLACK: f64 = 0.99;

/// Which photons are white, which black, and how it darkens between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// Photons of a pixel that is white, as those with fewer are.
    pub low: f64,
    /// Photons of a pixel that is black, as those with more are.
    pub high: f64,
    /// Photons above `low` up to which it darkens evenly; beyond, with their logarithm. Infinite: evenly all the way.
    pub knee: f64,
}

impl Contrast {
    /// White without photons, black at so many, even between.
    pub fn linear(black: f64) -> Self {
        Self {
            low: 0.0,
            high: black,
            knee: f64::INFINITY,
        }
    }

    /// As a viewer of detector images has it: the background light, whatever stands clear of its noise dark. Of an image without a
    /// background the faintest photons are light.
    ///
    /// `photons` are those of the recorded pixels, or of many enough of them.
    pub fn of(mut photons: Vec<f32>) -> Self {
        photons.retain(|photons| photons.is_finite());
        let mut quantile = |share| measure::quantile(&mut photons, share).map(f64::from);
        let median = quantile(0.5).unwrap_or(0.0).max(0.0);
        let below = quantile(ONE_SIGMA_BELOW).unwrap_or(0.0);
        // An image without noise is drawn as its noise would be.
        let sigma = (median - below).max(median.sqrt());
        let low = (median - SIGMAS_TO_WHITE * sigma).max(FAINTEST);
        photons.retain(|photons| f64::from(*photons) > low);
        let spots = measure::quantile(&mut photons, BELOW_BLACK).map_or(low + 1.0, f64::from);
        Self {
            low,
            high: spots.max(median + SIGMAS_TO_BLACK * sigma),
            knee: (SIGMAS_TO_BLACK * sigma).max(1.0),
        }
    }

    /// The same for a detector that counts to `most`: what is saturated is black.
    #[must_use]
    pub fn up_to(self, most: f64) -> Self {
        let high = self.high.min(most);
        Self {
            low: if self.low < high {
                self.low
            } else {
                high / 2.0
            },
            high,
            ..self
        }
    }

    /// 0 for the photons of paper, 255 for those of ink; what is not a number is paper.
    pub fn level(&self, photons: f64) -> u8 {
        let (above, range) = (photons - self.low, self.high - self.low);
        let share = if self.knee.is_finite() {
            (above.max(0.0) / self.knee).asinh() / (range / self.knee).asinh()
        } else {
            above / range
        };
        // The cast clips to 0…255.
        (255.0 * share).round() as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A background of Poisson-like spread with one spot in two hundred pixels.
    fn exposed(background: f32) -> Vec<f32> {
        (0..20_000)
            .map(|index| match index % 200 {
                7 => 40.0 * background + index as f32 / 10.0,
                _ => background + background.sqrt() * ((index % 37) as f32 / 18.0 - 1.0),
            })
            .collect()
    }

    #[test]
    fn a_background_is_light_and_its_spots_are_black() {
        let contrast = Contrast::of(exposed(20.0));
        assert!(contrast.low > 10.0 && contrast.low < 20.0, "{contrast:?}");
        assert!(contrast.high > 50.0 && contrast.high < 80.0, "{contrast:?}");
        assert!(contrast.level(20.0) < 64, "{}", contrast.level(20.0));
        assert!(contrast.level(40.0) > contrast.level(25.0));
        assert_eq!(contrast.level(800.0), 255);
        assert!(contrast.level(20.0) > 16, "{}", contrast.level(20.0));
        // Without noise the same background is as light.
        let flat = Contrast::of(vec![20.0; 1000]);
        assert!(
            flat.level(20.0).abs_diff(contrast.level(20.0)) < 8,
            "{flat:?}"
        );
    }

    #[test]
    fn what_no_detector_sees_is_white() {
        let faint: Vec<f32> = (0..1000).map(|index| index as f32 * 1e-4).collect();
        let contrast = Contrast::of(faint.clone());
        assert!(
            faint
                .iter()
                .all(|photons| contrast.level(f64::from(*photons)) == 0)
        );
        for background in [0.0, 1e-3, 1.0, 20.0, 1e4] {
            let contrast = Contrast::of(exposed(background));
            assert!(contrast.low >= 0.1, "{contrast:?}");
            assert_eq!(contrast.level(0.1), 0);
        }
    }

    #[test]
    fn without_a_background_the_brightest_are_black_and_a_photon_shows() {
        let mut photons = vec![0.0; 5000];
        photons.extend((0..100).map(|index| (index * index) as f32));
        let contrast = Contrast::of(photons);
        assert_eq!(contrast.level(9801.0), 255);
        assert!(contrast.level(1.0) > 10, "{}", contrast.level(1.0));
        assert!(contrast.level(100.0) < 200, "{}", contrast.level(100.0));
        // A dozen single photons are as dark as anything.
        let single = Contrast::of([vec![0.0; 500], vec![1.0; 12]].concat());
        assert_eq!((single.level(0.0), single.level(1.0)), (0, 255));
    }

    #[test]
    fn what_is_saturated_is_black() {
        let full = Contrast::of(vec![65_495.0; 1000]).up_to(65_495.0);
        assert_eq!((full.high, full.level(65_495.0)), (65_495.0, 255));
        assert!(full.level(60_000.0) < 32, "{full:?}");
        let photon = Contrast::of(vec![1.0; 1000]).up_to(1.0);
        assert_eq!((photon.level(0.0), photon.level(1.0)), (0, 255));
        let exposed = Contrast::of(exposed(20.0));
        assert_eq!(exposed.up_to(65_535.0), exposed);
        let bright = Contrast::of(vec![1e6; 1000]);
        assert_eq!(bright.up_to(1e9), bright);
    }

    #[test]
    fn images_of_nothing_have_a_contrast() {
        for photons in [
            vec![],
            vec![0.0],
            vec![f32::NAN, f32::INFINITY],
            vec![-40.0; 9],
        ] {
            let contrast = Contrast::of(photons);
            assert!(contrast.high > contrast.low, "{contrast:?}");
            assert_eq!(contrast.level(0.0), 0);
        }
        let one = Contrast::of(vec![5000.0]);
        assert!(one.high > one.low && one.level(1e9) == 255, "{one:?}");
    }

    #[test]
    fn an_even_contrast_is_even() {
        let contrast = Contrast::linear(200.0);
        let levels = [-1.0, 0.0, 100.0, 200.0, 1e9, f64::INFINITY, f64::NAN];
        assert_eq!(
            levels.map(|photons| contrast.level(photons)),
            [0, 0, 128, 255, 255, 255, 0]
        );
        let gentle = Contrast {
            low: 1.0,
            high: 101.0,
            knee: 1.0,
        };
        assert_eq!(
            [f64::NAN, f64::INFINITY].map(|photons| gentle.level(photons)),
            [0, 255]
        );
    }
}
