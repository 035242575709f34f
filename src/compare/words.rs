//! The classic options that both sides get: inputs by absolute names, outputs of our own choosing.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::{CompareError, FileIdentity};
use crate::{
    classic::{
        dialect::{option_of, written_out},
        options::{Options, OutputOptions},
        parse,
        table::Action,
    },
    structure_factors::DEFAULT_CACHE,
};

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
        let parsed = parse(typed)?;
        let typed = written_out(typed)?;
        let as_typed = typed
            .iter()
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ");
        if parsed.output.frames.is_some() {
            return Err(CompareError::Usage(
                "-frames: one image is compared with one; give the frame's -phi and -osc"
                    .to_owned(),
            ));
        }
        let mut words = Vec::new();
        let mut inputs = Vec::new();
        let mut rest = typed.iter();
        while let Some(word) = rest.next() {
            match file_role(word) {
                None => words.push(word.clone()),
                Some(role) => {
                    let value = rest.next().map(PathBuf::from).unwrap_or_default();
                    if matches!(role, FileRole::Cache) && parsed.structure_factors.cache().is_none()
                    {
                        words.extend([word.clone(), value.into()]);
                        continue;
                    }
                    let is_input = match role {
                        FileRole::Input => true,
                        FileRole::Cache => parsed.structure_factors.hkl.is_none() && value.exists(),
                        FileRole::Output => false,
                    };
                    if is_input {
                        let file = FileIdentity::of(&absolute(&value)?)?;
                        words.extend([word.clone(), file.path.clone().into()]);
                        inputs.push(file);
                    }
                }
            }
        }
        let factors = &parsed.structure_factors;
        let needs_cache =
            factors.hkl.is_none() && factors.default_f.is_none() && factors.dump.is_none();
        if needs_cache && Path::new(DEFAULT_CACHE).exists() {
            let file = FileIdentity::of(&absolute(Path::new(DEFAULT_CACHE))?)?;
            words.extend(["-dump".into(), file.path.clone().into()]);
            inputs.push(file);
        }
        let options = parse(&words)?;
        Ok(Self {
            words,
            options,
            inputs,
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

fn absolute(path: &Path) -> Result<PathBuf, CompareError> {
    path.canonicalize().map_err(CompareError::file(path))
}

enum FileRole {
    Input,
    /// `-dump`: read when it is there, written otherwise.
    Cache,
    Output,
}

/// What the option does with the file behind it; `None` for words that name no file.
fn file_role(word: &OsStr) -> Option<FileRole> {
    let spec = option_of(&word.to_string_lossy())?;
    let (Action::File(set) | Action::Stream(set)) = &spec.action else {
        return None;
    };
    let mut touched = Options::default();
    set(&mut touched, PathBuf::from("name"));
    Some(if touched.structure_factors.dump.is_some() {
        FileRole::Cache
    } else if touched.output == OutputOptions::default() || touched.output.stol.is_some() {
        FileRole::Input
    } else {
        FileRole::Output
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(typed: &[&str]) -> Vec<String> {
        let typed: Vec<OsString> = typed.iter().map(OsString::from).collect();
        let words = ClassicWords::new(&typed).unwrap().words;
        words
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn outputs_are_taken_away_and_inputs_made_absolute() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let hkl = manifest.join("golden/inputs/sparse.hkl");
        let from_here = pathdiff(&hkl);
        let words = resolved(&[
            "-hkl",
            &from_here,
            "-floatfile",
            "f.bin",
            "-cell",
            "100",
            "-intimage",
            "i.img",
            "-dump",
            "cache.bin",
            "-N",
            "-5",
        ]);
        let expected = hkl.canonicalize().unwrap().to_string_lossy().into_owned();
        assert_eq!(words, ["-hkl", &expected, "-cell", "100", "-N", "-5"]);
    }

    #[test]
    fn a_cache_that_is_not_wanted_stays_unwanted() {
        let words = resolved(&["-default_F", "100", "-dump", "none"]);
        assert_eq!(words, ["-default_F", "100", "-dump", "none"]);
    }

    #[test]
    fn an_input_that_is_not_there_is_named() {
        let typed = ["-hkl", "nowhere.hkl"].map(OsString::from);
        let error = ClassicWords::new(&typed).unwrap_err().to_string();
        assert!(error.contains("nowhere.hkl"), "{error}");
    }

    /// Tests run in the package's root.
    fn pathdiff(path: &Path) -> String {
        let root = std::env::current_dir().unwrap();
        let relative = path.strip_prefix(root).expect("tests run in the root");
        relative.to_string_lossy().into_owned()
    }
}
