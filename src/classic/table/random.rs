//! Seeds of the random numbers.

use super::{Action, OptionSpec};

pub static OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        &["seed"],
        Action::Integer(|o, seed| o.random.seed = Some(seed)),
        "integer",
        "the time",
        "Seed of the photon noise",
        "271828",
    ),
    OptionSpec::new(
        &["mosaic_seed"],
        Action::Integer(|o, seed| o.random.mosaic_seed = Some(seed)),
        "integer",
        "12345678",
        "Seed of the mosaic domains",
        "31415",
    ),
    OptionSpec::new(
        &["misset_seed"],
        Action::Integer(|o, seed| o.random.misset_seed = Some(seed)),
        "integer",
        "that of -seed",
        "Seed of -misset random",
        "12345",
    ),
];
