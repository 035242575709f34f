//! `nanobragg noise` and `nanobragg sum` work from files to files, and say what is wrong with either.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nanobragg::formats::{CameraHeader, Frames, npy, raw_float, read_image, smv};
use ndarray::{Array2, Array3, Axis, array};
use tempfile::TempDir;

fn golden(case: &str, file: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "golden/expected", case, file]
        .iter()
        .collect();
    path.to_str().unwrap().to_owned()
}

fn nanobragg(directory: &TempDir, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(words)
        .current_dir(directory.path())
        .output()
        .unwrap()
}

#[track_caller]
fn succeeds(directory: &TempDir, words: &[&str]) -> String {
    let output = nanobragg(directory, words);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(directory: &TempDir, words: &[&str], status: i32, reason: &str) {
    let output = nanobragg(directory, words);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{words:?}: {error}");
    assert!(error.contains(reason), "{words:?}: {error}");
}

fn in_directory(directory: &TempDir, name: &str) -> PathBuf {
    directory.path().join(name)
}

#[test]
fn the_classic_noise_image_comes_out_of_the_classic_float_image() {
    let directory = tempfile::tempdir().unwrap();
    let input = golden("noise_bright", "float.bin");
    let camera = golden("noise_bright", "int.img");
    let words = [
        "noise", &input, "out.img", "--camera", &camera, "--seed", "31415", "--adc", "100",
    ];
    let said = succeeds(&directory, &words);
    assert!(said.contains("1164894354 photons, 434 overloads"), "{said}");
    let classic = std::fs::read(golden("noise_bright", "noise.img")).unwrap();
    assert!(std::fs::read(in_directory(&directory, "out.img")).unwrap() == classic);
}

#[test]
fn the_same_seed_gives_the_same_file_whatever_the_number_of_threads() {
    let directory = tempfile::tempdir().unwrap();
    let input = golden("noise_dim", "float.bin");
    let mut files = Vec::new();
    for threads in ["1", "4"] {
        let name = "noisy.cbf";
        let output = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
            .args([
                "noise",
                &input,
                name,
                "--generator",
                "counter",
                "--seed",
                "7",
            ])
            .args([
                "--flicker",
                "5",
                "--calibration",
                "2",
                "--psf",
                "fiber",
                "--psf-fwhm",
                "1.2",
            ])
            .args([
                "--gain",
                "1.5",
                "--readout",
                "4",
                "--dead",
                "0.1",
                "--hot",
                "0.1",
            ])
            .env("RAYON_NUM_THREADS", threads)
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert!(output.status.success());
        files.push(std::fs::read(in_directory(&directory, name)).unwrap());
    }
    // Header and all.
    assert!(files[0] == files[1]);
    let text = String::from_utf8_lossy(&files[0]);
    assert!(text.contains("\ndata_noisy\r\n"), "{}", &text[..200]);
}

#[test]
fn flux_and_exposure_scale_the_image() {
    let directory = tempfile::tempdir().unwrap();
    let image = Array2::from_elem((100, 100), 1000.0_f32);
    npy::write(&in_directory(&directory, "in.npy"), image.view()).unwrap();
    let words = [
        "noise",
        "in.npy",
        "out.npy",
        "--flux",
        "1e10",
        "--exposure",
        "0.5",
        "--beam-size",
        "0.05",
        "--image-fluence",
        "4e18",
        "--adc",
        "0",
    ];
    // 1e10 · 0.5 / (5e-5)² / 4e18 = 0.5
    assert!(succeeds(&directory, &words).contains("scale 0.5,"));
    let mean = read_image(&in_directory(&directory, "out.npy"))
        .unwrap()
        .pixels
        .mean()
        .unwrap();
    assert!((mean - 500.0).abs() < 2.0, "{mean}");
}

#[test]
fn the_header_takes_over_the_camera() {
    let directory = tempfile::tempdir().unwrap();
    let (input, camera) = (
        golden("conv_mosflm", "float.bin"),
        golden("conv_mosflm", "int.img"),
    );
    for name in ["out.img", "out.cbf", "out.h5"] {
        succeeds(&directory, &["noise", &input, name, "--camera", &camera]);
        let found = read_image(&in_directory(&directory, name))
            .unwrap()
            .camera
            .unwrap();
        assert!(
            (found.wavelength_angstrom.unwrap() - 6.2).abs() < 1e-9,
            "{name}"
        );
        assert!(
            (found.beam_center_mm[0].unwrap() - 12.85).abs() < 1e-9,
            "{name}"
        );
    }
}

#[test]
fn images_add_up() {
    let directory = tempfile::tempdir().unwrap();
    let (a, b) = (
        array![[1.0_f32, 2.0], [3.0, 4.0]],
        array![[0.5_f32, 0.0], [0.25, 8.0]],
    );
    npy::write(&in_directory(&directory, "a.npy"), a.view()).unwrap();
    raw_float::write(&in_directory(&directory, "b.bin"), b.view()).unwrap();
    for name in ["sum.bin", "sum.npy", "sum.tif", "sum.h5"] {
        let said = succeeds(&directory, &["sum", "a.npy", "b.bin", "a.npy", "-o", name]);
        assert!(
            said.contains("3 images of 2 x 2 pixels, 28.75 photons"),
            "{said}"
        );
        let sum = read_image(&in_directory(&directory, name)).unwrap().pixels;
        assert_eq!(sum, &a + &a + &b, "{name}");
    }
}

#[test]
fn a_sum_of_many_small_parts_keeps_them() {
    let directory = tempfile::tempdir().unwrap();
    npy::write(
        &in_directory(&directory, "big.npy"),
        array![[16_777_216.0_f32]].view(),
    )
    .unwrap();
    npy::write(
        &in_directory(&directory, "one.npy"),
        array![[1.0_f32]].view(),
    )
    .unwrap();
    let words = [
        "sum", "big.npy", "one.npy", "one.npy", "one.npy", "one.npy", "-o", "sum.npy",
    ];
    succeeds(&directory, &words);
    let sum = read_image(&in_directory(&directory, "sum.npy"))
        .unwrap()
        .pixels;
    assert_eq!(sum[[0, 0]], 16_777_220.0);
}

#[test]
fn wrong_words_are_usage_errors_and_wrong_files_failures() {
    let directory = tempfile::tempdir().unwrap();
    let input = golden("noise_dim", "float.bin");
    fails(&directory, &["noise", &input], 2, "OUT");
    fails(
        &directory,
        &["noise", &input, "o.img", "--gain", "0"],
        2,
        "above zero",
    );
    fails(
        &directory,
        &["noise", &input, "o.img", "--gain", "1e10x"],
        2,
        "not a number",
    );
    fails(
        &directory,
        &["noise", &input, "o.img", "--dead", "101"],
        2,
        "exceed 100",
    );
    fails(
        &directory,
        &["noise", &input, "o.img", "--psf", "gaussian"],
        2,
        "--psf-fwhm",
    );
    fails(
        &directory,
        &["noise", &input, "o.img", "--scale", "2", "--flux", "1"],
        2,
        "cannot be used",
    );
    fails(
        &directory,
        &["noise", "none.bin", "o.img"],
        1,
        "cannot read none.bin",
    );
    fails(&directory, &["noise", &input, "no/o.img"], 1, "no/o.img");
    fails(
        &directory,
        &["noise", &input, "o.img", "--size", "100", "100"],
        1,
        "not 100 x 100",
    );
    fails(&directory, &["sum", &input], 2, "--output");
    fails(
        &directory,
        &["sum", &input, "-o", "s.cbf"],
        1,
        "CBF holds whole numbers",
    );
    let other = golden("conv_mosflm", "float.bin");
    fails(
        &directory,
        &["sum", &input, &other, "-o", "s.npy"],
        1,
        "256 x 256 pixels",
    );
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn bad_pixels_are_marked_as_not_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let input = golden("noise_dim", "float.bin");
    succeeds(&directory, &["noise", &input, "out.cbf", "--dead", "2"]);
    let file = nanobragg::formats::cbf::read(&in_directory(&directory, "out.cbf")).unwrap();
    let bad = file.counts.iter().filter(|&&count| count == -1).count() as f64;
    let share = bad / file.counts.len() as f64;
    assert!((share - 0.02).abs() < 0.005, "{share}");
}

#[test]
fn an_smv_header_of_a_camera_is_the_one_it_was_read_from() {
    let path = golden("conv_mosflm", "int.img");
    let camera = smv::read(Path::new(&path)).unwrap().camera();
    let header = smv::Header::from_camera(&camera).to_bytes(256, 256);
    assert_eq!(
        String::from_utf8(header).unwrap(),
        String::from_utf8(std::fs::read(&path).unwrap()[..512].to_vec()).unwrap()
    );
}

/// Three frames of three brightnesses.
fn stack() -> Array3<f32> {
    Array3::from_shape_fn((3, 20, 30), |(frame, slow, fast)| {
        (10 * (frame + 1) + (slow + fast) % 7) as f32
    })
}

#[test]
fn every_frame_of_a_stack_gets_noise_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    npy::write(&in_directory(&directory, "in.npy"), stack().view()).unwrap();
    succeeds(&directory, &["sum", "in.npy", "-o", "in.h5"]);
    for (input, output) in [
        ("in.npy", "a.npy"),
        ("in.npy", "a.h5"),
        ("in.h5", "b.npy"),
        ("in.h5", "b.h5"),
    ] {
        let said = succeeds(
            &directory,
            &["noise", input, output, "--seed", "5", "--adc", "40"],
        );
        assert_eq!(said.lines().count(), 3, "{said}");
    }
    succeeds(&directory, &["noise", "in.npy", "n_###.img", "--seed", "5"]);
    let frames = |name: &str| {
        let file = Frames::open(&in_directory(&directory, name), None).unwrap();
        (0..file.count())
            .map(|i| file.read(i).unwrap())
            .collect::<Vec<_>>()
    };
    let first = frames("a.npy");
    assert_eq!(first.len(), 3);
    for name in ["a.h5", "b.npy", "b.h5"] {
        assert!(frames(name) == first, "{name}");
    }
    for (index, frame) in first.iter().enumerate() {
        // Alone, with the seed of its place.
        let single = stack().index_axis_move(Axis(0), index);
        npy::write(&in_directory(&directory, "one.npy"), single.view()).unwrap();
        let seed = (5 + index).to_string();
        succeeds(
            &directory,
            &["noise", "one.npy", "one.img", "--seed", &seed],
        );
        let alone = read_image(&in_directory(&directory, "one.img"))
            .unwrap()
            .pixels;
        assert!(alone == frame, "frame {index}");
        let numbered = format!("n_{:03}.img", index + 1);
        assert!(
            read_image(&in_directory(&directory, &numbered))
                .unwrap()
                .pixels
                == frame
        );
    }
}

