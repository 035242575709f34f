//! Files from strangers: what they claim is held against what they are before memory is taken, and other files are left alone.

use std::fs;
use std::path::{Path, PathBuf};

use nanobragg::formats::{Acquisition, CameraHeader, Frames, ImageFormat, read_image, smv};
use ndarray::Array2;
use rust_hdf5::types::VarLenUnicode;
use rust_hdf5::{
    DatatypeMessage, H5File, H5Type, Hyperslab, LibverBound, RegularHyperslab, Selection,
};

/// Memory that reading a file of a few kB may take at once: what the decoder of TIFF sets aside for the values of a tag, and some.
const MODEST_BYTES: u64 = 260 << 20;

fn camera() -> CameraHeader {
    CameraHeader {
        fast_pixels: 5,
        slow_pixels: 3,
        pixel_size_mm: Some(0.172),
        distance_mm: Some(123.5),
        wavelength_angstrom: Some(0.9795),
        beam_center_mm: [Some(0.3), Some(0.2)],
        phi_deg: Some(12.5),
        osc_range_deg: Some(0.25),
        ..CameraHeader::default()
    }
}

fn counts() -> Array2<u16> {
    Array2::from_shape_fn((3, 5), |(slow, fast)| (slow * 5 + fast) as u16)
}

/// A small file of a format.
fn written(directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    let acquisition = Acquisition::from_camera(&camera());
    let header = smv::Header::from_camera(&camera());
    match name {
        "a.png" => {
            let mut encoder = png::Encoder::new(fs::File::create(&path).unwrap(), 5, 3);
            encoder.set_color(png::ColorType::Grayscale);
            let samples: Vec<u8> = counts().iter().map(|&count| count as u8).collect();
            let mut writer = encoder.write_header().unwrap();
            writer.write_image_data(&samples).unwrap();
            writer.finish().unwrap();
        }
        "a.h5" => {
            images::<u16>(&path, &[1, 3, 5], |builder| {
                builder.chunk(&[1, 3, 5]).deflate(1)
            })
            .write_raw(&counts().into_raw_vec_and_offset().0)
            .unwrap();
        }
        _ => ImageFormat::of_name(&path)
            .write_counts(&path, counts().view(), &header, &acquisition)
            .unwrap(),
    }
    path
}

/// A file of one dataset, where images lie.
fn images<T: H5Type>(
    path: &Path,
    shape: &[usize],
    stored: impl FnOnce(rust_hdf5::dataset::DatasetBuilder<T>) -> rust_hdf5::dataset::DatasetBuilder<T>,
) -> rust_hdf5::H5Dataset {
    let file = H5File::create(path).unwrap();
    let data = file
        .create_group("entry")
        .unwrap()
        .create_group("data")
        .unwrap();
    stored(data.new_dataset::<T>().shape(shape))
        .create("data")
        .unwrap()
}

/// What reading says, within modest memory. A panic fails the test.
fn outcome(path: &Path) -> Result<Array2<f32>, String> {
    let mut outcome = Err(String::new());
    let taken = allocation_counter::measure(|| {
        outcome = read_image(path)
            .map(|file| file.pixels)
            .map_err(|error| error.to_string());
    });
    assert!(
        taken.bytes_max < MODEST_BYTES,
        "{}: {} bytes at once",
        path.display(),
        taken.bytes_max
    );
    outcome
}

#[test]
fn a_count_overwritten_anywhere_is_refused_or_harmless_in_modest_memory() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.img", "a.cbf", "a.npy", "a.tif", "a.png", "a.h5"] {
        let path = written(directory.path(), name);
        let whole = fs::read(&path).unwrap();
        assert_eq!(outcome(&path).unwrap(), counts().mapv(f32::from), "{name}");
        // The end of a CBF is padding.
        let end_of_interest = whole.len() - if name == "a.cbf" { 4096 } else { 0 };
        for start in 0..end_of_interest {
            for width in [1, 2, 4, 8] {
                let end = (start + width).min(whole.len());
                for value in [0x00, 0x7f, 0xff] {
                    if whole[start..end].iter().all(|&byte| byte == value) {
                        continue;
                    }
                    let mut bytes = whole.clone();
                    bytes[start..end].fill(value);
                    fs::write(&path, &bytes).unwrap();
                    let _refused_or_read = outcome(&path);
                }
            }
        }
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_file_cut_anywhere_is_refused_or_whole() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.img", "a.cbf", "a.npy", "a.tif", "a.png", "a.h5"] {
        let path = written(directory.path(), name);
        let whole = fs::read(&path).unwrap();
        // Of fewer bytes nothing tells the format, and they may be those of raw floats.
        for length in 8..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            match outcome(&path) {
                Ok(pixels) => {
                    assert_eq!(pixels, counts().mapv(f32::from), "{name} of {length} bytes")
                }
                Err(problem) => assert!(problem.contains(name), "{name}: {problem}"),
            }
        }
    }
}

