//! Rendering: what `nanobragg OPTIONS` does.

use std::{io::Write, path::Path, process::ExitCode, sync::Arc};

use super::CliError;
use crate::{
    engine::{self, Engine},
    experiment::{Experiment, UnitCell},
    image::Statistics,
    options::Options,
    plan::Plan,
    structure_factors::{self, Amplitudes, Loaded},
};

mod geometry;
mod outputs;
mod printout;
mod summary;
mod watch;

use outputs::Outputs;
use watch::Watch;

/// Renders one image and writes its files.
pub fn run(options: &Options) -> Result<ExitCode, CliError> {
    let watch = Watch::start(options.run.progress)?;
    let mut outputs = Outputs::new(&options.output);
    outputs.check()?;
    if let Some(threads) = options.run.threads {
        // Fails only when the pool exists already, which nothing has asked for yet.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global();
    }

    let owned = options.clone();
    let prepared = watch.during(move |_| Prepared::new(&owned))??;
    printout::check(&options.output, &prepared.plan)?;
    prepared.add_cache(options, &mut outputs)?;
    let run_options = options.run.clone();
    let mut engine = watch.during(move |_| engine::for_run(&run_options))??;
    prepared.announce(options, engine.as_ref())?;

    let Prepared {
        experiment, plan, ..
    } = prepared;
    let plan = Arc::new(plan);
    let rendered = Arc::clone(&plan);
    let image = watch.during(move |progress| engine.render(&rendered, progress))??;
    say(&printout::printout(&options.output, &plan, &image))?;

    let (output, made, seed) = (options.output.clone(), outputs.clone(), experiment.seed);
    let (image, derived) = watch.during(move |_| {
        let statistics = Statistics::of(&image, &plan.detector);
        let derived = made.derive(&output, &image, statistics, plan.detector.region, seed);
        (image, derived)
    })?;
    say(&derived.report())?;
    let (header, acquisition) = (experiment.smv_header(), experiment.acquisition());
    outputs.write(&image, &derived, &header, &acquisition, || watch.check())?;
    Ok(ExitCode::SUCCESS)
}

/// A described run: everything but its image.
struct Prepared {
    experiment: Experiment,
    loaded: Loaded,
    plan: Plan,
}

impl Prepared {
    fn new(options: &Options) -> Result<Self, CliError> {
        let directory = Path::new("");
        let factors = &options.structure_factors;
        let load = || structure_factors::load(factors, options.sampling.physics, directory);
        let crystal = &options.crystal;
        // What is wrong with the options is told before files are read, unless the cell has to come from one.
        let (mut experiment, mut loaded) = if crystal.cell.is_some() || crystal.matrix.is_some() {
            (Experiment::from_options(options)?, load()?)
        } else {
            let loaded = load()?;
            let mut with_cell = options.clone();
            with_cell.crystal.cell = loaded.cell;
            (Experiment::from_options(&with_cell)?, loaded)
        };
        let used = UnitCell::of_vectors(&experiment.crystal.direct).parameters();
        let difference = loaded
            .cell
            .and_then(|cell| structure_factors::cell_difference(used, cell));
        loaded.warnings.extend(difference);
        if structure_factors::has_stale_cache(factors, directory) {
            let difference = "c-parity reads the Fdump.bin of an earlier run instead of -default_F";
            experiment.notices.differ(difference);
        }
        if options.output.stol.is_some() {
            let note = "-stol: accepted, and not used, as in the classic program";
            experiment.notices.notes.push(note.to_owned());
        }
        let plan = experiment.plan(&loaded.amplitudes);
        if let (Amplitudes::Table(table), Some(known)) = (&loaded.amplitudes, &loaded.known) {
            let coverage = structure_factors::coverage(&plan, table, known);
            loaded.provenance.extend(coverage.map(|c| c.to_string()));
        }
        Ok(Self {
            experiment,
            loaded,
            plan,
        })
    }

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

    /// Says what is about to be computed, from what, and by which engine.
    fn announce(&self, options: &Options, engine: &dyn Engine) -> Result<(), CliError> {
        let Self {
            experiment,
            loaded,
            plan,
        } = self;
        let notices = &experiment.notices;
        for warning in notices.warnings.iter().chain(&loaded.warnings) {
            warn(warning);
        }
        let mut text = format!("nanobragg {}\n", env!("CARGO_PKG_VERSION"));
        for line in notices.notes.iter().chain(&loaded.provenance) {
            text += &format!("{line}\n");
        }
        text += &summary::summary(experiment, plan);
        if options.run.verbose {
            text += &geometry::geometry(experiment, options, loaded, plan);
        }
        text += &notices.physics_line(experiment.physics);
        text += &format!("\ndevice: {}\n", engine.description());
        say(&text)
    }
}

/// Prints to standard output.
fn say(text: &str) -> Result<(), CliError> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// Prints a warning to standard error.
fn warn(text: &str) {
    eprintln!("warning: {text}");
}
