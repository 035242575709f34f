//! Every engine renders what the classic program rendered, case by case, through the binary.

use std::{fs, path::Path, process::Command};

use nanobragg::{classic::Experiment, formats::smv, internals::gpu::adapters};

use crate::golden_cases::{self, Case, cases, golden};

/// Relative L2 error that float64 is held to.
const F64_LIMIT: f64 = 1e-6;
/// The same for float32, times what a case allows.
const F32_LIMIT: f64 = 5e-5;

/// A case's expected file.
fn expected(case: &Case, file: &str) -> Vec<u8> {
    fs::read(golden_cases::expected(case, file)).unwrap()
}

fn run(engine: &[&str], directory: &Path, words: &[&str]) -> Result<(), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(engine)
        .args(words)
        .current_dir(directory)
        .output()
        .expect("the binary runs");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then_some(()).ok_or(message)
}

fn floats(bytes: &[u8]) -> Vec<f64> {
    let float = |chunk: &[u8]| f64::from(f32::from_le_bytes(chunk.try_into().unwrap()));
    bytes.chunks_exact(4).map(float).collect()
}

fn cropped(image: Vec<f64>, crop: Option<[usize; 4]>) -> Vec<f64> {
    let Some([x_min, x_max, y_min, y_max]) = crop else {
        return image;
    };
    let width = image.len().isqrt();
    let row = |y: usize| image[y * width + x_min..=y * width + x_max].to_vec();
    (y_min..=y_max).flat_map(row).collect()
}

/// Renders a case into a directory of its own.
fn render(case: &Case, engine: &[&str]) -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().unwrap();
    for input in &case.inputs {
        let from = golden().join("inputs").join(input);
        fs::copy(from, folder.path().join(input)).unwrap();
    }
    for before in &case.before {
        run(
            engine,
            folder.path(),
            &before.split_whitespace().collect::<Vec<_>>(),
        )?;
    }
    let mut words: Vec<&str> = case.args.split_whitespace().collect();
    let outputs =
        "-floatfile float.bin -intfile int.img -pgmfile image.pgm -noisefile noise.img -noprogress";
    words.extend(outputs.split(' '));
    if !case.outputs.iter().any(|output| output == "noise") {
        words.push("-nonoise");
    }
    if let Some(physics) = &case.physics {
        words.extend(["-physics", physics]);
    }
    run(engine, folder.path(), &words)?;
    Ok(folder)
}

/// |a − b| / |b| of the float image.
fn error_of(case: &Case, folder: &Path) -> Result<f64, String> {
    let image = cropped(
        floats(&fs::read(folder.join("float.bin")).unwrap()),
        case.crop,
    );
    let expected = floats(&expected(case, "float.bin"));
    if image.len() != expected.len() {
        return Err(format!(
            "{} pixels, expected {}",
            image.len(),
            expected.len()
        ));
    }
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let difference = norm(&mut image.iter().zip(&expected).map(|(a, b)| a - b));
    Ok(difference / norm(&mut expected.iter().copied()))
}

/// The cases whose float image is off by more than `limit`.
fn failures(engine: &[&str], limit: impl Fn(&Case) -> f64) -> Vec<String> {
    let of = |case: &Case| error_of(case, render(case, engine)?.path());
    let line = |case: &Case| match of(case) {
        Ok(error) if error <= limit(case) => None,
        Ok(error) => Some(format!("{}: relative L2 error {error:.1e}", case.name)),
        Err(message) => Some(format!("{}: {message}", case.name)),
    };
    cases().iter().filter_map(line).collect()
}

