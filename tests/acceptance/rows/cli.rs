//! AT-CLI and AT-TOOLS: the command as its users meet it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use nanobragg::formats::smv;
use serde::Deserialize;
use tempfile::TempDir;

use super::{check::rows, images::golden};

rows! {
    Command: [
        at_cli_001_help_names_the_options_and_succeeds,
        at_cli_002_a_cell_and_a_default_f_make_an_image,
        at_cli_003_every_convention_writes_the_classic_integer_image,
        at_cli_004_options_win_over_headers,
        at_cli_005_a_region_of_interest_leaves_the_rest_dark,
        at_cli_006_scale_and_adc_make_the_counts,
        at_cli_007_one_seed_makes_one_noise_image,
        at_cli_008_dmin_darkens_the_corners,
        at_cli_009_what_is_missing_is_an_error_with_its_own_status,
        at_tools_001_compare_says_by_its_status_how_two_images_agree,
    ],
}

const SMALL: &str = "-cell 70 80 90 75 85 95 -N 5 -default_F 100 -detpixels 64 -pixel 0.4 -nopgm -noprogress -device cpu";

/// The command beside the tests, or beside the examples.
pub(super) fn binary() -> PathBuf {
    match option_env!("CARGO_BIN_EXE_nanobragg") {
        Some(path) => path.into(),
        None => std::env::current_exe()
            .expect("a running program has a path")
            .with_file_name("../nanobragg"),
    }
}

