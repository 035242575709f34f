//! What ends a command, and the exit status that says so.

use crate::{
    classic::{ExperimentError, PreparationError, SessionError, UsageError},
    engine::EngineError,
    files::FileError,
    plan::PlanError,
    simulator::SimulatorError,
    structure_factors::StructureFactorError,
};

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
    #[error(
        "nothing to render: give -hkl FILE or -default_F, and -cell, as in nanobragg -default_F 100 -cell 70 80 90 90 90 90 -N 10 -pngfile a.png; \
         nanobragg help lists options and commands"
    )]
    NothingAsked,
    #[error(
        "{word} is no command{} nanobragg help lists commands and options",
        .nearest.map_or(";".to_owned(), |name| format!("; did you mean nanobragg {name}?"))
    )]
    NoCommand {
        word: String,
        nearest: Option<&'static str>,
    },
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    #[error(transparent)]
    StructureFactors(#[from] StructureFactorError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Engine(EngineError),
    #[error(transparent)]
    Format(#[from] FileError),
    #[error("cannot listen to Ctrl-C: {0}")]
    Signals(ctrlc::Error),
    /// A command that has exit statuses of its own.
    #[error("{message}")]
    Status { status: u8, message: String },
    #[error("interrupted; no file was written")]
    Interrupted,
    /// A sweep that was stopped between its frames.
    #[error("stopped after frame {done} of {frames}; {} written", counted(*.files))]
    Stopped {
        done: usize,
        frames: usize,
        files: usize,
    },
    /// A series of images that failed between two of them.
    #[error("{cause}; stopped after frame {done} of {frames}; {} written", counted(*.files))]
    Broken {
        cause: Box<CliError>,
        done: usize,
        frames: usize,
        files: usize,
    },
    #[error("cannot write to standard output: {0}")]
    StandardOutput(#[from] std::io::Error),
}

fn counted(files: usize) -> String {
    match files {
        0 => "no file was".to_owned(),
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    }
}

impl CliError {
    /// A word that stands where a command is wanted.
    pub fn no_command(word: &str, commands: impl Iterator<Item = &'static str>) -> Self {
        let limit = (word.chars().count() / 3).max(1);
        let nearest = commands
            .map(|name| (strsim::osa_distance(word, name), name))
            .filter(|(distance, name)| {
                *distance <= limit || word.len() > 1 && name.starts_with(word)
            })
            .min();
        Self::NoCommand {
            word: word.to_owned(),
            nearest: nearest.map(|(_, name)| name),
        }
    }

    /// The same of a series of images of which `done` are complete, in so many files.
    pub fn after(self, done: usize, frames: usize, files: usize) -> Self {
        match self {
            Self::Interrupted => Self::Stopped {
                done,
                frames,
                files,
            },
            cause => Self::Broken {
                cause: Box::new(cause),
                done,
                frames,
                files,
            },
        }
    }

    /// The exit status of the process.
    pub fn status(&self) -> u8 {
        let is_usage = match self {
            Self::Usage(UsageError::OptionsFile { .. }) => false,
            Self::Usage(_) | Self::Clap(_) | Self::NothingAsked | Self::NoCommand { .. } => true,
            Self::Experiment(error) => error.is_usage(),
            Self::StructureFactors(error) => error.is_usage(),
            Self::Status { status, .. } => return *status,
            Self::Broken { cause, .. } => return cause.status(),
            Self::Interrupted | Self::Stopped { .. } => return INTERRUPTED,
            Self::Plan(_)
            | Self::Engine(_)
            | Self::Format(_)
            | Self::Signals(_)
            | Self::StandardOutput(_) => false,
        };
        if is_usage { USAGE } else { FAILURE }
    }
}

/// A failure is told rather than the wish to stop, and the first rather than what may follow from it.
pub fn first_failure<const N: usize>(outcomes: [Result<(), CliError>; N]) -> Result<(), CliError> {
    let mut errors = outcomes.into_iter().filter_map(Result::err);
    let Some(first) = errors.next() else {
        return Ok(());
    };
    Err(match first {
        CliError::Interrupted => errors.next().unwrap_or(first),
        first => first,
    })
}

impl From<EngineError> for CliError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Cancelled => Self::Interrupted,
            other => Self::Engine(other),
        }
    }
}

impl From<PreparationError> for CliError {
    fn from(error: PreparationError) -> Self {
        match error {
            PreparationError::Experiment(error) => error.into(),
            PreparationError::StructureFactors(error) => error.into(),
        }
    }
}

impl From<SimulatorError> for CliError {
    fn from(error: SimulatorError) -> Self {
        match error {
            SimulatorError::Plan(error) => Self::Plan(error),
            SimulatorError::Engine(error) => error.into(),
        }
    }
}

impl From<SessionError> for CliError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Preparation(error) => error.into(),
            SessionError::Simulator(error) => error.into(),
        }
    }
}
