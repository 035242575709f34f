//! Cell, sources and camera of every golden case are those that the classic program printed.

use nanobragg::{
    classic::{Experiment, options::Pivot},
    formats::smv,
    scene::{Shape, UnitCell},
};
use ndarray::Array2;
use tempfile::TempDir;

use crate::golden_cases::{Case, cases, expected, golden, options};

/// The experiment of a case, after writing the images that it takes its camera from.
fn experiment(case: &Case) -> Experiment {
    let folder = TempDir::new().unwrap();
    for args in &case.before {
        let options = options(args, folder.path());
        let experiment = Experiment::from_options(&options).unwrap();
        if let Some(file) = options.output.int_file {
            let detector = &experiment.detector;
            let counts = Array2::ones((detector.slow_pixels, detector.fast_pixels));
            let path = folder.path().join(file);
            smv::write(&path, &experiment.smv_header(), counts.view()).unwrap();
        }
    }
    Experiment::from_options(&options(&case.args, folder.path()))
        .unwrap_or_else(|error| panic!("{}: {error}", case.name))
}

/// The text that the classic program printed for a case.
struct Printed {
    case: String,
    text: String,
}

impl Printed {
    fn of(case: &Case) -> Self {
        let path = golden()
            .join("expected")
            .join(&case.name)
            .join("stdout.txt");
        Self {
            case: case.name.clone(),
            text: std::fs::read_to_string(path).unwrap(),
        }
    }

    /// All lines that begin with `prefix`, less the prefix.
    fn lines(&self, prefix: &str) -> Vec<&str> {
        self.text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix(prefix))
            .collect()
    }

    /// The numbers of the only line that begins with `prefix`.
    fn numbers(&self, prefix: &str) -> Vec<f64> {
        let lines = self.lines(prefix);
        assert_eq!(lines.len(), 1, "{}: lines of {prefix}", self.case);
        numbers(lines[0])
    }

    fn assert_line(&self, prefix: &str, ours: &[f64]) {
        self.assert_numbers(prefix, ours, &self.numbers(prefix));
    }

    /// Equal to the last of the six printed digits.
    fn assert_numbers(&self, what: &str, ours: &[f64], printed: &[f64]) {
        assert_eq!(ours.len(), printed.len(), "{}: {what}", self.case);
        for (ours, printed) in ours.iter().zip(printed) {
            let last_digit = if *printed == 0.0 {
                0.0
            } else {
                10_f64.powf(printed.abs().log10().floor() - 5.0)
            };
            assert!(
                (ours - printed).abs() <= 0.501 * last_digit + 1e-14,
                "{}: {what} {ours}, classic {printed}",
                self.case
            );
        }
    }
}

/// What the classic program wrote, to the last digit and the sign of a zero.
#[test]
fn headers_of_tilted_cameras_are_the_classic_ones() {
    const BACKWARDS: &str = "-beam_vector 0 0 -1 -fdet_vector 1 0 0 -sdet_vector 0 1 0 -odet_vector 0 0 -1 -polar_vector 1 0 0";
    for (args, key, value) in [
        (
            "-detpixels 31 -pixel 0.7943 -distance 203.1 -detector_rotx -23.97",
            "ADXV_CENTER_X",
            "13.1059",
        ),
        (
            "-detpixels 8 -xds -detector_rotz 45",
            "DIALS_ORIGIN",
            "100,-0.565685,0",
        ),
        (
            &format!("-detpixels 8 {BACKWARDS} -Xbeam 0 -Ybeam 0.4"),
            "DIALS_ORIGIN",
            "-100,-0.4,-0",
        ),
        (
            &format!("-detpixels 8 {BACKWARDS} -Xbeam 0 -Ybeam 0"),
            "DIALS_ORIGIN",
            "-100,0,0",
        ),
    ] {
        for physics in ["spec", "c-parity"] {
            let args = format!("-cell 50 -default_F 10 -N 3 {args} -physics {physics}");
            let options = nanobragg::classic::parse(args.split_whitespace()).unwrap();
            let experiment = Experiment::from_options(&options).unwrap();
            let detector = &experiment.detector;
            let entries = experiment
                .smv_header()
                .entries(detector.fast_pixels, detector.slow_pixels);
            assert_eq!(entries[key], value, "{args}");
        }
    }
}