fn run(folder: &Path, line: &str) -> Output {
    Command::new(binary())
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the command starts")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Runs a line that succeeds, and returns what it printed.
fn succeeds(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn floats(path: PathBuf) -> Vec<f32> {
    let bytes = fs::read(path).expect("the float image");
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}

pub fn at_cli_001_help_names_the_options_and_succeeds() {
    let folder = folder();
    let short = succeeds(folder.path(), "-h");
    let long = succeeds(folder.path(), "--help");
    assert!(
        short.contains("-cell") && long.len() > short.len(),
        "{short}"
    );
    for option in [
        "-hkl",
        "-cell",
        "-distance",
        "-detector_rotx",
        "-mosaic_dom",
        "-physics",
    ] {
        assert!(long.contains(option), "--help does not name {option}");
    }
}

pub fn at_cli_002_a_cell_and_a_default_f_make_an_image() {
    let folder = folder();
    succeeds(
        folder.path(),
        "-cell 100 100 100 90 90 90 -default_F 100 -detpixels 32 -device cpu",
    );
    let image = floats(folder.path().join("floatimage.bin"));
    assert_eq!(image.len(), 32 * 32);
    assert!(image.iter().all(|v| v.is_finite() && *v > 0.0));
}

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    args: String,
}

pub fn at_cli_003_every_convention_writes_the_classic_integer_image() {
    let text = fs::read_to_string(golden().join("cases.json")).expect("golden data");
    let cases: Golden = serde_json::from_str(&text).expect("cases.json");
    for name in ["mosflm", "xds", "adxv", "denzo", "dials", "custom"].map(|c| format!("conv_{c}")) {
        let case = cases
            .cases
            .iter()
            .find(|case| case.name == name)
            .expect("a golden case");
        let folder = folder();
        let line = format!(
            "{} -intfile int.img -nonoise -nopgm -noprogress -device cpu",
            case.args
        );
        succeeds(folder.path(), &line);
        let ours = fs::read(folder.path().join("int.img")).expect("the image");
        let classic = golden().join("expected").join(&name).join("int.img");
        assert!(
            ours == fs::read(classic).expect("the golden image"),
            "{name} differs"
        );
    }
}

pub fn at_cli_004_options_win_over_headers() {
    let folder = folder();
    succeeds(
        folder.path(),
        &format!("{SMALL} -lambda 1.5 -phi 10 -intfile first.img -nonoise"),
    );
    let line = "-cell 100 -N 5 -default_F 100 -nopgm -noprogress -device cpu -nonoise";
    succeeds(
        folder.path(),
        &format!("{line} -lambda 2 -img first.img -intfile second.img"),
    );
    let header = smv::read(&folder.path().join("second.img"))
        .expect("the image")
        .header;
    let of = |key: &str| header[key].clone();
    assert_eq!((of("WAVELENGTH"), of("PHI")), ("2".into(), "10".into()));
    assert_eq!((of("SIZE1"), of("PIXEL_SIZE")), ("64".into(), "0.4".into()));
}

pub fn at_cli_005_a_region_of_interest_leaves_the_rest_dark() {
    let folder = folder();
    let line = format!("{SMALL} -nonoise -roi 10 40 20 50 -intfile roi.img -adc 7");
    succeeds(folder.path(), &line);
    let counts = smv::read(&folder.path().join("roi.img"))
        .expect("the image")
        .counts;
    for ((slow, fast), count) in counts.indexed_iter() {
        let inside = (10..=40).contains(&fast) && (20..=50).contains(&slow);
        assert_eq!(*count >= 7, inside, "slow {slow}, fast {fast}: {count}");
    }
}

pub fn at_cli_006_scale_and_adc_make_the_counts() {
    let folder = folder();
    succeeds(
        folder.path(),
        &format!("{SMALL} -nonoise -scale 2.5 -adc 17"),
    );
    let photons = floats(folder.path().join("floatimage.bin"));
    let counts = smv::read(&folder.path().join("intimage.img"))
        .expect("the image")
        .counts;
    for (photons, count) in photons.iter().zip(counts) {
        let level = (f64::from(*photons) * 2.5 + 17.0).clamp(0.0, 65535.0);
        assert_eq!(count, (level + 0.5) as f32 as u16);
    }
    let brightest = |folder: &Path, line: &str| {
        succeeds(folder, line);
        let counts = smv::read(&folder.join("intimage.img"))
            .expect("the image")
            .counts;
        counts.into_iter().max()
    };
    assert_eq!(
        brightest(folder.path(), &format!("{SMALL} -nonoise")),
        Some(55040)
    );
}

pub fn at_cli_007_one_seed_makes_one_noise_image() {
    let folder = folder();
    let noise = |name: &str, seed: u32| {
        succeeds(
            folder.path(),
            &format!("{SMALL} -seed {seed} -noisefile {name} -fluence 1e27"),
        );
        fs::read(folder.path().join(name)).expect("the noise image")
    };
    let first = noise("a.img", 42);
    assert!(first == noise("b.img", 42));
    assert!(first != noise("c.img", 43));
}

pub fn at_cli_008_dmin_darkens_the_corners() {
    let folder = folder();
    succeeds(
        folder.path(),
        &format!("{SMALL} -nonoise -oversample 1 -lambda 1 -distance 30 -dmin 2"),
    );
    let image = floats(folder.path().join("floatimage.bin"));
    assert_eq!(image[0], 0.0);
    assert!(image[32 * 64 + 32] > 0.0);
}

pub fn at_cli_009_what_is_missing_is_an_error_with_its_own_status() {
    let folder = folder();
    for (line, status, fragment) in [
        ("-default_F 100", 2, "-cell"),
        ("-cell 100 -N 5", 2, "-hkl"),
        ("-cell", 2, "-cell"),
        ("-cell 100 -hkl absent.hkl", 1, "absent.hkl"),
        ("-default_F 1 -mat absent.mat", 1, "absent.mat"),
        (
            "-default_F 1 -cell 100 -sourcefile absent.txt",
            1,
            "absent.txt",
        ),
        ("-default_F 1 -cell 100 -lambada 1", 2, "-lambda"),
    ] {
        let output = run(folder.path(), line);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(fragment), "{line}: {text}");
        assert_eq!(output.status.code(), Some(status), "{line}: {text}");
    }
    let left = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 0, "files are left behind");
}

pub fn at_tools_001_compare_says_by_its_status_how_two_images_agree() {
    let folder = folder();
    succeeds(folder.path(), &format!("{SMALL} -nonoise -floatfile a.bin"));
    succeeds(
        folder.path(),
        &format!("{SMALL} -nonoise -floatfile other.bin -misset 5 5 5"),
    );
    succeeds(
        folder.path(),
        &format!("{SMALL} -nonoise -floatfile small.bin -detpixels 32"),
    );
    for (words, status) in [
        ("a.bin a.bin", 0),
        ("--no-such-flag a.bin a.bin", 1),
        (
            "--a cpu --b no-such-program-anywhere -- -cell 100 -N 5 -default_F 100 -detpixels 8",
            2,
        ),
        ("a.bin other.bin", 3),
        ("a.bin small.bin", 4),
        ("a.bin absent.bin", 5),
    ] {
        let output = run(folder.path(), &format!("compare {words}"));
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{words}: {text}");
    }
}
