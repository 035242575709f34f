//! Seeds that the generator takes for another.

use super::Notices;
use crate::{classic::options::RandomOptions, random::Ran1};

/// Tells which seed is used where a typed one is outside of the generator's.
pub(super) fn warn_of_odd_ones(typed: &RandomOptions, notices: &mut Notices) {
    for (option, seed) in [
        ("-seed", typed.seed),
        ("-mosaic_seed", typed.mosaic_seed),
        ("-misset_seed", typed.misset_seed),
    ] {
        let Some(seed) = seed.filter(|seed| !(0..=Ran1::LARGEST_SEED).contains(seed)) else {
            continue;
        };
        let accident = match seed {
            ..0 => "the classic program goes on from the stream before",
            _ => "the classic program keeps its last 32 bits",
        };
        notices.warn(format!(
            "{option} {seed}: {} is used, since seeds are 1 to {}; {accident}",
            Ran1::used_seed(seed),
            Ran1::LARGEST_SEED
        ));
    }
}
