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
}
