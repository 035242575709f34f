//! The measurement itself.

use std::{
    ffi::OsString,
    fmt::Display,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::report::{Measurement, Stage, WarmStages};
use crate::{
    classic::{
        self, Prepared, RasterOrder, Session, SessionError, UsageError, engine_words, foreign,
        options::{Misset, Options},
        portable_words::PortableWords,
    },
    engine::{EngineKind, Precision, Stages, cpu},
    formats,
    image::Image,
    measure::{Timing, agreement},
    plan::Planes,
    progress::Progress,
};

const FLOAT_FILE: &str = "float.bin";
const INT_FILE: &str = "int.img";

/// What is measured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Classic options without those of size, engine and output.
    pub options: Vec<String>,
    /// Pixels along each edge; `None` leaves the options' own detector.
    pub size: Option<usize>,
    pub iterations: usize,
    /// Whether the operations of a CPU engine are counted.
    pub roofline: bool,
    /// Whether images are also timed from the words to the files.
    pub cold: bool,
    pub reference: Option<Reference>,
}

/// A program that speaks the classic dialect, to compare with.
#[derive(Debug, Clone)]
pub struct Reference {
    pub program: PathBuf,
}

/// Times one engine.
///
/// # Errors
/// What is wrong with the options, or whatever the engine or a program meets.
pub fn run(
    settings: &Settings,
    engine: EngineKind,
    progress: &Progress,
) -> Result<Measurement, Box<dyn std::error::Error>> {
    let mut clock = Clock {
        start: Instant::now(),
        stages: Vec::new(),
    };
    let options = options_for(settings, engine)?;
    let prepared = clock.stage("set-up", || Prepared::new(&options))?;
    let gpu = options.run.gpu();
    let opened = clock.stage("open engine", || RasterOrder::open(engine, &gpu))?;
    let mut session = Session::new(prepared.clone(), opened);
    let plan = session.plan()?;
    let mut first_image = plan.detector.dark_image();
    clock.stage("first image", || {
        session.render_into(&mut Planes::of(&mut first_image), progress)
    })?;
    let first_s = clock.last_s();

    let mut warm = Vec::new();
    let mut warm_image = plan.detector.dark_image();
    let mut stages = Stages::default();
    for iteration in 0..settings.iterations.max(1) {
        clock.stage("set-up of the next orientation", || {
            session.change(&turned(&options, iteration), &prepared.loaded)?;
            session.plan().map_err(SessionError::from)
        })?;
        stages = clock
            .stage("warm image", || {
                session.render_into(&mut Planes::of(&mut warm_image), progress)
            })?
            .stages;
        warm.push(Duration::from_secs_f64(clock.last_s()));
    }
    let set_up_s = clock.seconds_of("set-up of the next orientation");
    let folder = tempfile::tempdir()?;
    clock.stage("write", || {
        formats::raw_float::write(&folder.path().join(FLOAT_FILE), warm_image.view())
    })?;

    let warm_stages = WarmStages {
        set_up_s,
        upload_s: stages.upload.as_secs_f64(),
        kernel_s: stages.kernel.as_secs_f64(),
        kernel_by_adapter_s: stages.kernel_by_adapter.map(|time| time.as_secs_f64()),
        readback_s: stages.readback.map(|time| time.as_secs_f64()),
        write_s: clock.last_s(),
    };
    let peak_memory_bytes = peak_memory_bytes();
    let mut agreement_with_float64 = (None, None, None);
    if engine != EngineKind::Cpu(Precision::F64) {
        let exact = RasterOrder::open(EngineKind::Cpu(Precision::F64), &gpu)?;
        let mut exact = Session::new(prepared.clone(), exact);
        let cold = agreement(first_image.view(), exact.render()?.view());
        exact.set(session.prepared().clone());
        let kept = agreement(warm_image.view(), exact.render()?.view());
        agreement_with_float64 = (cold.correlation, kept.correlation, kept.sum_ratio);
    }
    let timing = Timing::of(&warm).expect("there is at least one iteration");
    let reference = match &settings.reference {
        Some(reference) => {
            let first = run_reference(reference, settings, &[], &first_image)?;
            let orientation = turned_words(settings.iterations.max(1) - 1);
            let warm = run_reference(reference, settings, &orientation, &warm_image)?;
            Some((first, warm))
        }
        None => None,
    };
    let panel = plan.panel();
    let pixels = (panel.region.fast_len() * panel.region.slow_len()) as u64;
    let samples = pixels * plan.samples_per_pixel(panel);
    Ok(Measurement {
        engine,
        description: session.engine(),
        size: panel.fast_pixels,
        pixels,
        samples,
        cold: cold(settings, engine, folder.path())?,
        first_s,
        warm: timing,
        stages: clock.stages,
        warm_stages: Some(warm_stages),
        operations_per_pixel: match engine.cpu_precision().filter(|_| settings.roofline) {
            Some(precision) => Some(cpu::operations_per_pixel(&*session.plan()?, precision)?),
            None => None,
        },
        pixels_per_s: pixels as f64 / timing.median_s,
        samples_per_s: samples as f64 / timing.median_s,
        ns_per_sample: 1e9 * timing.median_s / samples as f64,
        peak_memory_bytes,
        correlation_cold: agreement_with_float64.0,
        correlation_warm: agreement_with_float64.1,
        sum_ratio: agreement_with_float64.2,
        correlation_reference: reference.and_then(|(first, _)| first.agreement.0),
        correlation_reference_warm: reference.and_then(|(_, warm)| warm.agreement.0),
        sum_ratio_reference: reference.and_then(|(_, warm)| warm.agreement.1),
        reference_s: reference.map(|(first, _)| first.seconds),
        speedup_warm: reference.map(|(first, _)| first.seconds / timing.median_s),
    })
}