#[test]
fn a_sweep_of_a_nexus_file_keeps_its_angles() {
    let directory = tempfile::tempdir().unwrap();
    let render = "-device cpu -default_F 100 -cell 70 80 90 75 85 95 -N 3 -lambda 1 -distance 60 -detpixels 20 -pixel 0.8 \
                  -oversample 1 -phi 30 -osc 0.5 -frames 3 -seed 1 -nexusfile sweep.h5";
    succeeds(&directory, &render.split_whitespace().collect::<Vec<_>>());
    succeeds(&directory, &["noise", "sweep.h5", "n_#.img"]);
    succeeds(&directory, &["noise", "sweep.h5", "n.h5"]);
    let assert_angles = |camera: CameraHeader, phi_deg: f64| {
        assert!(
            (camera.phi_deg.unwrap() - phi_deg).abs() < 1e-9,
            "{camera:?}"
        );
        assert!(
            (camera.osc_range_deg.unwrap() - 0.5).abs() < 1e-9,
            "{camera:?}"
        );
    };
    let second = smv::read(&in_directory(&directory, "n_2.img")).unwrap();
    assert_angles(second.camera(), 30.5);
    let stack = Frames::open(&in_directory(&directory, "n.h5"), None).unwrap();
    assert_angles(stack.camera(2).unwrap(), 31.0);
}

