//! The uniform generator of the classic program.

const MULTIPLIER: u64 = 16807;
const MODULUS: u64 = (1 << 31) - 1;
const TABLE_LEN: usize = 32;
const TABLE_DIVISOR: u64 = 1 + (MODULUS - 1) / TABLE_LEN as u64;
/// Largest float32 that the generator returns, so that 1 is never drawn.
const LARGEST: f32 = (1.0 - 1.2e-7) as f32;

/// A 31-bit Lehmer generator (Park & Miller, Commun. ACM 31, 1192, 1988) with a Bays–Durham shuffle of 32 entries.
#[derive(Debug, Clone)]
pub struct Ran1 {
    state: u64,
    last: u64,
    table: [u64; TABLE_LEN],
}

impl Ran1 {
    /// The largest seed that is used as it is.
    pub const LARGEST_SEED: i64 = MODULUS as i64 - 1;

    /// The seed from 1 to [`Ran1::LARGEST_SEED`] that a seed counts as: its sign does not matter, and 0 is 1.
    pub fn used_seed(seed: i64) -> u64 {
        (seed.unsigned_abs() % MODULUS).max(1)
    }

    /// A stream.
    pub fn new(seed: i64) -> Self {
        let mut state = Self::used_seed(seed);
        for _ in 0..8 {
            state = step(state);
        }
        let mut table = [0; TABLE_LEN];
        for entry in table.iter_mut().rev() {
            state = step(state);
            *entry = state;
        }
        Self {
            state,
            last: table[0],
            table,
        }
    }

    /// The next number in (0, 1).
    pub fn uniform(&mut self) -> f32 {
        self.state = step(self.state);
        let entry = &mut self.table[(self.last / TABLE_DIVISOR) as usize];
        self.last = std::mem::replace(entry, self.state);
        ((self.last as f64 / MODULUS as f64) as f32).min(LARGEST)
    }
}

fn step(state: u64) -> u64 {
    state * MULTIPLIER % MODULUS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lehmer_sequence_passes_park_and_millers_check() {
        let mut state = 1;
        for _ in 0..10_000 {
            state = step(state);
        }
        assert_eq!(state, 1_043_618_065);
    }

    #[test]
    fn the_sign_of_a_seed_does_not_matter_and_zero_counts_as_one() {
        let draw = |seed| Ran1::new(seed).uniform();
        assert_eq!(draw(12345), draw(-12345));
        assert_eq!(draw(0), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn extreme_seeds_still_give_numbers_between_zero_and_one() {
        for seed in [i64::MIN, i64::MAX, MODULUS as i64, 0] {
            let mut stream = Ran1::new(seed);
            for _ in 0..1000 {
                let u = stream.uniform();
                assert!(u > 0.0 && u < 1.0, "seed {seed} drew {u}");
            }
        }
    }

    #[test]
    fn draws_are_uniform() {
        const BINS: usize = 100;
        const DRAWS: usize = 1_000_000;
        let mut stream = Ran1::new(271_828);
        let mut counts = [0.0_f64; BINS];
        for _ in 0..DRAWS {
            counts[(stream.uniform() * BINS as f32) as usize] += 1.0;
        }
        let expected = (DRAWS / BINS) as f64;
        let chi2: f64 = counts
            .iter()
            .map(|n| (n - expected).powi(2) / expected)
            .sum();
        assert!((60.0..150.0).contains(&chi2), "chi² of 99 degrees: {chi2}");
    }
}
