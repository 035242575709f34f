//! How the run itself goes.

use super::{Action, OptionSpec};
use crate::{
    classic::options::{Device, TablePrecision},
    engine::Precision,
};

pub static OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        &["device"],
        Action::Choice(&[
            ("auto", |o| o.run.device = Device::Auto),
            ("gpu", |o| o.run.device = Device::Gpu),
            ("cpu", |o| o.run.device = Device::Cpu),
        ]),
        "",
        "auto",
        "What computes the image; auto takes a hardware GPU if there is one",
        "cpu",
    )
    .ours(),
    OptionSpec::new(
        &["adapter"],
        Action::Text(|o, name| o.run.adapter = Some(name)),
        "NAME",
        "the most powerful",
        "The GPU whose name contains this word; see nanobragg devices",
        "NVIDIA",
    )
    .ours()
    .aside(),
    OptionSpec::new(
        &["precision"],
        Action::Choice(&[
            ("f64", |o| o.run.precision = Some(Precision::F64)),
            ("f32", |o| o.run.precision = Some(Precision::F32)),
        ]),
        "",
        "f64",
        "Arithmetic of the CPU engine",
        "f32",
    )
    .ours(),
    OptionSpec::new(
        &["table"],
        Action::Choice(&[
            ("f32", |o| o.run.table = TablePrecision::F32),
            ("f16", |o| o.run.table = TablePrecision::F16),
        ]),
        "",
        "f32",
        "Structure factors of the GPU engine; f16 halves their memory and costs each up to 0.05 %",
        "f16",
    )
    .ours(),
    OptionSpec::new(
        &["threads"],
        Action::Threads(|o, count| o.run.threads = Some(count)),
        "count",
        "all cores",
        "Threads of the CPU engine; the image does not depend on it",
        "2",
    )
    .ours()
    .aside(),
    OptionSpec::new(
        &["progress"],
        Action::Flag(|o| o.run.progress = Some(true)),
        "",
        "on a terminal",
        "Show how far the run has come",
        "",
    )
    .aside(),
    OptionSpec::new(
        &["noprogress"],
        Action::Flag(|o| o.run.progress = Some(false)),
        "",
        "",
        "Do not show it",
        "",
    )
    .aside(),
    OptionSpec::new(
        &["v", "verbose"],
        Action::Flag(|o| o.run.verbose = true),
        "",
        "",
        "Print the whole geometry, as the classic program does",
        "",
    )
    .ours()
    .aside(),
    OptionSpec::new(
        &["quiet"],
        Action::Flag(|o| o.run.quiet = true),
        "",
        "",
        "Print warnings, and what -printout asks for, alone",
        "",
    )
    .ours()
    .aside(),
    OptionSpec::new(
        &["options"],
        Action::Options,
        "FILE",
        "",
        "Options kept in a file, one or more a line, # before comments; the command line wins wherever this stands",
        "run.opt",
    )
    .ours()
    .aside(),
];
