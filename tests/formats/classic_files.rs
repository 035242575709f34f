//! The classic files are written to the byte, and files of others are read or refused with a reason.

use std::fs;
use std::path::{Path, PathBuf};

use nanobragg::image::Image;
use nanobragg::image::Region;
use nanobragg::{
    formats::{
        CameraHeader, automatic_int_scale, general, integer_image, pgm, raw_float, read_image, smv,
    },
    internals::files::FileError,
};
use ndarray::array;
use tempfile::TempDir;

fn golden(case: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden/expected")
        .join(case)
        .join(file)
}

fn cases_with(file: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/expected");
    let cases: Vec<String> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|case| golden(case, file).exists())
        .collect();
    assert!(cases.len() >= 2, "golden files {file} are missing");
    cases
}

/// The value that follows `label` in what the classic program printed.
fn printed(case: &str, label: &str) -> Option<f64> {
    let stdout = fs::read_to_string(golden(case, "stdout.txt")).unwrap();
    let line = stdout.lines().find_map(|line| line.strip_prefix(label))?;
    Some(line.split_whitespace().next()?.parse().unwrap())
}

fn shape_of(case: &str) -> (usize, usize) {
    smv::read(&golden(case, "int.img")).unwrap().counts.dim()
}

fn float_image(case: &str) -> Image {
    Image::from_array(raw_float::read(&golden(case, "float.bin"), Some(shape_of(case))).unwrap())
}

/// The region of interest that the classic program printed.
fn region_of(case: &str) -> Region {
    let stdout = fs::read_to_string(golden(case, "stdout.txt")).unwrap();
    let roi = stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("roi: "))
        .unwrap();
    let n: Vec<usize> = roi
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let (slow, fast) = shape_of(case);
    Region {
        fast_min: n[0],
        fast_max: n[1].min(fast - 1),
        slow_min: n[2],
        slow_max: n[3].min(slow - 1),
    }
}

fn header_of(file: &smv::SmvFile) -> smv::Header {
    let n = |key: &str| file.number(key).unwrap_or_else(|| panic!("no {key}"));
    let dials: Vec<f64> = file.header["DIALS_ORIGIN"]
        .split(',')
        .map(|word| word.parse().unwrap())
        .collect();
    smv::Header {
        pixel_size_mm: n("PIXEL_SIZE"),
        distance_mm: n("DISTANCE"),
        wavelength_angstrom: n("WAVELENGTH"),
        beam_center_mm: [n("BEAM_CENTER_X"), n("BEAM_CENTER_Y")],
        adxv_center_mm: [n("ADXV_CENTER_X"), n("ADXV_CENTER_Y")],
        mosflm_center_mm: [n("MOSFLM_CENTER_X"), n("MOSFLM_CENTER_Y")],
        denzo_beam_mm: [n("DENZO_X_BEAM"), n("DENZO_Y_BEAM")],
        dials_origin_mm: [dials[0], dials[1], dials[2]],
        xds_org_pixels: [n("XDS_ORGX"), n("XDS_ORGY")],
        close_distance_mm: n("CLOSE_DISTANCE"),
        phi_deg: n("PHI"),
        osc_start_deg: n("OSC_START"),
        osc_range_deg: n("OSC_RANGE"),
        twotheta_deg: n("TWOTHETA"),
    }
}

fn some_header() -> smv::Header {
    header_of(&smv::read(&golden("conv_mosflm", "int.img")).unwrap())
}

fn write_bytes(directory: &TempDir, bytes: &[u8]) -> PathBuf {
    let path = directory.path().join("file");
    fs::write(&path, bytes).unwrap();
    path
}

