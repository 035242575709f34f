//! Streams of random numbers, one for each effect.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Poisson, StandardNormal, StandardUniform};
use rayon::prelude::*;

use crate::noise::PoissonDeviates;

/// Where random numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Generator {
    /// The classic program's, one row after the other.
    #[default]
    Classic,
    /// ChaCha8, a stream for each row: all rows at once.
    Counter,
}

/// What random numbers are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Photons,
    Flicker,
    Calibration,
    Readout,
    BadPixels,
}

/// The streams that a seed stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streams {
    pub generator: Generator,
    /// See [`super::Readout::exact_above`].
    pub exact_above: f32,
    pub seed: i64,
}

/// Random numbers of the distributions that detectors need.
pub(super) trait Deviates {
    /// Between 0 and 1.
    fn uniform(&mut self) -> f32;
    /// Of mean 0 and standard deviation 1.
    fn gaussian(&mut self) -> f32;
    /// A whole number; 0 where `mean` is not a positive number.
    fn poisson(&mut self, mean: f32) -> f32;
}

impl Streams {
    /// The stream of an effect on the whole image.
    pub(super) fn single(&self, effect: Effect) -> Box<dyn Deviates> {
        match self.generator {
            Generator::Classic => Box::new(self.classic(effect)),
            Generator::Counter => Box::new(self.counter(effect, 0)),
        }
    }

    /// Hands every row to `change` with the random numbers that belong to it.
    pub(super) fn for_each_row<T: Send>(
        &self,
        effect: Effect,
        pixels: &mut [T],
        width: usize,
        change: impl Fn(&mut dyn Deviates, &mut [T]) + Sync,
    ) {
        match self.generator {
            Generator::Classic => {
                let mut stream = self.classic(effect);
                for row in pixels.chunks_mut(width) {
                    change(&mut stream, row);
                }
            }
            Generator::Counter => {
                let rows = pixels.par_chunks_mut(width).enumerate();
                rows.for_each(|(row, pixels)| change(&mut self.counter(effect, row), pixels));
            }
        }
    }

    /// The photons' stream is the classic program's own.
    fn classic(&self, effect: Effect) -> PoissonDeviates {
        let seed = self.seed.unsigned_abs().wrapping_add(effect as u64) as i64;
        PoissonDeviates::new(seed).exact_above(self.exact_above)
    }

    fn counter(&self, effect: Effect, row: usize) -> ChaCha8Rng {
        let mut stream = ChaCha8Rng::seed_from_u64(self.seed as u64);
        stream.set_stream(((effect as u64) << 32) | row as u64);
        stream
    }
}

impl Deviates for PoissonDeviates {
    fn uniform(&mut self) -> f32 {
        Self::uniform(self)
    }

    fn gaussian(&mut self) -> f32 {
        Self::gaussian(self)
    }

    fn poisson(&mut self, mean: f32) -> f32 {
        self.photons(mean) as f32
    }
}

impl Deviates for ChaCha8Rng {
    fn uniform(&mut self) -> f32 {
        StandardUniform.sample(self)
    }

    fn gaussian(&mut self) -> f32 {
        StandardNormal.sample(self)
    }

    fn poisson(&mut self, mean: f32) -> f32 {
        Poisson::new(f64::from(mean)).map_or(0.0, |photons| photons.sample(self) as f32)
    }
}
