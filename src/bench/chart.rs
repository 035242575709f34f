//! Throughput against image size, a line an engine, as SVG.

use plotters::prelude::*;

use super::Bundle;
use crate::engine::{EngineKind, Precision};

type Failure = DrawingAreaErrorKind<std::io::Error>;

/// The chart as the text of an SVG file; `None` when there is nothing to draw.
///
/// # Errors
/// When the drawing library refuses.
pub fn chart(bundle: &Bundle) -> Result<Option<String>, Failure> {
    let measurements = &bundle.measurements;
    let range = |values: Vec<f64>| {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        (least > 0.0 && most.is_finite()).then_some((least / 2.0)..(most * 2.0))
    };
    let sizes = range(measurements.iter().map(|m| m.size as f64).collect());
    let rates = range(measurements.iter().map(|m| m.samples_per_s / 1e6).collect());
    let (Some(sizes), Some(rates)) = (sizes, rates) else {
        return Ok(None);
    };
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (720, 480)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .margin(16)
            .x_label_area_size(40)
            .y_label_area_size(64)
            .caption("Warm images", ("sans-serif", 20))
            .build_cartesian_2d(sizes.log_scale(), rates.log_scale())?;
        chart
            .configure_mesh()
            .x_desc("pixels along an edge")
            .y_desc("million samples/s")
            .draw()?;
        let colors = [
            (EngineKind::Gpu, &RED),
            (EngineKind::Cpu(Precision::F64), &BLUE),
            (EngineKind::Cpu(Precision::F32), &GREEN),
        ];
        for (engine, color) in colors {
            let of_engine = measurements.iter().filter(|m| m.engine == engine);
            let mut points: Vec<(f64, f64)> = of_engine
                .map(|m| (m.size as f64, m.samples_per_s / 1e6))
                .collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            if points.is_empty() {
                continue;
            }
            chart
                .draw_series(LineSeries::new(points.clone(), color.stroke_width(2)).point_size(3))?
                .label(engine.name())
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 20, y)], color.stroke_width(2))
                });
        }
        chart
            .configure_series_labels()
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK)
            .draw()?;
        area.present()?;
    }
    Ok(Some(text))
}
