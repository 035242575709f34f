//! What the README shows is what it says.

use std::{fs::File, io::BufReader, path::Path, process::Command};

#[test]
fn the_package_holds_what_the_readme_links_to_and_its_first_command_reads() {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");
    let list = String::from_utf8(output.stdout).unwrap();
    let packaged = |file: &str| list.lines().any(|line| line == file);

    let readme = readme();
    let linked = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#']).next())
        .filter(|link| !link.starts_with("http"));
    let read = first_command(&readme)
        .split_whitespace()
        .filter(|word| word.starts_with("golden/"));
    let needed: Vec<&str> = linked.chain(read).collect();
    assert!(needed.len() > 5, "{needed:?}");
    for file in needed {
        assert!(packaged(file), "{file} is not in the package");
    }
}

#[test]
fn the_picture_is_what_the_first_command_renders() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    // A GPU rounds otherwise.
    let words = first_command(&readme()).replace("golden/", &format!("{}/golden/", root.display()));
    let output = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(words.split_whitespace())
        .args(["-device", "cpu", "-noprogress"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");

    assert_eq!(message, "", "no warnings");
    let (size, rendered) = colours(&folder.path().join("2erl.png"));
    let (shown_size, shown) = colours(&root.join("docs/images/2erl.png"));
    assert_eq!(size, shown_size);
    // Another processor may round a mean to the other side of a photon, here and there.
    let differing = rendered.iter().zip(&shown).filter(|(a, b)| a != b).count();
    assert!(differing * 1000 < shown.len(), "{differing} pixels differ");
    let count = |wanted: fn(&[u8; 3]) -> bool| shown.iter().filter(|c| wanted(c)).count();
    let (dark, light) = (count(|c| c[2] < 64), count(|c| c[0] > 160));
    assert!(dark > 500, "there are spots: {dark} dark pixels");
    assert!(
        light * 10 > shown.len() * 8,
        "on a light background: {light}"
    );
    assert!(
        count(|[red, _, blue]| red + 60 < *blue) > 1000,
        "there are rings"
    );
}

/// Size and colours of a picture.
fn colours(path: &Path) -> ((u32, u32), Vec<[u8; 3]>) {
    let file = BufReader::new(File::open(path).unwrap());
    let mut decoder = png::Decoder::new(file);
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut samples = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut samples).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    ((info.width, info.height), samples.as_chunks().0.to_vec())
}

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    std::fs::read_to_string(path).unwrap()
}

fn first_command(readme: &str) -> &str {
    readme
        .lines()
        .find_map(|line| line.strip_prefix("cargo run --release -- "))
        .expect("the README has a first command")
}
