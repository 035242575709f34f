//! The spindle.

use super::{Action, OptionSpec};

pub static OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        &["phi"],
        Action::Number(|o, deg| o.goniometer.phi_deg = Some(deg)),
        "deg",
        "0",
        "Spindle angle at the start",
        "5",
    ),
    OptionSpec::new(
        &["osc"],
        Action::Number(|o, deg| o.goniometer.osc_deg = Some(deg)),
        "deg",
        "",
        "Rotation during the exposure",
        "1",
    ),
    OptionSpec::new(
        &["phistep"],
        Action::Number(|o, deg| o.goniometer.phistep_deg = Some(deg)),
        "deg",
        "",
        "Angle between two steps of the rotation",
        "0.1",
    ),
    OptionSpec::new(
        &["phisteps"],
        Action::Integer(|o, count| o.goniometer.phisteps = Some(count)),
        "count",
        "",
        "Steps of the rotation",
        "10",
    ),
];
