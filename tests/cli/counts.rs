//! Files hold what a detector counts, as far as their formats go, and mark what it does not.

use std::{fs, path::Path};

use nanobragg::formats::{cbf, npy, read_image, smv};
use ndarray::Array2;

use crate::program;

const SCENE: &str = "-device cpu -noprogress -default_F 100 -cell 70 80 90 75 85 95 -N 5 -lambda 1 -distance 60 -detpixels 30 \
                     -pixel 0.4 -oversample 1 -seed 7 -fluence 1e33 -roi 2 25 3 28";

fn run(folder: &Path, words: &str) -> (i32, String) {
    let output = program::run(folder, words);
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[track_caller]
fn succeeds(folder: &Path, words: &str) -> String {
    let (status, said) = run(folder, words);
    assert_eq!(status, 0, "{words}: {said}");
    said
}

fn pixels(folder: &Path, name: &str) -> Array2<f32> {
    read_image(&folder.join(name)).unwrap().pixels
}

/// Photons from none to beyond 32 bits.
fn ladder(folder: &Path) {
    let steps = [0.0, 30.0, 6e4, 7e4, 1e6, 2e6, 3e7, 5e9];
    let photons = Array2::from_shape_fn((20, 8), |(_, fast)| steps[fast]);
    npy::write(&folder.join("in.npy"), photons.view()).unwrap();
}

#[test]
fn every_format_but_smv_counts_beyond_16_bits() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    ladder(here);
    for (name, most) in [
        ("a.img", 65_535.0),
        ("a.cbf", 2_147_483_647.0),
        ("a.h5", 4_294_967_294.0_f32),
        ("a.npy", 4_294_967_294.0),
        ("a.tif", 4_294_967_294.0),
    ] {
        succeeds(here, &format!("noise in.npy {name} --seed 3"));
        let counts = pixels(here, name);
        let offset = if name == "a.img" { 40.0 } else { 0.0 };
        assert_eq!(counts[(0, 0)], offset, "{name}");
        for (fast, photons) in [(2, 6e4_f32), (3, 7e4), (4, 1e6), (6, 3e7), (7, 5e9)] {
            let column = counts.column(fast);
            if f64::from(photons) > f64::from(most) {
                assert!(
                    column.iter().all(|&count| count == most),
                    "{name}: {column}"
                );
            } else {
                let (mean, sigma) = (column.mean().unwrap() - offset, (photons / 20.0).sqrt());
                assert!((mean - photons).abs() < 5.0 * sigma, "{name}: {mean}");
            }
        }
    }
    // The same noise in all, as far as they hold it.
    let wide = pixels(here, "a.npy");
    for name in ["a.cbf", "a.h5", "a.tif"] {
        let other = pixels(here, name);
        assert!(
            wide.iter()
                .zip(&other)
                .all(|(a, b)| a.min(2_147_483_647.0) == b.min(2_147_483_647.0)),
            "{name}"
        );
    }
    let smv = pixels(here, "a.img");
    assert!(
        wide.iter()
            .zip(&smv)
            .all(|(a, b)| (a + 40.0).min(65_535.0) == *b)
    );
}

#[test]
fn a_counter_of_20_bits_stops_there_and_its_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    ladder(here);
    let said = succeeds(here, "noise in.npy a.cbf --saturation 1048575 --dead 3");
    assert!(said.contains("overloads"), "{said}");
    let file = cbf::read(&here.join("a.cbf")).unwrap();
    assert_eq!(file.number("Count_cutoff"), Some(1_048_575.0));
    assert!(
        file.counts
            .column(5)
            .iter()
            .all(|&count| count == 1_048_575 || count == -1)
    );
    assert!(file.counts.iter().any(|&count| count == -1));
    succeeds(here, "noise in.npy b.img --saturation 1000");
    assert_eq!(
        smv::read(&here.join("b.img")).unwrap().counts.iter().max(),
        Some(&1000)
    );
}

