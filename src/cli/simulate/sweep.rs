//! `-frames N`: a sweep of images, frame i from φ0 + i·osc on, by engines that stay warm: frames are rendered,
//! compressed and written beside their names by several workers, and named in order.

use std::{
    cell::RefCell,
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{
    announce::{announce, not_finite_warning, run_out_warning},
    outputs::{Outputs, counting},
    record::{FileRecord, ImageRecord, RunRecord},
    run::{Run, acquisition},
    stacks::{StackFile, Stacks},
    under_way::UnderWay,
};
use crate::{
    classic::{
        self, Experiment, Prepared, RasterOrder, Session, SessionError, UsageError,
        options::{Options, OutputOptions},
        why_dark,
    },
    cli::{CliError, collisions, error::first_failure, frame_files::numbered},
    engine::EngineKind,
    files::Batch,
    formats::{ImageFormat, StackFrame, general},
    image::Image,
    measure::Machine,
    plan::{Plan, Planes},
    progress::Progress,
    simulator::shots::{self, Schedule},
};

/// Images of the longest sweep.
const MOST_FRAMES: usize = 1_000_000;
/// Memory of a frame in flight: its image, its noise, and its files on their way to the disk.
const BYTES_A_PIXEL: usize = 16;

/// Renders `frames` images and writes their files as it goes: those whose names hold a run of `#`, which becomes the
/// number of the frame from 1 on, and those that hold all frames.
pub fn run(run: &Run<'_>, frames: i64) -> Result<ExitCode, CliError> {
    let Run {
        options,
        log,
        watch,
        ..
    } = run;
    let count = usize::try_from(frames)
        .ok()
        .filter(|count| (1..=MOST_FRAMES).contains(count));
    let frames = count.ok_or(UsageError::FrameCount(frames))?;
    let mut each = options.output.clone();
    let stack_files = StackFile::take_from(&mut each);
    check_names(&each, &stack_files)?;
    let outputs = |frame: usize| Outputs::of_frame(&each, |path| numbered(path, frame + 1));
    let mut companions = run.companions();
    companions.extend(
        stack_files
            .iter()
            .map(|file| (file.option, file.path.as_path())),
    );
    // The last frame's names are the longest.
    outputs(frames - 1).check(&companions, &options.inputs())?;
    let inputs = options.inputs();
    (0..frames)
        .try_for_each(|frame| collisions::refuse_overwriting(&outputs(frame).named(), &inputs))?;
    let nexus_file = options.output.nexus_file.as_deref();
    let nexus_format = nexus_file.map(|path| (path, ImageFormat::Nexus));
    counting(&options.output).check(nexus_format)?;

    let goniometer = classic::with_headers(options)?.goniometer;
    let range_deg = goniometer
        .osc_deg
        .filter(|osc| *osc > 0.0)
        .ok_or(UsageError::FramesWithoutRange)?;
    let start_deg = goniometer.phi_deg.unwrap_or(0.0);
    let owned = (*options).clone();
    let (session, plan, coverage) = watch.during(move |_| {
        let prepared = Prepared::new(&owned)?;
        let mut session = Session::new(prepared, RasterOrder::of_run(&owned.run)?);
        let plan = session.plan()?;
        let coverage = session.prepared().coverage(&plan);
        Ok::<_, SessionError>((session, plan, coverage))
    })??;
    let mut record = RunRecord::begin(&session, &plan, &run.command);
    announce(log, &session, &plan, options, coverage, &record)?;
    let experiment = &session.prepared().experiment;
    for shortcoming in outputs(0).shortcomings(&experiment.acquisition()) {
        log.warn(shortcoming);
    }
    let dim = (plan.panel().slow_pixels, plan.panel().fast_pixels);
    let seed = experiment.seed;
    let first = acquisition(options, experiment, seed);
    let mut stacks = Stacks::create(&stack_files, &options.output, &first, frames, dim)?;
    let memory = Machine::current().memory_bytes;
    let most = frames_at_once(plan.detector.pixels(), memory);
    let schedule = Schedule::of(frames, rayon::current_num_threads(), most);
    let renderers = Renderer::several(session, options, schedule.workers)?;
    let pixels = (plan.panel().region.fast_len() * plan.panel().region.slow_len()) as u64;
    watch.progress().begin(frames as u64 * pixels);
    let progress = watch.companion();
    let bar = RefCell::new(watch.bar());
    let under_way = UnderWay::default();
    let work = |renderer: &mut Renderer, frame: usize| -> Result<Frame, CliError> {
        let (mut notes, mut warnings) = (String::new(), Vec::new());
        let phi_deg = start_deg + frame as f64 * range_deg;
        let mine = under_way.begin(frame, &progress);
        let Rendered {
            plan,
            experiment,
            took,
        } = renderer.render(phi_deg, frame, &mine, &mut warnings)?;
        let (image, files) = (&renderer.image, outputs(frame));
        let seed = seed + frame as i64;
        let derived = files.derive(&options.output, image, &plan, seed);
        if let Some(warning) = not_finite_warning(&plan, derived.statistics) {
            warnings.push(format!("frame {}: {warning}", frame + 1));
        } else if frame == 0 {
            // The others are likely to be dark, or saturated, for the same reason.
            let dark = why_dark(&experiment, &plan, &derived.statistics)
                .or_else(|| derived.saturation_warning());
            warnings.extend(dark.map(|warning| format!("frame 1: {warning}")));
        }
        let phi_deg = experiment.goniometer.start_deg();
        let counts_spots = options.output.json_file.is_some();
        let record = ImageRecord::of(
            frame + 1,
            phi_deg,
            &plan,
            image,
            &derived,
            took,
            counts_spots,
        );
        let phi_deg = general(phi_deg, 6);
        notes += &format!("frame {} of {frames}, phi {phi_deg} deg\n", frame + 1);
        notes += &derived.report();
        let header = experiment.smv_header();
        let acquisition = acquisition(options, &experiment, seed);
        let check = || match progress.is_cancelled() {
            true => Err(CliError::Interrupted),
            false => Ok(()),
        };
        let note = |text: &str| {
            notes += text;
            Ok(())
        };
        let batch = files.stage(image, &derived, &header, &acquisition, check, note)?;
        let stacked = stack_files
            .iter()
            .map(|file| file.frame(&derived, image, &acquisition))
            .collect::<Result<_, _>>()?;
        Ok(Frame {
            notes,
            warnings,
            batch,
            stacked,
            record,
        })
    };
    let take = |number: usize, frame: Frame| -> Result<(), CliError> {
        bar.borrow().suspend(|| {
            frame.warnings.iter().for_each(|text| log.warn(text));
            log.say(&frame.notes)
        })?;
        // What a stack has too much is cut off again; a file that has its name stays.
        stacks.push(&frame.stacked)?;
        frame.batch.commit()?;
        under_way.end(number);
        record.images.push(ImageRecord {
            files: FileRecord::of(&outputs(number)),
            ..frame.record
        });
        Ok(())
    };
    let wait = || {
        watch
            .progress()
            .reach((under_way.frames() * pixels as f64) as u64);
        bar.borrow_mut().draw();
        watch.check()
    };
    let outcome = shots::in_order(0..frames, schedule, renderers, work, take, wait);
    drop(bar);
    let done = record.images.len();
    let mut stacked = Vec::new();
    let finished = stacks.finish(done, outcome.is_ok(), |text| log.say(text), &mut stacked);
    record.files = stacked;
    let files = record.files.len()
        + record
            .images
            .iter()
            .map(|image| image.files.len())
            .sum::<usize>();
    let outcome = first_failure([outcome, finished, run.close(record)]);
    match outcome {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error.after(done, frames, files)),
    }
}

