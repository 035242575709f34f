//! Rendering: what `nanobragg OPTIONS` does.

use std::process::ExitCode;

use super::CliError;
use crate::options::Options;

pub fn run(_options: &Options) -> Result<ExitCode, CliError> {
    Ok(ExitCode::SUCCESS)
}
