//! What files say about how their images were taken and made.

use std::{fs, path::Path};

use nanobragg::{
    formats::{Acquisition, cbf, nexus, read_image, smv},
    vector::{Vector, norm, subtract},
};

use crate::program::{run, succeeds};

const SCENE: &str = "-device cpu -noprogress -default_F 100 -cell 70 80 90 75 85 95 -N 3 -lambda 1.1 -distance 60 -detpixels 20 \
                     -pixel 0.4 -oversample 1 -osc 0.5 -phi 10 -phisteps 2 -fluence 1e28 -seed 7";

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

fn acquisition(path: &Path) -> Acquisition {
    read_image(path).unwrap().acquisition.unwrap()
}

#[test]
fn a_cbf_file_of_a_detector_turned_by_two_theta_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeeds(
        here,
        &format!("{SCENE} -twotheta 12.5 -cbffile a.cbf -nexusfile a.h5"),
    );
    let file = cbf::read(&here.join("a.cbf")).unwrap();
    assert_eq!(file.number("Detector_2theta"), Some(12.5));
    // And what is made of it, by way of either header.
    for camera in ["a.cbf", "noiseimage.img", "a.h5"] {
        let words = format!("noise floatimage.bin b.cbf --camera {camera}");
        let noise = run(here, &words);
        let told = String::from_utf8_lossy(&noise.stderr);
        assert!(
            told.contains("a CBF header has no tilt"),
            "{camera}: {told}"
        );
        let file = cbf::read(&here.join("b.cbf")).unwrap();
        assert_eq!(file.number("Detector_2theta"), Some(12.5), "{camera}");
        succeeds(
            here,
            &format!("noise floatimage.bin b.img --camera {camera}"),
        );
        assert_eq!(
            smv::read(&here.join("b.img")).unwrap().number("TWOTHETA"),
            Some(12.5)
        );
    }
    succeeds(here, &format!("{SCENE} -cbffile a.cbf"));
    assert_eq!(
        cbf::read(&here.join("a.cbf"))
            .unwrap()
            .number("Detector_2theta"),
        Some(0.0)
    );
}

#[test]
fn noise_keeps_thickness_flux_exposure_and_angles_of_its_camera() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeeds(
        here,
        &format!(
            "{SCENE} -detector_thick 320 -detector_abs 500 -flux 3e11 -exposure 0.25 -beamsize 0.1 -polar 0.9 -cbffile a.cbf -nexusfile a.h5"
        ),
    );
    for camera in ["a.cbf", "a.h5"] {
        for name in ["b.cbf", "b.h5"] {
            succeeds(
                here,
                &format!("noise floatimage.bin {name} --camera {camera}"),
            );
            let kept = acquisition(&here.join(name));
            for (kept, expected) in [
                (kept.sensor_thickness_m, 320e-6),
                (kept.flux_per_s, 3e11),
                (kept.exposure_s, 0.25),
                (kept.polarization_factor, 0.9),
                (kept.start_deg, 10.0),
                (kept.range_deg, 0.5),
                (kept.wavelength_angstrom, 1.1),
            ] {
                assert!(
                    (kept / expected - 1.0).abs() < 1e-9,
                    "{camera} {name}: {kept} {expected}"
                );
            }
        }
    }
    succeeds(
        here,
        "noise floatimage.bin c.cbf --camera a.cbf --exposure 2 --flux 1e10",
    );
    let typed = acquisition(&here.join("c.cbf"));
    assert_eq!((typed.exposure_s, typed.flux_per_s), (2.0, 1e10));
}

#[test]
fn a_nexus_file_that_says_nothing_of_its_camera_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let file = rust_hdf5::H5File::create(here.join("be.h5")).unwrap();
    let entry = file.create_group("entry").unwrap();
    let data = entry.create_group("data").unwrap();
    data.new_dataset::<u16>()
        .shape([1, 8, 8])
        .create("data")
        .unwrap()
        .write_raw(&[0_u16; 64])
        .unwrap();
    file.close().unwrap();
    let told = |image: &str| {
        let words = format!("-device cpu -noprogress -default_F 10 -cell 50 -img {image}");
        String::from_utf8_lossy(&run(here, &words).stderr).into_owned()
    };
    let said = told("be.h5");
    assert!(
        said.contains("-img be.h5: its header says nothing of the camera; its 8 x 8 pixels"),
        "{said}"
    );
    succeeds(here, &format!("{SCENE} -nexusfile a.h5"));
    assert!(!told("a.h5").contains("says nothing"), "{}", told("a.h5"));
}

