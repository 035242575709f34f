//! `nanobragg noise IN OUT`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::builder::{EnumValueParser, PossibleValue, RangedU64ValueParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, ValueEnum, value_parser};

use super::{
    CliError,
    amounts::photons,
    counting::Counting,
    frame_files::{self, FrameFiles},
    say::{say, warn},
    watch::{Display, Watch},
};
use crate::classic::dialect::UsageError;
use crate::formats::{Acquisition, CameraHeader, Frames, History, ImageFormat, general, smv};
use crate::image::{Counts, Image};
use crate::noise::EXACT_ABOVE;
use crate::noise::detector::{BadPixels, Generator, PointSpread, Readout, SpreadShape};

/// Photons/m² that the simulator assumes unless it is told otherwise.
const DEFAULT_IMAGE_FLUENCE: &str = "1.25932015286227e29";

pub fn command() -> clap::Command {
    clap::Command::new("noise")
        .about("Add what a detector does to a float image of any simulator: photon statistics and more")
        .arg(file("input", "IN").required(true).help(
            "Mean photons per pixel: raw floats, NPY, TIFF or NeXus, one image or many; - for standard input",
        ))
        .arg(file("output", "OUT").required(true).help(
            "Counts: .cbf, .h5, .npy, .tif, or SMV under any other name; .h5, .npy and .tif hold many images, and ##### in \
             the name stands for the number of each",
        ))
        .arg(
            Arg::new("size")
                .long("size")
                .value_names(["FAST", "SLOW"])
                .num_args(2)
                .value_parser(RangedU64ValueParser::<usize>::new().range(1..))
                .help("Pixels of a raw float image that is not square, nor of the size of --camera"),
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
            number("adc", "COUNTS", finite).help("Offset [default: 40 in SMV, 0 in other formats]"),
        )
        .arg(
            Arg::new("saturation")
                .long("saturation")
                .value_name("COUNTS")
                .allow_negative_numbers(true)
                .value_parser(whole)
                .help("Largest count: 1048575 for 20 bits [default: what the format of OUT holds, 65535 in SMV]"),
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

fn whole(word: &str) -> Result<i64, String> {
    const EXACT: f64 = (1_u64 << 53) as f64;
    let number = finite(word)?;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        Ok(number as i64)
    } else {
        Err("not a whole number".to_owned())
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
    let format = ImageFormat::of_name(output);
    let counting = Counting {
        offset: matches.get_one("adc").copied(),
        saturation: matches.get_one("saturation").copied(),
        camera_saturation: None,
        saturation_option: "--saturation",
    };
    counting.check([(output.as_path(), format)])?;
    let watch = Watch::start(Display::Nothing)?;
    let Input {
        frames,
        camera,
        acquisition: first,
    } = input(matches, &watch)?;
    format.shortcomings(&first).into_iter().for_each(warn);
    let count = frames.count();
    let mut files = FrameFiles::new(output, count)?;
    let named = |name, id| Some((name, matches.get_one::<PathBuf>(id)?.clone()));
    let inputs = [named("IN", "input"), named("--camera", "camera")];
    files.spare("OUT", &inputs.into_iter().flatten().collect::<Vec<_>>())?;
    let mut detector = Readout {
        offset: counting.offset(format),
        saturation: counting.saturation(format),
        // SMV has the classic program's numbers.
        exact_above: match format {
            ImageFormat::Classic => f32::INFINITY,
            _ => EXACT_ABOVE,
        },
        ..detector(matches)
    };
    check_point_spread(&detector, frames.shape())?;
    let first_seed = detector.seed;
    let mut measure_frame = |index: usize| -> Result<(), CliError> {
        watch.check()?;
        let image = Image::from_array(frames.read(index)?);
        detector.seed = first_seed.wrapping_add(index as i64);
        let mine = detector.clone();
        let measured = watch.during(move |_| mine.measure(&image))?;
        let camera = camera.of_frame(index);
        let mut acquisition = first.of_frame(index);
        if let Some(ValueSource::CommandLine) = matches.value_source("exposure") {
            acquisition.exposure_s = number_of(matches, "exposure");
        }
        if let Some(&flux) = matches.get_one("flux") {
            acquisition.flux_per_s = flux;
        }
        acquisition.mask = both(acquisition.mask, measured.good);
        acquisition.history = history(matches, &detector);
        let counts = Counts::of(measured.counts.view(), detector.saturation);
        files.write(&(&counts).into(), &acquisition, &watch, |path| {
            let header = smv::Header::from_camera(&camera);
            format.write_counts(path, &counts, &header, &acquisition)
        })?;
        let frame = match count {
            1 => String::new(),
            _ => format!(", frame {} of {count}", index + 1),
        };
        say(&format!(
            "{}{frame}: scale {}, {} photons, {} overloads\n",
            files.name(index).display(),
            general(detector.scale, 6),
            photons(measured.photons),
            measured.overloads,
        ))?;
        for (pixels, what) in [
            (measured.infinite, "are infinite, and are saturated"),
            (
                measured.not_a_number,
                match format {
                    ImageFormat::Cbf | ImageFormat::Nexus => {
                        "are no number, and are marked as not recorded"
                    }
                    _ => "are no number, and are 0",
                },
            ),
        ] {
            if pixels > 0 {
                let of = measured.counts.len();
                warn(&format!("{pixels} of {of} pixels{frame} {what}"));
            }
        }
        Ok(())
    };
    let outcome = (0..count).try_for_each(&mut measure_frame);
    files.finish(outcome)?;
    Ok(ExitCode::SUCCESS)
}

/// Pixels that were recorded and are good.
fn both(recorded: Option<Arc<Vec<u8>>>, good: Option<Vec<u8>>) -> Option<Arc<Vec<u8>>> {
    match (recorded, good) {
        (Some(recorded), Some(mut good)) => {
            for (good, recorded) in good.iter_mut().zip(recorded.iter()) {
                *good &= u8::from(*recorded != 0);
            }
            Some(Arc::new(good))
        }
        (recorded, good) => recorded.or(good.map(Arc::new)),
    }
}

/// Refuses light that spreads further than the image is wide.
fn check_point_spread(detector: &Readout, shape: (usize, usize)) -> Result<(), CliError> {
    let widest = PointSpread::widest_pixels(shape);
    match detector.point_spread {
        Some(PointSpread { fwhm_pixels, .. }) if fwhm_pixels > widest => {
            Err(UsageError::BadValue {
                option: "--psf-fwhm".to_owned(),
                word: fwhm_pixels.to_string(),
                expected: format!("at most {widest} pixels, the longer edge of this image"),
            }
            .into())
        }
        _ => Ok(()),
    }
}

/// What decided the counts, but for the image that they were made of.
fn history(matches: &ArgMatches, detector: &Readout) -> History {
    const OTHERS: [&str; 4] = ["input", "output", "camera", "seed"];
    let command = command();
    let mut words = Vec::new();
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        let is_typed = matches.value_source(id) == Some(ValueSource::CommandLine);
        if is_typed && !OTHERS.contains(&id) {
            words.push(format!("--{id}"));
            let values = matches.get_raw(id).unwrap_or_default();
            words.extend(values.map(|value| value.to_string_lossy().into_owned()));
        }
    }
    words.extend(["--seed".to_owned(), detector.seed.to_string()]);
    History {
        entries: vec![("noise", History::words(words))],
    }
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
        bad_pixels: BadPixels {
            dead: number("dead") / 100.0,
            hot: number("hot") / 100.0,
        },
        generator: *matches.get_one("generator").expect("it has a default"),
        seed: seed("seed"),
        detector_seed: seed("detector-seed"),
        ..Readout::default()
    }
}

