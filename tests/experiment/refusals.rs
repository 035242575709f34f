//! Whatever no image can be made of is refused with one message that names the option, or the file and its line.

use std::{fs, path::Path};

use nanobragg::classic::{self, Experiment, ExperimentError, options::Options};
use tempfile::TempDir;

const CELL: &str = "-default_F 1 -cell 70 80 90 75 85 95";

fn refuse(options: &Options) -> ExperimentError {
    match Experiment::from_options(options) {
        Ok(_) => panic!("accepted {options:?}"),
        Err(error) => error,
    }
}

fn parse(args: &str) -> Options {
    classic::parse(args.split_whitespace()).unwrap_or_else(|error| panic!("{args}: {error}"))
}

/// The complaint about a command line, from the words alone or from what they describe.
fn usage_message(args: &str) -> String {
    match classic::parse(args.split_whitespace()) {
        Err(usage) => usage.to_string(),
        Ok(options) => {
            let error = refuse(&options);
            assert!(error.is_usage(), "{args}: {error}");
            error.to_string()
        }
    }
}

#[test]
fn impossible_values_are_refused_by_the_name_of_their_option() {
    for (args, named) in [
        ("-detpixels 0", "-detpixels"),
        ("-detpixels -5", "-detpixels"),
        ("-detpixels 100000000", "-detpixels"),
        ("-detpixels 9000000000000000000", "-detpixels"),
        ("-detsize 0", "-detsize"),
        ("-detsize 0.01", "-detsize"),
        ("-pixel 0", "-pixel"),
        ("-pixel -0.1", "-pixel"),
        ("-pixel 1e-300", "-pixel"),
        ("-distance -100", "-distance"),
        ("-distance 0", "-distance"),
        ("-close_distance -1", "-close_distance"),
        ("-detector_rotx 90 -xds", "-detector_rotx"),
        ("-roi 2000 3000 0 10", "-roi"),
        ("-roi 20 10 0 10", "-roi"),
        ("-roi 0 10 1024 1030", "-roi"),
        ("-lambda 0", "-lambda"),
        ("-lambda -1", "-lambda"),
        ("-cell 0 10 10 90 90 90", "-cell"),
        ("-cell 10 10 10 90 90 180", "-cell"),
        ("-cell 10 10 10 30 40 80", "-cell"),
        ("-cell 10 10 10 130 130 130", "-cell"),
        ("-oversample 100000", "-oversample"),
        ("-samplesize 1000 -N 5", "-sample_x"),
        ("-mosaic 1 -mosaic_domains 100000000", "-mosaic_domains"),
        (
            "-mosaic 1 -mosaic_domains 100000 -osc 1 -phisteps 10000",
            "-mosaic_domains",
        ),
        ("-phisteps 10000000", "-phisteps"),
        ("-osc 1e9 -phistep 1e-9", "-phistep"),
        ("-osc 0 -phistep 0.1", "-osc"),
        ("-hdivrange 1 -hdivsteps 100000000", "-hdivsteps"),
        ("-divergence 1 -divsteps 5000", "-divsteps"),
        ("-dispersion 300 -dispsteps 3", "-dispersion"),
        ("-detector_thick -1", "-detector_thick"),
        ("-detector_abs -1 -detector_thick 10", "-detector_abs"),
        ("-fluence -1", "-fluence"),
        ("-flux -1", "-flux"),
        ("-flux 1e12 -beamsize 0", "-beamsize"),
        ("-exposure 0", "-exposure"),
        ("-water -1", "-water"),
        ("-dmin -1", "-dmin"),
        ("-round_xtal -fudge -1", "-fudge"),
        ("-gauss_xtal -fudge -0.5", "-fudge"),
        ("-beam_vector 0 0 0", "-beam_vector"),
        (
            "-beam_vector 0 0 1 -polar_vector 0 0 1 -polar 0.9",
            "-polar_vector",
        ),
        ("-fdet_vector 0 1 0 -sdet_vector 0 -1 0", "-fdet_vector"),
        (
            "-oversample 9000 -mosaic 1 -mosaic_domains 100000 -divergence 1 -divsteps 100",
            "-oversample",
        ),
    ] {
        let message = usage_message(&format!("{CELL} {args}"));
        assert!(message.starts_with(named), "{args}: {message}");
        assert_eq!(message.lines().count(), 1, "{args}: {message}");
    }
    let message = refuse(&parse("-default_F 1")).to_string();
    assert!(
        message.contains("-cell") && message.contains("-mat"),
        "{message}"
    );
}