#[test]
fn light_without_end_is_saturated_and_what_is_no_number_is_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let write = |name: &str, value: f32| {
        let image = ndarray::Array2::from_elem((8, 8), value);
        nanobragg::formats::npy::write(&here.join(name), image.view()).unwrap();
    };
    write("inf.npy", f32::INFINITY);
    write("nan.npy", f32::NAN);
    for (words, told, warned, count) in [
        (
            "inf.npy o.npy",
            "inf photons, 64 overloads",
            "64 of 64 pixels are infinite",
            4_294_967_294.0,
        ),
        (
            "inf.npy o.npy --psf gaussian --psf-fwhm 2",
            "64 overloads",
            "are infinite",
            4_294_967_294.0,
        ),
        (
            "inf.npy o.img",
            "inf photons, 64 overloads",
            "are infinite",
            65_535.0,
        ),
        (
            "nan.npy o.npy",
            "0 photons, 0 overloads",
            "64 of 64 pixels are no number, and are 0",
            0.0,
        ),
        (
            "nan.npy o.cbf",
            "0 photons, 0 overloads",
            "marked as not recorded",
            -1.0,
        ),
        (
            "nan.npy o.h5",
            "0 photons, 0 overloads",
            "marked as not recorded",
            -1.0,
        ),
    ] {
        let said = succeeds(here, &format!("noise {words} --seed 1"));
        assert!(
            said.contains(told) && said.contains(warned),
            "{words}: {said}"
        );
        let name = words.split(' ').nth(1).unwrap();
        let counts = pixels(here, name);
        assert!(
            counts.iter().all(|found| *found == count),
            "{words}: {counts}"
        );
    }
}

#[test]
fn overloads_are_told_of_each_file() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let words = format!("{SCENE} -cbffile a.cbf -saturation 1048575 -json run.json");
    let said = succeeds(here, &words);
    let record = std::fs::read_to_string(here.join("run.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let files = &record["images"][0]["noise"]["files"];
    let mut told = Vec::new();
    for (index, (name, most)) in [("noiseimage.img", 65_535.0), ("a.cbf", 1_048_575.0)]
        .into_iter()
        .enumerate()
    {
        // A count at the limit may just reach it.
        let full = pixels(here, name)
            .iter()
            .filter(|count| **count == most)
            .count() as u64;
        let file = &files[index];
        assert_eq!(file["path"], name);
        assert_eq!(file["saturation"], most as u64);
        let overloads = file["pixels"].as_u64().unwrap();
        assert!(
            overloads <= full && overloads + 1 >= full,
            "{name}: {file} {full}"
        );
        told.push(format!("{overloads} in {name}"));
    }
    assert_ne!(files[0]["pixels"], files[1]["pixels"]);
    let told = format!("(overloads: {})", told.join(", "));
    assert!(said.contains(&told), "{told}: {said}");
}

#[test]
fn a_picture_that_is_saturated_all_over_is_warned_of_and_drawn_black() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let line = "-device cpu -noprogress -default_F 10 -cell 50 -detpixels 8 -seed 1 -water 50 -fluence 1e27";
    let said = succeeds(here, &format!("{line} -pngfile a.png"));
    assert!(
        said.contains("64 of 64 pixels are saturated in noiseimage.img, which counts to 65535"),
        "{said}"
    );
    assert!(said.contains(" to 65495 photons"), "{said}");
    let picture = pixels(here, "a.png");
    assert!(picture.iter().all(|level| *level == 0.0), "{picture}");
    // Where a file was named, it decides.
    let said = succeeds(here, &format!("{line} -cbffile a.cbf"));
    assert!(!said.contains("saturated"), "{said}");
}

#[test]
fn a_rendered_image_counts_as_far_as_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let said = succeeds(
        here,
        &format!("{SCENE} -cbffile a.cbf -nexusfile a.h5 -saturation 1048575"),
    );
    assert!(said.contains("noiseimage.img as 2-byte integers"), "{said}");
    let (cbf, nexus, smv) = (
        pixels(here, "a.cbf"),
        pixels(here, "a.h5"),
        pixels(here, "noiseimage.img"),
    );
    assert!(cbf == nexus);
    assert_eq!(cbf.iter().copied().fold(0.0, f32::max), 1_048_575.0);
    assert_eq!(cbf[(0, 0)], -1.0, "the region leaves it out");
    for (wide, narrow) in cbf.iter().zip(&smv).filter(|(wide, _)| **wide >= 0.0) {
        assert_eq!((wide + 40.0).min(65_535.0), *narrow);
    }
    // Other files of the run change nothing, nor does an offset that is asked for.
    succeeds(
        here,
        &format!("{SCENE} -noisefile b.cbf -saturation 1048575"),
    );
    assert!(pixels(here, "b.cbf") == cbf);
    succeeds(here, &format!("{SCENE} -noisefile c.npy -adc 7"));
    assert_eq!(
        pixels(here, "c.npy")[(3, 2)],
        pixels(here, "b.cbf")[(3, 2)] + 7.0
    );
    // The integer image too.
    succeeds(here, &format!("{SCENE} -intfile i.tif -scale 1 -nonoise"));
    let (photons, counts) = (pixels(here, "floatimage.bin"), pixels(here, "i.tif"));
    let brightest = photons.iter().copied().fold(0.0, f32::max);
    assert!(brightest > 1e6);
    assert!(
        photons
            .iter()
            .zip(&counts)
            .all(|(a, b)| (a.min(4_294_967_294.0) - b).abs() <= 0.5 + a * 1e-6)
    );
}

