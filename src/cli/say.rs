//! Talking to the user.

use std::io::{ErrorKind, Write};

use super::CliError;
use crate::files::printable;

/// Prints to standard output, without the control characters of names. When nobody reads it any more, the work goes on in silence.
///
/// # Errors
/// [`CliError::StandardOutput`], when it cannot be written: a full disk.
pub fn say(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let text = printable(text);
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a warning to standard error, in colour on a terminal.
pub fn warn(text: &str) {
    let text = printable(text);
    let yellow = anstyle::AnsiColor::Yellow.on_default().bold();
    // Nobody can be told that standard error is gone.
    let _ = writeln!(
        anstream::stderr().lock(),
        "{yellow}warning:{yellow:#} {text}"
    );
}
