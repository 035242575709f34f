//! `nanobragg man`

use std::{io::Write, process::ExitCode};

use super::CliError;

pub fn command() -> clap::Command {
    clap::Command::new("man").about("Print the manual page (roff)")
}

/// Prints the page of a program.
pub fn run(program: clap::Command) -> Result<ExitCode, CliError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(program).render(&mut page)?;
    std::io::stdout().write_all(&page)?;
    Ok(ExitCode::SUCCESS)
}
