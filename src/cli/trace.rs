//! `nanobragg trace` and `nanobragg trace diff`

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, value_parser};
use serde_json::{Value, json};

use super::{
    CliError, FAILURE, USAGE,
    command::COMMON_STATUSES,
    engines::engine_names,
    say::{say, warn},
};
use crate::{
    classic::{Prepared, RasterOrder, Session, parse},
    engine::EngineKind,
    files::{FileError, atomic_file, bounded, printable},
    formats::general,
    plan::Plan,
    trace::{
        self, PixelTrace, Tolerance, TraceError, classic, divergence, log,
        taps::{self, Tap},
    },
};

/// Exit status of `trace diff` when the traces part.
const DIVERGES: u8 = 3;
/// The largest trace that is compared: a million samples of a pixel.
const MAX_TRACE_BYTES: u64 = 1 << 28;

/// What the exit statuses say.
pub const STATUSES: &[(u8, &str)] = &[
    COMMON_STATUSES[0],
    COMMON_STATUSES[1],
    COMMON_STATUSES[2],
    (DIVERGES, "Of trace diff: the traces part."),
    COMMON_STATUSES[3],
];
/// Between two float64 programs: where the lattice transform crosses zero it has no more digits in common.
const DEFAULT_TOLERANCE: &str = "1e-8";

pub fn command() -> clap::Command {
    clap::Command::new("trace")
        .about("Every intermediate value of single pixels, in the lines of the classic program's traces")
        .args_conflicts_with_subcommands(true)
        .subcommand_negates_reqs(true)
        .override_usage(
            "nanobragg trace --pixel SLOW FAST [OPTIONS] CLASSIC OPTIONS...\n       nanobragg trace diff [--rtol R] A B",
        )
        .after_help(
            "Classic options may stand behind -- to keep them apart: --pixel is trace's own, -pixel the run's.",
        )
        .arg(
            Arg::new("pixel")
                .long("pixel")
                .value_names(["SLOW", "FAST"])
                .num_args(2)
                .required(true)
                .action(ArgAction::Append)
                .value_parser(value_parser!(usize))
                .help("The pixel to trace, in the order of the classic traces, which is not that of -printout_pixel (fast, slow); may be given again"),
        )
        .arg(
            Arg::new("engine")
                .long("engine")
                .value_name("ENGINE")
                .default_value("cpu")
                .value_parser(engine_names())
                .help("The engine that is traced"),
        )
        .arg(
            Arg::new("taps")
                .long("taps")
                .value_name("LIST")
                .value_parser(|list: &str| Tap::parse_list(list).map(Taps))
                .help(format!(
                    "JSON objects after the lines: {} with commas between them, or all",
                    Tap::ALL.map(Tap::id).join(", ")
                )),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("The lines as a JSON object too, so that every line of the output is JSON"),
        )
        .arg(
            Arg::new("out-dir")
                .long("out-dir")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("Write files there instead: trace_SLOW_FAST.log, and .json for every tap"),
        )
        .arg(
            Arg::new("tag")
                .long("tag")
                .value_name("NAME")
                .requires("out-dir")
                .value_parser(|tag: &str| {
                    let is_plain = !tag.is_empty() && !tag.contains(['/', '\\']);
                    is_plain.then(|| tag.to_owned()).ok_or("it becomes part of file names")
                })
                .help("First part of the files' names"),
        )
        .arg(
            Arg::new("classic")
                .value_name("CLASSIC OPTIONS")
                .last(true)
                .num_args(1..)
                .allow_hyphen_values(true)
                .value_parser(value_parser!(OsString))
                .help("The options of the run"),
        )
        .subcommand(diff_command())
}

fn diff_command() -> clap::Command {
    let file = |name, value| {
        Arg::new(name)
            .value_name(value)
            .required(true)
            .value_parser(value_parser!(PathBuf))
    };
    clap::Command::new("diff")
        .about("Where two traces part, the classic program's too; exit status 3 if they do")
        .arg(file("a", "A").help("A trace"))
        .arg(file("b", "B").help("The one to compare with it"))
        .arg(
            Arg::new("rtol")
                .long("rtol")
                .value_name("R")
                .default_value(DEFAULT_TOLERANCE)
                .value_parser(tolerance)
                .help(
                    "Largest relative difference; of a vector, relative to its largest component",
                ),
        )
}

fn tolerance(word: &str) -> Result<f64, String> {
    let number: f64 = word.parse().map_err(|_| "not a number".to_owned())?;
    if number >= 0.0 {
        Ok(number)
    } else {
        Err("it has to be 0 or more".to_owned())
    }
}

/// The taps of one `--taps`.
#[derive(Debug, Clone)]
struct Taps(Vec<Tap>);

impl From<TraceError> for CliError {
    fn from(error: TraceError) -> Self {
        match error {
            TraceError::Session(error) => error.into(),
            TraceError::OffDetector { .. } => Self::Status {
                status: USAGE,
                message: format!("--pixel: {error}"),
            },
            TraceError::TooManySamples { .. } => Self::Status {
                status: FAILURE,
                message: error.to_string(),
            },
        }
    }
}