#[test]
fn stacks_are_added_frame_by_frame() {
    let directory = tempfile::tempdir().unwrap();
    npy::write(&in_directory(&directory, "a.npy"), stack().view()).unwrap();
    succeeds(&directory, &["sum", "a.npy", "a.npy", "-o", "b.h5"]);
    succeeds(&directory, &["sum", "a.npy", "b.h5", "-o", "c.npy"]);
    let sum = npy::read_frames(&in_directory(&directory, "c.npy")).unwrap();
    assert_eq!(sum, stack() * 3.0);
    let single = stack().index_axis_move(Axis(0), 0);
    npy::write(&in_directory(&directory, "one.npy"), single.view()).unwrap();
    fails(
        &directory,
        &["sum", "a.npy", "one.npy", "-o", "d.npy"],
        1,
        "1 images",
    );
}

#[test]
fn a_stack_does_not_go_into_a_file_of_one_image() {
    let directory = tempfile::tempdir().unwrap();
    npy::write(&in_directory(&directory, "in.npy"), stack().view()).unwrap();
    for name in ["out.img", "out.cbf"] {
        fails(&directory, &["noise", "in.npy", name], 2, "#####");
        assert!(!in_directory(&directory, name).exists());
    }
    fails(&directory, &["sum", "in.npy", "-o", "out.bin"], 2, "#####");
}
