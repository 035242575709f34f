//! Talking to the user.

use std::io::Write;

use crate::{cli::CliError, files::printable};

/// Prints to standard output, without the control characters of names.
pub fn say(text: &str) -> Result<(), CliError> {
    std::io::stdout().write_all(printable(text).as_bytes())?;
    Ok(())
}

/// Prints a warning to standard error.
pub fn warn(text: &str) {
    eprintln!("warning: {}", printable(text));
}
