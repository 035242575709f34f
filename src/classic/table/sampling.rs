//! How finely, and what is rendered.

use super::{Action, OptionSpec};
use crate::classic::options::Physics;

pub static OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        &["oversample"],
        Action::Integer(|o, count| o.sampling.oversample = Some(count)),
        "count",
        "chosen so that no spot falls between two samples",
        "Sub-pixels along each edge of a pixel; 0 chooses",
        "2",
    ),
    OptionSpec::new(
        &["oversample_thick"],
        Action::Flag(|o| o.sampling.oversample_thick = true),
        "",
        "",
        "Absorption in the sensor for every sample instead of the whole pixel",
        "",
    ),
    OptionSpec::new(
        &["oversample_polar"],
        Action::Flag(|o| o.sampling.oversample_polar = true),
        "",
        "",
        "Polarisation for every sample instead of the whole pixel",
        "",
    ),
    OptionSpec::new(
        &["oversample_omega"],
        Action::Flag(|o| o.sampling.oversample_omega = true),
        "",
        "",
        "Solid angle for every sample instead of the whole pixel",
        "",
    ),
    OptionSpec::new(
        &["roi"],
        Action::Region(|o, region| o.sampling.roi = Some(region)),
        "xmin xmax ymin ymax",
        "the whole detector",
        "Render these pixels alone, inclusive; a negative number stands for its default",
        "100 299 50 249",
    ),
    OptionSpec::new(
        &["dmin"],
        Action::Number(|o, angstrom| o.sampling.dmin_angstrom = Some(angstrom)),
        "Angstrom",
        "0, everything",
        "Finest spacing that is rendered",
        "1.8",
    ),
    OptionSpec::new(
        &["physics"],
        Action::Choice(&[
            ("spec", |o| o.sampling.physics = Physics::Spec),
            ("c-parity", |o| o.sampling.physics = Physics::CParity),
            ("corrected", |o| o.sampling.physics = Physics::Corrected),
        ]),
        "",
        "spec",
        "The classic formulas, the classic program with its accidents, or what the physics asks for",
        "corrected",
    )
    .ours(),
];
