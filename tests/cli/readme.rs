//! What the README shows is what it says.

use std::{path::Path, process::Command};

#[test]
fn the_picture_is_what_the_first_command_renders() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let command = readme
        .lines()
        .find_map(|line| line.strip_prefix("cargo run --release -- "))
        .expect("the README has a first command");
    let folder = tempfile::tempdir().unwrap();
    // A GPU rounds otherwise.
    let words = command.replace("golden/", &format!("{}/golden/", root.display()));
    let output = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(words.split_whitespace())
        .args(["-device", "cpu", "-noprogress"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");

    let grey = |path: &Path| image::open(path).unwrap().into_luma8();
    let rendered = grey(&folder.path().join("2erl.png"));
    let shown = grey(&root.join("docs/images/2erl.png"));
    assert_eq!(rendered.dimensions(), shown.dimensions());
    let difference = |(a, b): (&u8, &u8)| a.abs_diff(*b);
    let largest = rendered.iter().zip(shown.iter()).map(difference).max();
    assert!(largest <= Some(1), "{largest:?} grey levels apart");
    assert!(shown.iter().any(|&level| level < 64), "there are spots");
}
