//! Classic options that mean the same in any directory: inputs by absolute names, outputs left out.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
};

use super::{
    dialect::{UsageError, option_of, parse, written_out},
    options::{Options, OutputOptions},
    table::Action,
};
use crate::structure_factors::DEFAULT_CACHE;

/// Why words cannot be taken to another directory.
#[derive(Debug, thiserror::Error)]
pub enum PortableWordsError {
    #[error(transparent)]
    Words(#[from] UsageError),
    #[error("{}: {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
}

/// A classic command line that can be run from any directory.
#[derive(Debug, Clone)]
pub struct PortableWords {
    pub words: Vec<OsString>,
    /// Every file that the words name, and an F cache that they find without naming it.
    pub inputs: Vec<PathBuf>,
    /// The words, those of `-options` written out, joined by blanks.
    pub as_typed: String,
}

impl PortableWords {
    /// Reads the words that were typed in the working directory.
    ///
    /// # Errors
    /// When a word is not understood, or a file that is named is not there.
    pub fn new(typed: &[OsString]) -> Result<Self, PortableWordsError> {
        let parsed = parse(typed)?;
        let typed = written_out(typed)?;
        let as_typed = typed
            .iter()
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ");
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
                        let path = absolute(&value)?;
                        words.extend([word.clone(), path.clone().into()]);
                        inputs.push(path);
                    }
                }
            }
        }
        let factors = &parsed.structure_factors;
        let needs_cache =
            factors.hkl.is_none() && factors.default_f.is_none() && factors.dump.is_none();
        if needs_cache && Path::new(DEFAULT_CACHE).exists() {
            let path = absolute(Path::new(DEFAULT_CACHE))?;
            words.extend(["-dump".into(), path.clone().into()]);
            inputs.push(path);
        }
        Ok(Self {
            words,
            inputs,
            as_typed,
        })
    }
}

fn absolute(path: &Path) -> Result<PathBuf, PortableWordsError> {
    path.canonicalize()
        .map_err(|source| PortableWordsError::File {
            path: path.to_owned(),
            source,
        })
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
        let words = PortableWords::new(&typed).unwrap().words;
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
        let error = PortableWords::new(&typed).unwrap_err().to_string();
        assert!(error.contains("nowhere.hkl"), "{error}");
    }

    /// Tests run in the package's root.
    fn pathdiff(path: &Path) -> String {
        let root = std::env::current_dir().unwrap();
        let relative = path.strip_prefix(root).expect("tests run in the root");
        relative.to_string_lossy().into_owned()
    }
}
