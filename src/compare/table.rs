//! The verdict and the figures as text.

use std::fmt::Write;

use super::summary::Summary;
use crate::measure::Agreement;

/// One line: agreement or what is missing, with the figures that decide.
pub fn verdict_line(summary: &Summary) -> String {
    let found = &summary.metrics.frame.agreement;
    let sides = format!("a {}, b {}", summary.sides.a.engine, summary.sides.b.engine);
    if !summary.verdict.agree {
        return format!("differ: {} ({sides})", summary.verdict.missed.join("; "));
    }
    if found.is_exact() {
        return format!(
            "agree: every one of {} pixels is equal ({sides})",
            found.pixels
        );
    }
    format!(
        "agree: correlation {}, relative L2 {}, sum ratio {} ({sides})",
        correlation(found),
        scientific(found.relative_l2),
        ratio(found)
    )
}

/// Everything that is printed.
pub fn report(summary: &Summary) -> String {
    let mut text = String::new();
    write_report(&mut text, summary).expect("writing to a string does not fail");
    text
}

fn write_report(out: &mut String, summary: &Summary) -> std::fmt::Result {
    for told in &summary.told {
        writeln!(out, "before any pixel: {told}")?;
    }
    writeln!(out, "{}", verdict_line(summary))?;
    if let Some((slow, fast)) = summary.resampled_from {
        writeln!(
            out,
            "b was resampled from {fast} x {slow} pixels to a's grid by nearest neighbour"
        )?;
    }
    writeln!(
        out,
        "\n{:16} {:>9} {:>12} {:>10} {:>10} {:>11} {:>13} {:>12}",
        "", "pixels", "correlation", "rel. L2", "rmse", "max |a-b|", "at fast slow", "sum a / b"
    )?;
    for (name, agreement) in rows(summary) {
        writeln!(
            out,
            "{name:16} {:>9} {:>12} {:>10} {:>10.3e} {:>11} {:>13} {:>12}",
            agreement.pixels,
            correlation(agreement),
            scientific(agreement.relative_l2),
            agreement.rmse,
            scientific(agreement.worst.map(|worst| worst.difference())),
            agreement.worst.map_or(String::new(), |worst| format!(
                "{} {}",
                worst.pixel.fast, worst.pixel.slow
            )),
            ratio(agreement),
        )?;
    }
    let frame = &summary.metrics.frame;
    let peaks = &frame.peaks;
    let matched = peaks.matches.strongest_b - peaks.matches.only_b.len();
    writeln!(
        out,
        "\npeaks: {matched} of the strongest {} of b found in a within {} px; apart by rms {:.4} px, at most {:.4} px; \
         intensities within {:.2e}",
        peaks.matches.strongest_b,
        peaks.gate_px,
        peaks.rms_distance_px,
        peaks.max_distance_px,
        peaks.max_intensity_error
    )?;
    if let Some(ssim) = frame.ssim {
        writeln!(out, "structural similarity: {ssim:.9}")?;
    }
    for worst in summary.metrics.worst_pixels.iter().take(3) {
        writeln!(
            out,
            "worst pixel: fast {} slow {}: a {:.8e} b {:.8e}",
            worst.pixel.fast, worst.pixel.slow, worst.a, worst.b
        )?;
    }
    for finding in &summary.explanation {
        writeln!(out, "explanation: {}", finding.text)?;
    }
    Ok(())
}

/// The rows of the table: the frame, the window, the regions.
pub fn rows(summary: &Summary) -> Vec<(&str, &Agreement)> {
    let metrics = &summary.metrics;
    let roi = metrics.roi.as_ref().map(|roi| ("--roi", &roi.agreement));
    let regions = metrics
        .regions
        .iter()
        .map(|row| (row.region.as_str(), &row.agreement));
    std::iter::once(("frame", &metrics.frame.agreement))
        .chain(roi)
        .chain(regions)
        .collect()
}

/// Nine decimals, or a dash where the images have no contrast.
pub fn correlation(agreement: &Agreement) -> String {
    agreement
        .correlation
        .map_or("-".to_owned(), |correlation| format!("{correlation:.9}"))
}

/// Three significant digits, or a dash for a figure that does not exist.
pub fn scientific(figure: Option<f64>) -> String {
    figure.map_or("-".to_owned(), |figure| format!("{figure:.2e}"))
}

/// The ratio of the sums, or a dash.
pub fn ratio(agreement: &Agreement) -> String {
    agreement
        .sum_ratio
        .map_or("-".to_owned(), |ratio| format!("{ratio:.8}"))
}
