//! What a command is.

use std::process::ExitCode;

use super::CliError;

/// A command beside rendering.
pub struct Command {
    /// The word that runs it.
    pub name: &'static str,
    /// Its description for clap; its name is set from [`Command::name`].
    pub command: fn() -> clap::Command,
    pub run: fn(&clap::ArgMatches) -> Result<ExitCode, CliError>,
    /// Exit status when clap refuses the words.
    pub usage_status: u8,
    /// Every exit status, and what it says.
    pub statuses: &'static [(u8, &'static str)],
}

/// What exit statuses say, of rendering and of every command that has no others.
pub const COMMON_STATUSES: &[(u8, &str)] = &[
    (0, "Success."),
    (1, "A failure: a file, the device, the run."),
    (2, "A command line that makes no sense."),
    (130, "Stopped by Ctrl-C or a signal."),
];
