//! Photon-counting noise as the classic program draws it.
//!
//! Which operations round to single precision is part of the definition: the images match byte for byte.

use std::f64::consts::PI;

use ndarray::{Array2, Zip, s};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use rand_distr::{Distribution, Poisson};

use crate::image::{Counts, Image, Region};
use crate::random::Ran1;

/// Below this mean the factors of a product are counted, above it a rejection method takes over.
const COUNTING_LIMIT: f32 = 12.0;
/// Above this mean the distribution is taken for a Gaussian.
const GAUSSIAN_LIMIT: f32 = 1e6;

/// Means above this can be drawn exactly (see [`PoissonDeviates::exact_above`]). At an offset of 0 a 16-bit count of such a pixel is
/// saturated, whichever way it is drawn: it lies ten standard deviations below.
pub const EXACT_ABOVE: f32 = 68_200.0;

/// Photons that a detector counted.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseImage {
    /// Of each pixel, shape (slow, fast), zero outside the region.
    drawn: Array2<u32>,
    region: Region,
    /// All of them.
    pub photons: f64,
}

/// Draws every pixel of the region from a Poisson distribution, row by row, those of means above `exact_above` exactly and the
/// others as the classic program does.
pub fn noise_image(image: &Image, region: Region, seed: i64, exact_above: f32) -> NoiseImage {
    let mut deviates = PoissonDeviates::new(seed).exact_above(exact_above);
    let mut photons = 0.0;
    let mut drawn = Array2::zeros(image.view().dim());
    let window = s![
        region.slow_min..=region.slow_max,
        region.fast_min..=region.fast_max
    ];
    let means = image.view().slice_move(window);
    Zip::from(drawn.slice_mut(window))
        .and(means)
        .for_each(|count, mean| {
            // What is no number is no light, and endless light no deviate.
            let number = match deviates.photons(*mean) {
                _ if *mean == f32::INFINITY => f64::INFINITY,
                number if number.is_nan() => 0.0,
                number => number,
            };
            photons += number;
            // The cast truncates and clips to 0…2³²−1.
            *count = number as u32;
        });
    NoiseImage {
        drawn,
        region,
        photons,
    }
}

impl NoiseImage {
    /// Photons plus an offset, clipped to 0 … `saturation`; zero outside the region.
    pub fn counts(&self, offset: f64, saturation: u32) -> Counts<'_> {
        let region = self.region;
        Counts::by_row(self.drawn.dim(), saturation, move |slow, counts| {
            counts.fill(0);
            if !(region.slow_min..=region.slow_max).contains(&slow) {
                return;
            }
            let fast = region.fast_min..=region.fast_max;
            let drawn = self.drawn.row(slow);
            for (count, fast) in counts[fast.clone()].iter_mut().zip(fast) {
                // The cast truncates and clips to 0…2³²−1.
                *count = ((f64::from(drawn[fast]) + offset) as u32).min(saturation);
            }
        })
    }

    /// Pixels that exceed `saturation` at an offset.
    pub fn overloads(&self, offset: f64, saturation: u32) -> u64 {
        let limit = f64::from(saturation);
        let exceeds = |photons: &&u32| f64::from(**photons) + offset > limit;
        let window = s![
            self.region.slow_min..=self.region.slow_max,
            self.region.fast_min..=self.region.fast_max
        ];
        self.drawn.slice(window).iter().filter(exceeds).count() as u64
    }
}

/// A stream of Poisson deviates.
#[derive(Debug, Clone)]
pub struct PoissonDeviates {
    uniforms: Ran1,
    spare_gaussian: Option<f32>,
    /// Seed of the exact deviates' own stream.
    seed: i64,
    exact: Option<Exact>,
}

/// Deviates of large means in double precision.
#[derive(Debug, Clone)]
struct Exact {
    above: f32,
    stream: ChaCha8Rng,
}

impl PoissonDeviates {
    /// A stream; seeds as in [`Ran1::new`].
    pub fn new(seed: i64) -> Self {
        Self {
            uniforms: Ran1::new(seed),
            spare_gaussian: None,
            seed,
            exact: None,
        }
    }

    /// Takes deviates of means above a limit from a stream of their own, in double precision. Single precision, in which the classic
    /// program draws them, blurs their distribution, and above a million takes them for Gaussian and not whole.
    #[must_use]
    pub fn exact_above(mut self, limit: f32) -> Self {
        self.exact = Some(Exact {
            above: limit,
            stream: ChaCha8Rng::seed_from_u64(self.seed as u64),
        });
        self
    }

    /// A number of photons: [`Self::draw`], or an exact deviate where one was asked for. The classic stream goes on alike.
    pub fn photons(&mut self, mean: f32) -> f64 {
        let classic = self.draw(mean).into();
        match &mut self.exact {
            Some(Exact { above, stream }) if mean > *above => Poisson::new(f64::from(mean))
                .map_or(classic, |distribution| distribution.sample(stream)),
            _ => classic,
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
