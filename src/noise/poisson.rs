//! Photon-counting noise as the classic program draws it.
//!
//! Which operations round to single precision is part of the definition: the images match byte for byte.

use std::f64::consts::PI;

use ndarray::{Array2, Zip, s};

use crate::image::Image;
use crate::image::Region;
use crate::random::Ran1;

/// Below this mean the factors of a product are counted, above it a rejection method takes over.
const COUNTING_LIMIT: f32 = 12.0;
/// Above this mean the distribution is taken for a Gaussian.
const GAUSSIAN_LIMIT: f32 = 1e6;

/// An image of counts with photon noise.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseImage {
    /// Photons plus offset, shape (slow, fast), zero outside the region.
    pub counts: Array2<u16>,
    /// Photons drawn, before offset and clipping.
    pub photons: f64,
    /// Pixels that exceeded 65535.
    pub overloads: u64,
}

/// Draws every pixel of the region from a Poisson distribution, row by row, and adds the offset `adc`.
pub fn noise_image(image: &Image, region: Region, seed: i64, adc: f64) -> NoiseImage {
    let mut deviates = PoissonDeviates::new(seed);
    let mut noise = NoiseImage {
        counts: Array2::zeros(image.view().dim()),
        photons: 0.0,
        overloads: 0,
    };
    let window = s![
        region.slow_min..=region.slow_max,
        region.fast_min..=region.fast_max
    ];
    let means = image.view().slice_move(window);
    Zip::from(noise.counts.slice_mut(window))
        .and(means)
        .for_each(|count, mean| {
            let photons = f64::from(deviates.draw(*mean));
            noise.photons += photons;
            let level = photons + adc;
            if level > f64::from(u16::MAX) {
                noise.overloads += 1;
            }
            // The cast truncates and clips to 0…65535.
            *count = level as u16;
        });
    noise
}

/// A stream of Poisson deviates.
#[derive(Debug, Clone)]
pub struct PoissonDeviates {
    uniforms: Ran1,
    spare_gaussian: Option<f32>,
}

impl PoissonDeviates {
    /// A stream; seeds as in [`Ran1::new`].
    pub fn new(seed: i64) -> Self {
        Self {
            uniforms: Ran1::new(seed),
            spare_gaussian: None,
        }
    }

    /// A whole number of photons, from a distribution of this mean. A mean that is negative gives 0.
    pub fn draw(&mut self, mean: f32) -> f32 {
        if mean < COUNTING_LIMIT {
            self.draw_by_counting(mean)
        } else if mean <= GAUSSIAN_LIMIT {
            self.draw_by_rejection(mean)
        } else {
            let mean = f64::from(mean);
            (mean + mean.sqrt() * f64::from(self.gaussian())) as f32
        }
    }

    /// Counts how many uniform factors keep a product above exp(−mean).
    fn draw_by_counting(&mut self, mean: f32) -> f32 {
        let limit = (-f64::from(mean)).exp() as f32;
        let mut product = self.uniforms.uniform();
        let mut count = 0.0;
        while product > limit {
            product *= self.uniforms.uniform();
            count += 1.0;
        }
        count
    }

    /// Rejection against a Lorentzian: Ahrens & Dieter, Computing 12, 223 (1974).
    fn draw_by_rejection(&mut self, mean: f32) -> f32 {
        let width = (2.0 * f64::from(mean)).sqrt() as f32;
        let ln_mean = f64::from(mean).ln() as f32;
        let at_mean = mean * ln_mean - ln_gamma(mean + 1.0);
        loop {
            let (lorentzian, count) = loop {
                let lorentzian = (PI * f64::from(self.uniforms.uniform())).tan() as f32;
                let count = width * lorentzian + mean;
                if count >= 0.0 {
                    break (lorentzian, count.floor());
                }
            };
            let exponent = count * ln_mean - ln_gamma(count + 1.0) - at_mean;
            let envelope = 0.9 * (1.0 + f64::from(lorentzian * lorentzian));
            let accepted = (envelope * f64::from(exponent).exp()) as f32;
            if self.uniforms.uniform() <= accepted {
                return count;
            }
        }
    }

    /// A number between 0 and 1.
    pub fn uniform(&mut self) -> f32 {
        self.uniforms.uniform()
    }

    /// Unit normal deviate by the polar Box–Muller method, which yields two at a time.
    pub fn gaussian(&mut self) -> f32 {
        if let Some(spare) = self.spare_gaussian.take() {
            return spare;
        }
        loop {
            let [v1, v2] =
                std::array::from_fn(|_| (2.0 * f64::from(self.uniforms.uniform()) - 1.0) as f32);
            let r2 = v1 * v1 + v2 * v2;
            if r2 < 1.0 && r2 != 0.0 {
                let r2 = f64::from(r2);
                let factor = (-2.0 * r2.ln() / r2).sqrt() as f32;
                self.spare_gaussian = Some(v1 * factor);
                return v2 * factor;
            }
        }
    }
}

/// ln Γ(x) by Lanczos' six-term series: SIAM J. Numer. Anal. B 1, 86 (1964).
fn ln_gamma(x: f32) -> f32 {
    const SERIES: [f64; 6] = [
        76.18009172947146,
        -86.50532032941677,
        24.01409824083091,
        -1.231739572450155,
        0.1208650973866179e-2,
        -0.5395239384953e-5,
    ];
    const SQRT_TWO_PI: f64 = 2.5066282746310005;
    let x = f64::from(x);
    let shifted = x + 5.5;
    let tail = shifted - (x + 0.5) * shifted.ln();
    let mut sum = 1.000000000190015;
    let mut denominator = x;
    for coefficient in SERIES {
        denominator += 1.0;
        sum += coefficient / denominator;
    }
    (-tail + (SQRT_TWO_PI * sum / x).ln()) as f32
}
