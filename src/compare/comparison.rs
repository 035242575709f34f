//! From a request to everything that was found.

use std::path::PathBuf;

use ndarray::Array2;

use super::{
    ClassicWords, CompareError, FileIdentity, Runner, Side, SideEngine, SideRun,
    differences::differences,
    explain::{self, Case, Ran},
    metrics,
    request::{Request, Subject},
    resample,
    summary::{AdapterIdentity, FORMAT, SideSummary, Sides, Summary},
    verdict,
};
use crate::{
    classic::Experiment,
    compare::pictures::PictureScale,
    engine::{EngineKind, gpu::adapters},
    formats::read_image_of_shape,
    image::Pixel,
    measure::{Build, Machine},
    plan::Plan,
    progress::Progress,
    structure_factors::Amplitudes,
};

/// Two images of one shape and everything that was found about them.
pub struct Comparison {
    pub a: Array2<f32>,
    pub b: Array2<f32>,
    /// What both sides said, and their warnings: standard output and error of programs.
    pub logs: Option<[(String, String); 2]>,
    pub summary: Summary,
}

/// The two sides before they are measured.
struct Obtained {
    a: Array2<f32>,
    b: Array2<f32>,
    summaries: [SideSummary; 2],
    /// Both sides at work, and their runs.
    runs: Option<([Runner; 2], [SideRun; 2])>,
    told: Vec<String>,
    adapter: Option<AdapterIdentity>,
}

impl Comparison {
    /// Reads or renders both images, measures them, and looks for the cause where that is asked for. `starting` hears of
    /// every side before it runs; `progress` stops the sides.
    ///
    /// # Errors
    /// [`CompareError`]
    pub fn of(
        request: &Request,
        progress: &Progress,
        starting: impl Fn(&Side),
    ) -> Result<Self, CompareError> {
        let mut obtained = match &request.subject {
            Subject::Files(paths) => files(request, paths)?,
            Subject::Sides(pair) => sides(request, pair, progress, starting)?,
        };
        let camera = request.words.as_ref().and_then(described);
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
        let resolution = camera.as_ref().map(|(_, plan)| resolution_map(plan));
        let metrics = metrics::measure(a.view(), b.view(), resolution.as_ref(), &request.measure);
        let verdict = verdict::judge(&metrics, &request.thresholds);
        let explanation = match (&mut obtained.runs, &request.words, &camera) {
            (Some(([runner_a, runner_b], [run_a, run_b])), Some(words), Some(camera))
                if request.explain && !verdict.agree =>
            {
                explain::explain(&mut Case {
                    words,
                    sides: [
                        Ran {
                            runner: runner_a,
                            run: run_a,
                        },
                        Ran {
                            runner: runner_b,
                            run: run_b,
                        },
                    ],
                    experiment: &camera.0,
                    plan: &camera.1,
                    thresholds: request.thresholds,
                })?
            }
            _ => Vec::new(),
        };
        let (options, inputs) = request
            .words
            .as_ref()
            .map_or_else(Default::default, |words| {
                (words.as_typed.clone(), words.inputs.clone())
            });
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
                .map(|(_, runs)| runs.map(|run| (run.stdout, run.stderr))),
            a,
            b,
        })
    }
}

/// Reads two image files.
fn files(request: &Request, paths: &[PathBuf; 2]) -> Result<Obtained, CompareError> {
    let raw_shape = request.raw_shape();
    let read = |path: &PathBuf| -> Result<_, CompareError> {
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
        let name = path.display();
        let first = format!("{name} holds {images} images, of which the first is compared");
        let odd = image.warnings.iter().map(|odd| format!("{name}: {odd}"));
        let told: Vec<String> = (images > 1)
            .then_some(first)
            .into_iter()
            .chain(odd)
            .collect();
        Ok((pixels, summary, told))
    };
    let [(a, summary_a, told_a), (b, summary_b, told_b)] = [read(&paths[0])?, read(&paths[1])?];
    Ok(Obtained {
        a,
        b,
        summaries: [summary_a, summary_b],
        runs: None,
        told: [told_a, told_b].concat(),
        adapter: None,
    })
}

/// Runs both sides on the same words.
fn sides(
    request: &Request,
    [a, b]: &[Side; 2],
    progress: &Progress,
    starting: impl Fn(&Side),
) -> Result<Obtained, CompareError> {
    let words = request.words.as_ref().ok_or_else(|| {
        CompareError::Usage(
            "give two image files, or the options of a run; see nanobragg compare --help"
                .to_owned(),
        )
    })?;
    let run = |side: &Side| -> Result<(Runner, SideRun), CompareError> {
        starting(side);
        let mut runner = Runner::new(side.clone(), &request.scratch, progress.companion())?;
        let run = runner.run(&words.words)?;
        Ok((runner, run))
    };
    let [(runner_a, run_a), (runner_b, run_b)] = [run(a)?, run(b)?];
    let uses_gpu = [a, b]
        .iter()
        .any(|side| side.engine == SideEngine::BuiltIn(EngineKind::Gpu));
    Ok(Obtained {
        a: run_a.image.clone(),
        b: run_b.image.clone(),
        summaries: [summary(a, &run_a), summary(b, &run_b)],
        told: differences(&run_a, &run_b),
        adapter: uses_gpu
            .then(|| adapter(words.options.run.adapter.as_deref()))
            .flatten(),
        runs: Some(([runner_a, runner_b], [run_a, run_b])),
    })
}

fn summary(side: &Side, run: &SideRun) -> SideSummary {
    SideSummary {
        engine: side.engine.to_string(),
        version: Some(run.version.clone()),
        device: run.device.clone(),
        command: run.command.clone(),
        seconds: Some(run.seconds),
        slow_pixels: run.image.nrows(),
        fast_pixels: run.image.ncols(),
        file: None,
        found_in_directory: run.found_in_directory.clone(),
        says_it_read: run.says_it_read.clone(),
        header: run.header.clone(),
    }
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

/// d in Å of every pixel's centre.
fn resolution_map(plan: &Plan) -> Array2<f64> {
    let panel = plan.panel();
    Array2::from_shape_fn((panel.slow_pixels, panel.fast_pixels), |(slow, fast)| {
        plan.resolution_angstrom(Pixel::at(slow, fast))
    })
}
