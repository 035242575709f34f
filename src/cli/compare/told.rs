//! What the two sides tell about themselves without being measured: the files they read and the headers they wrote.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{error::CompareError, side::Run};
use crate::measure::sha256_file;

/// A file and its contents' hash.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FileIdentity {
    pub path: PathBuf,
    /// Hexadecimal; `None` for a file that a program named and that is not there any more.
    pub sha256: Option<String>,
}

impl FileIdentity {
    /// Reads and hashes a file.
    pub fn of(path: &Path) -> Result<Self, CompareError> {
        Ok(Self {
            path: path.to_owned(),
            sha256: Some(sha256_file(path).map_err(CompareError::file(path))?),
        })
    }

    /// Every regular file that lies directly in a directory, by name.
    pub fn all_in(directory: &Path) -> Result<Vec<Self>, CompareError> {
        let mut files = Vec::new();
        for entry in fs::read_dir(directory).map_err(CompareError::file(directory))? {
            let path = entry.map_err(CompareError::file(directory))?.path();
            if path.is_file() {
                files.push(Self::of(&path)?);
            }
        }
        files.sort_by(|x, y| x.path.cmp(&y.path));
        Ok(files)
    }

    /// The last part of the path.
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    fn is_same_content(&self, other: &Self) -> bool {
        match (&self.sha256, &other.sha256) {
            (Some(one), Some(other)) => one == other,
            _ => self.path == other.path,
        }
    }
}

/// The input files that a program's output speaks of. Two programs print them:
/// `structure factors: F cache NAME (415 bytes, SHA-256 …)` and `reading Fs from NAME`.
pub fn files_it_says_it_read(stdout: &str, directory: &Path) -> Vec<FileIdentity> {
    stdout
        .lines()
        .filter_map(|line| {
            if let Some(said) = line.strip_prefix("structure factors: ") {
                let (before, identity) = said.rsplit_once(" (")?;
                let name = ["F cache ", "hkl text "]
                    .iter()
                    .find_map(|kind| before.strip_prefix(kind))
                    .or_else(|| before.rsplit_once(' ').map(|(_, name)| name))?;
                let (_, hash) = identity.split_once("SHA-256 ")?;
                return Some(FileIdentity {
                    path: directory.join(name),
                    sha256: Some(hash.trim_end_matches(')').to_owned()),
                });
            }
            let name = line.trim().strip_prefix("reading Fs from ")?;
            let path = directory.join(name.trim());
            let sha256 = sha256_file(&path).ok();
            Some(FileIdentity { path, sha256 })
        })
        .collect()
}

/// Sentences about what differs before a single pixel is compared; files that one side alone read come first.
pub fn differences(a: &Run, b: &Run) -> Vec<String> {
    let mut told = unshared_files(('a', a), ('b', b));
    told.extend(unshared_files(('b', b), ('a', a)));
    for (label, run) in [('a', a), ('b', b)] {
        let names: Vec<String> = run
            .found_in_directory
            .iter()
            .map(FileIdentity::name)
            .collect();
        if !names.is_empty() {
            told.push(format!(
                "side {label} ran in a directory that was not empty: {} lay there",
                names.join(", ")
            ));
        }
    }
    told.extend(header_differences(&a.header, &b.header));
    told
}

fn unshared_files((label, run): (char, &Run), (other_label, other): (char, &Run)) -> Vec<String> {
    run.says_it_read
        .iter()
        .filter(|file| {
            !other
                .says_it_read
                .iter()
                .any(|read| read.is_same_content(file))
        })
        .map(|file| {
            let hash = file.sha256.as_deref().unwrap_or("unknown");
            let name = file.name();
            let lead = if is_cache(file) {
                format!("side {label} read the structure factors of an earlier run, {name}")
            } else {
                format!("side {label} read {name}")
            };
            let instead = match other.said("structure factors:") {
                Some(said) => format!("side {other_label} used {said}"),
                None => format!("side {other_label} does not say that it read it"),
            };
            format!("{lead} (SHA-256 {hash}); {instead}")
        })
        .collect()
}

fn is_cache(file: &FileIdentity) -> bool {
    file.path
        .extension()
        .is_some_and(|extension| extension == "bin")
}

/// Keys of which both headers speak, with different values.
fn header_differences(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> Vec<String> {
    a.iter()
        .filter_map(|(key, value_a)| {
            let value_b = b.get(key)?;
            (value_a != value_b).then(|| {
                format!("the headers differ: {key} is {value_a} for a and {value_b} for b")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(stdout: &str, header: &[(&str, &str)]) -> Run {
        Run {
            command: Vec::new(),
            image: ndarray::Array2::zeros((1, 1)),
            seconds: 0.0,
            stdout: stdout.to_owned(),
            stderr: String::new(),
            header: header
                .iter()
                .map(|(k, v)| (k.to_string(), v.to_string()))
                .collect(),
            found_in_directory: Vec::new(),
            says_it_read: files_it_says_it_read(stdout, Path::new("/runs")),
        }
    }

    #[test]
    fn both_programs_ways_of_naming_a_file_are_understood() {
        let ours = run(
            "structure factors: F cache Fdump.bin (415 bytes, SHA-256 abc)\n",
            &[],
        );
        assert_eq!(
            ours.says_it_read,
            [FileIdentity {
                path: "/runs/Fdump.bin".into(),
                sha256: Some("abc".to_owned())
            }]
        );
        let classic = run("thick0 = 0 um\nreading Fs from Fdump.bin\n", &[]);
        assert_eq!(classic.says_it_read[0].path, Path::new("/runs/Fdump.bin"));
        assert!(
            run("structure factors: F = 100 for every reflection", &[])
                .says_it_read
                .is_empty()
        );
    }

    #[test]
    fn a_cache_that_one_side_alone_read_comes_first() {
        let a = run(
            "structure factors: F = 100 for every reflection (-default_F)",
            &[("WAVELENGTH", "1")],
        );
        let b = run("reading Fs from Fdump.bin", &[("WAVELENGTH", "1.01")]);
        let told = differences(&a, &b);
        assert!(told[0].contains("side b read the structure factors of an earlier run, Fdump.bin"));
        assert!(
            told[1].contains("WAVELENGTH is 1 for a and 1.01 for b"),
            "{told:?}"
        );
        assert!(differences(&a, &a).is_empty());
    }
}