/// Every number between the words of a line.
fn numbers(line: &str) -> Vec<f64> {
    line.split(|c: char| !(c.is_ascii_digit() || "+-.e".contains(c)))
        .filter_map(|word| word.parse().ok())
        .collect()
}

#[test]
fn the_camera_is_where_the_classic_program_put_it() {
    for case in cases() {
        let printed = Printed::of(&case);
        let Experiment {
            frame,
            detector,
            beam,
            ..
        } = experiment(&case);
        let along = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        printed.assert_line(
            "XDS incident beam:",
            &[detector.fast, detector.slow, detector.normal].map(|axis| along(axis, frame.beam)),
        );
        let [width, height] = detector.size_m;
        printed.assert_line(
            "distance=",
            &[
                detector.distance_m,
                width,
                height,
                detector.pixel_size_m,
                detector.fast_pixels as f64,
                detector.slow_pixels as f64,
            ],
        );
        printed.assert_line("Xbeam=", &detector.beam_centre_m);
        printed.assert_line("Fbeam=", &detector.beam_spot_m);
        printed.assert_line("Xclose=", &detector.typed_near_point_m);
        printed.assert_line("Fclose=", &detector.near_point_m);
        printed.assert_line("DIRECTION_OF_DETECTOR_X-AXIS=", &detector.fast);
        printed.assert_line("DIRECTION_OF_DETECTOR_Y-AXIS=", &detector.slow);
        printed.assert_line("DIRECTION_OF_DETECTOR_Z-AXIS=", &detector.normal);
        printed.assert_line("INCIDENT_BEAM_DIRECTION=", &frame.beam);
        printed.assert_line("spindle ROTATION_AXIS=", &frame.spindle);
        printed.assert_line("POLARIZATION_PLANE_NORMAL=", &frame.vertical);
        printed.assert_line("dials origin=", &detector.dials_origin_mm());
        printed.assert_line("incident fluence:", &[beam.fluence, 2.0]);

        let pivots = [
            "pivoting detector around direct beam spot",
            "pivoting detector around sample",
        ]
        .map(|line| printed.lines(line).len());
        assert_eq!(
            pivots[0] == 1,
            detector.pivot == Pivot::Beam,
            "{}",
            case.name
        );
        assert_eq!(
            pivots[1] == 1,
            detector.pivot == Pivot::Sample,
            "{}",
            case.name
        );

        let region = detector.region;
        let [fast_min, fast_max, slow_min, slow_max] = printed.numbers("roi:")[..] else {
            panic!("{}: roi", case.name);
        };
        // Printed before the limits are cut to the detector, the default being one beyond it.
        printed.assert_numbers(
            "roi",
            &[
                region.fast_min,
                region.fast_max,
                region.slow_min,
                region.slow_max,
            ]
            .map(|n| n as f64),
            &[
                fast_min,
                fast_max.min(detector.fast_pixels as f64 - 1.0),
                slow_min,
                slow_max.min(detector.slow_pixels as f64 - 1.0),
            ],
        );
    }
}

#[test]
fn the_crystal_is_the_one_that_the_classic_program_built() {
    for case in cases() {
        let printed = Printed::of(&case);
        let experiment = experiment(&case);
        let crystal = experiment.crystal;
        let direct = UnitCell::of_vectors(&crystal.real_space);
        printed.assert_line("Unit Cell:", &six(&direct));
        printed.assert_line("Recp Cell:", &six(&crystal.reciprocal_cell()));
        printed.assert_line("volume =", &[crystal.volume, 3.0]);
        for (row, name) in ["X:", "Y:", "Z:"].into_iter().enumerate() {
            let lines = printed.lines(name);
            for (vectors, line) in [crystal.real_space, crystal.reciprocal_space]
                .iter()
                .zip(&lines)
            {
                for (ours, classic) in vectors.iter().zip(numbers(line)) {
                    let ours = ours[row];
                    assert!(
                        (ours - classic).abs() < 5.01e-9,
                        "{}: {ours} {classic}",
                        case.name
                    );
                }
            }
            assert_eq!(lines.len(), 2);
        }
        let size_um = crystal.size_m().map(|edge| edge * 1e6);
        printed.assert_line("crystal is", &size_um);
        let shape = match crystal.shape {
            Shape::Square => "parallelpiped",
            Shape::Round => "ellipsoidal",
            Shape::Gauss => "gaussian",
            Shape::Tophat => "tophat-spot",
        };
        printed.assert_line(&format!("{shape} xtal:"), &crystal.n_cells);
        if case.args.contains("-misset random") {
            printed.assert_line("random orientation misset angles:", &crystal.misset_deg);
        }
    }
}

