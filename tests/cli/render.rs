//! What a rendering run tells: its lines, its data, and where they go.

use std::{fs, path::Path};

use serde_json::Value;

use crate::program::run;

const RUN: &str = "-device cpu -noprogress -default_F 100 -cell 70 80 90 -misset 1 2 3 -N 5 -lambda 1.2 -distance 60 \
                   -detpixels_f 48 -detpixels_s 40 -pixel 0.4 -oversample 1 -seed 7 -fluence 1e28";

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_record_of_a_run_holds_what_its_files_hold() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let output = run(here, &format!("{RUN} -json run.json"));
    assert!(output.status.success());
    let record = json(&here.join("run.json"));
    assert_eq!(record["version"], 1);
    assert_eq!(record["command"][0], "-device");
    let wavelength = record["beam"]["wavelength_angstrom"].as_f64().unwrap();
    assert!((wavelength - 1.2).abs() < 1e-12);
    let energy = record["beam"]["energy_ev"].as_f64().unwrap();
    assert!((energy * wavelength - 12_398.42).abs() < 1e-6);
    assert_eq!(record["crystal"]["misset_deg"][2], 3.0);
    assert_eq!(record["seeds"]["noise"], 7);

    let image = &record["images"][0];
    let pixels: Vec<f32> = fs::read(here.join("floatimage.bin"))
        .unwrap()
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    let brightest = (0..pixels.len())
        .max_by(|&a, &b| pixels[a].total_cmp(&pixels[b]))
        .unwrap();
    let pixel = &image["brightest"]["pixel"];
    assert_eq!(pixel["fast"], brightest % 48);
    assert_eq!(pixel["slow"], brightest / 48);
    assert_eq!(pixel["panel"], 0);
    let photons = image["brightest"]["photons"].as_f64().unwrap();
    assert!((photons / f64::from(pixels[brightest]) - 1.0).abs() < 1e-6);
    let [fast, slow] = [brightest % 48, brightest / 48];
    let printed = run(here, &format!("{RUN} -quiet -printout_pixel {fast} {slow}"));
    let printed = String::from_utf8(printed.stdout).unwrap();
    let (_, indices) = printed.trim().split_once("hkl= ").unwrap();
    let nearest: Vec<f64> = indices
        .split(' ')
        .map(|index| index.parse::<f64>().unwrap().round())
        .collect();
    for (axis, nearest) in nearest.into_iter().enumerate() {
        assert_eq!(image["brightest"]["hkl"][axis].as_f64(), Some(nearest));
    }
    for file in image["files"].as_array().unwrap() {
        let path = here.join(file["path"].as_str().unwrap());
        assert_eq!(file["bytes"], fs::metadata(path).unwrap().len());
    }
    assert_eq!(image["files"].as_array().unwrap().len(), 4);
}

#[test]
fn the_summary_tells_units_and_the_order_of_coordinates() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), RUN);
    let said = String::from_utf8(output.stdout).unwrap();
    for part in [
        "1.2 A (10332 eV)",
        "misset 1 2 3 deg",
        "A at the edge",
        "A in the corner",
        "seeds: 7 for the photon noise",
        "(fast, slow)",
        "spots stand out",
        " m (fast, slow)\nmean= ",
        " photons/pixel\n",
        "pixel/s",
        "sample/s",
        "floatimage.bin 7.68 kB",
        "done in ",
    ] {
        assert!(said.contains(part), "{part}:\n{said}");
    }
}

#[test]
fn numbers_beyond_all_bounds_are_written_with_exponents() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(
        folder.path(),
        "-device cpu -noprogress -default_F 1e300 -cell 50 -detpixels 8 -seed 1",
    );
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("F = 1e+300 for every reflection"), "{said}");
    for part in ["0000000", "NaN", "pgm_scale = -inf", "pgm_scale = inf"] {
        assert!(!said.contains(part), "{part}: {said}");
    }
}

#[test]
fn progress_that_is_asked_for_is_printed_without_a_terminal() {
    use std::io::{BufRead, BufReader};
    let folder = tempfile::tempdir().unwrap();
    // Hours of work, of which the first line is waited for.
    let words = "-device cpu -progress -default_F 10 -cell 50 -N 5 -detpixels 2000 -oversample 500";
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(words.split(' '))
        .current_dir(folder.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(run.stderr.take().unwrap()).lines();
    let line = lines
        .map_while(Result::ok)
        .find(|line| line.starts_with("progress: "));
    run.kill().unwrap();
    run.wait().unwrap();
    let line = line.expect("a line of progress");
    assert!(line.starts_with("progress: 0%"), "{line}");
}

#[test]
fn a_quiet_run_prints_what_is_asked_for_alone() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &format!("{RUN} -quiet"));
    assert!(output.status.success());
    assert!(output.stdout.is_empty());
    let output = run(folder.path(), &format!("{RUN} -quiet -printout_pixel 3 4"));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.starts_with("pixel 3 4:") && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
fn photons_can_go_to_standard_output_while_the_log_goes_to_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    assert!(run(here, RUN).status.success());
    let output = run(here, &format!("{RUN} -floatfile -"));
    assert!(output.stdout == fs::read(here.join("floatimage.bin")).unwrap());
    assert!(String::from_utf8_lossy(&output.stderr).contains("max_I"));
    let output = run(here, &format!("{RUN} -json - -quiet"));
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(record["version"], 1);
    let output = run(here, &format!("{RUN} -json - -floatfile -"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn files_that_would_destroy_each_other_are_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir(here.join("sub")).unwrap();
    fs::write(here.join("f.hkl"), "1 0 0 10\n0 1 0 20\n").unwrap();
    let listed = RUN.replace("-default_F 100", "-hkl f.hkl");
    for (words, named) in [
        (
            format!("{RUN} -intfile a.img -noisefile sub/../a.img"),
            "-noisefile",
        ),
        (format!("{listed} -floatfile f.hkl"), "-hkl"),
        (format!("{listed} -floatfile Fdump.bin"), "-dump"),
        (format!("{listed} -json ./f.hkl"), "-json"),
        (
            format!("{listed} -osc 1 -frames 3 -floatfile x_#.bin -img x_2.bin"),
            "-img",
        ),
    ] {
        let output = run(here, &words);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            matches!(output.status.code(), Some(1 | 2)),
            "{words}: {message}"
        );
        assert!(message.contains(named), "{message}");
    }
    assert_eq!(
        fs::read_to_string(here.join("f.hkl")).unwrap(),
        "1 0 0 10\n0 1 0 20\n"
    );
    assert_eq!(fs::read_dir(here).unwrap().count(), 2, "nothing is written");
}