/// Times the steps of a measurement.
struct Clock {
    start: Instant,
    stages: Vec<Stage>,
}

impl Clock {
    fn stage<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let result = work();
        let seconds = begin.elapsed().as_secs_f64();
        let start_s = begin.duration_since(self.start).as_secs_f64();
        self.stages.push(Stage {
            name: name.to_owned(),
            start_s,
            seconds,
        });
        result
    }

    fn last_s(&self) -> f64 {
        self.stages.last().map_or(0.0, |stage| stage.seconds)
    }

    /// Of the last stage of that name.
    fn seconds_of(&self, name: &str) -> f64 {
        let stage = self.stages.iter().rfind(|stage| stage.name == name);
        stage.map_or(0.0, |stage| stage.seconds)
    }
}

/// The classic words of an image: those of the settings, then `more`.
fn words(settings: &Settings, more: &[String]) -> Vec<String> {
    let size = settings
        .size
        .map(|size| ["-detpixels".to_owned(), size.to_string()]);
    settings
        .options
        .iter()
        .cloned()
        .chain(size.into_iter().flatten())
        .chain(more.iter().cloned())
        .collect()
}

fn options_for(settings: &Settings, engine: EngineKind) -> Result<Options, UsageError> {
    let chosen = engine_words(engine).iter().map(|&word| word.to_owned());
    let chosen: Vec<String> = chosen.collect();
    classic::parse(words(settings, &chosen))
}

/// The same run in another orientation.
fn turned(options: &Options, iteration: usize) -> Options {
    let mut options = options.clone();
    options.crystal.misset = Some(Misset::Angles(orientation(iteration)));
    options
}

/// The missetting angles of an iteration, degrees.
fn orientation(iteration: usize) -> [f64; 3] {
    let degrees = 1.0 + iteration as f64;
    [degrees, 2.0 * degrees, 3.0 * degrees]
}

/// The same in classic words.
fn turned_words(iteration: usize) -> Vec<String> {
    let angles = orientation(iteration).map(|degrees| degrees.to_string());
    std::iter::once("-misset".to_owned())
        .chain(angles)
        .collect()
}

/// From the words to the float and integer images on disk, by an engine that is opened for it: what a process does once
/// it has started.
fn cold(
    settings: &Settings,
    engine: EngineKind,
    folder: &Path,
) -> Result<Option<Timing>, Box<dyn std::error::Error>> {
    if !settings.cold {
        return Ok(None);
    }
    let mut times = Vec::new();
    for _ in 0..settings.iterations.max(1) {
        let begin = Instant::now();
        let options = options_for(settings, engine)?;
        let prepared = Prepared::new(&options)?;
        let mut session = Session::new(prepared, RasterOrder::open(engine, &options.run.gpu())?);
        let image = session.render()?;
        let plan = session.plan()?;
        let scale = formats::automatic_int_scale(plan.statistics(&image).max);
        let format = formats::ImageFormat::Classic;
        let (adc, most) = (format.default_offset(), format.largest_count());
        let counts = formats::integer_image(&image, plan.panel().region, scale, adc, most);
        let header = session.prepared().experiment.smv_header();
        formats::raw_float::write(&folder.join(FLOAT_FILE), image.view())?;
        formats::smv::write(&folder.join(INT_FILE), &header, counts)?;
        times.push(begin.elapsed());
    }
    Ok(Timing::of(&times))
}

/// How an image compares with the reference program's, and how long that program took.
#[derive(Clone, Copy)]
struct AgainstReference {
    /// Correlation and ratio of sums.
    agreement: (Option<f64>, Option<f64>),
    seconds: f64,
}

/// Runs the program in an empty directory, on inputs that it finds from there.
fn run_reference(
    reference: &Reference,
    settings: &Settings,
    orientation: &[String],
    image: &Image,
) -> Result<AgainstReference, Box<dyn std::error::Error>> {
    let words: Vec<OsString> = words(settings, orientation)
        .into_iter()
        .map(OsString::from)
        .collect();
    let words = PortableWords::new(&words)?.words;
    let program = &reference.program;
    let named = |error: &dyn Display| format!("{}: {error}", program.display());
    let scratch = std::env::temp_dir();
    let theirs = foreign::run(program, &words, None, &scratch, &Progress::default())
        .map_err(|error| named(&error))?;
    let (slow, fast) = theirs.image.dim();
    if (slow, fast) != image.view().dim() {
        return Err(named(&format_args!(
            "its image has {fast} x {slow} pixels, not those asked for"
        ))
        .into());
    }
    let agreement = agreement(image.view(), theirs.image.view());
    Ok(AgainstReference {
        agreement: (agreement.correlation, agreement.sum_ratio),
        seconds: theirs.seconds,
    })
}

/// `VmHWM` of this process, where there is a `/proc`.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
