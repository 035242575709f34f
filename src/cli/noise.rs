//! `nanobragg noise IN OUT`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::builder::{EnumValueParser, PossibleValue, RangedU64ValueParser};
use clap::{Arg, ArgMatches, ValueEnum, value_parser};

use super::{CliError, frame_files::FrameFiles};
use crate::formats::{Acquisition, CameraHeader, Frames, ImageFormat, general, smv};
use crate::image::Image;
use crate::noise::detector::{BadPixels, Generator, PointSpread, Readout, SpreadShape};

/// Photons/m² that the simulator assumes unless it is told otherwise.
const DEFAULT_IMAGE_FLUENCE: &str = "1.25932015286227e29";

pub fn command() -> clap::Command {
    clap::Command::new("noise")
        .about("Add what a detector does to a float image of any simulator: photon statistics and more")
        .arg(file("input", "IN").required(true).help(
            "Mean photons per pixel: raw floats, NPY, TIFF or NeXus, one image or many",
        ))
        .arg(file("output", "OUT").required(true).help(
            "Counts: .cbf, .h5, .npy, .tif, or SMV under any other name; .h5 and .npy hold many images, and ##### in \
             the name stands for the number of each",
        ))
        .arg(
            Arg::new("size")
                .long("size")
                .value_names(["FAST", "SLOW"])
                .num_args(2)
                .value_parser(RangedU64ValueParser::<usize>::new().range(1..))
                .help("Pixels of a raw float image that is not square"),
        )
        .arg(file("camera", "FILE").long("camera").help(
            "An SMV, CBF or NeXus file whose camera the headers of OUT take over",
        ))
        .next_help_heading("Exposure")
        .arg(
            number("scale", "FACTOR", above_zero)
                .conflicts_with("flux")
                .help("Factor on every pixel"),
        )
        .arg(
            number("flux", "PH/S", above_zero)
                .help("Photons per second: scales the image to flux · exposure / beam size²"),
        )
        .arg(
            number("exposure", "S", above_zero)
                .default_value("1")
                .help("Exposure time"),
        )
        .arg(
            number("beam-size", "MM", above_zero)
                .default_value("0.1")
                .help("Edge of the beam"),
        )
        .arg(
            number("image-fluence", "PH/M2", above_zero)
                .default_value(DEFAULT_IMAGE_FLUENCE)
                .help("Fluence that IN was simulated with"),
        )
        .arg(
            number("flicker", "PERCENT", not_negative)
                .default_value("0")
                .help("Rms variation of the beam from image to image"),
        )
        .next_help_heading("Detector")
        .arg(
            number("calibration", "PERCENT", not_negative)
                .default_value("0")
                .help("Rms calibration error from pixel to pixel"),
        )
        .arg(
            Arg::new("psf")
                .long("psf")
                .value_name("SHAPE")
                .requires("psf-fwhm")
                .value_parser(EnumValueParser::<SpreadShape>::new())
                .help("Point-spread function"),
        )
        .arg(
            number("psf-fwhm", "PIXELS", above_zero)
                .requires("psf")
                .help("Its full width at half maximum"),
        )
        .arg(
            Arg::new("psf-radius")
                .long("psf-radius")
                .value_name("PIXELS")
                .requires("psf")
                .value_parser(RangedU64ValueParser::<usize>::new().range(1..=4096))
                .help("Where it is cut [default: 6 sigma of a Gaussian, 256 of a fibre-optic taper]"),
        )
        .arg(
            number("gain", "COUNTS", above_zero)
                .default_value("1")
                .help("Counts per photon"),
        )
        .arg(
            number("readout", "COUNTS", not_negative)
                .default_value("0")
                .help("Rms readout noise"),
        )
        .arg(
            number("adc", "COUNTS", finite)
                .default_value("40")
                .help("Offset"),
        )
        .arg(
            Arg::new("saturation")
                .long("saturation")
                .value_name("COUNTS")
                .default_value("65535")
                .value_parser(value_parser!(u16).range(1..))
                .help("Largest count"),
        )
        .arg(
            number("dead", "PERCENT", percentage)
                .default_value("0")
                .help("Pixels that are always 0"),
        )
        .arg(
            number("hot", "PERCENT", percentage)
                .default_value("0")
                .help("Pixels that are always saturated"),
        )
        .next_help_heading("Random numbers")
        .arg(
            Arg::new("generator")
                .long("generator")
                .value_name("NAME")
                .default_value("classic")
                .value_parser(EnumValueParser::<Generator>::new())
                .help("The classic program's numbers, or ChaCha8 on all cores"),
        )
        .arg(seed("seed").help("Of what differs from image to image: that of the first, counting up"))
        .arg(seed("detector-seed").help("Of calibration and bad pixels"))
}

fn file(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name)
        .value_name(value)
        .value_parser(value_parser!(PathBuf))
}

fn number(name: &'static str, unit: &'static str, parse: fn(&str) -> Result<f64, String>) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(unit)
        .allow_negative_numbers(true)
        .value_parser(parse)
}