#[test]
fn a_sweep_counts_like_its_single_images() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let scene = format!("{SCENE} -osc 0.5 -saturation 1048575");
    succeeds(
        here,
        &format!("{scene} -frames 2 -cbffile s/x_#.cbf -nexusfile s.h5").replace("s/", ""),
    );
    fs::create_dir(here.join("one")).unwrap();
    for frame in [1, 2] {
        let phi = 0.5 * f64::from(frame - 1);
        let seed = 6 + frame;
        succeeds(
            here,
            &format!("{scene} -seed {seed} -phi {phi} -cbffile one/x_{frame}.cbf"),
        );
        let read = |name: String| fs::read(here.join(name)).unwrap();
        assert!(
            read(format!("one/x_{frame}.cbf")) == read(format!("x_{frame}.cbf")),
            "frame {frame} is not the image of its own"
        );
    }
    assert!(pixels(here, "s.h5") == pixels(here, "x_1.cbf"));
}

#[test]
fn counts_that_a_format_does_not_hold_are_refused_in_plain_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    ladder(here);
    for (words, option, file, most) in [
        (
            "noise in.npy o.img --saturation 1e9",
            "--saturation 1000000000",
            "o.img is an SMV file",
            "65535",
        ),
        (
            "noise in.npy o.cbf --saturation 4e9",
            "--saturation 4000000000",
            "o.cbf is a CBF file",
            "2147483647",
        ),
        (
            "noise in.npy o.h5 --saturation 4294967295",
            "--saturation 4294967295",
            "o.h5 is a NeXus file",
            "4294967294",
        ),
        (
            &format!("{SCENE} -noisefile o.img -saturation 1e6"),
            "-saturation 1000000",
            "o.img is an SMV file",
            "65535",
        ),
        (
            &format!("{SCENE} -saturation 1e6"),
            "-saturation 1000000",
            "noiseimage.img is an SMV file",
            "65535",
        ),
        (
            &format!("{SCENE} -saturation 0"),
            "-saturation",
            "\"0\"",
            "at least 1",
        ),
        (
            "noise in.npy o.img --saturation 0",
            "--saturation",
            "\"0\"",
            "at least 1",
        ),
        (
            "noise in.npy o.img --saturation 1.5",
            "--saturation",
            "1.5",
            "whole number",
        ),
    ] {
        let (status, said) = run(here, words);
        assert_eq!(status, 2, "{words}: {said}");
        for part in [option, file, most] {
            assert!(said.contains(part), "{words}: {said}");
        }
        for limit in ["65535", "2147483647", "4294967294"] {
            assert!(said.matches(limit).count() <= 1, "{words}: {said}");
        }
    }
    assert_eq!(fs::read_dir(here).unwrap().count(), 1);
}

#[test]
fn a_spread_wider_than_the_image_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    ladder(here);
    for width in ["1e9", "1e4", "20.5", "1e300"] {
        let (status, said) = run(
            here,
            &format!("noise in.npy o.img --psf gaussian --psf-fwhm {width}"),
        );
        assert_eq!(status, 2, "{said}");
        assert!(
            said.contains("--psf-fwhm") && said.contains("at most 20 pixels"),
            "{said}"
        );
    }
    for shape in ["gaussian", "fiber"] {
        succeeds(
            here,
            &format!("noise in.npy o.img --psf {shape} --psf-fwhm 20"),
        );
    }
}
