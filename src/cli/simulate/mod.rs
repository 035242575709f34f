//! Rendering: what `nanobragg OPTIONS` does.

use std::{io::Write, process::ExitCode, sync::Arc};

use super::CliError;
use crate::{
    classic::{Coverage, Order, Prepared, RasterOrder, Session, SessionError, options::Options},
    image::{Pixel, Statistics},
    plan::{Plan, Planes},
    structure_factors::{Amplitudes, Loaded},
};

mod geometry;
mod outputs;
mod printout;
mod summary;
mod sweep;
mod watch;

use outputs::Outputs;
use watch::Watch;

/// Renders one image and writes its files.
pub fn run(options: &Options) -> Result<ExitCode, CliError> {
    let watch = Watch::start(options.run.progress)?;
    if let Some(threads) = options.run.threads {
        // Fails only when the pool exists already, which nothing has asked for yet.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global();
    }
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

/// How the warning begins that interpolation left the table.
pub const RUN_OUT: &str = "interpolation left the table of structure factors ";

/// Says where interpolation left the table.
fn run_out_warning(order: &Order, Pixel { slow, fast, .. }: Pixel) -> String {
    let since = if order.run_out_is_final {
        "from there on"
    } else {
        "there"
    };
    format!(
        "{RUN_OUT}at pixel {fast} {slow}, and {since} the nearest reflection counts; -nointerpolate or a larger table \
         treats all pixels alike"
    )
}

/// Says that pixels have left the range of float32, and why.
fn not_finite_warning(plan: &Plan, statistics: Statistics) -> Option<String> {
    let Statistics {
        pixels, not_finite, ..
    } = statistics;
    if not_finite == 0 {
        return None;
    }
    const FAR: f64 = 1e12;
    let reason = if plan.running_growth() > FAR {
        "-oversample_omega multiplies the classic running sum by the solid angle, 1/R² in m⁻² for -point_pixel, once a sample; -physics corrected multiplies each sample once"
    } else if plan.sensor_growth() > FAR {
        "seen from behind, the classic formula of the sensor grows with the path; -physics spec lets it fall"
    } else {
        "they leave the range of float32, the format of the image; a smaller -fluence keeps them in it"
    };
    Some(format!(
        "{not_finite} of {pixels} pixels are infinite or no number: {reason}"
    ))
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

/// Says what is about to be computed, from what, and by which engine.
fn announce(
    session: &Session,
    plan: &Plan,
    options: &Options,
    coverage: Option<Coverage>,
) -> Result<(), CliError> {
    let Prepared {
        experiment, loaded, ..
    } = session.prepared();
    let notices = &experiment.notices;
    for warning in notices.warnings.iter().chain(&loaded.warnings) {
        warn(warning);
    }
    let mut text = format!("nanobragg {}\n", env!("CARGO_PKG_VERSION"));
    for line in notices.notes.iter().chain(&loaded.provenance) {
        text += &format!("{line}\n");
    }
    if let Some(coverage) = coverage {
        text += &format!("{coverage}\n");
    }
    text += &summary::summary(experiment, plan);
    if options.run.verbose {
        text += &geometry::geometry(experiment, options, loaded, plan);
    }
    text += &notices.physics_line(experiment.physics);
    text += &format!("\ndevice: {}\n", session.engine());
    say(&text)
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