#[test]
fn numbers_that_are_none_are_refused_everywhere() {
    type Field = fn(&mut Options) -> &mut Option<f64>;
    let fields: [(&str, Field); 28] = [
        ("-lambda", |o| &mut o.beam.wavelength_angstrom),
        ("-dispersion", |o| &mut o.beam.dispersion_percent),
        ("-hdivrange", |o| &mut o.beam.hdiv_range_mrad),
        ("-hdivstep", |o| &mut o.beam.hdiv_step_mrad),
        ("-vdivrange", |o| &mut o.beam.vdiv_range_mrad),
        ("-vdivstep", |o| &mut o.beam.vdiv_step_mrad),
        ("-fluence", |o| &mut o.beam.fluence),
        ("-flux", |o| &mut o.beam.flux),
        ("-water", |o| &mut o.beam.water_um),
        ("-phi", |o| &mut o.goniometer.phi_deg),
        ("-osc", |o| &mut o.goniometer.osc_deg),
        ("-phistep", |o| &mut o.goniometer.phistep_deg),
        ("-mosaic", |o| &mut o.crystal.mosaic_spread_deg),
        ("-fudge", |o| &mut o.crystal.fudge),
        ("-sample_x", |o| &mut o.crystal.sample_mm[0]),
        ("-distance", |o| &mut o.detector.distance_mm),
        ("-close_distance", |o| &mut o.detector.close_distance_mm),
        ("-pixel", |o| &mut o.detector.pixel_mm),
        ("-Xbeam", |o| &mut o.detector.xbeam_mm),
        ("-Yclose", |o| &mut o.detector.yclose_mm),
        ("-ORGX", |o| &mut o.detector.orgx),
        ("-detector_rotx", |o| &mut o.detector.rotx_deg),
        ("-detector_roty", |o| &mut o.detector.roty_deg),
        ("-detector_rotz", |o| &mut o.detector.rotz_deg),
        ("-twotheta", |o| &mut o.detector.twotheta_deg),
        ("-detector_abs", |o| &mut o.detector.attenuation_um),
        ("-detector_thick", |o| &mut o.detector.thickness_um),
        ("-dmin", |o| &mut o.sampling.dmin_angstrom),
    ];
    for (named, field) in fields {
        let mut options = parse(CELL);
        *field(&mut options) = Some(f64::NAN);
        let message = refuse(&options).to_string();
        assert!(message.starts_with(named), "{named}: {message}");
    }
}

#[test]
fn counts_of_zero_keep_their_classic_meaning() {
    let experiment = Experiment::from_options(&parse(&format!(
        "{CELL} -N 0 -oversample 0 -phisteps 0 -mosaic 1 -mosaic_domains 0 -detpixels 4"
    )))
    .unwrap();
    assert_eq!(experiment.crystal.n_cells, [1.0; 3]);
    assert_eq!(experiment.sampling.oversample, 1);
    assert_eq!(experiment.goniometer.steps.count, 1);
    assert_eq!(experiment.mosaic.domains, 10);
}

/// A file in a folder of its own, read by way of the option.
fn with_file(args: &str, content: &[u8]) -> (ExperimentError, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("input");
    fs::write(&path, content).unwrap();
    let error = refuse(&parse(&format!("{args} {}", path.display())));
    (error, path.display().to_string())
}

#[test]
fn unusable_files_are_refused_by_name_and_line() {
    for (args, content, problem) in [
        ("-default_F 1 -mat", &b""[..], "0 numbers"),
        ("-default_F 1 -mat", b"1 0 0\n0 1 0\n", "6 numbers"),
        ("-default_F 1 -mat", b"1 0 0\n0 one 0\n0 0 1\n", "line 2"),
        ("-default_F 1 -mat", b"1 0 0\n0 1e-10x 0\n0 0 1\n", "line 2"),
        ("-default_F 1 -mat", b"1 0 0\n0 nan 0\n0 0 1\n", "line 2"),
        (
            "-default_F 1 -mat",
            b"1 0 0\n2 0 0\n3 0 0\n",
            "span no cell",
        ),
        // Products that overflow.
        (
            "-default_F 1 -mat",
            b"0 0 1e205\n-1e205 0 0\n0 1e205 -2e4\n",
            "span no cell",
        ),
        ("-default_F 1 -mat", b"\xff\xfe\x00", "input"),
        ("-cell 70 80 90 -sourcefile", b"", "no sources"),
        ("-cell 70 80 90 -sourcefile", b"# none\n\n", "no sources"),
        (
            "-cell 70 80 90 -sourcefile",
            b"-10 0 0\n-10 0 x\n",
            "line 2",
        ),
        ("-cell 70 80 90 -sourcefile", b"0 0 0\n", "line 1"),
        ("-cell 70 80 90 -sourcefile", b"-10 0 0 1 0\n", "line 1"),
        ("-cell 70 80 90 -sourcefile", b"-10 0 0 -1\n", "line 1"),
        ("-cell 70 80 90 -sourcefile", b"-10 0 0 0\n", "weight of 0"),
        ("-cell 70 80 90 -img", b"", "input"),
        (
            "-cell 70 80 90 -img",
            b"{\nHEADER_BYTES=512;\nSIZE1=3;\n}",
            "input",
        ),
        ("-cell 70 80 90 -mask", b"not an image", "input"),
    ] {
        let (error, path) = with_file(args, content);
        let message = error.to_string();
        assert!(!error.is_usage(), "{args}: {message}");
        assert!(
            message.contains(&path) && message.contains(problem),
            "{args}: {message}"
        );
    }
}

#[test]
fn files_beyond_their_bounds_are_refused_in_modest_memory() {
    let sources = b"1\n".repeat(1_000_001);
    let matrix = b"0.01 ".repeat(1 << 20);
    for (args, content, problem) in [
        ("-cell 70 80 90 -sourcefile", &sources, "1000001"),
        ("-lambda 1 -mat", &matrix, "more than the 1048576 bytes"),
    ] {
        let mut message = String::new();
        let taken = allocation_counter::measure(|| {
            message = with_file(args, content).0.to_string();
        });
        assert!(message.contains(problem), "{args}: {message}");
        assert!(taken.bytes_max < 200 << 20, "{args}: {taken:?}");
    }
}

#[test]
fn missing_files_are_refused_by_name() {
    for option in ["-mat", "-sourcefile", "-img", "-mask"] {
        let error = refuse(&parse(&format!("-cell 70 80 90 {option} no/such/file")));
        let message = error.to_string();
        let path = Path::new("no/such/file").display().to_string();
        assert!(
            !error.is_usage() && message.contains(&path),
            "{option}: {message}"
        );
    }
}
