//! `nanobragg bench [OPTIONS] [-- CLASSIC OPTIONS…]` and `nanobragg bench matrix DIR…`

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::{Arg, ArgAction, ArgMatches, value_parser};

use super::{
    CliError,
    command::COMMON_STATUSES,
    engines::{engine_names, use_threads},
    say::{say, warn},
};
use crate::{
    bench::{self, Bundle, Measurement, Reference, Settings},
    classic::{dialect::written_out, parse},
    engine::EngineKind,
    engine::cpu::Peak,
    files::{Batch, FileError},
    measure::{Build, Machine},
    progress::Progress,
};

/// A measured image was wrong.
const WRONG: u8 = 3;

/// What the exit statuses say.
pub const STATUSES: &[(u8, &str)] = &[
    COMMON_STATUSES[0],
    COMMON_STATUSES[1],
    COMMON_STATUSES[2],
    (WRONG, "A measured image was wrong."),
    COMMON_STATUSES[3],
];

/// What is rendered unless classic options say otherwise: a mosaic image of a triclinic crystal.
const MOSAIC: &str = "-default_F 100 -cell 70 80 90 75 85 95 -N 10 -lambda 1 -distance 100 -mosaic 0.5 -mosaic_dom 100 -oversample 1";

pub fn command() -> clap::Command {
    clap::Command::new("bench")
        .about("Time the engines, with the agreement of what they render")
        .after_help(format!("Without classic options: {MOSAIC}"))
        .subcommand_negates_reqs(true)
        .subcommand(
            clap::Command::new("matrix")
                .about("Compare many benchmarks: their figures, and what differed between them")
                .arg(
                    Arg::new("bundles")
                        .value_name("DIR")
                        .required(true)
                        .num_args(1..)
                        .value_parser(value_parser!(PathBuf))
                        .help("Folders that hold a bench.json, or JSON files of runs"),
                ),
        )
        .arg(
            Arg::new("sizes")
                .long("sizes")
                .value_delimiter(',')
                .value_parser(value_parser!(u32).range(1..=65536))
                .help("Pixels along each edge [default: 512, or the classic options' detector]"),
        )
        .arg(
            Arg::new("engines")
                .long("engines")
                .value_delimiter(',')
                .default_value("cpu,cpu-f32")
                .value_parser(engine_names())
                .help("What is measured, parted by commas"),
        )
        .arg(
            Arg::new("iterations")
                .long("iterations")
                .default_value("5")
                .value_parser(value_parser!(u32).range(1..=10_000))
                .help("Warm images, and cold runs, of each"),
        )
        .arg(
            Arg::new("reference")
                .long("reference")
                .value_name("PROGRAM")
                .value_parser(value_parser!(PathBuf))
                .help("A program of the classic dialect to compare with"),
        )
        .arg(
            Arg::new("no-cold")
                .long("no-cold")
                .action(ArgAction::SetTrue)
                .help("Leave out the runs that begin anew, from the words to the files"),
        )
        .arg(
            Arg::new("profile")
                .long("profile")
                .requires("out")
                .action(ArgAction::SetTrue)
                .help("Also write profile.json, a timeline for chrome://tracing or Perfetto"),
        )
        .arg(
            Arg::new("roofline")
                .long("roofline")
                .action(ArgAction::SetTrue)
                .help("Also measure this machine's arithmetic and memory, and what share of them the CPU engines reach"),
        )
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("Write bench.json, bench.csv and bench.svg there"),
        )
        .arg(
            Arg::new("classic")
                .value_name("CLASSIC OPTIONS")
                .last(true)
                .num_args(0..)
                .allow_hyphen_values(true)
                .help("What is rendered"),
        )
}

