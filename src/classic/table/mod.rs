//! The table of options: names, value, unit, default, help, and what each does to [`Options`](super::options::Options).
//!
//! Everything that knows an option reads it here: the dialect (`super::dialect`), `--help`, the man page, shell
//! completion, `docs/options.md` and the test that exercises every row. One file per group, in the order of `--help`.

mod beam;
mod crystal;
mod detector;
mod detector_axes;
mod file_format;
mod goniometer;
mod option;
mod output;
mod random;
mod run;
mod sampling;
mod structure_factors;

pub use file_format::FileFormat;
pub use option::{Action, Choice, OptionSpec};

/// A heading of the help and its rows.
#[derive(Debug)]
pub struct Group {
    pub title: &'static str,
    pub options: &'static [OptionSpec],
}

/// Every option, in the order of the help.
pub static GROUPS: &[Group] = &[
    Group {
        title: "Structure factors",
        options: structure_factors::OPTIONS,
    },
    Group {
        title: "Crystal",
        options: crystal::OPTIONS,
    },
    Group {
        title: "Goniometer",
        options: goniometer::OPTIONS,
    },
    Group {
        title: "Beam",
        options: beam::OPTIONS,
    },
    Group {
        title: "Detector",
        options: detector::OPTIONS,
    },
    Group {
        title: "Detector conventions and axes",
        options: detector_axes::OPTIONS,
    },
    Group {
        title: "Sampling and region",
        options: sampling::OPTIONS,
    },
    Group {
        title: "Random numbers",
        options: random::OPTIONS,
    },
    Group {
        title: "Output",
        options: output::OPTIONS,
    },
    Group {
        title: "Run",
        options: run::OPTIONS,
    },
];

/// Every row of the table.
pub fn all() -> impl Iterator<Item = &'static OptionSpec> {
    GROUPS.iter().flat_map(|group| group.options)
}
