//! `nanobragg man`

use std::{io::Write, process::ExitCode};

use clap::ArgMatches;

use super::{CliError, help};

pub fn command() -> clap::Command {
    clap::Command::new("man").about("Print the manual page (roff)")
}

pub fn run(_: &ArgMatches) -> Result<ExitCode, CliError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(help::describe()).render(&mut page)?;
    std::io::stdout().write_all(&page)?;
    Ok(ExitCode::SUCCESS)
}