#[test]
fn sources_and_steps_are_those_of_the_classic_program() {
    for case in cases() {
        let printed = Printed::of(&case);
        let experiment = experiment(&case);
        let sources = &experiment.sources;
        for (option, steps) in [
            ("hdivrange=", sources.horizontal),
            ("vdivrange=", sources.vertical),
        ] {
            printed.assert_line(option, &[steps.range, steps.step]);
        }
        let header = format!("  created a total of {} sources:", sources.points.len());
        let listing = printed
            .text
            .lines()
            .skip_while(|line| *line != header)
            .skip(1);
        for (source, line) in sources.points.iter().zip(listing) {
            let [x, y, z] = source.position_m;
            let mut classic = numbers(line);
            classic[4] *= 1e10;
            let ours = [x, y, z, source.weight, source.wavelength_m * 1e10];
            printed.assert_numbers("source", &ours, &classic);
        }
        let phi: Vec<f64> = experiment
            .goniometer
            .phi_rad()
            .map(f64::to_degrees)
            .collect();
        for (step, phi) in phi.iter().enumerate() {
            printed.assert_line(&format!("phi{step} ="), &[*phi]);
        }
        assert_eq!(printed.lines("phi").len(), phi.len(), "{}", case.name);
        let sensor = experiment.detector.sensor;
        for layer in 0..sensor.layers {
            let depth_um = sensor.layer_m * layer as f64 * 1e6;
            let line = printed.lines(&format!("thick{layer} ="));
            printed.assert_numbers("layer", &[depth_um], &numbers(line[0]));
        }
        let sensor_line = printed.numbers("sensor is");
        let thickness_m = experiment.detector.thickness_m;
        printed.assert_numbers(
            "sensor",
            &[thickness_m, sensor.layers as f64],
            &sensor_line[..2],
        );
        if let Some(attenuation) = sensor.attenuation_per_m {
            printed.assert_numbers("µ", &[attenuation], &sensor_line[2..]);
        }
        let mosaic = experiment.mosaic;
        let mosaic_line = format!("{} mosaic domains over mosaic spread of", mosaic.domains);
        printed.assert_line(&mosaic_line, &[mosaic.spread_deg]);
        let oversample = experiment.sampling.oversample;
        let line = format!("{oversample}x{oversample} pixel oversample steps");
        assert_eq!(printed.lines(&line).len(), 1, "{}", case.name);
        let interpolation = printed.lines("auto-selected tricubic interpolation").len() == 1
            || case.args.contains(" -interpolate");
        assert_eq!(
            interpolation, experiment.sampling.interpolate,
            "{}",
            case.name
        );
        if experiment.sampling.recommended_oversample > oversample {
            printed.assert_line(
                "recommend -oversample",
                &[experiment.sampling.recommended_oversample as f64],
            );
        }
        match experiment.beam.polarization {
            Some(factor) => printed.assert_line("Kahn polarization factor:", &[factor]),
            None => assert_eq!(printed.lines("polarization effect disabled").len(), 1),
        }
    }
}

#[test]
fn image_headers_are_byte_for_byte_those_of_the_classic_program() {
    let with_images: Vec<Case> = cases()
        .into_iter()
        .filter(|case| case.outputs.iter().any(|output| output == "int"))
        .collect();
    assert_eq!(with_images.len(), 29);
    for case in with_images {
        let experiment = experiment(&case);
        let detector = &experiment.detector;
        let ours = experiment
            .smv_header()
            .to_bytes(detector.fast_pixels, detector.slow_pixels);
        let image = expected(&case, "int.img");
        let classic = &std::fs::read(image).unwrap()[..512];
        assert_eq!(
            String::from_utf8_lossy(&ours),
            String::from_utf8_lossy(classic),
            "{}",
            case.name
        );
    }
}

fn six(cell: &UnitCell) -> [f64; 6] {
    let ([a, b, c], [alpha, beta, gamma]) = (cell.lengths, cell.angles_deg);
    [a, b, c, alpha, beta, gamma]
}
