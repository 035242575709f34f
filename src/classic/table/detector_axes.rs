//! Named conventions, and the axes of the user's own.

use super::{Action, OptionSpec};
use crate::classic::options::{Convention, Options, Pivot};

/// A named convention also says what a detector of own axes turns about, unless a later option does.
fn named(options: &mut Options, convention: Convention, implied: Pivot) {
    options.detector.convention = Some(convention);
    options.detector.implied_pivot = Some(implied);
}

fn custom(options: &mut Options) {
    options.detector.convention = Some(Convention::Custom);
}

pub static OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        &["mosflm"],
        Action::Flag(|o| named(o, Convention::Mosflm, Pivot::Beam)),
        "",
        "the default",
        "MOSFLM's beam centre and axes",
        "",
    ),
    OptionSpec::new(
        &["xds"],
        Action::Flag(|o| named(o, Convention::Xds, Pivot::Sample)),
        "",
        "",
        "XDS's origin and axes",
        "",
    ),
    OptionSpec::new(
        &["adxv"],
        Action::Flag(|o| named(o, Convention::Adxv, Pivot::Beam)),
        "",
        "",
        "adxv's beam centre and axes",
        "",
    ),
    OptionSpec::new(
        &["denzo"],
        Action::Flag(|o| named(o, Convention::Denzo, Pivot::Beam)),
        "",
        "",
        "DENZO's beam centre, MOSFLM's axes",
        "",
    ),
    OptionSpec::new(
        &["dials"],
        // Its own pivot is the sample all the same.
        Action::Flag(|o| named(o, Convention::Dials, Pivot::Beam)),
        "",
        "",
        "DIALS's origin and axes",
        "",
    ),
    OptionSpec::new(
        &["fdet_vector"],
        Action::Vector(|o, v| {
            custom(o);
            o.detector.fdet_vector = Some(v);
        }),
        "x y z",
        "0 0 1",
        "Fast axis of the detector; selects the CUSTOM convention, as each axis below does",
        "1 0 0",
    ),
    OptionSpec::new(
        &["sdet_vector"],
        Action::Vector(|o, v| {
            custom(o);
            o.detector.sdet_vector = Some(v);
        }),
        "x y z",
        "0 -1 0",
        "Slow axis of the detector",
        "0 -1 0",
    ),
    OptionSpec::new(
        &["odet_vector"],
        Action::Vector(|o, v| {
            custom(o);
            o.detector.odet_vector = Some(v);
        }),
        "x y z",
        "fast x slow",
        "Normal of the detector",
        "0 0 1",
    ),
    OptionSpec::new(
        &["beam_vector"],
        Action::Vector(|o, v| {
            custom(o);
            o.beam.beam_vector = Some(v);
        }),
        "x y z",
        "1 0 0",
        "Direction of the beam",
        "0 0 1",
    ),
    OptionSpec::new(
        &["polar_vector"],
        Action::Vector(|o, v| {
            custom(o);
            o.beam.polar_vector = Some(v);
        }),
        "x y z",
        "0 0 1",
        "Polarisation axis of the beam",
        "1 0 0",
    ),
    OptionSpec::new(
        &["spindle_axis"],
        Action::Vector(|o, v| {
            custom(o);
            o.goniometer.spindle_axis = Some(v);
        }),
        "x y z",
        "0 0 1",
        "Axis that phi turns about",
        "0 1 0",
    ),
    OptionSpec::new(
        &["twotheta_axis"],
        Action::Vector(|o, v| {
            custom(o);
            o.detector.twotheta_axis = Some(v);
        }),
        "x y z",
        "0 1 0",
        "Axis that the detector swings about",
        "1 0 0",
    ),
    OptionSpec::new(
        &["pix0_vector"],
        Action::Vector(|o, v| {
            custom(o);
            o.detector.pix0_vector_m = Some(v);
        }),
        "x y z",
        "",
        "Selects the CUSTOM convention; the origin itself (metres) is computed from the other options",
        "-0.1 0.1 -0.1",
    ),
];
