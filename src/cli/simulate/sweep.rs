//! `-frames N`: a sweep of images, frame i from φ0 + i·osc on, by one engine that stays warm.

use std::process::ExitCode;

use super::{
    announce::{announce, not_finite_warning, run_out_warning},
    outputs::Outputs,
    say::{say, warn},
    watch::Watch,
};
use crate::{
    classic::{
        self, Prepared, RasterOrder, Session, SessionError, UsageError,
        options::{Options, OutputOptions},
    },
    cli::{CliError, frame_files::numbered},
    files::Batch,
    formats::{general, nexus},
    plan::Planes,
};

/// Images of the longest sweep.
const MOST_FRAMES: usize = 1_000_000;

/// Renders `frames` images and writes their files as it goes: those whose names hold a run of `#`, which becomes the
/// number of the frame from 1 on, and one NeXus file of all frames.
pub fn run(options: &Options, frames: i64, watch: &Watch) -> Result<ExitCode, CliError> {
    let count = usize::try_from(frames)
        .ok()
        .filter(|count| (1..=MOST_FRAMES).contains(count));
    let frames = count.ok_or(UsageError::FrameCount(frames))?;
    check_names(&options.output)?;
    let goniometer = classic::with_headers(options)?.goniometer;
    let range_deg = goniometer
        .osc_deg
        .filter(|osc| *osc > 0.0)
        .ok_or(UsageError::FramesWithoutRange)?;
    let start_deg = goniometer.phi_deg.unwrap_or(0.0);
    let nexus_file = options.output.nexus_file.clone();
    let outputs =
        |frame: usize| Outputs::of_frame(&options.output, |path| numbered(path, frame + 1));
    // The last frame's names are the longest.
    outputs(frames - 1).check()?;
    if let Some(path) = &nexus_file {
        Batch::check(path)?;
    }

    let owned = options.clone();
    let (mut session, plan, coverage) = watch.during(move |_| {
        let prepared = Prepared::new(&owned)?;
        let mut session = Session::new(prepared, RasterOrder::of_run(&owned.run)?);
        let plan = session.plan()?;
        let coverage = session.prepared().coverage(&plan);
        Ok::<_, SessionError>((session, plan, coverage))
    })??;
    announce(&session, &plan, options, coverage)?;
    let experiment = &session.prepared().experiment;
    for shortcoming in outputs(0).shortcomings(&experiment.acquisition()) {
        warn(shortcoming);
    }
    let dim = (plan.panel().slow_pixels, plan.panel().fast_pixels);
    let mut stack = match &nexus_file {
        Some(path) => Some(nexus::Writer::create::<u16>(
            path,
            &experiment.acquisition(),
            frames,
            dim,
        )?),
        None => None,
    };
    let seed = experiment.seed;
    for frame in 0..frames {
        let phi_deg = start_deg + frame as f64 * range_deg;
        let (image, outcome, plan, returned) = watch.during(move |progress| {
            session.turn_to(phi_deg);
            let plan = session.plan()?;
            let mut image = plan.detector.dark_image();
            let outcome = session.render_into(&mut Planes::of(&mut image), progress)?;
            Ok::<_, SessionError>((image, outcome, plan, session))
        })??;
        session = returned;
        let Prepared {
            experiment, order, ..
        } = session.prepared();
        if frame == 0
            && let Some(pixel) = outcome.left_table
        {
            warn(&run_out_warning(order, pixel));
        }
        let files = outputs(frame);
        let derived = files.derive(&options.output, &image, &plan, seed + frame as i64);
        if let Some(warning) = not_finite_warning(&plan, derived.statistics) {
            warn(&format!("frame {}: {warning}", frame + 1));
        }
        say(&format!(
            "frame {} of {frames}, phi {}\n",
            frame + 1,
            general(experiment.goniometer.start_deg(), 6)
        ))?;
        say(&derived.report())?;
        if let Some(stack) = &mut stack {
            stack.push(derived.measured())?;
        }
        let (header, acquisition) = (experiment.smv_header(), experiment.acquisition());
        files.write(&image, &derived, &header, &acquisition, || watch.check())?;
    }
    if let (Some(stack), Some(path)) = (stack, nexus_file) {
        watch.check()?;
        say(&format!(
            "writing {} as {frames} frames of NXmx\n",
            path.display()
        ))?;
        stack.finish()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Every file of a sweep needs a number in its name, and there has to be one.
fn check_names(output: &OutputOptions) -> Result<(), UsageError> {
    let named = [
        ("-floatfile", &output.float_file),
        ("-intfile", &output.int_file),
        ("-noisefile", &output.noise_file),
        ("-pgmfile", &output.pgm_file),
        ("-pngfile", &output.png_file),
        ("-cbffile", &output.cbf_file),
        ("-npyfile", &output.npy_file),
        ("-tiffile", &output.tiff_file),
    ];
    for (option, path) in named {
        if let Some(path) = path
            && numbered(path, 1) == *path
        {
            return Err(UsageError::FrameWithoutNumber {
                option,
                path: path.clone(),
            });
        }
    }
    let any = named.iter().any(|(_, path)| path.is_some()) || output.nexus_file.is_some();
    if any {
        Ok(())
    } else {
        Err(UsageError::FramesWithoutFiles)
    }
}
