//! The command line: the option table, and one file for each command.
//!
//! `nanobragg OPTIONS` renders; a first word that is one of [`COMMANDS`] runs that command instead.

use std::{ffi::OsString, process::ExitCode};

mod bench;
mod compare;
mod completions;
mod devices;
mod error;
mod frame_files;
mod help;
mod man;
mod noise;
mod reference;
mod simulate;
mod sum;
mod trace;

pub use error::{CliError, FAILURE, INTERRUPTED, USAGE};
pub use reference::markdown as options_reference;

use crate::{classic::parse, engine::EngineKind};

/// A command beside rendering.
pub struct Command {
    /// The word that runs it.
    pub name: &'static str,
    /// Its description for clap; its name is set from [`Command::name`].
    pub command: fn() -> clap::Command,
    pub run: fn(&clap::ArgMatches) -> Result<ExitCode, CliError>,
    /// Exit status when clap refuses the words.
    pub usage_status: u8,
}

/// Every command beside rendering, in the order of the help. A command is one file of this folder with
/// `pub fn command() -> clap::Command` and `pub fn run(&clap::ArgMatches) -> Result<ExitCode, CliError>`.
pub static COMMANDS: &[Command] = &[
    Command {
        name: "bench",
        command: bench::command,
        run: bench::run,
        usage_status: USAGE,
    },
    Command {
        name: "compare",
        command: compare::command,
        run: compare::run,
        usage_status: compare::USAGE,
    },
    Command {
        name: "noise",
        command: noise::command,
        run: noise::run,
        usage_status: USAGE,
    },
    Command {
        name: "sum",
        command: sum::command,
        run: sum::run,
        usage_status: USAGE,
    },
    Command {
        name: "trace",
        command: trace::command,
        run: trace::run,
        usage_status: USAGE,
    },
    Command {
        name: "completions",
        command: completions::command,
        run: completions::run,
        usage_status: USAGE,
    },
    Command {
        name: "devices",
        command: devices::command,
        run: devices::run,
        usage_status: USAGE,
    },
    Command {
        name: "man",
        command: man::command,
        run: man::run,
        usage_status: USAGE,
    },
];

/// Runs the words after the program's name, prints what went wrong, and returns the exit status.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    match dispatch(&words) {
        Ok(status) => status,
        Err(CliError::StandardOutput(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("nanobragg: {error}");
            ExitCode::from(error.status())
        }
    }
}

fn dispatch(words: &[OsString]) -> Result<ExitCode, CliError> {
    if let Some(command) = words
        .first()
        .and_then(|first| COMMANDS.iter().find(|command| first == command.name))
    {
        return run_command(command, words);
    }
    match help::requested(words) {
        Some(request) => request.print(),
        None => simulate::run(&parse(words)?),
    }
}

fn run_command(command: &Command, words: &[OsString]) -> Result<ExitCode, CliError> {
    let clap = (command.command)()
        .name(command.name)
        .bin_name(format!("nanobragg {}", command.name));
    match clap.try_get_matches_from(words) {
        Ok(matches) => (command.run)(&matches),
        Err(message) if message.use_stderr() => {
            eprint!("{message}");
            Ok(ExitCode::from(command.usage_status))
        }
        Err(help) => {
            help.print()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The names of the engines, for a command that takes one.
fn engine_names() -> impl clap::builder::TypedValueParser<Value = EngineKind> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(EngineKind::ALL.map(EngineKind::name)).map(|name| {
        let kind = name.parse();
        kind.expect("only names of engines pass")
    })
}