#[test]
fn every_golden_image_comes_out_of_the_float64_engine() {
    let failures = failures(&["-device", "cpu"], |_| F64_LIMIT);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_golden_image_comes_out_of_the_float32_lanes() {
    let engine = ["-device", "cpu", "-precision", "f32"];
    let failures = failures(&engine, |case| F32_LIMIT * case.f32_looser);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_golden_image_comes_out_of_the_gpu_kernels() {
    assert!(
        !adapters::summaries().is_empty(),
        "this test needs a GPU adapter; on Linux the software one will do: apt-get install mesa-vulkan-drivers"
    );
    let failures = failures(&["-device", "gpu"], |case| F32_LIMIT * case.f32_looser);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn integer_images_differ_by_a_count_in_a_pixel_of_ten_thousand_at_most() {
    let mut seen = 0;
    for case in cases()
        .iter()
        .filter(|case| case.outputs.iter().any(|output| output == "int"))
    {
        let folder = render(case, &["-device", "cpu"]).unwrap();
        let ours = fs::read(folder.path().join("int.img")).unwrap();
        let classic = expected(case, "int.img");
        assert_eq!(ours[..512], classic[..512], "{}: the header", case.name);
        let counts = |bytes: &[u8]| -> Vec<i32> {
            let count = |pair: &[u8]| i32::from(u16::from_le_bytes([pair[0], pair[1]]));
            bytes[512..].chunks_exact(2).map(count).collect()
        };
        let (ours, classic) = (counts(&ours), counts(&classic));
        let differences = ours.iter().zip(&classic).map(|(a, b)| (a - b).abs());
        assert!(
            differences.clone().all(|difference| difference <= 1),
            "{}: off by more than a count",
            case.name
        );
        let off = differences.filter(|&difference| difference > 0).count();
        assert!(
            off * 10_000 <= ours.len(),
            "{}: {off} pixels off",
            case.name
        );
        seen += 1;
    }
    assert!(seen > 20, "only {seen} cases have an integer image");
}

#[test]
fn grey_maps_caches_and_noise_are_the_classic_programs_bytes() {
    let mut seen = 0;
    for case in cases() {
        let files = [
            ("pgm", "image.pgm"),
            ("fdump", "Fdump.bin"),
            ("noise", "noise.img"),
        ];
        for (_, file) in files
            .into_iter()
            .filter(|(output, _)| case.outputs.iter().any(|name| name == output))
        {
            let folder = render(&case, &["-device", "cpu"]).unwrap();
            let ours = fs::read(folder.path().join(file)).unwrap();
            let classic = expected(&case, file);
            let differing = ours.iter().zip(&classic).filter(|(a, b)| a != b).count();
            assert_eq!(
                (ours.len(), differing),
                (classic.len(), 0),
                "{}: {file}",
                case.name
            );
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} files were compared");
}

#[test]
fn a_header_is_read_as_it_was_written() {
    let names = ["conv_mosflm", "conv_xds", "twotheta"];
    let cases = cases();
    let some = cases.iter().filter(|case| {
        case.inputs.is_empty()
            && (names.contains(&case.name.as_str()) || case.args.contains("-osc"))
    });
    let mut seen = 0;
    for case in some.take(5) {
        let folder = render(case, &["-device", "cpu"]).unwrap();
        let image = smv::read(&folder.path().join("int.img")).unwrap();
        let options = golden_cases::options(&case.args, folder.path());
        let experiment = Experiment::from_options(&options).unwrap();
        let (slow, fast) = image.counts.dim();
        let detector = &experiment.detector;
        assert_eq!((detector.slow_pixels, detector.fast_pixels), (slow, fast));
        let written = experiment.smv_header().entries(fast, slow);
        assert_eq!(image.header, written, "{}", case.name);
        assert!(written.len() > 25);
        // Values, not only words: what -img takes over is what was simulated.
        let camera = image.camera();
        for (read, simulated) in [
            (camera.pixel_size_mm, detector.pixel_size_m * 1e3),
            (camera.distance_mm, detector.distance_m * 1e3),
            (camera.close_distance_mm, detector.close_distance_m * 1e3),
            (
                camera.wavelength_angstrom,
                experiment.beam.wavelength_angstrom(),
            ),
            (camera.beam_center_mm[0], detector.beam_centre_m[0] * 1e3),
            (camera.beam_center_mm[1], detector.beam_centre_m[1] * 1e3),
            (camera.org_pixels[0], detector.xds_origin()[0]),
            (camera.org_pixels[1], detector.xds_origin()[1]),
            (camera.phi_deg, experiment.goniometer.start_deg()),
            (camera.osc_range_deg, experiment.goniometer.range_deg()),
            (camera.twotheta_deg, detector.twotheta_deg),
        ] {
            // Six digits are written.
            let error = (read.unwrap() - simulated).abs();
            assert!(
                error <= 1e-5 * simulated.abs().max(1e-3),
                "{}: {read:?} {simulated}",
                case.name
            );
        }
        seen += 1;
    }
    assert!(seen >= 3, "only {seen} headers were read");
}
