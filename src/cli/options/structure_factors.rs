//! Where F comes from.

use super::{Action, OptionSpec};

pub static OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        &["hkl"],
        Action::File(|o, file| o.structure_factors.hkl = Some(file)),
        "FILE",
        "",
        "Structure factors: h k l F on each line",
        "2erl_P1.hkl",
    ),
    OptionSpec::new(
        &["default_F"],
        Action::Number(|o, f| o.structure_factors.default_f = Some(f)),
        "electrons",
        "0",
        "F of every reflection that the table does not hold",
        "100",
    ),
    OptionSpec::new(
        &["dump"],
        Action::File(|o, file| o.structure_factors.dump = Some(file)),
        "FILE",
        "Fdump.bin",
        "Binary cache of the structure factors: read without -hkl, written with it",
        "F.bin",
    ),
    OptionSpec::new(
        &["interpolate"],
        Action::Flag(|o| o.structure_factors.interpolate = Some(true)),
        "",
        "on if any of Na, Nb, Nc is 2 or less",
        "Interpolate F between reflections (tricubic)",
        "",
    ),
    OptionSpec::new(
        &["nointerpolate"],
        Action::Flag(|o| o.structure_factors.interpolate = Some(false)),
        "",
        "",
        "Take F of the nearest reflection",
        "",
    ),
];
