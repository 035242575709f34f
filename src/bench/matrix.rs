//! Many benchmarks side by side: a Markdown table of their figures, and one of what differed between them.
//!
//! Reads the bundles of `nanobragg bench` and JSON lists of objects with keys such as `size`, `correlation_warm` and
//! `speedup_warm`, as other programs of the field write them. What a file does not say is `missing`.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::files::bounded;

const MISSING: &str = "missing";
/// The largest file that is read: thousands of runs.
const MAX_BYTES: u64 = 4 << 20;

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    #[error("{}: {error}; name folders that hold a bench.json, or JSON files", path.display())]
    Read { path: PathBuf, error: io::Error },
    #[error("{}: no JSON: {error}", path.display())]
    Parse {
        path: PathBuf,
        error: serde_json::Error,
    },
    #[error("{}: neither a bundle of `nanobragg bench` nor a list of runs", path.display())]
    Shape { path: PathBuf },
}

/// One file of figures.
struct Source {
    name: String,
    /// What decided the run, by name.
    settings: BTreeMap<String, String>,
    runs: Vec<Value>,
    commit: String,
}

/// The tables of all files.
///
/// # Errors
/// A file that is missing or holds something else.
pub fn matrix(paths: &[PathBuf]) -> Result<String, MatrixError> {
    let sources = paths
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut text = String::from(
        "| source | engine | size | correlation | sum ratio | warm s | Msamples/s | speed-up | commit |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for source in &sources {
        for run in &source.runs {
            let warm = run.pointer("/warm/median_s").or_else(|| run.get("warm_s"));
            let rate = run
                .get("samples_per_s")
                .and_then(Value::as_f64)
                .map(|rate| format!("{:.1}", rate / 1e6));
            let cells = [
                source.name.clone(),
                cell(run.get("engine")),
                cell(run.get("size")),
                cell(run.get("correlation_warm")),
                cell(run.get("sum_ratio")),
                cell(warm),
                rate.unwrap_or_else(|| MISSING.into()),
                cell(run.get("speedup_warm")),
                source.commit.clone(),
            ];
            text += &format!("| {} |\n", cells.join(" | "));
        }
    }
    text += &differences(&sources);
    Ok(text)
}

/// Every setting that is not the same in all files.
fn differences(sources: &[Source]) -> String {
    let names: BTreeSet<&String> = sources
        .iter()
        .flat_map(|source| source.settings.keys())
        .collect();
    let value = |source: &Source, name: &String| {
        source
            .settings
            .get(name)
            .cloned()
            .unwrap_or_else(|| MISSING.into())
    };
    let differing: Vec<&String> = names
        .into_iter()
        .filter(|name| {
            sources
                .iter()
                .map(|source| value(source, name))
                .collect::<BTreeSet<_>>()
                .len()
                > 1
        })
        .collect();
    if differing.is_empty() {
        return "\nNo option or environment value differs between the runs.\n".into();
    }
    let heads: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let mut text = format!(
        "\n| differs | {} |\n|---|{}\n",
        heads.join(" | "),
        "---|".repeat(sources.len())
    );
    for name in differing {
        let values: Vec<String> = sources.iter().map(|source| value(source, name)).collect();
        text += &format!("| {name} | {} |\n", values.join(" | "));
    }
    text
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => MISSING.into(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn read(path: &Path) -> Result<Source, MatrixError> {
    let file = if path.is_dir() {
        path.join("bench.json")
    } else {
        path.to_owned()
    };
    let text = bounded::read_text(&file, MAX_BYTES).map_err(|error| MatrixError::Read {
        path: file.clone(),
        error,
    })?;
    let value: Value = serde_json::from_str(&text).map_err(|error| MatrixError::Parse {
        path: file.clone(),
        error,
    })?;
    let name = path.display().to_string();
    let shape = || MatrixError::Shape { path: file.clone() };
    match &value {
        Value::Array(runs) if runs.iter().all(Value::is_object) => Ok(Source {
            name,
            settings: BTreeMap::new(),
            runs: runs.clone(),
            commit: MISSING.into(),
        }),
        Value::Object(bundle) => {
            let runs = bundle
                .get("measurements")
                .and_then(Value::as_array)
                .ok_or_else(shape)?;
            let mut settings = BTreeMap::new();
            for part in ["build", "machine", "environment"] {
                for (key, value) in bundle
                    .get(part)
                    .and_then(Value::as_object)
                    .into_iter()
                    .flatten()
                {
                    settings.insert(format!("{part}.{key}"), cell(Some(value)));
                }
            }
            for key in ["threads", "iterations"] {
                settings.insert(key.into(), cell(bundle.get(key)));
            }
            let words = bundle
                .get("options")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let words: Vec<&str> = words.filter_map(Value::as_str).collect();
            settings.extend(option_values(&words));
            let commit = cell(value.pointer("/build/git_commit"));
            Ok(Source {
                name,
                settings,
                runs: runs.clone(),
                commit,
            })
        }
        _ => Err(shape()),
    }
}

/// `-option values` as pairs: a word that starts like an option begins the next one.
fn option_values(words: &[&str]) -> BTreeMap<String, String> {
    let is_option = |word: &str| word.starts_with('-') && word.parse::<f64>().is_err();
    let mut pairs: BTreeMap<String, String> = BTreeMap::new();
    let mut current: Option<&str> = None;
    for &word in words {
        if is_option(word) {
            pairs.insert(word.to_owned(), String::new());
            current = Some(word);
        } else if let Some(values) = current.and_then(|name| pairs.get_mut(name)) {
            *values = format!("{values} {word}").trim().to_owned();
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_a_file_does_not_say_is_missing_and_what_differs_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("bench.json");
        fs::write(
            &bundle,
            r#"{"measurements": [{"engine": "cpu", "size": 256, "correlation_warm": 1.0, "samples_per_s": 2e6}],
                "options": ["-N", "5", "-misset", "-1", "2", "3"], "threads": 2}"#,
        )
        .unwrap();
        let list = folder.path().join("list.json");
        fs::write(&list, r#"[{"size": 512, "speedup_warm": 3.5}]"#).unwrap();
        let table = matrix(&[folder.path().to_owned(), list]).unwrap();
        assert!(
            table.contains("| cpu | 256 | 1.0 | missing | missing | 2.0 | missing | missing |"),
            "{table}"
        );
        assert!(
            table.contains(
                "| missing | 512 | missing | missing | missing | missing | 3.5 | missing |"
            ),
            "{table}"
        );
        assert!(table.contains("| -misset | -1 2 3 | missing |"), "{table}");
    }

    #[test]
    fn other_files_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let missing = matrix(&[folder.path().to_owned()]).unwrap_err().to_string();
        assert!(missing.contains("bench.json"), "{missing}");
        let file = folder.path().join("x.json");
        for (text, word) in [
            ("{", "no JSON"),
            ("3", "neither"),
            ("{}", "neither"),
            ("[1]", "neither"),
        ] {
            fs::write(&file, text).unwrap();
            assert!(
                matrix(std::slice::from_ref(&file))
                    .unwrap_err()
                    .to_string()
                    .contains(word),
                "{text}"
            );
        }
    }
}
