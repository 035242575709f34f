//! The list of IDs is complete, and nothing of it is left out.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Beginnings of test names: `at_geo_001_`.
fn expected() -> BTreeSet<String> {
    crate::rows::list()
        .groups
        .iter()
        .flat_map(|group| {
            group
                .rows
                .keys()
                .map(|row| format!("{}-{row}-", group.prefix))
        })
        .map(|id| id.to_lowercase().replace('-', "_"))
        .collect()
}

/// Every Rust file below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Names of the rows here and of the tests elsewhere in `tests/` that carry an ID.
fn tests() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = crate::rows::all()
        .iter()
        .map(|row| row.name.to_owned())
        .collect();
    let mut files = Vec::new();
    sources(&root().join("tests"), &mut files);
    for file in files
        .iter()
        .filter(|file| !file.starts_with(root().join("tests/acceptance")))
    {
        let text = fs::read_to_string(file).unwrap();
        let after_test = text.split("#[test]\nfn at_").skip(1);
        names.extend(after_test.map(|rest| format!("at_{}", rest.split('(').next().unwrap())));
    }
    names
}

#[test]
fn every_id_of_the_list_has_a_test() {
    let tests = tests();
    let missing: Vec<_> = expected()
        .into_iter()
        .filter(|id| !tests.iter().any(|name| name.starts_with(id.as_str())))
        .collect();
    assert!(missing.is_empty(), "no test for {missing:?}");
}

#[test]
fn every_test_with_an_id_is_on_the_list() {
    let expected = expected();
    let unknown: Vec<_> = tests()
        .into_iter()
        .filter(|name| !expected.iter().any(|id| name.starts_with(id.as_str())))
        .collect();
    assert!(unknown.is_empty(), "not on the list: {unknown:?}");
}

#[test]
fn no_test_is_ignored() {
    // Put together so that this file does not name itself.
    let attribute = ["#[", "ignore"].concat();
    let mut files = Vec::new();
    sources(&root().join("tests"), &mut files);
    sources(&root().join("src"), &mut files);
    let ignoring: Vec<_> = files
        .into_iter()
        .filter(|file| fs::read_to_string(file).unwrap().contains(&attribute))
        .collect();
    assert!(ignoring.is_empty(), "tests are ignored in {ignoring:?}");
}
