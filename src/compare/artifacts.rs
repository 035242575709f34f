//! The directory that a comparison leaves behind.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{CompareError, Comparison, pictures::Pictures, report};
use crate::{files::atomic_file, formats::raw_float};

const PARENT: &str = "comparisons";
/// Hexadecimal digits of the hash in a directory's name.
const HASH_DIGITS: usize = 8;

/// Writes both floats, both logs, the pictures, `summary.json` and `report.html`.
///
/// # Errors
/// [`CompareError::File`] and [`CompareError::Format`].
pub fn write(comparison: &Comparison, directory: &Path) -> Result<(), CompareError> {
    let (a, b) = (comparison.a.view(), comparison.b.view());
    raw_float::write(&directory.join("a.bin"), a)?;
    raw_float::write(&directory.join("b.bin"), b)?;
    if let Some(logs) = &comparison.logs {
        for (label, (stdout, stderr)) in ["a", "b"].iter().zip(logs) {
            write_text(&directory.join(format!("{label}.stdout.txt")), stdout)?;
            write_text(&directory.join(format!("{label}.stderr.txt")), stderr)?;
        }
    }
    let summary = &comparison.summary;
    let too_large = CompareError::file(directory);
    let pictures = Pictures::full(a, b, &summary.pictures).map_err(too_large)?;
    pictures.write(directory)?;
    let json = serde_json::to_string_pretty(summary).expect("a summary has string keys only");
    write_text(&directory.join("summary.json"), &(json + "\n"))?;
    let too_large = CompareError::file(directory);
    let small = Pictures::for_report(a, b, &summary.pictures).map_err(too_large)?;
    let page = report::html(summary, &small, a, b);
    write_text(&directory.join("report.html"), &page)
}

/// Makes a directory that is named after the time and the options of a comparison.
///
/// # Errors
/// [`CompareError::File`]
pub fn fresh_directory(
    comparison: &Comparison,
    started: &Timestamp,
) -> Result<PathBuf, CompareError> {
    let parent = Path::new(PARENT);
    fs::create_dir_all(parent).map_err(CompareError::file(parent))?;
    let summary = &comparison.summary;
    let mut hasher = Sha256::new();
    for part in [
        &summary.options,
        &summary.sides.a.engine,
        &summary.sides.b.engine,
    ] {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    let digest = hasher.finalize();
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let stem = format!(
        "{}-{}",
        started.strftime("%Y%m%d-%H%M%S"),
        &hash[..HASH_DIGITS]
    );
    // Two comparisons of the same options within a second both keep their artifacts.
    for attempt in 1_u32.. {
        let name = match attempt {
            1 => stem.clone(),
            later => format!("{stem}-{later}"),
        };
        let directory = parent.join(name);
        match fs::create_dir(&directory) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            other => {
                return other
                    .map(|()| directory.clone())
                    .map_err(CompareError::file(directory));
            }
        }
    }
    unreachable!("some name is free")
}

fn write_text(path: &Path, text: &str) -> Result<(), CompareError> {
    Ok(atomic_file::write(path, |out| {
        out.write_all(text.as_bytes())
    })?)
}
