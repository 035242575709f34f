//! The command line: the option table, and one file for each command.
//!
//! `nanobragg OPTIONS` renders; a first word that is one of [`COMMANDS`] runs that command instead.

use std::{ffi::OsString, process::ExitCode};

mod amounts;
mod arguments;
mod bench;
mod collisions;
mod command;
mod compare;
mod completions;
mod counting;
mod devices;
mod engines;
mod error;
mod file_size;
mod frame_files;
mod help;
mod man;
mod noise;
mod pace;
mod pipes;
mod quiet_drivers;
mod reference;
mod roff;
mod say;
mod simulate;
mod sum;
mod trace;
mod watch;
mod words;

use command::COMMON_STATUSES;

pub use command::Command;
pub use error::{CliError, FAILURE, INTERRUPTED, USAGE};
pub use reference::markdown as options_reference;

use crate::{classic::parse, files::printable};
use words::arranged;

/// Every command beside rendering, in the order of the help. A command is one file of this folder with
/// `pub fn command() -> clap::Command` and `pub fn run(&clap::ArgMatches) -> Result<ExitCode, CliError>`.
pub static COMMANDS: &[Command] = &[
    Command {
        name: "bench",
        command: bench::command,
        run: bench::run,
        usage_status: USAGE,
        statuses: bench::STATUSES,
    },
    Command {
        name: "compare",
        command: compare::command,
        run: compare::run,
        usage_status: compare::USAGE,
        statuses: compare::STATUSES,
    },
    Command {
        name: "noise",
        command: noise::command,
        run: noise::run,
        usage_status: USAGE,
        statuses: COMMON_STATUSES,
    },
    Command {
        name: "sum",
        command: sum::command,
        run: sum::run,
        usage_status: USAGE,
        statuses: COMMON_STATUSES,
    },
    Command {
        name: "trace",
        command: trace::command,
        run: trace::run,
        usage_status: USAGE,
        statuses: trace::STATUSES,
    },
    Command {
        name: "completions",
        command: completions::command,
        run: |matches| completions::run(matches, COMMANDS),
        usage_status: USAGE,
        statuses: COMMON_STATUSES,
    },
    Command {
        name: "devices",
        command: devices::command,
        run: devices::run,
        usage_status: USAGE,
        statuses: COMMON_STATUSES,
    },
    Command {
        name: "help",
        command: help::command,
        run: |matches| help::run(matches, COMMANDS),
        usage_status: USAGE,
        statuses: COMMON_STATUSES,
    },
    Command {
        name: "man",
        command: man::command,
        run: |matches| man::run(matches, COMMANDS),
        usage_status: USAGE,
        statuses: COMMON_STATUSES,
    },
];

/// Runs the words after the program's name, prints what went wrong, and returns the exit status.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    file_size::refuse_rather_than_kill();
    quiet_drivers::restart_quietly(&words);
    match dispatch(&words) {
        Ok(status) => status,
        Err(CliError::StandardOutput(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("nanobragg: {}", printable(&error.to_string()));
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
    let Some(first) = words.first() else {
        return Err(CliError::NothingAsked);
    };
    if !first.as_encoded_bytes().starts_with(b"-") {
        let names = COMMANDS.iter().map(|command| command.name);
        return Err(CliError::no_command(&first.to_string_lossy(), names));
    }
    match help::requested(words) {
        Some(request) => request.print(help::describe(COMMANDS)),
        None => simulate::run(&parse(words)?, words),
    }
}

fn run_command(command: &Command, words: &[OsString]) -> Result<ExitCode, CliError> {
    let clap = (command.command)()
        .name(command.name)
        .bin_name(format!("nanobragg {}", command.name));
    let words = arranged(&clap, words);
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