fn message<T: std::fmt::Debug>(result: Result<T, FileError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn at_io_001_integer_images_are_the_classic_programs_byte_for_byte() {
    let directory = tempfile::tempdir().unwrap();
    for case in cases_with("int.img") {
        let image = float_image(&case);
        let max = image.as_slice().iter().copied().fold(0.0, f32::max);
        let (scale, adc) = match case.as_str() {
            "int_scale" => (250.0, 10.0),
            "noise_bright" => (automatic_int_scale(f64::from(max)), 100.0),
            _ => (automatic_int_scale(f64::from(max)), 40.0),
        };
        assert_eq!(
            general(scale, 6),
            general(printed(&case, "intfile_scale = ").unwrap(), 6)
        );
        let classic = golden(&case, "int.img");
        let counts = integer_image(&image, region_of(&case), scale, adc, 65_535);
        let ours = directory.path().join(&case);
        let header = header_of(&smv::read(&classic).unwrap());
        smv::write(&ours, &header, counts).unwrap();
        assert!(
            fs::read(&ours).unwrap() == fs::read(&classic).unwrap(),
            "{case} differs"
        );
    }
}

#[test]
fn at_io_002_pgm_pictures_are_the_classic_programs_byte_for_byte() {
    let directory = tempfile::tempdir().unwrap();
    for case in cases_with("image.pgm") {
        let scale = match case.as_str() {
            "int_scale" => 3.0,
            // The sum runs over the whole detector: every pixel of this case is rendered.
            _ => {
                let image = float_image(&case);
                let n = image.as_slice().len() as f64;
                let mean = image.as_slice().iter().map(|&i| f64::from(i)).sum::<f64>() / n;
                let square = |i: &f32| (f64::from(*i) - mean).powi(2);
                let rmsd = (image.as_slice().iter().map(square).sum::<f64>() / (n - 1.0)).sqrt();
                pgm::automatic_pgm_scale(rmsd, 1.0)
            }
        };
        assert_eq!(
            general(scale, 6),
            general(printed(&case, "pgm_scale = ").unwrap(), 6)
        );
        let ours = directory.path().join(&case);
        pgm::write(&ours, float_image(&case).view(), scale).unwrap();
        assert!(
            fs::read(&ours).unwrap() == fs::read(golden(&case, "image.pgm")).unwrap(),
            "{case} differs"
        );
    }
}

#[test]
fn float_images_are_read_and_written_to_the_byte() {
    let directory = tempfile::tempdir().unwrap();
    let ours = directory.path().join("float.bin");
    let classic = golden("conv_adxv", "float.bin");
    let image = raw_float::read(&classic, Some((144, 200))).unwrap();
    raw_float::write(&ours, image.view()).unwrap();
    assert_eq!(fs::read(ours).unwrap(), fs::read(classic).unwrap());
}

#[test]
fn a_transposed_view_is_written_in_its_own_order() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("float.bin");
    let image = array![[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
    raw_float::write(&path, image.t()).unwrap();
    assert_eq!(raw_float::read(&path, Some((3, 2))).unwrap(), image.t());
}

#[test]
fn float_images_of_an_unknown_shape_must_be_square() {
    let directory = tempfile::tempdir().unwrap();
    let square = raw_float::read(&write_bytes(&directory, &[0; 64]), None).unwrap();
    assert_eq!(square.dim(), (4, 4));
    let path = write_bytes(&directory, &[0; 60]);
    assert!(message(raw_float::read(&path, None)).contains("give --size FAST SLOW"));
    assert!(message(raw_float::read(&path, Some((4, 4)))).contains("15 pixels are not 4 x 4"));
    for bytes in [0, 63] {
        let path = write_bytes(&directory, &vec![0; bytes]);
        assert!(message(raw_float::read(&path, None)).contains("whole number of 4-byte pixels"));
    }
}

#[test]
fn a_header_with_long_numbers_grows_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("long.img");
    let mut header = some_header();
    header.dials_origin_mm = [-1.234_56e-100; 3];
    header.mosflm_center_mm = [-1.234_56e-100; 2];
    header.denzo_beam_mm = [-1.234_56e-100; 2];
    header.adxv_center_mm = [-1.234_56e-100; 2];
    let counts = array![[1_u16, 2, 3], [4, 5, 60_000]];
    smv::write(&path, &header, counts.view()).unwrap();
    let file = smv::read(&path).unwrap();
    assert_eq!(file.number("HEADER_BYTES"), Some(1024.0));
    assert_eq!(file.counts, counts);
    assert_eq!(header_of(&file), header);
}

#[test]
fn a_header_that_outgrew_its_stated_length_is_read_where_the_pixels_fill_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let header = |blanks: usize| {
        let mut bytes = b"{\nHEADER_BYTES=512;\nSIZE1=2;\nSIZE2=2;\nPHI=1;\n".to_vec();
        bytes.resize(512 - 2 + blanks, b' ');
        bytes.extend(b"}\x0c");
        bytes
    };
    let pixels = [1, 0, 2, 0, 3, 0, 4, 0];
    for blanks in [0, 1, 2, 26, 600] {
        let path = write_bytes(&directory, &[header(blanks), pixels.to_vec()].concat());
        assert_eq!(
            smv::read(&path).unwrap().counts,
            array![[1, 2], [3, 4]],
            "{blanks}"
        );
        let image = read_image(&path).unwrap();
        assert_eq!(image.pixels, array![[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(image.warnings.len(), usize::from(blanks > 0), "{blanks}");
    }
    // One byte more or less, or no form feed, and nobody knows where the pixels are.
    let mut longer = [header(26), pixels.to_vec()].concat();
    longer.push(0);
    let shorter = longer[..longer.len() - 2].to_vec();
    let mut other = longer[..longer.len() - 1].to_vec();
    other[537] = b' ';
    for bytes in [longer, shorter, other] {
        let message = message(smv::read(&write_bytes(&directory, &bytes)));
        assert!(
            message.contains("HEADER_BYTES=512 does not fit its header of 537 bytes"),
            "{message}"
        );
    }
}

#[test]
fn values_with_units_are_read_and_told_where_they_are_not_understood() {
    let directory = tempfile::tempdir().unwrap();
    let mut bytes = b"{\nHEADER_BYTES=512;\nSIZE1=1;\nSIZE2=1;\nPIXEL_SIZE=0.2 mm;\nDISTANCE=0.15 m;\nWAVELENGTH=1.1A;\n\
        PHI=unknown;\nOSC_RANGE=5e-1deg;\nXDS_ORGX=12;\nBEAMLINE=8.3.1;\n}\x0c"
        .to_vec();
    bytes.resize(512, b' ');
    bytes.extend([1, 0]);
    let image = read_image(&write_bytes(&directory, &bytes)).unwrap();
    let camera = image.camera.unwrap();
    assert_eq!(camera.pixel_size_mm, Some(0.2));
    assert_eq!(camera.distance_mm, Some(0.15));
    assert_eq!(camera.wavelength_angstrom, Some(1.1));
    assert_eq!(camera.osc_range_deg, Some(0.5));
    assert_eq!(camera.phi_deg, None);
    assert_eq!(
        image.warnings,
        [
            "its DISTANCE is '0.15 m', and is read as 0.15 mm",
            "its PHI is 'unknown', which is no number, and is not used",
        ]
    );
}

#[test]
fn smv_files_of_other_programs_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let mut bytes =
        b"{\r\nHEADER_BYTES= 1024;\r\nDIM=2;\r\nBYTE_ORDER=big_endian;\r\nTYPE=unsigned_short;\r\n\
        SIZE1=2;SIZE2=3; PIXEL_SIZE = 0.102600 ;\nBEAMLINE=ALS 8.3.1;\nDISTANCE=-1e2;\n}"
            .to_vec();
    bytes.resize(1024, 0);
    bytes.extend([0, 1, 0, 2, 0, 3, 0, 4, 1, 0, 2, 0]);
    bytes.extend(b"trailing bytes");
    let file = smv::read(&write_bytes(&directory, &bytes)).unwrap();
    assert_eq!(file.counts, array![[1, 2], [3, 4], [256, 512]]);
    assert_eq!(file.header["BEAMLINE"], "ALS 8.3.1");
    let camera = file.camera();
    assert_eq!(camera.pixel_size_mm, Some(0.1026));
    assert_eq!(camera.distance_mm, Some(-100.0));
    assert_eq!(camera.wavelength_angstrom, None);
    assert_eq!((camera.fast_pixels, camera.slow_pixels), (2, 3));
}

#[test]
fn smv_files_that_are_damaged_are_refused_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let good = fs::read(golden("int_scale", "int.img")).unwrap();
    let text = String::from_utf8(good[..512].to_vec()).unwrap();
    let with = |from: &str, to: &str| {
        let mut bytes = text.replace(from, to).into_bytes();
        bytes.extend(&good[512..]);
        bytes
    };
    for (bytes, reason) in [
        (Vec::new(), "does not begin with a header"),
        (good[..100].to_vec(), "does not begin with a header"),
        (vec![b'{'; 3_000_000], "does not begin with a header"),
        (b"\x89PNG\r\n".to_vec(), "does not begin with a header"),
        (good[..512].to_vec(), "need 18944 bytes, the file has 512"),
        (good[..good.len() - 1].to_vec(), "need 18944 bytes"),
        (with("SIZE1=96", "SIZE1=99999999999999"), "pixels need"),
        (
            with("SIZE1=96", "SIZE1=18446744073709551615"),
            "pixels need",
        ),
        (with("SIZE1=96", "SIZE1=-96"), "SIZE1 is '-96'"),
        (with("SIZE1=96", "SIZE1=0"), "0 x 96 pixels"),
        (with("SIZE2=96", "SIZES=96"), "no SIZE2"),
        (with("BYTES=512", "BYTES=12"), "HEADER_BYTES=12"),
        (
            with("BYTES=512", "BYTES=99999999999"),
            "HEADER_BYTES=99999999999",
        ),
        (with("unsigned_short", "float"), "type float"),
    ] {
        let message = message(smv::read(&write_bytes(&directory, &bytes)));
        assert!(
            message.contains(reason),
            "expected '{reason}' in: {message}"
        );
        assert!(message.contains("/file "), "{message}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let message = message(smv::read(Path::new("no/such.img")));
    assert!(message.contains("cannot read no/such.img"), "{message}");
}

#[test]
fn a_header_made_of_another_camera_writes_no_zero_with_a_sign() {
    let camera = CameraHeader {
        fast_pixels: 4,
        slow_pixels: 4,
        pixel_size_mm: Some(0.1),
        distance_mm: Some(100.0),
        beam_center_mm: [Some(-0.05); 2],
        ..CameraHeader::default()
    };
    let entries = smv::Header::from_camera(&camera).entries(4, 4);
    assert_eq!(entries["DIALS_ORIGIN"], "0,0,-100");
}
