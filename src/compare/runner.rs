//! A side at work.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{CompareError, FileIdentity, Side, SideEngine, SideRun, built_in::BuiltIn, foreign};
use crate::{image::Pixel, progress::Progress, trace::log};

/// A side that is run again and again. An engine of this program stays open from one run to the next, and keeps what
/// stays the same; another program is started each time.
pub struct Runner {
    side: Side,
    engine: Worker,
    scratch: PathBuf,
    progress: Progress,
}

enum Worker {
    BuiltIn(Box<BuiltIn>),
    Foreign(PathBuf),
}

impl Runner {
    /// Nothing runs yet. What it needs while it runs lies in the folder `scratch`; `progress` stops it.
    ///
    /// # Errors
    /// [`CompareError::File`]
    pub fn new(side: Side, scratch: &Path, progress: Progress) -> Result<Self, CompareError> {
        let engine = match &side.engine {
            SideEngine::BuiltIn(kind) => Worker::BuiltIn(Box::new(BuiltIn::new(*kind, scratch)?)),
            SideEngine::Foreign(program) => Worker::Foreign(program.clone()),
        };
        Ok(Self {
            side,
            engine,
            scratch: scratch.to_owned(),
            progress,
        })
    }

    /// Which side it is.
    pub fn side(&self) -> &Side {
        &self.side
    }

    /// Runs the side on classic options that name files from any directory alike.
    ///
    /// # Errors
    /// [`CompareError::SideFailed`] when there is no image.
    pub fn run(&mut self, words: &[OsString]) -> Result<SideRun, CompareError> {
        let directory = self.side.directory.clone();
        self.run_in(directory.as_deref(), words)
    }

    /// The same in an empty directory.
    ///
    /// # Errors
    /// [`CompareError::SideFailed`] when there is no image.
    pub fn run_alone(&mut self, words: &[OsString]) -> Result<SideRun, CompareError> {
        self.run_in(None, words)
    }

    fn run_in(
        &mut self,
        directory: Option<&Path>,
        words: &[OsString],
    ) -> Result<SideRun, CompareError> {
        let found_in_directory = match directory {
            Some(directory) => FileIdentity::all_in(directory)?,
            None => Vec::new(),
        };
        let side = &self.side;
        let run = match &mut self.engine {
            Worker::BuiltIn(engine) => engine
                .run(words, directory, &self.progress)
                .map_err(|error| side.failed(error))?,
            Worker::Foreign(program) => foreign::run(
                side,
                program,
                words,
                directory,
                &self.scratch,
                &self.progress,
            )?,
        };
        Ok(SideRun {
            found_in_directory,
            ..run
        })
    }

    /// The trace of one pixel in a run of the same words, `None` where it cannot be traced.
    pub fn trace(&mut self, words: &[OsString], pixel: Pixel) -> Option<Vec<log::Line>> {
        match &mut self.engine {
            Worker::BuiltIn(engine) => engine
                .trace(words, self.side.directory.as_deref(), pixel)
                .ok(),
            Worker::Foreign(_) => None,
        }
    }
}
