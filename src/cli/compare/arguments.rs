//! The words of `nanobragg compare`.

use std::{ffi::OsString, path::PathBuf};

use clap::{Arg, ArgAction, ArgMatches, value_parser};
use jiff::Timestamp;

use super::{
    error::CompareError,
    metrics::MetricsOptions,
    side::{Engine, Side},
    verdict::Thresholds,
    words::ClassicWords,
};
use crate::formats::png::Tone;

/// Names the classic program for `--reference`.
const REFERENCE_VARIABLE: &str = "NB_C_BIN";

/// What is asked for.
pub struct Request {
    pub subject: Subject,
    /// Everything after `--`.
    classic: Option<Vec<OsString>>,
    size: Option<(usize, usize)>,
    pub measure: MetricsOptions,
    pub thresholds: Thresholds,
    pub resample: bool,
    pub explain: bool,
    pub tone: Tone,
    pub png_scale: Option<f64>,
    pub outdir: Option<PathBuf>,
    pub started: Timestamp,
}

/// What is compared.
pub enum Subject {
    Files([PathBuf; 2]),
    Sides([Side; 2]),
}

pub fn command() -> clap::Command {
    let defaults = Thresholds::default();
    let number = |name: &'static str, value: &'static str, default: String, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .default_value(default)
            .value_parser(value_parser!(f64))
            .help(help)
    };
    let count = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .default_value(default)
            .value_parser(value_parser!(usize))
            .help(help)
    };
    let side = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("SIDE")
            .value_parser(value_parser!(OsString))
            .conflicts_with("images")
            .help(help)
    };
    let directory = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("DIR")
            .value_parser(value_parser!(PathBuf))
            .conflicts_with("images")
            .help(help)
    };
    clap::Command::new("compare")
        .about("Run two engines on identical options, or read two images, and measure how far they agree")
        .override_usage(
            "nanobragg compare [OPTIONS] -- CLASSIC OPTIONS...\n       nanobragg compare [OPTIONS] A B [-- CLASSIC OPTIONS...]",
        )
        .after_help(
            "A side is gpu, cpu, cpu-f32 or a program that speaks the classic dialect.\n\
             Exit status: 0 agree, 1 usage, 2 a side failed, 3 thresholds missed, 4 shapes differ, 5 files.",
        )
        .arg(
            Arg::new("images")
                .value_names(["A", "B"])
                .num_args(2)
                .value_parser(value_parser!(PathBuf))
                .help("Image files: SMV, CBF, NeXus, NPY, TIFF, or raw floats"),
        )
        .arg(
            Arg::new("classic")
                .last(true)
                .num_args(1..)
                .value_parser(value_parser!(OsString))
                .help("Options of both runs; for image files, of the camera that took them"),
        )
        .arg(side("a", "First side [default: gpu]"))
        .arg(side("b", "Second side, the reference of every figure [default: cpu]"))
        .arg(
            Arg::new("reference")
                .long("reference")
                .value_name("PROGRAM")
                .num_args(0..=1)
                .value_parser(value_parser!(PathBuf))
                .conflicts_with_all(["b", "images"])
                .help("Second side: the classic program, named here or by the environment variable NB_C_BIN"),
        )
        .arg(directory("a-dir", "Run side a there instead of in an empty directory"))
        .arg(directory("b-dir", "Run side b there instead of in an empty directory"))
        .arg(
            Arg::new("roi")
                .long("roi")
                .value_names(["XMIN", "XMAX", "YMIN", "YMAX"])
                .num_args(4)
                .value_parser(value_parser!(usize))
                .help("Also measure and judge this window, inclusive pixels"),
        )
        .arg(
            Arg::new("size")
                .long("size")
                .value_names(["FAST", "SLOW"])
                .num_args(2)
                .value_parser(value_parser!(usize))
                .help("Pixels of raw float files that are not square"),
        )
        .arg(number(
            "threshold",
            "CORR",
            defaults.correlation.to_string(),
            "Smallest correlation of agreement",
        ))
        .arg(number(
            "max-rel-l2",
            "X",
            defaults.max_rel_l2.to_string(),
            "Largest |a - b| / |b| of agreement",
        ))
        .arg(number(
            "sum-tolerance",
            "X",
            defaults.sum_tolerance.to_string(),
            "Largest |sum(a)/sum(b) - 1| of agreement",
        ))
        .arg(count("peaks", "50", "Strongest peaks to match"))
        .arg(number(
            "gate",
            "PIXELS",
            "1".to_owned(),
            "Farthest that matched peaks lie apart",
        ))
        .arg(count("rings", "5", "Rings of resolution in the table"))
        .arg(count("worst", "10", "Worst pixels to list"))
        .arg(
            Arg::new("resample")
                .long("resample")
                .action(ArgAction::SetTrue)
                .help("Compare different shapes on a's grid, by nearest neighbour"),
        )
        .arg(
            Arg::new("explain")
                .long("explain")
                .action(ArgAction::SetTrue)
                .conflicts_with("images")
                .help("Where the sides differ, look for the cause by running variations"),
        )
        .arg(
            Arg::new("log")
                .long("log")
                .action(ArgAction::SetTrue)
                .help("Pictures with a logarithmic tone"),
        )
        .arg(
            Arg::new("png-scale")
                .long("png-scale")
                .value_name("PHOTONS")
                .value_parser(value_parser!(f64))
                .help("Intensity that is black in the pictures [default: 99.5th percentile of both]"),
        )
        .arg(
            Arg::new("outdir")
                .long("outdir")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("Where the artifacts go [default: comparisons/YYYYMMDD-HHMMSS-HASH]"),
        )
}

