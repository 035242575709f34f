//! What a run tells its user: lines on standard output, warnings on standard error.

use std::{cell::RefCell, io::Write};

use crate::{
    cli::{
        CliError,
        say::{say, warn},
    },
    files::printable,
};

/// Where the lines of a run go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lines {
    #[default]
    StandardOutput,
    /// Standard output is taken by a file of the run (`-floatfile -`).
    StandardError,
    /// `-quiet`
    Nowhere,
}

/// Tells, and keeps what it has warned of.
#[derive(Debug, Default)]
pub struct Log {
    lines: Lines,
    warnings: RefCell<Vec<String>>,
}

impl Log {
    /// A log of a run's lines.
    pub fn new(lines: Lines) -> Self {
        Self {
            lines,
            warnings: RefCell::default(),
        }
    }

    /// Prints lines.
    pub fn say(&self, text: &str) -> Result<(), CliError> {
        match self.lines {
            Lines::StandardOutput => say(text)?,
            Lines::StandardError => eprint_all(text),
            Lines::Nowhere => {}
        }
        Ok(())
    }

    /// Prints what was asked for by itself (`-printout`): also when the run is quiet.
    pub fn answer(&self, text: &str) -> Result<(), CliError> {
        match self.lines {
            Lines::StandardError => eprint_all(text),
            Lines::StandardOutput | Lines::Nowhere => say(text)?,
        }
        Ok(())
    }

    /// Prints a warning, in colour on a terminal.
    pub fn warn(&self, text: &str) {
        warn(text);
        let text = printable(text).into_owned();
        self.warnings.borrow_mut().push(text);
    }

    /// Every warning so far.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.borrow().clone()
    }
}

fn eprint_all(text: &str) {
    // Nobody can be told that standard error is gone.
    let _ = std::io::stderr().write_all(printable(text).as_bytes());
}
