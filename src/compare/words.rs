//! The classic options that both sides get.

use std::ffi::OsString;

use super::{CompareError, FileIdentity};
use crate::classic::{options::Options, parse, portable_words::PortableWords};

/// A classic command line that can be run from any directory.
#[derive(Debug, Clone)]
pub struct ClassicWords {
    pub words: Vec<OsString>,
    pub options: Options,
    /// Every file that the words name, with its hash.
    pub inputs: Vec<FileIdentity>,
    /// The words, those of `-options` written out, joined by blanks: for people and for the name of the artifact directory.
    pub as_typed: String,
}

impl ClassicWords {
    /// Reads the words that were typed in the working directory.
    ///
    /// # Errors
    /// When a word is not understood, or a file that is named cannot be read.
    pub fn new(typed: &[OsString]) -> Result<Self, CompareError> {
        let PortableWords {
            words,
            inputs,
            as_typed,
        } = PortableWords::new(typed)?;
        let options = parse(&words)?;
        if options.output.frames.is_some() {
            return Err(CompareError::Usage(
                "-frames: one image is compared with one; give the frame's -phi and -osc"
                    .to_owned(),
            ));
        }
        let inputs = inputs.iter().map(|path| FileIdentity::of(path));
        Ok(Self {
            words,
            options,
            inputs: inputs.collect::<Result<_, _>>()?,
            as_typed,
        })
    }

    /// The same words and `more` after them: the last word wins.
    pub fn with(&self, more: &[String]) -> Vec<OsString> {
        let mut words = self.words.clone();
        words.extend(more.iter().map(OsString::from));
        words
    }
}
