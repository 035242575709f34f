//! `report.html`: one page, no other files, no network.

use std::fmt::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ndarray::ArrayView2;

use super::{
    pictures::Pictures,
    summary::Summary,
    table::{correlation, ratio, rows, scientific, verdict_line},
};
use crate::measure::JointHistogram;

const PAGE: &str = include_str!("report.html");
const SCATTER_BINS: usize = 96;
const SCATTER_DECADES: f64 = 8.0;
/// Edge of the scatter plot, CSS pixels.
const SCATTER_EDGE: f64 = 480.0;

/// The page of a comparison.
pub fn html(
    summary: &Summary,
    pictures: &Pictures,
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
) -> String {
    let picture = |bytes: &[u8]| format!("data:image/png;base64,{}", STANDARD.encode(bytes));
    let verdict_class = if summary.verdict.agree {
        "agree"
    } else {
        "differ"
    };
    let parts = [
        ("verdict-class", verdict_class.to_owned()),
        ("verdict", escape(&verdict_line(summary))),
        ("told", list("told", &summary.told)),
        (
            "explanation",
            list(
                "explanation",
                summary.explanation.iter().map(|finding| &finding.text),
            ),
        ),
        ("a", escape(&summary.sides.a.engine)),
        ("b", escape(&summary.sides.b.engine)),
        ("picture-a", picture(&pictures.a)),
        ("picture-b", picture(&pictures.b)),
        ("picture-difference", picture(&pictures.difference)),
        ("black", format!("{:.4e}", summary.pictures.black)),
        (
            "full-colour",
            format!("{:.4e}", summary.pictures.difference),
        ),
        ("table", table(summary)),
        ("peaks", peaks(summary)),
        ("worst", worst(summary)),
        ("scatter", scatter(a, b)),
        ("facts", facts(summary)),
        ("created", escape(&summary.created)),
    ];
    fill(PAGE, &parts)
}

/// Puts the parts in the places of the page that `{{name}}` marks, in one pass: what a part says is never taken for a
/// mark.
fn fill(page: &str, parts: &[(&str, String)]) -> String {
    let mut filled = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let (name, after) = after.split_once("}}").expect("every mark is closed");
        let (_, part) = parts
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("no part is called {name}"));
        filled.push_str(part);
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn list<T: AsRef<str>>(class: &str, items: impl IntoIterator<Item = T>) -> String {
    let items: String = items
        .into_iter()
        .map(|item| format!("<li>{}</li>", escape(item.as_ref())))
        .collect();
    if items.is_empty() {
        String::new()
    } else {
        format!("<ul class=\"{class}\">{items}</ul>")
    }
}

fn row(cells: &[String]) -> String {
    let cells: String = cells
        .iter()
        .map(|cell| format!("<td>{}</td>", escape(cell)))
        .collect();
    format!("<tr>{cells}</tr>\n")
}

fn table(summary: &Summary) -> String {
    rows(summary)
        .into_iter()
        .map(|(name, agreement)| {
            let lost = |n: crate::measure::NonFinite| n.nan + n.infinite;
            row(&[
                name.to_owned(),
                agreement.pixels.to_string(),
                correlation(agreement),
                scientific(agreement.relative_l2),
                format!("{:.3e}", agreement.rmse),
                scientific(agreement.worst.map(|worst| worst.difference())),
                agreement.worst.map_or(String::new(), |worst| {
                    format!("{} {}", worst.pixel.fast, worst.pixel.slow)
                }),
                ratio(agreement),
                format!(
                    "{} / {}",
                    lost(agreement.non_finite_a),
                    lost(agreement.non_finite_b)
                ),
            ])
        })
        .collect()
}

fn peaks(summary: &Summary) -> String {
    let frame = &summary.metrics.frame;
    let peaks = &frame.peaks;
    let ssim = frame.ssim.map_or(String::new(), |ssim| {
        format!(" Structural similarity {ssim:.9}.")
    });
    escape(&format!(
        "{} of the strongest {} peaks of b found in a within {} px; apart by {:.4} px rms, at most {:.4} px; intensities \
         within {:.2e}.{ssim}",
        peaks.matches.strongest_b - peaks.matches.only_b.len(),
        peaks.matches.strongest_b,
        peaks.gate_px,
        peaks.rms_distance_px,
        peaks.max_distance_px,
        peaks.max_intensity_error,
    ))
}

fn worst(summary: &Summary) -> String {
    summary
        .metrics
        .worst_pixels
        .iter()
        .map(|worst| {
            row(&[
                worst.pixel.slow.to_string(),
                worst.pixel.fast.to_string(),
                format!("{:.8e}", worst.a),
                format!("{:.8e}", worst.b),
                format!("{:.3e}", worst.difference()),
            ])
        })
        .collect()
}

