//! `nanobragg compare`: two engines on identical options, or two image files, measured against each other.

mod arguments;
mod artifacts;
mod camera;
mod error;
mod explain;
mod metrics;
mod pictures;
mod report;
mod resample;
mod side;
mod summary;
mod table;
mod told;
mod verdict;
mod words;

use std::{io::Write, process::ExitCode};

use ndarray::Array2;

pub use arguments::command;
pub use error::USAGE;

use super::CliError;
use crate::{
    classic::Experiment,
    engine::gpu::adapters,
    formats::read_image_of_shape,
    measure::{Build, Machine},
    plan::Plan,
    structure_factors::Amplitudes,
};
use arguments::{Request, Subject};
use error::{AGREE, CompareError, DIFFER};
use pictures::PictureScale;
use side::{Engine, Run, Side};
use summary::{AdapterIdentity, FORMAT, SideSummary, Sides, Summary};
use told::FileIdentity;
use words::ClassicWords;

/// Compares, writes the artifacts, prints the verdict, and says it by the exit status.
pub fn run(matches: &clap::ArgMatches) -> Result<ExitCode, CliError> {
    let request = Request::from_matches(matches)?;
    let comparison = Comparison::of(&request)?;
    let directory = artifacts::write(&request, &comparison)?;
    let mut out = std::io::stdout();
    out.write_all(table::report(&comparison.summary).as_bytes())?;
    writeln!(out, "\nartifacts: {}", directory.display())?;
    Ok(ExitCode::from(if comparison.summary.verdict.agree {
        AGREE
    } else {
        DIFFER
    }))
}

/// Two images of one shape and everything that was found about them.
pub struct Comparison {
    pub a: Array2<f32>,
    pub b: Array2<f32>,
    /// Standard output and error of both sides, where they are programs.
    pub logs: Option<[(String, String); 2]>,
    pub summary: Summary,
}

/// The two sides before they are measured.
struct Obtained {
    a: Array2<f32>,
    b: Array2<f32>,
    summaries: [SideSummary; 2],
    runs: Option<[Run; 2]>,
    words: Option<ClassicWords>,
    told: Vec<String>,
    adapter: Option<AdapterIdentity>,
}

impl Comparison {
    fn of(request: &Request) -> Result<Self, CompareError> {
        let obtained = match &request.subject {
            Subject::Files([a, b]) => files(request, [a, b])?,
            Subject::Sides([a, b]) => sides(request, a, b)?,
        };
        let camera = obtained.words.as_ref().and_then(described);
        let resampled_from = (obtained.a.dim() != obtained.b.dim()).then(|| obtained.b.dim());
        let b = match resampled_from {
            None => obtained.b,
            Some(_) if request.resample && !obtained.a.is_empty() && !obtained.b.is_empty() => {
                resample::nearest_neighbour(obtained.b.view(), obtained.a.dim())
            }
            Some(shape) => {
                return Err(CompareError::ShapesDiffer {
                    a: obtained.a.dim(),
                    b: shape,
                });
            }
        };
        let a = obtained.a;
        request.check_roi(a.dim())?;
        let resolution = camera
            .as_ref()
            .map(|(_, plan)| camera::resolution_map(plan));
        let metrics = metrics::measure(a.view(), b.view(), resolution.as_ref(), &request.measure);
        let verdict = verdict::judge(&metrics, &request.thresholds);
        let explanation = match (&request.subject, &obtained.runs, &obtained.words, &camera) {
            (Subject::Sides([side_a, side_b]), Some([run_a, run_b]), Some(words), Some(camera))
                if request.explain && !verdict.agree =>
            {
                explain::explain(&explain::Case {
                    words,
                    a: (side_a, run_a),
                    b: (side_b, run_b),
                    experiment: &camera.0,
                    plan: &camera.1,
                    thresholds: request.thresholds,
                })?
            }
            _ => Vec::new(),
        };
        let (options, inputs) = obtained
            .words
            .map_or_else(Default::default, |words| (words.as_typed, words.inputs));
        let [summary_a, summary_b] = obtained.summaries;
        Ok(Self {
            summary: Summary {
                format: FORMAT,
                created: request.started.to_string(),
                verdict,
                thresholds: request.thresholds,
                told: obtained.told,
                explanation,
                options,
                inputs,
                sides: Sides {
                    a: summary_a,
                    b: summary_b,
                },
                resampled_from,
                measured: request.measure,
                metrics,
                pictures: PictureScale::of(a.view(), b.view(), request.png_scale, request.tone),
                build: Build::current(),
                machine: Machine::current(),
                adapter: obtained.adapter,
            },
            logs: obtained
                .runs
                .map(|runs| runs.map(|run| (run.stdout, run.stderr))),
            a,
            b,
        })
    }
}