#[test]
fn the_sensor_of_a_preset_goes_from_header_to_header() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeeds(
        here,
        &format!("{SCENE} -detector rayonix_mx225hs -cbffile a.cbf -nexusfile a.h5"),
    );
    assert!(text(&here.join("a.cbf")).contains("# Gd2O2S sensor, thickness 4e-05 m"));
    for camera in ["a.cbf", "a.h5"] {
        for name in ["b.cbf", "b.h5"] {
            succeeds(
                here,
                &format!("noise floatimage.bin {name} --camera {camera}"),
            );
            let kept = acquisition(&here.join(name));
            assert_eq!(kept.sensor_material, "Gd2O2S", "{camera} {name}");
            assert!((kept.sensor_thickness_m - 40e-6).abs() < 1e-12);
        }
    }
}

#[test]
fn a_tilted_detector_stays_where_it_is_from_nexus_to_nexus() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeeds(
        here,
        &format!(
            "{SCENE} -detector_rotx 3 -detector_roty 7 -detector_rotz 11 -twotheta 20 -spindle_axis 0 1 0 -roi 3 15 2 17 -nexusfile a.h5"
        ),
    );
    succeeds(here, "noise floatimage.bin b.h5 --camera a.h5");
    succeeds(here, "noise a.h5 c.h5");
    succeeds(here, "sum a.h5 a.h5 -o d.h5");
    let original = acquisition(&here.join("a.h5"));
    assert!(original.normal_along_beam() < 0.95);
    assert!(original.mask.is_some());
    for name in ["b.h5", "c.h5", "d.h5"] {
        let kept = acquisition(&here.join(name));
        let near =
            |a: Vector, b: Vector| assert!(norm(subtract(a, b)) < 1e-12, "{name}: {a:?} {b:?}");
        near(kept.origin_m, original.origin_m);
        near(kept.fast, original.fast);
        near(kept.slow, original.slow);
        near(kept.beam, original.beam);
        near(kept.spindle, original.spindle);
        assert!(kept.mask == original.mask, "{name}");
        assert!((kept.distance_m() - 0.06).abs() < 0.05);
    }
}

#[test]
fn a_nexus_file_places_the_detector_as_the_simulator_did() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeeds(
        here,
        &format!("{SCENE} -detector_rotx 3 -twotheta 20 -nexusfile a.h5"),
    );
    let words = format!("{SCENE} -detector_rotx 3 -twotheta 20");
    let options = nanobragg::classic::parse(words.split_whitespace()).unwrap();
    let experiment = nanobragg::classic::Experiment::from_options(&options).unwrap();
    let (put, found) = (experiment.acquisition(), acquisition(&here.join("a.h5")));
    for (put_axis, found_axis) in [
        (put.origin_m, found.origin_m),
        (put.fast, found.fast),
        (put.slow, found.slow),
        (put.spindle, found.spindle),
    ] {
        let difference = subtract(
            put.in_nexus_frame(put_axis),
            found.in_nexus_frame(found_axis),
        );
        assert!(norm(difference) < 1e-12, "{put_axis:?} {found_axis:?}");
    }
}