impl Request {
    /// # Errors
    /// [`CompareError::Usage`] for values that contradict each other.
    pub fn from_matches(matches: &ArgMatches) -> Result<Self, CompareError> {
        let number = |name: &str| *matches.get_one::<f64>(name).expect("it has a default");
        let count = |name: &str| *matches.get_one::<usize>(name).expect("it has a default");
        let many = |name: &str| -> Option<Vec<usize>> {
            Some(matches.get_many::<usize>(name)?.copied().collect())
        };
        let png_scale = matches.get_one::<f64>("png-scale").copied();
        if png_scale.is_some_and(|scale| !(scale.is_finite() && scale > 0.0)) {
            return Err(CompareError::Usage(
                "--png-scale needs a number of photons above zero".to_owned(),
            ));
        }
        let images: Option<Vec<PathBuf>> = matches
            .get_many::<PathBuf>("images")
            .map(|images| images.cloned().collect());
        let subject = match images.map(<[PathBuf; 2]>::try_from) {
            Some(Ok(files)) => Subject::Files(files),
            _ => Subject::Sides(sides(matches)?),
        };
        Ok(Self {
            subject,
            classic: matches
                .get_many::<OsString>("classic")
                .map(|words| words.cloned().collect()),
            size: many("size").map(|size| (size[1], size[0])),
            measure: MetricsOptions {
                roi: many("roi").map(|roi| [roi[0], roi[1], roi[2], roi[3]]),
                rings: count("rings"),
                peaks: count("peaks"),
                gate_px: number("gate"),
                worst: count("worst"),
            },
            thresholds: Thresholds {
                correlation: number("threshold"),
                max_rel_l2: number("max-rel-l2"),
                sum_tolerance: number("sum-tolerance"),
            },
            resample: matches.get_flag("resample"),
            explain: matches.get_flag("explain"),
            tone: if matches.get_flag("log") {
                Tone::Log
            } else {
                Tone::Linear
            },
            png_scale,
            outdir: matches.get_one::<PathBuf>("outdir").cloned(),
            started: Timestamp::now(),
        })
    }

    /// The options behind `--`, where there are any.
    ///
    /// # Errors
    /// As [`ClassicWords::new`].
    pub fn classic_words(&self) -> Result<Option<ClassicWords>, CompareError> {
        self.classic.as_deref().map(ClassicWords::new).transpose()
    }

    /// (slow, fast) pixels of raw float files, from `--size` or the detector of the classic options.
    pub fn raw_shape(&self, words: Option<&ClassicWords>) -> Option<(usize, usize)> {
        let of_detector = || {
            let detector = &words?.options.detector;
            let fast = usize::try_from(detector.detpixels_fast?).ok()?;
            Some((usize::try_from(detector.detpixels_slow?).ok()?, fast))
        };
        self.size.or_else(of_detector)
    }

    /// # Errors
    /// [`CompareError::Usage`] when the window does not lie on the image.
    pub fn check_roi(
        &self,
        (slow_pixels, fast_pixels): (usize, usize),
    ) -> Result<(), CompareError> {
        match self.measure.roi {
            Some([xmin, xmax, ymin, ymax])
                if xmin > xmax || ymin > ymax || xmax >= fast_pixels || ymax >= slow_pixels =>
            {
                Err(CompareError::Usage(format!(
                    "--roi {xmin} {xmax} {ymin} {ymax} does not lie on an image of {fast_pixels} x {slow_pixels} pixels"
                )))
            }
            _ => Ok(()),
        }
    }
}

fn sides(matches: &ArgMatches) -> Result<[Side; 2], CompareError> {
    let named = |name: &str| matches.get_one::<OsString>(name).map(Engine::named);
    let directory = |name: &str| matches.get_one::<PathBuf>(name).cloned();
    let engine_b = if matches.contains_id("reference") {
        let program = matches
            .get_one::<PathBuf>("reference")
            .cloned()
            .or_else(|| std::env::var_os(REFERENCE_VARIABLE).map(PathBuf::from))
            .ok_or_else(|| {
                CompareError::Usage(format!(
                    "--reference needs the path of the classic program, or {REFERENCE_VARIABLE} in the environment"
                ))
            })?;
        Engine::External(program)
    } else {
        named("b").unwrap_or(Engine::Cpu)
    };
    Ok([
        Side {
            label: 'a',
            engine: named("a").unwrap_or(Engine::Gpu),
            directory: directory("a-dir"),
        },
        Side {
            label: 'b',
            engine: engine_b,
            directory: directory("b-dir"),
        },
    ])
}
