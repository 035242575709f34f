//! How far the float32 engines are from float64 where pixels are coarse or crystals large.
//!
//! `cargo run --release --example fringes` prints the tables of docs/gpu.md.

use nanobragg::{
    classic,
    engine::Engine,
    engine::Precision,
    image::Image,
    internals::{
        cpu::{CpuEngine, CpuOptions},
        gpu::{GpuEngine, GpuOptions, layout::TILE_EDGE},
        measure::agreement,
    },
    plan::Plan,
    structure_factors::Amplitudes,
};

type Failure = Box<dyn std::error::Error>;

/// Edge of a pixel over the distance.
const PIXELS: [f64; 4] = [2.5e-4, 1e-3, 1e-2, 1e-1];
/// Edge of the crystal, Å, and number of cells along it.
const CRYSTALS: [(f64, u32); 6] = [
    (50.0, 10),
    (50.0, 100),
    (100.0, 100),
    (300.0, 100),
    (300.0, 300),
    (300.0, 1000),
];

fn main() -> Result<(), Failure> {
    let mut cpu = CpuEngine::new(CpuOptions {
        precision: Precision::F32,
        ..CpuOptions::default()
    });
    let mut gpu = GpuEngine::new(GpuOptions::default())?;
    println!("{}\n", gpu.description());

    println!("| line | fringes | CPU in float32 | its sum | GPU | its sum |");
    println!("|---|---|---|---|---|---|");
    for line in include_str!("../tests/data/coarse_lines.txt").lines() {
        let plan = plan(line)?;
        let exact = CpuEngine::default().image(&plan)?;
        let [cpu, gpu] = [&mut cpu as &mut dyn Engine, &mut gpu]
            .map(|engine| engine.image(&plan).map(|image| distance(&image, &exact)));
        let ((cpu, cpu_sum), (gpu, gpu_sum)) = (cpu?, gpu?);
        println!(
            "| `{line}` | {:.0} | {cpu:.1e} | {cpu_sum:+.1e} | {gpu:.1e} | {gpu_sum:+.1e} |",
            fringes(&plan)
        );
    }

    println!(
        "\n| cell, Å | N |{}",
        PIXELS.map(|pixel| format!(" {pixel} |")).concat()
    );
    println!("|---|---|{}", "---|".repeat(PIXELS.len()));
    for (cell, count) in CRYSTALS {
        let mut row = format!("| {cell} | {count} |");
        for pixel in PIXELS {
            let line = format!(
                "-default_F 10 -cell {cell} {} {} 90 100 90 -misset 10 20 30 -lambda 1 -N {count} -distance 100 -pixel {} \
                 -detpixels 160 -oversample 1",
                1.1 * cell,
                1.17 * cell,
                100.0 * pixel
            );
            let plan = plan(&line)?;
            let exact = CpuEngine::default().image(&plan)?;
            let (error, _) = distance(&gpu.image(&plan)?, &exact);
            row += &format!(" {error:.1e} ({:.0}) |", fringes(&plan));
        }
        println!("{row}");
    }
    Ok(())
}

fn plan(line: &str) -> Result<Plan, Failure> {
    let options = classic::parse(line.split_whitespace())?;
    Ok(classic::Experiment::from_options(&options)?.plan(&Amplitudes::Constant(10.0))?)
}

fn fringes(plan: &Plan) -> f64 {
    plan.fringes_within(plan.panel(), [TILE_EDGE; 2])
}

/// Relative L2, and the sum over the exact one less 1.
fn distance(image: &Image, exact: &Image) -> (f64, f64) {
    let sum =
        |image: &Image| -> f64 { image.view().iter().map(|&photons| f64::from(photons)).sum() };
    let relative_l2 = agreement(image.view(), exact.view()).relative_l2;
    (
        relative_l2.unwrap_or(f64::NAN),
        sum(image) / sum(exact) - 1.0,
    )
}
