//! Rendering: what `nanobragg OPTIONS` does.

use std::{process::ExitCode, sync::Arc};

use super::{CliError, engines::use_threads};
use crate::{
    classic::{Prepared, RasterOrder, Session, SessionError, options::Options},
    plan::Planes,
    structure_factors::{Amplitudes, Loaded},
};

mod announce;
mod geometry;
mod outputs;
mod printout;
mod say;
mod summary;
mod sweep;
mod watch;

use announce::{announce, not_finite_warning, run_out_warning};
use outputs::Outputs;
use say::{say, warn};
use watch::Watch;

/// Renders one image and writes its files.
pub fn run(options: &Options) -> Result<ExitCode, CliError> {
    let watch = Watch::start(options.run.progress)?;
    use_threads(&options.run);
    if let Some(frames) = options.output.frames {
        return sweep::run(options, frames, &watch);
    }
    let mut outputs = Outputs::new(&options.output);
    outputs.check()?;

    let owned = options.clone();
    let prepared = watch.during(move |_| Prepared::new(&owned))??;
    printout::check(&options.output, &prepared.scene.detector.panels[0])?;
    prepared.add_cache(options, &mut outputs)?;
    let run_options = options.run.clone();
    let (mut session, plan, coverage) = watch.during(move |_| {
        let mut session = Session::new(prepared, RasterOrder::of_run(&run_options)?);
        let plan = session.plan()?;
        let coverage = session.prepared().coverage(&plan);
        Ok::<_, SessionError>((session, plan, coverage))
    })??;
    announce(&session, &plan, options, coverage)?;

    let (image, session) = watch.during(move |progress| {
        let mut image = session.plan()?.detector.dark_image();
        let outcome = session.render_into(&mut Planes::of(&mut image), progress)?;
        Ok::<_, SessionError>(((image, outcome), session))
    })??;
    let (image, outcome) = image;
    let Prepared {
        experiment, order, ..
    } = session.prepared();
    if let Some(pixel) = outcome.left_table {
        warn(&run_out_warning(order, pixel));
    }
    say(&printout::printout(&options.output, &plan, &image))?;

    let (output, made, seed) = (options.output.clone(), outputs.clone(), experiment.seed);
    let (image, derived, warning) = watch.during(move |_| {
        let derived = made.derive(&output, &image, &plan, seed);
        let warning = not_finite_warning(&plan, derived.statistics);
        (image, derived, warning)
    })?;
    if let Some(warning) = warning {
        warn(&warning);
    }
    say(&derived.report())?;
    let (header, acquisition) = (experiment.smv_header(), experiment.acquisition());
    for shortcoming in outputs.shortcomings(&acquisition) {
        warn(shortcoming);
    }
    let check = || watch.check();
    outputs
        .stage(&image, &derived, &header, &acquisition, check, say)?
        .commit()?;
    Ok(ExitCode::SUCCESS)
}

impl Prepared {
    /// Lets a table that was read from `-hkl` be written as a cache for the next run.
    fn add_cache(&self, options: &Options, outputs: &mut Outputs) -> Result<(), CliError> {
        let Loaded {
            cache_to_write,
            amplitudes,
            ..
        } = &self.loaded;
        if let (Some(path), Amplitudes::Table(table)) = (cache_to_write, amplitudes) {
            let is_named = options.structure_factors.dump.is_some();
            let warning = outputs.add_cache(path.clone(), Arc::clone(table), is_named)?;
            warning.iter().for_each(|text| warn(text));
        }
        Ok(())
    }
}
