//! Images survive every format, and damaged files of every format are refused with a reason.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nanobragg::formats::{
    Acquisition, CameraHeader, Form, ImageFormat, cbf, nexus, npy, read_image, smv, tiff,
};
use ndarray::{Array2, array};

/// 17 × 23 pixels with jumps of every size that a count can make.
fn counts() -> Array2<u16> {
    Array2::from_shape_fn((17, 23), |(slow, fast)| {
        let n = (slow * 23 + fast) as u32;
        ((n * n).wrapping_mul(2_654_435_761).wrapping_mul(n + 1) >> 7) as u16
    })
}

fn photons() -> Array2<f32> {
    counts().mapv(|count| f32::from(count) / 7.0)
}

fn camera() -> CameraHeader {
    CameraHeader {
        fast_pixels: 23,
        slow_pixels: 17,
        pixel_size_mm: Some(0.172),
        distance_mm: Some(123.5),
        wavelength_angstrom: Some(0.9795),
        beam_center_mm: [Some(1.3), Some(2.1)],
        phi_deg: Some(12.5),
        osc_range_deg: Some(0.25),
        ..CameraHeader::default()
    }
}

fn header() -> smv::Header {
    smv::Header {
        pixel_size_mm: 0.172,
        distance_mm: 123.5,
        wavelength_angstrom: 0.9795,
        beam_center_mm: [1.3, 2.1],
        adxv_center_mm: [0.0; 2],
        mosflm_center_mm: [1.3, 2.1],
        denzo_beam_mm: [0.0; 2],
        dials_origin_mm: [0.0; 3],
        xds_org_pixels: [13.2, 8.6],
        close_distance_mm: 123.5,
        phi_deg: 12.5,
        osc_start_deg: 12.5,
        osc_range_deg: 0.25,
        twotheta_deg: 0.0,
    }
}

fn form() -> Form {
    Form::counts((17, 23), 65_535)
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if (a - b).abs() < 1e-6)
}

#[test]
fn counts_survive_every_format() {
    let directory = tempfile::tempdir().unwrap();
    for name in [
        "a.img",
        "a.cbf",
        "a.h5",
        "a.nxs",
        "a.npy",
        "a.tif",
        "a.TIFF",
        "a.unknown",
    ] {
        let path = directory.path().join(name);
        let acquisition = Acquisition::from_camera(&camera());
        ImageFormat::of_name(&path)
            .write_counts(&path, counts().view(), &header(), &acquisition)
            .unwrap();
        let file = read_image(&path).unwrap();
        assert_eq!(file.pixels, counts().mapv(f32::from), "{name}");
    }
}

#[test]
fn photons_survive_every_format_that_holds_fractions() {
    let directory = tempfile::tempdir().unwrap();
    let acquisition = Acquisition::from_camera(&camera());
    for name in ["a.h5", "a.npy", "a.tif"] {
        let path = directory.path().join(name);
        ImageFormat::of_name(&path)
            .write_photons(&path, photons().view(), &acquisition)
            .unwrap();
        assert_eq!(read_image(&path).unwrap().pixels, photons(), "{name}");
    }
    let path = directory.path().join("a.cbf");
    let refused = ImageFormat::of_name(&path)
        .write_photons(&path, photons().view(), &acquisition)
        .unwrap_err();
    assert!(
        refused.to_string().contains("CBF holds whole numbers"),
        "{refused}"
    );
    assert!(!path.exists());
}

