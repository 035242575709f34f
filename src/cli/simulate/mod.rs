//! Rendering: what `nanobragg OPTIONS` does.

use std::{ffi::OsString, process::ExitCode, sync::Arc, time::Instant};

use super::{
    CliError, collisions,
    engines::{check_engine, use_threads},
    say::say,
};
use crate::{
    classic::{
        Prepared, RasterOrder, Session, SessionError, UsageError, options::Options, presets,
        why_dark,
    },
    plan::Planes,
    structure_factors::{Amplitudes, Loaded},
};

mod announce;
mod closing;
mod geometry;
mod log;
mod outputs;
mod preview;
mod printout;
mod record;
mod run;
mod stacks;
mod summary;
mod sweep;
mod under_way;

use announce::{announce, not_finite_warning, run_out_warning};
use outputs::Outputs;
use record::{FileRecord, ImageRecord, RunRecord};
use run::{Run, acquisition};

/// Renders one image, or a sweep of them, and writes their files.
pub fn run(options: &Options, words: &[OsString]) -> Result<ExitCode, CliError> {
    if options.detector.preset.as_deref() == Some(presets::LIST) {
        say(&presets::table())?;
        return Ok(ExitCode::SUCCESS);
    }
    check_engine(&options.run)?;
    let run = Run::begin(options, words)?;
    if let Some(warning) = use_threads(&options.run) {
        run.log.warn(&warning);
    }
    match options.output.frames {
        Some(frames) => sweep::run(&run, frames),
        None => image(&run),
    }
}

fn image(run: &Run<'_>) -> Result<ExitCode, CliError> {
    let Run {
        options,
        log,
        watch,
        ..
    } = run;
    let mut outputs = Outputs::new(&options.output);
    spare_inputs(options)?;
    outputs.check(&run.companions(), &options.inputs())?;

    let owned = (*options).clone();
    let prepared = watch.during(move |_| Prepared::new(&owned))??;
    printout::check(&options.output, &prepared.scene.detector.panels[0])?;
    prepared.add_cache(run, &mut outputs)?;
    let run_options = options.run.clone();
    let (mut session, plan, coverage) = watch.during(move |_| {
        let mut session = Session::new(prepared, RasterOrder::of_run(&run_options)?);
        let plan = session.plan()?;
        let coverage = session.prepared().coverage(&plan);
        Ok::<_, SessionError>((session, plan, coverage))
    })??;
    let mut record = RunRecord::begin(&session, &plan, &run.command);
    announce(log, &session, &plan, options, coverage, &record)?;

    let rendering = Instant::now();
    let (image, session) = watch.during(move |progress| {
        let mut image = session.plan()?.detector.dark_image();
        let outcome = session.render_into(&mut Planes::of(&mut image), progress)?;
        Ok::<_, SessionError>(((image, outcome), session))
    })??;
    let rendering = rendering.elapsed();
    let (image, outcome) = image;
    let Prepared {
        experiment, order, ..
    } = session.prepared();
    if let Some(pixel) = outcome.left_table {
        log.warn(&run_out_warning(order, pixel));
    }
    log.answer(&printout::printout(&options.output, &plan, &image))?;

    let (output, made, seed) = (options.output.clone(), outputs.clone(), experiment.seed);
    let start_deg = experiment.goniometer.start_deg();
    let counts_spots = !options.run.quiet || options.output.json_file.is_some();
    let drawn = experiment.clone();
    let (image, derived, warning, image_record) = watch.during(move |_| {
        let derived = made.derive(&output, &image, &plan, seed);
        let warning = not_finite_warning(&plan, derived.statistics)
            .or_else(|| why_dark(&drawn, &plan, &derived.statistics))
            .or_else(|| derived.saturation_warning());
        let record = ImageRecord::of(
            1,
            start_deg,
            &plan,
            &image,
            &derived,
            rendering,
            counts_spots,
        );
        (image, derived, warning, record)
    })?;
    if let Some(warning) = warning {
        log.warn(&warning);
    }
    log.say(&derived.report())?;
    log.say(&closing::of_image(&image_record))?;
    let header = experiment.smv_header();
    let acquisition = acquisition(options, experiment, seed);
    for shortcoming in outputs.shortcomings(&acquisition) {
        log.warn(shortcoming);
    }
    let check = || watch.check();
    let note = |text: &str| log.say(text);
    outputs
        .stage(&image, &derived, &header, &acquisition, check, note)?
        .commit()?;
    let files = FileRecord::of(&outputs);
    let written = files.len();
    record.images.push(ImageRecord {
        files,
        ..image_record
    });
    run.close(record).map_err(|error| match error {
        // While the record waited for the reader of a pipe.
        CliError::Interrupted => error.after(1, 1, written),
        other => other,
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses a cache that would be written over what it is made from, or over another file that is read.
fn spare_inputs(options: &Options) -> Result<(), UsageError> {
    let mut inputs = options.inputs();
    inputs.retain(|(option, _)| *option != "-dump");
    match options.structure_factors.cache_to_write() {
        Some(cache) => collisions::refuse(&[("-dump", &cache)], &inputs),
        None => Ok(()),
    }
}

impl Prepared {
    /// Lets a table that was read from `-hkl` be written as a cache for the next run.
    fn add_cache(&self, run: &Run<'_>, outputs: &mut Outputs) -> Result<(), CliError> {
        let Loaded {
            cache_to_write,
            amplitudes,
            ..
        } = &self.loaded;
        if let (Some(path), Amplitudes::Table(table)) = (cache_to_write, amplitudes) {
            let is_named = run.options.structure_factors.dump.is_some();
            let warning = outputs.add_cache(path.clone(), Arc::clone(table), is_named)?;
            warning.iter().for_each(|text| run.log.warn(text));
        }
        Ok(())
    }
}
