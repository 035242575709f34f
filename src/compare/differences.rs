//! What the two sides tell about themselves without being measured: the files they read and the headers they wrote.

use std::collections::BTreeMap;

use super::{FileIdentity, SideRun};

/// Sentences about what differs before a single pixel is compared; files that one side alone read come first.
pub fn differences(a: &SideRun, b: &SideRun) -> Vec<String> {
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

fn unshared_files(
    (label, run): (char, &SideRun),
    (other_label, other): (char, &SideRun),
) -> Vec<String> {
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
            let instead = match &other.structure_factors {
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

    fn run(structure_factors: &str, read: &[FileIdentity], wavelength: &str) -> SideRun {
        SideRun {
            command: Vec::new(),
            image: ndarray::Array2::zeros((1, 1)),
            seconds: 0.0,
            version: String::new(),
            device: None,
            structure_factors: Some(structure_factors.to_owned()),
            stdout: String::new(),
            stderr: String::new(),
            header: [("WAVELENGTH".to_owned(), wavelength.to_owned())].into(),
            found_in_directory: Vec::new(),
            says_it_read: read.to_vec(),
            left_table: None,
        }
    }

    #[test]
    fn a_cache_that_one_side_alone_read_comes_first() {
        let cache = FileIdentity {
            path: "/runs/Fdump.bin".into(),
            sha256: None,
        };
        let a = run("F = 100 for every reflection (-default_F)", &[], "1");
        let b = run("F cache Fdump.bin", &[cache], "1.01");
        let told = differences(&a, &b);
        assert!(
            told[0].contains("side b read the structure factors of an earlier run, Fdump.bin"),
            "{told:?}"
        );
        assert!(
            told[0].contains("side a used F = 100 for every reflection"),
            "{told:?}"
        );
        assert!(
            told[1].contains("WAVELENGTH is 1 for a and 1.01 for b"),
            "{told:?}"
        );
        assert!(differences(&a, &a).is_empty());
    }
}
