//! Talking to the user.

use std::io::Write;

use crate::cli::CliError;

/// Prints to standard output.
pub fn say(text: &str) -> Result<(), CliError> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// Prints a warning to standard error.
pub fn warn(text: &str) {
    eprintln!("warning: {text}");
}