pub fn run(matches: &ArgMatches) -> Result<ExitCode, CliError> {
    if let Some(("diff", matches)) = matches.subcommand() {
        return diff(matches);
    }
    let words = matches.get_many::<OsString>("classic").unwrap_or_default();
    let options = parse(words)?;
    let prepared = Prepared::new(&options)?;
    let notices = &prepared.experiment.notices;
    for warning in notices.warnings.iter().chain(&prepared.loaded.warnings) {
        warn(warning);
    }
    let kind: EngineKind = *matches.get_one("engine").expect("it has a default");
    let engine = RasterOrder::open(kind, &options.run.gpu())?;
    let mut session = Session::new(prepared, engine);
    let numbers: Vec<usize> = matches
        .get_many("pixel")
        .expect("clap requires it")
        .copied()
        .collect();
    let mut pixels = Vec::new();
    for pixel in numbers.chunks_exact(2) {
        pixels.push(trace::pixel(&mut session, pixel[0], pixel[1])?);
    }
    let plan = session.plan()?;
    for pixel in &pixels {
        report(matches, session.prepared(), &plan, pixel)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints or writes what was asked for of one pixel.
fn report(
    matches: &ArgMatches,
    prepared: &Prepared,
    plan: &Plan,
    pixel: &PixelTrace,
) -> Result<(), CliError> {
    let experiment = &prepared.experiment;
    let text = classic::text(experiment, plan, pixel);
    let taps = matches
        .get_one::<Taps>("taps")
        .map_or(&[][..], |taps| &taps.0);
    let object = |tap: Tap| taps::object(tap, experiment, plan, pixel);
    let as_json = matches.get_flag("json");
    if let Some(directory) = matches.get_one::<PathBuf>("out-dir") {
        let tag = matches.get_one::<String>("tag");
        let stem = tag.map_or_else(String::new, |tag| format!("{tag}_"));
        let stem = format!("{stem}trace_{}_{}", pixel.slow, pixel.fast);
        std::fs::create_dir_all(directory).map_err(FileError::write(directory))?;
        write(&directory.join(format!("{stem}.log")), &text)?;
        if as_json {
            write_json(
                &directory.join(format!("{stem}.json")),
                &lines_object(pixel, &text),
            )?;
        }
        for &tap in taps {
            let path = directory.join(format!("{stem}_{}.json", tap.id()));
            write_json(&path, &object(tap))?;
        }
        return Ok(());
    }
    let mut stdout = std::io::stdout().lock();
    if as_json {
        writeln!(stdout, "{}", lines_object(pixel, &text))?;
    } else {
        stdout.write_all(text.as_bytes())?;
    }
    for &tap in taps {
        writeln!(stdout, "{}", object(tap))?;
    }
    Ok(())
}

/// The lines as a tap: what each is about, and its numbers.
fn lines_object(pixel: &PixelTrace, text: &str) -> Value {
    let lines = log::parse(text).into_iter().map(|line| {
        let fields = line
            .fields
            .into_iter()
            .map(|field| json!([field.label, field.values]));
        json!({ "name": line.name, "fields": fields.collect::<Vec<_>>() })
    });
    taps::envelope(
        "trace",
        pixel,
        json!({ "lines": lines.collect::<Vec<_>>() }),
    )
}

fn write_json(path: &Path, object: &Value) -> Result<(), CliError> {
    write(path, &format!("{object:#}\n"))
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    atomic_file::write(path, |out| out.write_all(text.as_bytes()))?;
    say(&format!("{}\n", path.display()))
}

fn diff(matches: &ArgMatches) -> Result<ExitCode, CliError> {
    let path = |name| matches.get_one::<PathBuf>(name).expect("clap requires it");
    let (a, b) = (read(path("a"))?, read(path("b"))?);
    let rtol = *matches.get_one("rtol").expect("it has a default");
    let comparison = divergence::compare(&a, &b, &Tolerance::relative(rtol));
    let mut text = format!(
        "{:<28} {:>7} {:>7}  largest relative difference\n",
        "quantity", "A", "B"
    );
    for row in &comparison.rows {
        let [lines_a, lines_b] = row.lines;
        let difference = if lines_a == 0 || lines_b == 0 {
            "in one trace alone".to_owned()
        } else {
            general(row.relative_difference, 3)
        };
        writeln!(
            text,
            "{:<28} {lines_a:>7} {lines_b:>7}  {difference}",
            row.name
        )
        .expect("writing to a string does not fail");
    }
    let (verdict, status) = match &comparison.first {
        None => (
            format!("no difference above {}", general(rtol, 6)),
            ExitCode::SUCCESS,
        ),
        Some(first) => (
            format!("first divergence: {first}"),
            ExitCode::from(DIVERGES),
        ),
    };
    std::io::stdout().write_all(printable(&format!("{text}{verdict}\n")).as_bytes())?;
    Ok(status)
}

/// The lines of a trace file.
fn read(path: &Path) -> Result<Vec<log::Line>, CliError> {
    let bytes = bounded::read(path, MAX_TRACE_BYTES).map_err(FileError::read(path))?;
    let lines = log::parse(&String::from_utf8_lossy(&bytes));
    if lines.is_empty() {
        let problem = "it holds no line like \"TRACE_C: name values\"";
        return Err(FileError::malformed(path, "trace", problem).into());
    }
    Ok(lines)
}
