//! What every run begins and ends with.

use std::{ffi::OsString, path::Path, time::Instant};

use super::{
    closing,
    log::{Lines, Log},
    outputs::is_standard_output,
    record::RunRecord,
};
use crate::{
    classic::{Experiment, history, options::Options},
    cli::{
        CliError,
        watch::{Display, Watch},
    },
    formats::Acquisition,
};

/// A run: what was asked for, its log, and whoever may stop it.
pub struct Run<'a> {
    pub options: &'a Options,
    /// The words that were typed.
    pub command: Vec<String>,
    begun: Instant,
    pub log: Log,
    pub watch: Watch,
}

impl<'a> Run<'a> {
    /// From now on the run can be stopped.
    pub fn begin(options: &'a Options, words: &[OsString]) -> Result<Self, CliError> {
        let words = words.iter();
        Ok(Self {
            options,
            command: words
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
            begun: Instant::now(),
            log: Log::new(lines(options)),
            watch: Watch::start(Display::of(&options.run))?,
        })
    }

    /// Files that no image is in.
    pub fn companions(&self) -> Vec<(&'static str, &Path)> {
        let json = self.options.output.json_file.as_deref();
        json.map(|path| ("-json", path)).into_iter().collect()
    }

    /// Says what came of the run, and writes it where `-json` asks for it.
    pub fn close(&self, mut record: RunRecord) -> Result<(), CliError> {
        record.warnings = self.log.warnings();
        record.elapsed_s = self.begun.elapsed().as_secs_f64();
        if let Some(path) = &self.options.output.json_file {
            record.write(path, || self.watch.check())?;
        }
        self.log.say(&closing::of_run(&record))
    }
}

/// What the headers of an image say, whose noise is drawn with `seed`.
pub fn acquisition(options: &Options, experiment: &Experiment, seed: i64) -> Acquisition {
    Acquisition {
        history: history(options, experiment, seed),
        ..experiment.acquisition()
    }
}

/// Where the lines of a run go.
fn lines(options: &Options) -> Lines {
    let output = &options.output;
    let streams = [&output.float_file, &output.json_file]
        .into_iter()
        .flatten();
    if options.run.quiet {
        Lines::Nowhere
    } else if streams.into_iter().any(|path| is_standard_output(path)) {
        Lines::StandardError
    } else {
        Lines::StandardOutput
    }
}