#[test]
fn numbers_of_a_text_header_are_held_against_the_file() {
    let directory = tempfile::tempdir().unwrap();
    for (name, from) in [
        ("a.img", "SIZE1=5"),
        ("a.img", "SIZE2=3"),
        ("a.img", "HEADER_BYTES=512"),
        ("a.cbf", "X-Binary-Size-Fastest-Dimension: 5"),
        ("a.cbf", "X-Binary-Size-Second-Dimension: 3"),
        ("a.npy", "(3, 5)"),
    ] {
        let path = written(directory.path(), name);
        let whole = fs::read(&path).unwrap();
        let at = whole
            .windows(from.len())
            .position(|w| w == from.as_bytes())
            .unwrap();
        let key = from.trim_end_matches(|c: char| c.is_ascii_digit() || c == ')');
        for number in [
            "0",
            "-1",
            "99",
            "4294967297",
            "9223372036854775807",
            "18446744073709551615",
            "99999999999999999999999",
        ] {
            let number = format!("{key}{number}{}", if name == "a.npy" { ")" } else { "" });
            let bytes = [&whole[..at], number.as_bytes(), &whole[at + from.len()..]].concat();
            fs::write(&path, bytes).unwrap();
            let problem = outcome(&path).unwrap_err();
            assert!(problem.contains(name), "{number}: {problem}");
        }
    }
}

#[test]
fn a_million_million_frames_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.h5");
    for (shape, chunk, word) in [
        ([1_usize << 40, 4, 4], [1_usize, 4, 4], "images"),
        ([2, 1 << 20, 1 << 20], [1, 16, 16], "pixels"),
        ([2, 4, 4], [1 << 20, 1 << 20, 4], "chunks"),
    ] {
        drop(images::<u16>(&path, &shape, |builder| {
            builder.max_shape(&[None, None, None]).chunk(&chunk)
        }));
        assert!(fs::metadata(&path).unwrap().len() < 10_000);
        let problem = outcome(&path).unwrap_err();
        assert!(problem.contains(word), "{problem}");
    }
}

#[test]
fn a_million_million_words_of_a_header_are_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.nxs");
    let acquisition = Acquisition::from_camera(&camera());
    let header = smv::Header::from_camera(&camera());
    ImageFormat::Nexus
        .write_counts(&path, counts().view(), &header, &acquisition)
        .unwrap();
    let file = H5File::open_rw(&path).unwrap();
    file.delete_dataset("entry/sample/depends_on").unwrap();
    let sample = file
        .root_group()
        .group("entry")
        .unwrap()
        .group("sample")
        .unwrap();
    let word = DatatypeMessage::FixedString {
        size: 64,
        padding: 1,
        charset: 0,
    };
    sample
        .new_dataset::<u8>()
        .datatype(word)
        .shape([1 << 40])
        .chunk(&[1])
        .create("depends_on")
        .unwrap();
    file.close().unwrap();
    assert_eq!(outcome(&path).unwrap(), counts().mapv(f32::from));
}

#[test]
fn numbers_in_another_file_are_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let secret = directory.path().join("secret");
    fs::write(&secret, "the password is ****************").unwrap();
    let path = directory.path().join("a.h5");
    let outside = secret.display().to_string();
    drop(images::<u8>(&path, &[1, 4, 4], |builder| {
        builder.external(&[(&outside, 0, 16)])
    }));
    let problem = outcome(&path).unwrap_err();
    assert!(
        problem.contains("secret") && problem.contains("not followed"),
        "{problem}"
    );
}

#[test]
fn links_into_another_file_are_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let other = written(directory.path(), "a.h5");
    assert!(outcome(&other).is_ok());
    let linked = |make: &dyn Fn(&H5File)| {
        let path = directory.path().join("master.h5");
        let file = H5File::create(&path).unwrap();
        make(&file);
        file.close().unwrap();
        outcome(&path).unwrap_err()
    };
    let names = linked(&|file| {
        let data = file
            .create_group("entry")
            .unwrap()
            .create_group("data")
            .unwrap();
        data.create_external_link("data_000001", "a.h5", "/entry/data/data")
            .unwrap();
    });
    assert!(names.contains("give a.h5 itself"), "{names}");
    let entry = linked(&|file| {
        file.create_external_link("entry", "a.h5", "/entry")
            .unwrap()
    });
    assert!(
        entry.contains("/entry is a link into another file"),
        "{entry}"
    );
    let twice = linked(&|file| {
        file.create_external_link("out", "a.h5", "/entry").unwrap();
        file.create_soft_link("entry", "/out").unwrap();
    });
    assert!(
        twice.contains("/out is a link into another file"),
        "{twice}"
    );
    let circle = linked(&|file| {
        file.create_soft_link("entry", "/more").unwrap();
        file.create_soft_link("more", "/entry").unwrap();
    });
    assert!(circle.contains("no group"), "{circle}");
}

