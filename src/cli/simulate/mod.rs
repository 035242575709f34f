//! Rendering: what `nanobragg OPTIONS` does.

use std::{io::Write, path::Path, process::ExitCode, sync::Arc};

use super::CliError;
use crate::{
    engine,
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
    let mut outputs = Outputs::new(&options.output);
    outputs.check()?;
    if let Some(threads) = options.run.threads {
        // Fails only when the pool exists already, which nothing has asked for yet.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global();
    }
    let watch = Watch::start(options.run.progress)?;

    let owned = options.clone();
    let prepared = watch.during(move |_| Prepared::new(&owned))??;
    let Prepared {
        experiment,
        loaded,
        plan,
    } = prepared;
    if let (Some(path), Amplitudes::Table(table)) = (&loaded.cache_to_write, &loaded.amplitudes) {
        let is_named = options.structure_factors.dump.is_some();
        let warning = outputs.add_cache(path.clone(), Arc::clone(table), is_named)?;
        warning.iter().for_each(|text| warn(text));
    }

    let run_options = options.run.clone();
    let mut engine = watch.during(move |_| engine::for_run(&run_options))??;
    say(&format!("nanobragg {}\n", env!("CARGO_PKG_VERSION")))?;
    let experiment_notices = &experiment.notices;
    let warnings = experiment_notices.warnings.iter().chain(&loaded.warnings);
    warnings.for_each(|text| warn(text));
    for note in &experiment_notices.notes {
        say(&format!("{note}\n"))?;
    }
    say(&(loaded.provenance.join("\n") + "\n"))?;
    say(&summary::summary(&experiment, &plan))?;
    if options.run.verbose {
        say(&geometry::geometry(&experiment, options, &loaded, &plan))?;
    }
    say(&format!(
        "{}\ndevice: {}\n",
        experiment_notices.physics_line(experiment.physics),
        engine.description()
    ))?;

    let plan = Arc::new(plan);
    let rendered = Arc::clone(&plan);
    let image = watch.during(move |progress| engine.render(&rendered, progress))??;
    say(&printout::printout(&options.output, &plan, &image))?;

    let output = options.output.clone();
    let (seed, region) = (experiment.seed, plan.detector.region);
    let made = outputs.clone();
    let (image, derived) = watch.during(move |_| {
        let statistics = Statistics::of(&image, &plan.detector);
        let derived = made.derive(&output, &image, statistics, region, seed);
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