#[test]
fn headers_carry_the_camera() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.img", "a.cbf", "a.h5"] {
        let path = directory.path().join(name);
        let acquisition = Acquisition::from_camera(&camera());
        ImageFormat::of_name(&path)
            .write_counts(&path, counts().view(), &header(), &acquisition)
            .unwrap();
        let (found, put) = (read_image(&path).unwrap().camera.unwrap(), camera());
        assert_eq!((found.fast_pixels, found.slow_pixels), (23, 17), "{name}");
        assert!(
            close(found.pixel_size_mm, put.pixel_size_mm),
            "{name}: {found:?}"
        );
        assert!(
            close(found.distance_mm, put.distance_mm),
            "{name}: {found:?}"
        );
        assert!(
            close(found.wavelength_angstrom, put.wavelength_angstrom),
            "{name}: {found:?}"
        );
        assert!(
            close(found.beam_center_mm[0], put.beam_center_mm[0]),
            "{name}: {found:?}"
        );
        assert!(
            close(found.beam_center_mm[1], put.beam_center_mm[1]),
            "{name}: {found:?}"
        );
        assert!(close(found.phi_deg, put.phi_deg), "{name}: {found:?}");
        assert!(
            close(found.osc_range_deg, put.osc_range_deg),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn a_sweep_comes_back_frame_by_frame() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sweep.h5");
    let acquisition = Acquisition::from_camera(&camera());
    let mut writer = nexus::Writer::create(&path, &acquisition, 5, form()).unwrap();
    for frame in 0..5 {
        assert!(!path.exists(), "the file shows before it is complete");
        writer
            .push(
                &counts()
                    .mapv(|count| count.wrapping_add(frame))
                    .view()
                    .into(),
            )
            .unwrap();
    }
    writer.finish().unwrap();
    let reader = nexus::Reader::open(&path).unwrap();
    assert_eq!(reader.frames(), 5);
    for frame in [3, 0, 4] {
        let expected = counts().mapv(|count| f32::from(count.wrapping_add(frame)));
        assert_eq!(reader.read_frame(frame.into()).unwrap(), expected);
    }
    let message = reader.read_frame(5).unwrap_err().to_string();
    assert!(message.contains("5 frames"), "{message}");
}

#[test]
fn a_sweep_with_too_few_or_too_many_frames_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sweep.h5");
    let acquisition = Acquisition::from_camera(&camera());
    let mut writer = nexus::Writer::create(&path, &acquisition, 2, form()).unwrap();
    writer.push(&counts().view().into()).unwrap();
    let wrong_shape = Array2::<u16>::zeros((3, 3));
    assert!(writer.push(&wrong_shape.view().into()).is_err());
    assert!(
        writer
            .finish()
            .unwrap_err()
            .to_string()
            .contains("1 of 2 frames")
    );
    let leftovers: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");

    let mut writer = nexus::Writer::create(&path, &acquisition, 1, form()).unwrap();
    writer.push(&counts().view().into()).unwrap();
    assert!(writer.push(&counts().view().into()).is_err());
}

#[test]
fn pixels_that_were_not_recorded_are_marked() {
    let directory = tempfile::tempdir().unwrap();
    let mut mask = vec![1; 17 * 23];
    mask[30] = 0;
    let mut acquisition = Acquisition::from_camera(&camera());
    acquisition.mask = Some(Arc::new(mask));
    let path = directory.path().join("a.cbf");
    cbf::write(&path, &acquisition, counts().view()).unwrap();
    let read = cbf::read(&path).unwrap().counts;
    assert_eq!(read[[1, 7]], -1);
    assert_eq!(read[[1, 8]], i32::from(counts()[[1, 8]]));
}

#[test]
fn a_cbf_file_whose_pixels_have_changed_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.cbf");
    let acquisition = Acquisition::from_camera(&camera());
    cbf::write(&path, &acquisition, counts().view()).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let data = bytes.windows(4).position(|w| w == b"\x0c\x1a\x04\xd5");
    bytes[data.unwrap() + 9] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let message = cbf::read(&path).unwrap_err().to_string();
    assert!(message.contains("Content-MD5"), "{message}");
    let text = String::from_utf8_lossy(&bytes);
    let start = text.find("Content-MD5").unwrap();
    bytes[start] = b'X';
    fs::write(&path, &bytes).unwrap();
    assert_ne!(cbf::read(&path).unwrap().counts, cbf_counts());
}

/// As CBF holds them.
fn cbf_counts() -> Array2<i32> {
    counts().mapv(i32::from)
}

#[test]
fn a_detector_seen_against_the_beam_is_told_of() {
    let plain = Acquisition::from_camera(&camera());
    assert!(smv::shortcomings(&plain).is_empty());
    let mut mirrored = plain;
    mirrored.beam = [-1.0, 0.0, 0.0];
    assert!(smv::shortcomings(&mirrored)[0].contains("mirror"));
}