#[test]
fn links_within_the_file_are_followed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.h5");
    let file = H5File::create(&path).unwrap();
    file.new_dataset::<u16>()
        .shape([1, 3, 5])
        .create("images")
        .unwrap()
        .write_raw(&counts().into_raw_vec_and_offset().0)
        .unwrap();
    let data = file
        .create_group("entry")
        .unwrap()
        .create_group("data")
        .unwrap();
    data.create_soft_link("data", "/images").unwrap();
    file.close().unwrap();
    assert_eq!(outcome(&path).unwrap(), counts().mapv(f32::from));
}

#[test]
fn a_camera_in_another_file_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = written(directory.path(), "a.h5");
    let file = H5File::open_rw(&path).unwrap();
    let entry = file.root_group().group("entry").unwrap();
    entry
        .create_external_link("instrument", "other.h5", "/entry/instrument")
        .unwrap();
    file.close().unwrap();
    let problem = outcome(&path).unwrap_err();
    assert!(problem.contains("give other.h5 itself"), "{problem}");
}

#[test]
fn a_placement_that_leads_into_another_file_is_refused() {
    const TRANSFORMATIONS: &str = "/entry/instrument/detector/transformations";
    for is_whole_group in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let path = written(directory.path(), "a.h5");
        let file = H5File::open_rw(&path).unwrap();
        let entry = file.root_group().group("entry").unwrap();
        let instrument = entry.create_group("instrument").unwrap();
        let detector = instrument.create_group("detector").unwrap();
        let module = detector.create_group("module").unwrap();
        for (name, vector) in [
            ("fast_pixel_direction", [-1.0, 0.0, 0.0]),
            ("slow_pixel_direction", [0.0, -1.0, 0.0]),
        ] {
            let axis = module.new_dataset::<f64>().scalar().create(name).unwrap();
            axis.write_raw(&[1e-4]).unwrap();
            let attribute = axis.new_attr::<f64>().shape([3]).create("vector").unwrap();
            attribute.write_array(&vector).unwrap();
            let depends_on = axis.new_attr::<VarLenUnicode>().shape(());
            let depends_on = depends_on.create("depends_on").unwrap();
            let swing = format!("{TRANSFORMATIONS}/swing");
            depends_on.write_string(&swing).unwrap();
        }
        if is_whole_group {
            detector
                .create_external_link("transformations", "other.h5", TRANSFORMATIONS)
                .unwrap();
        } else {
            let chain = detector.create_group("transformations").unwrap();
            chain
                .create_external_link("swing", "other.h5", "/swing")
                .unwrap();
        }
        file.close().unwrap();
        let problem = outcome(&path).unwrap_err();
        assert!(problem.contains("give other.h5 itself"), "{problem}");
    }
}

#[test]
fn a_view_of_other_datasets_is_refused_before_they_are_looked_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.h5");
    let all = || Selection::All;
    // As many blocks as there are sources: the library counts them when it opens the file.
    let endless = || Selection::Hyperslab {
        rank: 3,
        form: Hyperslab::Regular(RegularHyperslab {
            start: vec![0, 0, 0],
            stride: vec![1, 3, 5],
            count: vec![u64::MAX, 1, 1],
            block: vec![1, 3, 5],
        }),
    };
    for (virtual_selection, [source, dataset]) in
        [(all(), ["other.h5", "/one"]), (endless(), [".", "/one%b"])]
    {
        let file = H5File::options()
            .libver(LibverBound::V110)
            .create(&path)
            .unwrap();
        let one = file
            .new_dataset::<u16>()
            .shape([1, 3, 5])
            .create("one")
            .unwrap();
        one.write_raw(&[7_u16; 15]).unwrap();
        drop(one);
        let data = file
            .create_group("entry")
            .unwrap()
            .create_group("data")
            .unwrap();
        data.new_dataset::<u16>()
            .shape([1, 3, 5])
            .max_shape(&[None, Some(3), Some(5)])
            .virtual_mapping(virtual_selection, source, dataset, all())
            .create("data")
            .unwrap();
        file.close().unwrap();
        let problem = outcome(&path).unwrap_err();
        assert!(problem.contains("virtual dataset"), "{problem}");
    }
}

#[test]
fn a_header_is_read_without_the_pixels() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.img", "a.cbf", "a.npy", "a.tif", "a.png", "a.h5"] {
        let path = written(directory.path(), name);
        let frames = Frames::open(&path, None).unwrap();
        assert_eq!((frames.shape(), frames.count()), ((3, 5), 1), "{name}");
        fs::remove_file(&path).unwrap();
        if name != "a.h5" {
            let gone = frames.read(0).unwrap_err().to_string();
            assert!(gone.contains("cannot read"), "{gone}");
        }
    }
}

#[test]
fn other_files_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mask.jpg");
    fs::write(&path, b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01").unwrap();
    let problem = outcome(&path).unwrap_err();
    assert!(
        problem.contains("it is a JPEG picture; SMV, CBF"),
        "{problem}"
    );
}
