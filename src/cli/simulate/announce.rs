//! What a run says about itself: before it starts, and where its image is not what one might take it for.

use super::{geometry, log::Log, record::RunRecord, summary};
use crate::{
    classic::{Coverage, Order, Prepared, Session, options::Options},
    cli::{CliError, engines::idle_words},
    image::{Pixel, Statistics},
    plan::Plan,
};

/// Says what is about to be computed, from what, and by which engine.
pub fn announce(
    log: &Log,
    session: &Session,
    plan: &Plan,
    options: &Options,
    coverage: Option<Coverage>,
    record: &RunRecord,
) -> Result<(), CliError> {
    let Prepared {
        experiment, loaded, ..
    } = session.prepared();
    let notices = &experiment.notices;
    for warning in notices.warnings.iter().chain(&loaded.warnings) {
        log.warn(warning);
    }
    if options.output.png_file.is_none() && options.output.png_rings {
        log.warn(
            "-pngrings draws on the picture that -pngfile names, and no such file is asked for",
        );
    }
    let mut text = format!("nanobragg {}\n", env!("CARGO_PKG_VERSION"));
    for line in notices.notes.iter().chain(&loaded.provenance()) {
        text += &format!("{line}\n");
    }
    for line in idle_words(&options.run, session.kind()) {
        text += &format!("{line}\n");
    }
    if let Some(coverage) = coverage {
        text += &format!("{coverage}\n");
    }
    text += &summary::summary(experiment, plan, record);
    if options.run.verbose {
        text += &geometry::geometry(experiment, options, loaded, plan);
    }
    text += &notices.physics_line(experiment.physics);
    text += &format!("\ndevice: {}\n", session.engine());
    log.say(&text)?;
    if let Some(caution) = session.caution(plan) {
        log.warn(&caution);
    }
    Ok(())
}

/// Says where interpolation left the table.
pub fn run_out_warning(order: &Order, Pixel { slow, fast, .. }: Pixel) -> String {
    let since = if order.run_out_is_final {
        "from there on"
    } else {
        "there"
    };
    format!(
        "interpolation left the table of structure factors at pixel {fast} {slow} (fast, slow), and {since} the nearest reflection counts; -nointerpolate or a larger table \
         treats all pixels alike"
    )
}

/// Says that pixels have left the range of float32, and why.
pub fn not_finite_warning(plan: &Plan, statistics: Statistics) -> Option<String> {
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