fn facts(summary: &Summary) -> String {
    let side = |side: &super::summary::SideSummary| {
        let mut text = side.engine.clone();
        if let Some(version) = &side.version {
            let _ = write!(text, "; {version}");
        }
        if let Some(device) = &side.device {
            let _ = write!(text, "; {device}");
        }
        if let Some(seconds) = side.seconds {
            let _ = write!(text, "; {seconds:.2} s");
        }
        text
    };
    let build = &summary.build;
    let machine = &summary.machine;
    let mut facts = vec![
        ("options", summary.options.clone()),
        ("a", side(&summary.sides.a)),
        ("b", side(&summary.sides.b)),
        (
            "pixels",
            format!(
                "{} x {} (fast x slow)",
                summary.sides.a.fast_pixels, summary.sides.a.slow_pixels
            ),
        ),
        (
            "compared by",
            format!(
                "nanobragg {} {}",
                build.version,
                build.git_commit.as_deref().unwrap_or_default()
            ),
        ),
        (
            "machine",
            format!(
                "{}, {} threads, {:.1} GiB, {}",
                machine.cpu_model,
                machine.available_threads,
                machine.memory_bytes as f64 / f64::from(1 << 30),
                machine.operating_system
            ),
        ),
    ];
    if let Some(adapter) = &summary.adapter {
        let text = format!("{}, {}, {}", adapter.name, adapter.backend, adapter.driver);
        facts.push(("adapter", text));
    }
    for input in &summary.inputs {
        let hash = input.sha256.as_deref().unwrap_or_default();
        facts.push((
            "input",
            format!("{} (SHA-256 {hash})", input.path.display()),
        ));
    }
    facts
        .iter()
        .map(|(name, fact)| format!("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(fact)))
        .collect()
}

/// Every pixel at (a, b) on logarithmic axes, darker where more lie; equal images fill the diagonal.
fn scatter(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> String {
    let Some(histogram) = JointHistogram::of(a, b, SCATTER_BINS, SCATTER_DECADES) else {
        return "<p>No pixel is positive in both images.</p>".to_owned();
    };
    let most = histogram
        .counts
        .iter()
        .flatten()
        .max()
        .copied()
        .unwrap_or(1);
    let cell = SCATTER_EDGE / SCATTER_BINS as f64;
    let mut svg = format!(
        "<svg viewBox=\"-50 -10 {} {}\" role=\"img\" aria-label=\"scatter plot of a against b\">\
         <rect width=\"{SCATTER_EDGE}\" height=\"{SCATTER_EDGE}\" class=\"frame\"/>\
         <line x1=\"0\" y1=\"{SCATTER_EDGE}\" x2=\"{SCATTER_EDGE}\" y2=\"0\" class=\"diagonal\"/>",
        SCATTER_EDGE + 60.0,
        SCATTER_EDGE + 60.0
    );
    for (row, counts) in histogram.counts.iter().enumerate() {
        for (column, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let density = ((count as f64).ln_1p() / (most as f64).ln_1p()).max(0.25);
            let _ = write!(
                svg,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{cell:.1}\" height=\"{cell:.1}\" opacity=\"{density:.2}\"/>",
                column as f64 * cell,
                SCATTER_EDGE - (row + 1) as f64 * cell,
            );
        }
    }
    let decades = histogram.log10_low.ceil() as i32..=histogram.log10_high.floor() as i32;
    let range = (histogram.log10_high - histogram.log10_low).max(f64::MIN_POSITIVE);
    for decade in decades {
        let at = (f64::from(decade) - histogram.log10_low) / range * SCATTER_EDGE;
        let up = SCATTER_EDGE - at;
        let _ = write!(
            svg,
            "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">1e{decade}</text>\
             <text x=\"-6\" y=\"{:.1}\" text-anchor=\"end\">1e{decade}</text>",
            SCATTER_EDGE + 18.0,
            up + 4.0,
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{0}\" y=\"{1}\" text-anchor=\"middle\">a (photons)</text>\
         <text transform=\"translate(-40 {0}) rotate(-90)\" text-anchor=\"middle\">b (photons)</text></svg>",
        SCATTER_EDGE / 2.0,
        SCATTER_EDGE + 38.0,
    );
    if histogram.left_out > 0 {
        let _ = write!(
            svg,
            "<p>{} pixels that are not positive in both images are not drawn.</p>",
            histogram.left_out
        );
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_part_says_is_never_taken_for_a_mark_or_for_markup() {
        let parts = [("x", escape("<b>{{y}}</b>")), ("y", "inner".to_owned())];
        assert_eq!(
            fill("[{{x}}|{{y}}]", &parts),
            "[&lt;b&gt;{{y}}&lt;/b&gt;|inner]"
        );
    }

    #[test]
    fn the_page_reaches_for_nothing_outside_itself() {
        for reach in ["http:", "https:", "src=\"/", "@import", "url("] {
            assert!(!PAGE.contains(reach), "{reach}");
        }
    }
}
