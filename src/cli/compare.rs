//! `nanobragg compare`: two engines on identical options, or two image files, measured against each other.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Arg, ArgAction, ArgMatches, ValueHint, value_parser};
use jiff::Timestamp;

use super::{
    CliError,
    engines::use_threads,
    say::{say, warn},
    watch::{Display, Watch},
};
use crate::{
    compare::{
        self, ClassicWords, CompareError, Comparison, MetricsOptions, Request, Side, SideEngine,
        Subject, Thresholds, Tone,
    },
    engine::{EngineKind, Precision},
    files::printable,
};

const AGREE: u8 = 0;
/// Exit status of a command line that cannot be understood.
pub const USAGE: u8 = 1;
const SIDE_FAILED: u8 = 2;
/// A threshold is missed.
const DIFFER: u8 = 3;
const SHAPES_DIFFER: u8 = 4;
const FILES: u8 = 5;

/// What the exit statuses say.
pub const STATUSES: &[(u8, &str)] = &[
    (AGREE, "The images agree."),
    (USAGE, "A command line that makes no sense."),
    (SIDE_FAILED, "A side failed to run."),
    (DIFFER, "A threshold is missed."),
    (
        SHAPES_DIFFER,
        "The shapes differ, and --resample is not given.",
    ),
    (FILES, "A file cannot be read, understood or written."),
    (130, "Stopped by Ctrl-C or a signal."),
];

/// Names the classic program for `--reference`.
const REFERENCE_VARIABLE: &str = "NB_C_BIN";

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
            .value_hint(ValueHint::ExecutablePath)
            .conflicts_with("images")
            .help(help)
    };
    let directory = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("DIR")
            .value_parser(value_parser!(PathBuf))
            .value_hint(ValueHint::DirPath)
            .help(help)
    };
    clap::Command::new("compare")
        .about("Run two engines on identical options, or read two images, and measure how far they agree")
        .override_usage(
            "nanobragg compare [SIDE SIDE] [OPTIONS] CLASSIC OPTIONS...\n       nanobragg compare IMAGE IMAGE [OPTIONS] [CLASSIC OPTIONS...]",
        )
        .after_help(
            "A side is gpu, cpu, cpu-f32 or a program that speaks the classic dialect; two words in the place of images are \
             sides when one of them is gpu, cpu or cpu-f32. Classic options may stand behind -- to keep them apart: --roi is \
             compare's own, -roi the run's.\n\
             Exit status: 0 agree, 1 usage, 2 a side failed, 3 thresholds missed, 4 shapes differ, 5 files.",
        )
        .arg(
            Arg::new("images")
                .value_names(["A", "B"])
                .num_args(2)
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::ExecutablePath)
                .help("Two sides, or two image files: SMV, CBF, NeXus, NPY, TIFF, or raw floats"),
        )
        .arg(
            Arg::new("classic")
                .value_name("CLASSIC OPTIONS")
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

/// Compares, writes the artifacts, prints the verdict, and says it by the exit status.
pub fn run(matches: &ArgMatches) -> Result<ExitCode, CliError> {
    let scratch = tempfile::tempdir().map_err(CompareError::file(std::env::temp_dir()))?;
    let request = request(matches, scratch.path())?;
    let words = request.words.as_ref();
    if let Some(warning) = words.and_then(|words| use_threads(&words.options.run)) {
        warn(&warning);
    }
    let watch = Watch::start(Display::Nothing)?;
    let started = request.started;
    let comparison = watch.during(move |progress| {
        Comparison::of(&request, progress, |side| {
            let text = format!("running {}: {}", side.label, side.engine);
            eprintln!("{}", printable(&text));
        })
    })??;
    let directory = match matches.get_one::<PathBuf>("outdir") {
        Some(asked) => {
            fs::create_dir_all(asked).map_err(CompareError::file(asked))?;
            asked.clone()
        }
        None => compare::fresh_directory(&comparison, &started)?,
    };
    compare::write(&comparison, &directory)?;
    let report = compare::report(&comparison.summary);
    let text = format!("{report}\nartifacts: {}\n", directory.display());
    say(&text).map_err(|error| CliError::Status {
        status: FILES,
        message: error.to_string(),
    })?;
    Ok(ExitCode::from(if comparison.summary.verdict.agree {
        AGREE
    } else {
        DIFFER
    }))
}

impl From<CompareError> for CliError {
    fn from(error: CompareError) -> Self {
        let status = match &error {
            CompareError::Usage(_) | CompareError::ClassicOptions(_) => USAGE,
            CompareError::SideFailed { .. } => SIDE_FAILED,
            CompareError::ShapesDiffer { .. } => SHAPES_DIFFER,
            CompareError::Format(_) | CompareError::File { .. } => FILES,
        };
        Self::Status {
            status,
            message: error.to_string(),
        }
    }
}

/// # Errors
/// [`CompareError::Usage`] for values that contradict each other, and as [`ClassicWords::new`].
fn request(matches: &ArgMatches, scratch: &Path) -> Result<Request, CompareError> {
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
    let named: Option<Vec<PathBuf>> = matches
        .get_many::<PathBuf>("images")
        .map(|named| named.cloned().collect());
    let subject = match named.map(<[PathBuf; 2]>::try_from) {
        Some(Ok(named)) if !named.iter().any(|word| is_engine(word)) => {
            Subject::Files(images(matches, named)?)
        }
        Some(Ok(named)) => Subject::Sides(sides(matches, Some(named))?),
        _ => Subject::Sides(sides(matches, None)?),
    };
    let words = matches.get_many::<OsString>("classic");
    let words: Option<Vec<OsString>> = words.map(|words| words.cloned().collect());
    Ok(Request {
        subject,
        words: words.as_deref().map(ClassicWords::new).transpose()?,
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
        started: Timestamp::now(),
        scratch: scratch.to_owned(),
    })
}

/// Whether a word is the name of an engine; a file of that name is `./gpu`.
fn is_engine(word: &Path) -> bool {
    SideEngine::named(word.as_os_str()).kind().is_some()
}

/// The two image files.
fn images(matches: &ArgMatches, files: [PathBuf; 2]) -> Result<[PathBuf; 2], CompareError> {
    let of_sides = ["explain", "a-dir", "b-dir"];
    match of_sides
        .iter()
        .find(|id| matches.value_source(id) == Some(clap::parser::ValueSource::CommandLine))
    {
        Some(option) => Err(CompareError::Usage(format!(
            "--{option} goes with engines, and {} and {} are image files",
            files[0].display(),
            files[1].display()
        ))),
        None => Ok(files),
    }
}

/// The two sides: by their place, by --a and --b, or the GPU and the CPU.
fn sides(matches: &ArgMatches, placed: Option<[PathBuf; 2]>) -> Result<[Side; 2], CompareError> {
    let named = |name: &str| {
        let place = usize::from(name == "b");
        match &placed {
            Some(placed) => Some(SideEngine::named(placed[place].as_os_str())),
            None => matches
                .get_one::<OsString>(name)
                .map(|word| SideEngine::named(word)),
        }
    };
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
        SideEngine::Foreign(program)
    } else {
        named("b").unwrap_or(SideEngine::BuiltIn(EngineKind::Cpu(Precision::F64)))
    };
    Ok([
        Side {
            label: 'a',
            engine: named("a").unwrap_or(SideEngine::BuiltIn(EngineKind::Gpu)),
            directory: directory("a-dir"),
        },
        Side {
            label: 'b',
            engine: engine_b,
            directory: directory("b-dir"),
        },
    ])
}