pub fn run(matches: &ArgMatches) -> Result<ExitCode, CliError> {
    if let Some(matches) = matches.subcommand_matches("matrix") {
        let paths: Vec<PathBuf> = values(matches, "bundles");
        let table = bench::matrix(&paths).map_err(|error| failed(&error))?;
        say(&table)?;
        return Ok(ExitCode::SUCCESS);
    }
    let classic: Vec<String> = values(matches, "classic");
    let options: Vec<String> = if classic.is_empty() {
        MOSAIC.split(' ').map(str::to_owned).collect()
    } else {
        // A program of the classic dialect knows no -options.
        let words: Vec<OsString> = classic.iter().map(OsString::from).collect();
        let words = written_out(&words)?.into_iter();
        words
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    };
    // What is wrong with the words is told before anything is measured.
    if let Some(warning) = use_threads(&parse(options.clone())?.run) {
        warn(&warning);
    }
    let sizes: Vec<u32> = values(matches, "sizes");
    let sizes: Vec<Option<usize>> = match (sizes.is_empty(), classic.is_empty()) {
        (true, true) => vec![Some(512)],
        (true, false) => vec![None],
        _ => sizes.into_iter().map(|size| Some(size as usize)).collect(),
    };
    let out: Option<&PathBuf> = matches.get_one("out");
    let iterations = *matches
        .get_one::<u32>("iterations")
        .expect("it has a default") as usize;
    let reference = matches
        .get_one::<PathBuf>("reference")
        .map(|program| Reference {
            program: program.clone(),
        });

    let progress = Arc::new(Progress::default());
    let cancel = Arc::clone(&progress);
    ctrlc::set_handler(move || cancel.cancel()).map_err(CliError::Signals)?;

    let mut bundle = Bundle {
        schema: bench::SCHEMA,
        date_unix_s: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_secs()),
        build: Build::current(),
        machine: Machine::current(),
        threads: rayon::current_num_threads(),
        options,
        environment: environment(),
        iterations,
        peak: matches.get_flag("roofline").then(Peak::measure),
        measurements: Vec::new(),
    };
    say(&format!(
        "{}\n{}\n",
        bundle.options.join(" "),
        Measurement::heading()
    ))?;
    for size in sizes {
        let settings = Settings {
            options: bundle.options.clone(),
            size,
            iterations,
            roofline: bundle.peak.is_some(),
            cold: !matches.get_flag("no-cold"),
            reference: reference.clone(),
        };
        for engine in values::<EngineKind>(matches, "engines") {
            let measurement = bench::run(&settings, engine, &progress).map_err(|error| {
                if progress.is_cancelled() {
                    CliError::Interrupted
                } else {
                    failed(error.as_ref())
                }
            })?;
            say(&format!("{}\n", measurement.line()))?;
            bundle.measurements.push(measurement);
        }
    }
    say(&format!("\n{}", bench::stage_table(&bundle)))?;
    if bundle.peak.is_some() {
        say(&format!("\n{}", bench::roofline_table(&bundle)))?;
    }
    if let Some(out) = out {
        write(&bundle, out, matches.get_flag("profile"))?;
    }
    let is_right = bundle.measurements.iter().all(Measurement::is_right);
    Ok(if is_right {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(WRONG)
    })
}

/// Writes the bundle's files, all or none.
fn write(bundle: &Bundle, folder: &Path, with_profile: bool) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|error| CliError::Status {
        status: super::FAILURE,
        message: format!("--out {}: {error}", folder.display()),
    })?;
    let json = serde_json::to_string_pretty(bundle).map_err(|error| failed(&error))?;
    let mut files = vec![("bench.json", json), ("bench.csv", bench::csv(bundle))];
    if let Some(chart) = bench::chart(bundle).map_err(|error| failed(&error))? {
        files.push(("bench.svg", chart));
    }
    if with_profile {
        files.push(("profile.json", bench::profile(bundle).to_string()));
    }
    let mut batch = Batch::default();
    for (name, text) in files {
        let path = folder.join(name);
        batch.stage(&path, |beside| {
            std::fs::write(beside, &text).map_err(|source| FileError::Write {
                path: beside.to_owned(),
                source,
            })
        })?;
    }
    batch.commit()?;
    say(&format!(
        "{}: bench.json, bench.csv, bench.svg\n",
        folder.display()
    ))
}

/// The variables that can change how fast a run is.
fn environment() -> std::collections::BTreeMap<String, String> {
    let prefixes = ["NANOBRAGG_", "RAYON_", "WGPU_", "LP_NUM_THREADS"];
    std::env::vars()
        .filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)))
        .collect()
}

fn values<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Vec<T> {
    matches
        .get_many(name)
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}

fn failed(error: &dyn std::fmt::Display) -> CliError {
    CliError::Status {
        status: super::FAILURE,
        message: error.to_string(),
    }
}