#[test]
fn what_a_cbf_header_cannot_say_is_known() {
    let plain = Acquisition::from_camera(&camera());
    assert!(cbf::shortcomings(&plain).is_empty());
    let says = |acquisition: &Acquisition, word: &str| {
        cbf::shortcomings(acquisition)
            .iter()
            .any(|line| line.contains(word))
    };
    let mut tilted = plain.clone();
    tilted.slow = [0.1_f64.sin(), -(0.1_f64.cos()), 0.0];
    assert!(says(&tilted, "tilt"));
    let mut mirrored = plain.clone();
    mirrored.beam = [-1.0, 0.0, 0.0];
    assert!(says(&mirrored, "mirror"));
    let mut upright = plain.clone();
    upright.spindle = [0.0, 1.0, 0.0];
    assert!(says(&upright, "spindle"));
    upright.range_deg = 0.0;
    assert!(!says(&upright, "spindle"), "a still does not turn");
}

#[test]
fn numbers_of_any_width_are_read_from_npy() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.npy");
    let expected = array![[1.0_f32, 2.0], [3.0, 250.0]];
    macro_rules! survives {
        ($($kind:ty),*) => {$(
            npy::write(&path, expected.mapv(|v| v as $kind).view()).unwrap();
            assert_eq!(npy::read(&path).unwrap(), expected, stringify!($kind));
        )*};
    }
    survives!(f32, f64, u8, u16, i16, u32, i32, u64, i64);
    npy::write(&path, expected.t()).unwrap();
    assert_eq!(npy::read(&path).unwrap(), expected.t());
}

#[test]
fn a_colour_tiff_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.tif");
    let file = fs::File::create(&path).unwrap();
    ::tiff::encoder::TiffEncoder::new(file)
        .unwrap()
        .write_image::<::tiff::encoder::colortype::RGB8>(2, 2, &[0; 12])
        .unwrap();
    let message = tiff::read(&path).unwrap_err().to_string();
    assert!(message.contains("more than one channel"), "{message}");
}

/// One good file of every format.
fn good_files(directory: &Path) -> Vec<PathBuf> {
    ["a.img", "a.cbf", "a.h5", "a.npy", "a.tif"]
        .into_iter()
        .map(|name| {
            let path = directory.join(name);
            let acquisition = Acquisition::from_camera(&camera());
            ImageFormat::of_name(&path)
                .write_counts(&path, counts().view(), &header(), &acquisition)
                .unwrap();
            path
        })
        .collect()
}

#[test]
fn truncated_files_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    for path in good_files(directory.path()) {
        let whole = fs::read(&path).unwrap();
        // The end of a CBF is padding.
        let needed = if path.ends_with("a.cbf") {
            whole.len() - 4200
        } else {
            whole.len()
        };
        for kept in [0, 5, 9, 100, needed / 2, needed - 1] {
            fs::write(&path, &whole[..kept]).unwrap();
            let name = path.display();
            match read_image(&path) {
                Err(error) => assert!(error.to_string().contains(&name.to_string()), "{error}"),
                Ok(file) => {
                    // What is left of an HDF5 file can still hold its image, whole.
                    assert!(kept > needed / 2, "{name} cut to {kept} bytes was read");
                    assert_eq!(file.pixels, counts().mapv(f32::from));
                }
            }
        }
    }
}

#[test]
fn damaged_files_are_read_or_refused_but_never_panic() {
    let directory = tempfile::tempdir().unwrap();
    let mut state = 1_u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for path in good_files(directory.path()) {
        let whole = fs::read(&path).unwrap();
        for _ in 0..150 {
            let mut damaged = whole.clone();
            for _ in 0..1 + random() % 4 {
                let at = random() % damaged.len().min(6000);
                damaged[at] = [0xff, 0, 0x7f, random() as u8][random() % 4];
            }
            fs::write(&path, &damaged).unwrap();
            let _read_or_refused = read_image(&path);
        }
    }
}