#[test]
fn an_image_says_how_it_was_made_and_its_words_make_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let outputs = "-cbffile a.cbf -nexusfile a.h5 -intfile a.tif -tiffile p.tif -nopgm";
    succeeds(
        here,
        &format!("{SCENE} -misset random -mosaic 0.3 -mosaic_dom 3 {outputs}"),
    );
    let first = text(&here.join("a.cbf"));
    let line = |key: &str| {
        let start = format!("# Simulation {key}");
        let line = first.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("no {key}")).trim().to_owned()
    };
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(line("nanobragg"), version);
    let words = line("options:");
    assert!(
        !words.contains("a.cbf") && !words.contains("noprogress"),
        "{words}"
    );
    assert_eq!(line("seeds:"), "noise 7, mosaic 12345678, misset 7");
    assert!(line("misset:").ends_with(" deg"));
    for name in ["a.tif", "p.tif", "a.h5"] {
        let text = text(&here.join(name));
        assert!(text.contains(&words), "{name} has no history");
        assert!(
            text.contains("nanobragg") && text.contains(version),
            "{name}"
        );
    }
    // SMV keeps the classic program's header.
    assert!(!text(&here.join("noiseimage.img")).contains("nanobragg"));

    let photons = fs::read(here.join("floatimage.bin")).unwrap();
    let (cbf, noise) = (
        fs::read(here.join("a.cbf")).unwrap(),
        fs::read(here.join("noiseimage.img")).unwrap(),
    );
    succeeds(here, &format!("{words} -noprogress -cbffile a.cbf"));
    assert!(fs::read(here.join("floatimage.bin")).unwrap() == photons);
    assert!(fs::read(here.join("noiseimage.img")).unwrap() == noise);
    assert_eq!(cbf::read(&here.join("a.cbf")).unwrap().counts, {
        fs::write(here.join("old.cbf"), &cbf).unwrap();
        cbf::read(&here.join("old.cbf")).unwrap().counts
    });
}

#[test]
fn a_frame_has_the_history_of_the_same_image_alone() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeeds(
        here,
        &format!("{SCENE} -frames 3 -cbffile x_#.cbf -intfile i_#.tif -scale 1"),
    );
    fs::create_dir(here.join("alone")).unwrap();
    for frame in 1..=3 {
        let (phi, seed) = (10.0 + 0.5 * f64::from(frame - 1), 6 + frame);
        let alone = SCENE
            .replace("-phi 10", &format!("-phi {phi}"))
            .replace("-seed 7", &format!("-seed {seed}"));
        let names = format!("-cbffile alone/x_{frame}.cbf -intfile alone/i_{frame}.tif");
        succeeds(here, &format!("{alone} {names} -scale 1 -nopgm"));
        for name in [format!("x_{frame}.cbf"), format!("i_{frame}.tif")] {
            let [swept, alone] = [here.join(&name), here.join("alone").join(&name)]
                .map(|path| fs::read(path).unwrap());
            assert!(swept == alone, "{name}");
        }
    }
}

#[test]
fn noise_says_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    succeeds(here, SCENE);
    succeeds(
        here,
        "noise floatimage.bin n.cbf --gain 2 --psf fiber --psf-fwhm 1.5 --seed 9",
    );
    let text = text(&here.join("n.cbf"));
    let line = text
        .lines()
        .find(|line| line.starts_with("# Simulation noise: "));
    assert_eq!(
        line.unwrap().trim(),
        "# Simulation noise: --psf fiber --psf-fwhm 1.5 --gain 2 --seed 9"
    );
}

#[test]
fn what_an_eiger_does_not_count_has_the_largest_number_and_is_read_as_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (saturation, bytes) in [("65534", [255, 255, 0, 0]), ("4294967294", [255; 4])] {
        succeeds(
            here,
            &format!(
                "{SCENE} -roi 3 15 2 17 -saturation {saturation} -nexusfile a.h5 -cbffile a.cbf"
            )
            .replace("-saturation 4294967294", ""),
        );
        let reader = nexus::Reader::open(&here.join("a.h5")).unwrap();
        let (frame, cbf) = (
            reader.read_frame(0).unwrap(),
            cbf::read(&here.join("a.cbf")).unwrap(),
        );
        assert_eq!(frame[(0, 0)], -1.0);
        assert_eq!(frame, cbf.counts.mapv(|count| count as f32));
        let file = rust_hdf5::H5File::open(here.join("a.h5")).unwrap();
        let data = file.dataset("entry/data/data").unwrap();
        assert_eq!(data.element_size(), if bytes[2] == 0 { 2 } else { 4 });
        let numbers = data
            .read_numeric_slice_as::<i64>(&[0, 0, 0], &[1, 1, 1])
            .unwrap();
        assert_eq!(numbers[0], i64::from(u32::from_le_bytes(bytes)));
        let said = file
            .dataset("entry/instrument/detector/saturation_value")
            .unwrap();
        assert_eq!(
            said.read_numeric_as::<f64>().unwrap(),
            [saturation.parse::<f64>().unwrap()]
        );
    }
}
