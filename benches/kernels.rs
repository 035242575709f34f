//! The kernels by instruction set and precision, and the functions that they are made of in one lane.

use std::{hint::black_box, path::Path};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use nanobragg::{
    classic::{self, Prepared},
    engine::{Engine, Precision},
    internals::{
        cpu::{CpuEngine, CpuOptions},
        lanes::{Isa, scalar::fused},
        physics::{
            factors::polarization_factor,
            lattice::{lattice_round, lattice_square},
            structure_factor::{Grid, has_neighbourhood, structure_factor_tricubic},
        },
    },
    plan::Plan,
};

const MOSAIC: &str = "-cell 70 80 90 75 85 95 -N 10 -lambda 1 -distance 100 -mosaic 0.5 -mosaic_dom 100 -oversample 1 -detpixels 256";

fn plan(words: &str) -> Plan {
    Prepared::new(&classic::parse(words.split_whitespace()).expect("the words are right"))
        .expect("the run is possible")
        .plan()
        .expect("the scene has an image")
}

/// Whole images: samples per second.
fn samples(criterion: &mut Criterion) {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/inputs/2erl_P1.hkl");
    let table = format!("-hkl {} -dump /nonexistent", table.display());
    let runs = [
        ("square", format!("{MOSAIC} -default_F 100")),
        ("round", format!("{MOSAIC} -default_F 100 -round_xtal")),
        ("gauss", format!("{MOSAIC} -default_F 100 -gauss_xtal")),
        ("2erl", format!("{MOSAIC} {table}")),
        (
            "tricubic",
            format!("{MOSAIC} {table} -interpolate -physics corrected -distance 300"),
        ),
    ];
    for (name, words) in runs {
        let plan = plan(&words);
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        group.throughput(Throughput::Elements(
            256 * 256 * plan.samples_per_pixel(plan.panel()),
        ));
        for isa in Isa::available() {
            for precision in [Precision::F64, Precision::F32] {
                let mut engine = CpuEngine::new(CpuOptions {
                    precision,
                    isa,
                    scalar: false,
                });
                let id = BenchmarkId::new(isa.to_string(), format!("{precision:?}"));
                group.bench_function(id, |bencher| {
                    bencher.iter(|| engine.image(black_box(&plan)).expect("it renders"));
                });
            }
        }
    }
}

/// The functions of one sample, in one float64 lane.
fn functions(criterion: &mut Criterion) {
    let cells = [10.0, 11.0, 12.0].map(fused);
    let offset = [0.1, -0.2, 0.3];
    criterion.bench_function("lattice_square", |bencher| {
        bencher.iter(|| lattice_square(black_box(offset).map(fused), cells));
    });
    criterion.bench_function("lattice_round", |bencher| {
        bencher.iter(|| lattice_round(black_box(offset).map(fused), cells, fused(1.0)));
    });
    let axes = [
        [0.1, 0.2, 0.97],
        [0.0, 0.0, 1.0],
        [1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0],
    ]
    .map(|axis| axis.map(fused));
    criterion.bench_function("polarization_factor", |bencher| {
        bencher.iter(|| {
            polarization_factor(black_box(axes[0]), axes[1], axes[2], axes[3], fused(0.9))
        });
    });
    let values: Vec<f64> = (0..1000).map(f64::from).collect();
    let grid = Grid {
        values: &values,
        shape: [10; 3],
        default_f: 0.0,
    };
    criterion.bench_function("structure_factor_tricubic", |bencher| {
        bencher.iter(|| {
            let (below, fraction) = (
                black_box([4.0, 5.0, 3.0]).map(fused),
                offset.map(|x: f64| fused(x.abs())),
            );
            let inside = has_neighbourhood(grid.shape, below, fraction);
            structure_factor_tricubic(grid, below, fraction, inside)
        });
    });
}

criterion_group!(benches, samples, functions);
criterion_main!(benches);
