//! What ends a command, and the exit status that says so.

use super::dialect::UsageError;

/// Exit status of a command line that cannot be understood.
pub const USAGE: u8 = 2;
/// Exit status of a run that failed.
pub const FAILURE: u8 = 1;
/// Exit status of a run that was interrupted (128 + SIGINT).
pub const INTERRUPTED: u8 = 130;

/// Why a command ended without its result.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The words of a subcommand; the text is clap's, whole.
    #[error("{0}")]
    Clap(#[from] clap::Error),
    /// A command that has exit statuses of its own.
    #[error("{message}")]
    Status { status: u8, message: String },
    #[error("interrupted; no file was written")]
    Interrupted,
    #[error("cannot write to standard output: {0}")]
    StandardOutput(#[from] std::io::Error),
}

impl CliError {
    /// The exit status of the process.
    pub fn status(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Clap(_) => USAGE,
            Self::Status { status, .. } => *status,
            Self::Interrupted => INTERRUPTED,
            Self::StandardOutput(_) => FAILURE,
        }
    }
}