/// Images, with the camera of `--camera` or of the first image itself.
struct Input {
    frames: Frames,
    camera: CameraHeader,
    acquisition: Acquisition,
}

fn input(matches: &ArgMatches, watch: &Watch) -> Result<Input, CliError> {
    let path: &PathBuf = matches.get_one("input").expect("clap requires it");
    let size = matches
        .get_many::<usize>("size")
        .map(|size| size.copied().collect::<Vec<_>>());
    let raw_shape = match size.as_deref() {
        Some(&[fast, slow]) => Some((slow, fast)),
        _ => None,
    };
    let other = matches.get_one::<PathBuf>("camera");
    let other = other
        .map(|path| frame_files::open(path, &[None], watch))
        .transpose()?;
    let raw_shapes = match (raw_shape, &other) {
        (None, Some(other)) => vec![Some(other.shape()), None],
        _ => vec![raw_shape],
    };
    let frames = frame_files::open(path, &raw_shapes, watch)?;
    let (mut camera, mut acquisition) = (frames.camera(0), frames.acquisition(0));
    if let Some(other) = &other {
        camera = other.camera(0).or(camera);
        acquisition = other.acquisition(0).or(acquisition);
    }
    let (slow_pixels, fast_pixels) = frames.shape();
    let camera = CameraHeader {
        fast_pixels,
        slow_pixels,
        ..camera.unwrap_or_default()
    };
    let mut acquisition = acquisition.unwrap_or_else(|| Acquisition::from_camera(&camera));
    acquisition.mask = acquisition
        .mask
        .filter(|mask| mask.len() == slow_pixels * fast_pixels);
    Ok(Input {
        frames,
        camera,
        acquisition,
    })
}
