//! Coarse pixels and large crystals, where the step from a tile's centre to its pixels is many fringes long: float32 stays as
//! near to float64 as elsewhere, by exact indices on the GPU and in float64 on the CPU.

use std::path::Path;

use nanobragg::{
    classic::{Prepared, RasterOrder, Session},
    engine::{EngineKind, Precision},
    image::Image,
    internals::measure::agreement,
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::golden_cases::options;

/// How far an engine is from float64: relative L2, and the sum over the exact one less 1.
#[derive(Debug, Clone, Copy)]
struct Distance {
    relative_l2: f64,
    sum: f64,
}

struct Engines {
    exact: Session,
    float32: [(&'static str, Session); 2],
}

impl Engines {
    fn new() -> Self {
        let open = |kind| {
            let engine = RasterOrder::open(kind, &Default::default());
            let engine = engine.unwrap_or_else(|error| panic!("{error}"));
            Session::new(prepared("-default_F 10 -cell 50 -N 3 -detpixels 4"), engine)
        };
        Self {
            exact: open(EngineKind::Cpu(Precision::F64)),
            float32: [
                ("cpu", open(EngineKind::Cpu(Precision::F32))),
                ("gpu", open(EngineKind::Gpu)),
            ],
        }
    }

    fn distances(&mut self, line: &str) -> [(&'static str, Distance); 2] {
        let prepared = prepared(line);
        self.exact.set(prepared.clone());
        let exact = self.exact.render().unwrap();
        self.float32.each_mut().map(|(name, session)| {
            session.set(prepared.clone());
            let image = session.render().unwrap();
            let sum = |image: &Image| {
                image
                    .view()
                    .iter()
                    .map(|&photons| f64::from(photons))
                    .sum::<f64>()
            };
            let distance = Distance {
                relative_l2: agreement(image.view(), exact.view()).relative_l2.unwrap(),
                sum: sum(&image) / sum(&exact) - 1.0,
            };
            (*name, distance)
        })
    }
}

fn prepared(line: &str) -> Prepared {
    Prepared::new(&options(line, Path::new("."))).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn coarse_pixels_and_large_crystals_are_as_right_as_others() {
    let mut engines = Engines::new();
    // Float32 steps were off by up to 4·10⁻³ on these.
    for line in include_str!("../data/coarse_lines.txt").lines() {
        for (engine, Distance { relative_l2, sum }) in engines.distances(line) {
            println!("{engine}: {relative_l2:.1e}, sum {sum:+.1e}: {line}");
            assert!(
                relative_l2 < 5e-5 && sum.abs() < 1e-5,
                "{engine} {line}: {relative_l2:e} {sum:e}"
            );
        }
    }
}

/// Pixel, distance (mm), cell (Å) and number of cells, each on a scale of powers of two.
#[derive(Debug, Clone, Copy)]
struct Scale {
    pixel: f64,
    distance: f64,
    cell: f64,
    cells: f64,
    detpixels: usize,
    shape: &'static str,
}

const LIMITS: [(f64, f64); 4] = [(-5.0, 5.5), (4.0, 9.0), (4.0, 9.0), (0.0, 10.0)];

impl Scale {
    fn random(rng: &mut impl Rng) -> Self {
        let [pixel, distance, cell, cells] =
            LIMITS.map(|(low, high)| low + (high - low) * uniform(rng));
        let pick = |rng: &mut dyn Rng| rng.next_u32() as usize % 4;
        Self {
            pixel,
            distance,
            cell,
            cells,
            detpixels: [16, 33, 64, 150][pick(rng)],
            shape: ["", "", "-round_xtal", "-gauss_xtal"][pick(rng)],
        }
    }

    fn near(self, rng: &mut impl Rng) -> Self {
        let mut step = |value: f64, (low, high): (f64, f64)| {
            (value + 2.0 * uniform(rng) - 1.0).clamp(low, high)
        };
        Self {
            pixel: step(self.pixel, LIMITS[0]),
            distance: step(self.distance, LIMITS[1]),
            cell: step(self.cell, LIMITS[2]),
            cells: step(self.cells, LIMITS[3]),
            ..self
        }
    }

    fn line(self) -> String {
        let [pixel, distance, cell] = [self.pixel, self.distance, self.cell].map(f64::exp2);
        let (cells, detpixels, shape) = (self.cells.exp2().round(), self.detpixels, self.shape);
        format!(
            "-default_F 10 -cell {cell:.2} {:.2} {:.2} 90 100 90 -misset 10 20 30 -lambda 1 -N {cells} -pixel {pixel:.4} \
             -distance {distance:.2} -detpixels {detpixels} -oversample 1 {shape}",
            cell * 1.1,
            cell * 1.17,
        )
    }
}

fn uniform(rng: &mut impl Rng) -> f64 {
    f64::from(rng.next_u32()) / 2f64.powi(32)
}

#[test]
fn no_pixel_size_cell_count_or_distance_is_worse() {
    let rng = &mut ChaCha8Rng::seed_from_u64(2026);
    let mut engines = Engines::new();
    let mut worst_of = |scale: Scale| {
        let distances = engines.distances(&scale.line());
        let of = |(_, distance): &(&str, Distance)| distance.relative_l2;
        let worst = distances.iter().map(of).fold(0.0, f64::max);
        (worst, scale)
    };
    // Uphill from the worst of many, by small steps.
    let mut found: Vec<(f64, Scale)> = (0..150).map(|_| worst_of(Scale::random(rng))).collect();
    for _ in 0..6 {
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.truncate(10);
        for kept in &mut found {
            for _ in 0..4 {
                let near = worst_of(kept.1.near(rng));
                if near.0 > kept.0 {
                    *kept = near;
                }
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (worst, scale) in &found {
        println!("{worst:.1e}: {}", scale.line());
    }
    for (worst, scale) in found {
        // Far from every spot a round crystal of a thousand cells has shells that float32 cannot number.
        let limit = if scale.cells > 8.0 { 1e-4 } else { 5e-5 };
        assert!(worst < limit, "{worst:e}: {}", scale.line());
    }
}
