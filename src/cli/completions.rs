//! `nanobragg completions SHELL`

use std::process::ExitCode;

use clap::{Arg, ArgMatches, value_parser};
use clap_complete::Shell;

use super::CliError;

pub fn command() -> clap::Command {
    clap::Command::new("completions")
        .about("Print the completion script of a shell")
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .value_parser(value_parser!(Shell))
                .help("Whose script"),
        )
}

/// Prints the script for a program.
pub fn run(matches: &ArgMatches, mut program: clap::Command) -> Result<ExitCode, CliError> {
    let shell = *matches.get_one::<Shell>("shell").expect("clap requires it");
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "nanobragg", &mut script);
    std::io::Write::write_all(&mut std::io::stdout(), &script)?;
    Ok(ExitCode::SUCCESS)
}