/// Frames that have room in a quarter of the memory, and in 2 GiB where there is more.
fn frames_at_once(pixels: usize, memory_bytes: u64) -> usize {
    let room = (memory_bytes / 4).min(2 << 30) as usize;
    room / (pixels * BYTES_A_PIXEL).max(1)
}

/// What a worker has made of a frame.
struct Frame {
    notes: String,
    warnings: Vec<String>,
    batch: Batch,
    /// For each of the files that hold all frames.
    stacked: Vec<StackFrame>,
    record: ImageRecord,
}

/// An image that a renderer holds.
struct Rendered {
    plan: Arc<Plan>,
    experiment: Experiment,
    took: Duration,
}

/// One of those who render frames.
struct Renderer {
    /// A CPU engine of its own, or the one GPU that all share.
    session: Arc<Mutex<Session>>,
    image: Image,
}

impl Renderer {
    /// As many as are worth it: on the CPU each has an engine of its own, a GPU renders for one while the others see to what
    /// becomes of the images.
    fn several(first: Session, options: &Options, workers: usize) -> Result<Vec<Self>, CliError> {
        let (kind, prepared) = (first.kind(), first.prepared().clone());
        let dark = prepared.scene.detector.dark_image();
        let shared = Arc::new(Mutex::new(first));
        let mut renderers = Vec::new();
        for number in 0..workers {
            let session = if number == 0 || kind == EngineKind::Gpu {
                Arc::clone(&shared)
            } else {
                let engine = RasterOrder::open(kind, &options.run.gpu())?;
                Arc::new(Mutex::new(Session::new(prepared.clone(), engine)))
            };
            renderers.push(Self {
                session,
                image: dark.clone(),
            });
        }
        Ok(renderers)
    }

    /// Renders the frame that begins at an angle; its plan, and what is to be told about it.
    fn render(
        &mut self,
        phi_deg: f64,
        frame: usize,
        progress: &Progress,
        warnings: &mut Vec<String>,
    ) -> Result<Rendered, CliError> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        session.turn_to(phi_deg);
        let planes = &mut Planes::of(&mut self.image);
        let outcome = session.render_into(planes, progress)?;
        let took = begun.elapsed();
        let Prepared {
            experiment, order, ..
        } = session.prepared();
        if let Some(pixel) = outcome.left_table.filter(|_| frame == 0) {
            warnings.push(run_out_warning(order, pixel));
        }
        Ok(Rendered {
            experiment: experiment.clone(),
            plan: session.plan()?,
            took,
        })
    }
}

/// Every file of a sweep needs a number in its name, and there has to be one.
fn check_names(output: &OutputOptions, stacks: &[StackFile]) -> Result<(), UsageError> {
    let plain = Outputs::of_frame(output, Path::to_owned);
    let named = plain.named();
    for &(option, path) in &named {
        if numbered(path, 1) == path {
            return Err(UsageError::FrameWithoutNumber {
                option,
                path: path.to_owned(),
            });
        }
    }
    if named.is_empty() && stacks.is_empty() {
        return Err(UsageError::FramesWithoutFiles);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_frames_are_fewer_at_once() {
        let gib = 1 << 30;
        assert_eq!(frames_at_once(4096 * 4096, 64 * gib), 8);
        assert_eq!(frames_at_once(4096 * 4096, 2 * gib), 2);
        assert_eq!(frames_at_once(16384 * 16384, 64 * gib), 0);
        assert!(frames_at_once(800 * 800, 8 * gib) > 100);
    }
}