fn seed(name: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("N")
        .default_value("1")
        .allow_negative_numbers(true)
        .value_parser(value_parser!(i64))
}

fn finite(word: &str) -> Result<f64, String> {
    let number: f64 = word.parse().map_err(|_| "not a number".to_owned())?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err("not a finite number".to_owned())
    }
}

fn above_zero(word: &str) -> Result<f64, String> {
    finite(word).and_then(|number| {
        if number > 0.0 {
            Ok(number)
        } else {
            Err("it has to be above zero".to_owned())
        }
    })
}

fn not_negative(word: &str) -> Result<f64, String> {
    finite(word).and_then(|number| {
        if number >= 0.0 {
            Ok(number)
        } else {
            Err("it must not be negative".to_owned())
        }
    })
}

fn percentage(word: &str) -> Result<f64, String> {
    not_negative(word).and_then(|number| {
        if number <= 100.0 {
            Ok(number)
        } else {
            Err("it must not exceed 100".to_owned())
        }
    })
}

impl ValueEnum for SpreadShape {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Gaussian, Self::Fiber]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Gaussian => "gaussian",
            Self::Fiber => "fiber",
        }))
    }
}

impl ValueEnum for Generator {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Classic, Self::Counter]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Classic => "classic",
            Self::Counter => "counter",
        }))
    }
}

pub fn run(matches: &ArgMatches) -> Result<ExitCode, CliError> {
    let output: &PathBuf = matches.get_one("output").expect("clap requires it");
    let (frames, camera) = input(matches)?;
    let count = frames.count();
    let mut files = FrameFiles::new(output, count)?;
    let mut detector = detector(matches);
    let first_seed = detector.seed;
    for index in 0..count {
        let image = Image::from_array(frames.read(index)?);
        detector.seed = first_seed.wrapping_add(index as i64);
        let measured = detector.measure(&image);
        let camera = camera.of_frame(index);
        let mut acquisition = Acquisition::from_camera(&camera);
        acquisition.exposure_s = number_of(matches, "exposure");
        acquisition.flux_per_s = matches.get_one("flux").copied().unwrap_or(0.0);
        acquisition.mask = measured.good.map(Arc::new);
        let counts = measured.counts.view();
        files.write(index, counts, &acquisition, |path| {
            let header = smv::Header::from_camera(&camera);
            ImageFormat::of_name(path).write_counts(path, counts, &header, &acquisition)
        })?;
        let frame = match count {
            1 => String::new(),
            _ => format!(", frame {} of {count}", index + 1),
        };
        println!(
            "{}{frame}: scale {}, {:.0} photons, {} overloads",
            files.name(index).display(),
            general(detector.scale, 6),
            measured.photons,
            measured.overloads,
        );
    }
    files.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn number_of(matches: &ArgMatches, name: &str) -> f64 {
    *matches.get_one(name).expect("it has a default")
}

fn detector(matches: &ArgMatches) -> Readout {
    let number = |name| number_of(matches, name);
    let optional = |name| matches.get_one::<f64>(name).copied();
    let scale = match optional("flux") {
        Some(flux) => {
            let beam_m = number("beam-size") / 1e3;
            flux * number("exposure") / (beam_m * beam_m) / number("image-fluence")
        }
        None => optional("scale").unwrap_or(1.0),
    };
    let point_spread =
        matches
            .get_one("psf")
            .zip(optional("psf-fwhm"))
            .map(|(&shape, fwhm_pixels)| PointSpread {
                shape,
                fwhm_pixels,
                radius_pixels: matches.get_one("psf-radius").copied(),
            });
    let seed = |name| *matches.get_one::<i64>(name).expect("it has a default");
    Readout {
        scale,
        flicker: number("flicker") / 100.0,
        calibration: number("calibration") / 100.0,
        point_spread,
        gain: number("gain"),
        readout_noise: number("readout"),
        offset: number("adc"),
        saturation: *matches.get_one("saturation").expect("it has a default"),
        bad_pixels: BadPixels {
            dead: number("dead") / 100.0,
            hot: number("hot") / 100.0,
        },
        generator: *matches.get_one("generator").expect("it has a default"),
        seed: seed("seed"),
        detector_seed: seed("detector-seed"),
    }
}

/// The images, and the camera of `--camera` or of the first image itself.
fn input(matches: &ArgMatches) -> Result<(Frames, CameraHeader), CliError> {
    let path: &PathBuf = matches.get_one("input").expect("clap requires it");
    let size = matches
        .get_many::<usize>("size")
        .map(|size| size.copied().collect::<Vec<_>>());
    let raw_shape = match size.as_deref() {
        Some(&[fast, slow]) => Some((slow, fast)),
        _ => None,
    };
    let frames = Frames::open(path, raw_shape)?;
    let other = match matches.get_one::<PathBuf>("camera") {
        Some(path) => Frames::open(path, None)?.camera(0),
        None => None,
    };
    let (slow_pixels, fast_pixels) = frames.shape();
    let camera = CameraHeader {
        fast_pixels,
        slow_pixels,
        ..other.or(frames.camera(0)).unwrap_or_default()
    };
    Ok((frames, camera))
}