/// Reads two image files.
fn files(request: &Request, paths: [&std::path::PathBuf; 2]) -> Result<Obtained, CompareError> {
    let words = request.classic_words()?;
    let raw_shape = request.raw_shape(words.as_ref());
    let read = |path: &std::path::PathBuf| -> Result<_, CompareError> {
        let file = FileIdentity::of(path)?;
        let image = read_image_of_shape(path, raw_shape)?;
        let (images, pixels) = (image.images, image.pixels);
        let (slow_pixels, fast_pixels) = pixels.dim();
        let summary = SideSummary {
            engine: path.display().to_string(),
            slow_pixels,
            fast_pixels,
            file: Some(file),
            ..SideSummary::default()
        };
        let told = (images > 1).then(|| {
            format!(
                "{} holds {images} images, of which the first is compared",
                path.display()
            )
        });
        Ok((pixels, summary, told))
    };
    let [(a, summary_a, told_a), (b, summary_b, told_b)] = [read(paths[0])?, read(paths[1])?];
    Ok(Obtained {
        a,
        b,
        summaries: [summary_a, summary_b],
        runs: None,
        words,
        told: told_a.into_iter().chain(told_b).collect(),
        adapter: None,
    })
}

/// Runs both sides on the same words.
fn sides(request: &Request, a: &Side, b: &Side) -> Result<Obtained, CompareError> {
    let words = request.classic_words()?.ok_or_else(|| {
        CompareError::Usage(
            "give two image files, or -- and the options of a run; see nanobragg compare --help"
                .to_owned(),
        )
    })?;
    let run = |side: &Side| -> Result<Run, CompareError> {
        eprintln!("running {}: {}", side.label, side.engine);
        side.run(&words.words)
    };
    let runs = [run(a)?, run(b)?];
    let summary = |side: &Side, run: &Run| SideSummary {
        engine: side.engine.to_string(),
        version: Some(run.version().to_owned()),
        device: run.said("device:").map(str::to_owned),
        command: run.command.clone(),
        seconds: Some(run.seconds),
        slow_pixels: run.image.nrows(),
        fast_pixels: run.image.ncols(),
        file: None,
        found_in_directory: run.found_in_directory.clone(),
        says_it_read: run.says_it_read.clone(),
        header: run.header.clone(),
    };
    let uses_gpu = [a, b].iter().any(|side| side.engine == Engine::Gpu);
    Ok(Obtained {
        a: runs[0].image.clone(),
        b: runs[1].image.clone(),
        summaries: [summary(a, &runs[0]), summary(b, &runs[1])],
        told: told::differences(&runs[0], &runs[1]),
        adapter: uses_gpu
            .then(|| adapter(words.options.run.adapter.as_deref()))
            .flatten(),
        runs: Some(runs),
        words: Some(words),
    })
}

/// The adapter that the GPU side runs on.
fn adapter(wanted: Option<&str>) -> Option<AdapterIdentity> {
    let summary = adapters::summary(&adapters::choose(wanted).ok()?);
    Some(AdapterIdentity {
        name: summary.name,
        backend: summary.backend,
        driver: summary.driver,
    })
}

/// The camera and crystal of the words, where they describe a whole experiment.
fn described(words: &ClassicWords) -> Option<(Experiment, Plan)> {
    let experiment = Experiment::from_options(&words.options).ok()?;
    let plan = experiment.plan(&Amplitudes::Constant(1.0)).ok()?;
    Some((experiment, plan))
}
