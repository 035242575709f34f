//! How far float32 on the GPU is from float64: Miller indices and images, beside what plain float32 indices would give.
//!
//! `cargo run --release --example gpu_accuracy` prints the tables of docs/gpu.md.

use nanobragg::{
    classic::{self, Experiment},
    engine::Engine,
    image::Image,
    internals::{
        cpu::CpuEngine,
        gpu::{GpuEngine, GpuOptions, layout::TILE_EDGE},
        lanes::scalar::{One, Unfused},
        measure::agreement,
        physics::{
            anchor::{Grid, miller_index},
            lattice::lattice_square,
            ray::ray_beside,
        },
    },
    plan::Plan,
    scene::Panel,
    structure_factors::Amplitudes,
    vector::{Vector, add, dot, norm, scale, subtract},
};

const CELLS_ANGSTROM: [f64; 3] = [50.0, 100.0, 300.0];
const COUNTS: [u32; 3] = [10, 100, 1000];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| cell, Å | largest index | anchored, largest error | plain float32, largest error |"
    );
    println!("|---|---|---|---|");
    for cell in CELLS_ANGSTROM {
        let errors = IndexErrors::of(&plan(cell, 10)?);
        println!(
            "| {cell} | {:.0} | {:.1e} | {:.1e} |",
            errors.largest_index, errors.anchored, errors.plain
        );
    }

    let mut gpu = GpuEngine::new(GpuOptions::default())?;
    println!("\n{}\n", gpu.description());
    println!("| cell, Å | N | GPU engine | plain float32 indices |");
    println!("|---|---|---|---|");
    for cell in CELLS_ANGSTROM {
        for count in COUNTS {
            let plan = plan(cell, count)?;
            let image = gpu.image(&plan)?;
            let exact = CpuEngine::default().image(&plan)?;
            let error = agreement(image.view(), exact.view()).relative_l2;
            println!(
                "| {cell} | {count} | {:.1e} | {:.1e} |",
                error.unwrap_or(f64::NAN),
                plain_error(&plan)
            );
        }
    }
    Ok(())
}

/// A window of a large detector, well away from the beam.
fn plan(cell: f64, count: u32) -> Result<Plan, Box<dyn std::error::Error>> {
    let words = format!(
        "-default_F 100 -cell {cell} {cell} {cell} 90 90 90 -misset 10 20 30 -lambda 1 -N {count} -distance 200 \
         -pixel 0.1 -detpixels 3072 -roi 2560 2815 2560 2815 -oversample 1"
    );
    let options = classic::parse(words.split_whitespace())?;
    Ok(Experiment::from_options(&options)?.plan(&Amplitudes::Constant(100.0))?)
}

/// Centre of a point given in pixels, metres from the sample.
fn position(panel: &Panel, fast: f64, slow: f64) -> Vector {
    let [fast_m, slow_m] = panel.pixel_size_m;
    let offset = add(
        scale(panel.fast, fast * fast_m),
        scale(panel.slow, slow * slow_m),
    );
    add(panel.origin_m, offset)
}

fn scattering(plan: &Plan, position: Vector) -> Vector {
    let source = plan.sources()[0];
    let direction = scale(position, 1.0 / norm(position));
    scale(
        subtract(direction, source.incident),
        1.0 / source.wavelength_angstrom,
    )
}

fn single(v: Vector) -> [f32; 3] {
    v.map(|component| component as f32)
}

/// Miller indices with every step in float32.
fn plain_indices(plan: &Plan, fast: usize, slow: usize) -> [f32; 3] {
    let panel = plan.panel();
    let (origin, f, s) = (
        single(panel.origin_m),
        single(panel.fast),
        single(panel.slow),
    );
    let incident = single(plan.sources()[0].incident);
    let [pixel_f, pixel_s] = panel.pixel_size_m.map(|metres| metres as f32);
    let (along_f, along_s) = ((fast as f32 + 0.5) * pixel_f, (slow as f32 + 0.5) * pixel_s);
    let point = [0, 1, 2].map(|i| origin[i] + along_f * f[i] + along_s * s[i]);
    let distance = point.iter().map(|x| x * x).sum::<f32>().sqrt();
    let wavelength = plan.sources()[0].wavelength_angstrom as f32;
    let q = [0, 1, 2].map(|i| (point[i] / distance - incident[i]) / wavelength);
    let [cell, ..] = plan.crystal().orientations.cells[..] else {
        unreachable!("a crystal has an orientation")
    };
    cell.map(|axis| {
        let axis = single(axis);
        axis[0] * q[0] + axis[1] * q[1] + axis[2] * q[2]
    })
}

fn exact_indices(plan: &Plan, fast: usize, slow: usize) -> [f64; 3] {
    let point = position(plan.panel(), fast as f64 + 0.5, slow as f64 + 0.5);
    let q = scattering(plan, point);
    plan.crystal().orientations.cells[0].map(|axis| dot(axis, q))
}

/// Largest errors of an index over the window.
struct IndexErrors {
    largest_index: f64,
    anchored: f64,
    plain: f64,
}

impl IndexErrors {
    fn of(plan: &Plan) -> Self {
        let mut errors = Self {
            largest_index: 0.0,
            anchored: 0.0,
            plain: 0.0,
        };
        let region = plan.panel().region;
        for slow in (region.slow_min..=region.slow_max).step_by(TILE_EDGE) {
            for fast in (region.fast_min..=region.fast_max).step_by(TILE_EDGE) {
                errors.add_tile(plan, fast, slow);
            }
        }
        errors
    }

    /// The Rust twins of the kernels on the pixels of one tile.
    fn add_tile(&mut self, plan: &Plan, fast: usize, slow: usize) {
        let panel = plan.panel();
        let half = TILE_EDGE as f64 / 2.0;
        let centre = position(panel, fast as f64 + half, slow as f64 + half);
        let distance = norm(centre);
        let lanes = |v: Vector| v.map(|component| One(component as f32) as Unfused<f32>);
        let cell = plan.crystal().orientations.cells[0];
        let largest = cell
            .iter()
            .flatten()
            .fold(0.0, |top: f64, x| top.max(x.abs()));
        let wavelength = plan.sources()[0].wavelength_angstrom;
        let grid = Grid::new(largest, 2.0 / wavelength).expect("an ordinary cell");
        let q = grid.scattering(scattering(plan, centre));
        let anchors = cell.map(|axis| miller_index(grid.cell(axis), q, grid.index_scale()));
        for row in 0..TILE_EDGE {
            for column in 0..TILE_EDGE {
                let pixels = [column, row].map(|place| (place as f64 + 0.5 - half) as f32);
                let [pixel_f, pixel_s] = panel.pixel_size_m.map(|metres| metres as f32);
                let (f, s) = (single(panel.fast), single(panel.slow));
                let step: [Unfused<f32>; 3] = [0, 1, 2].map(|i| {
                    One(
                        (f[i] * (pixels[0] * pixel_f) + s[i] * (pixels[1] * pixel_s))
                            / distance as f32,
                    )
                });
                let change = ray_beside(
                    lanes(scale(centre, 1.0 / distance)),
                    One(distance as f32),
                    step,
                )
                .change
                .map(|x| x.0 * (1.0 / wavelength) as f32);
                let exact = exact_indices(plan, fast + column, slow + row);
                let plain = plain_indices(plan, fast + column, slow + row);
                for i in 0..3 {
                    let axis = single(cell[i]);
                    let index = anchors[i].fraction
                        + axis[0] * change[0]
                        + axis[1] * change[1]
                        + axis[2] * change[2];
                    let anchored = f64::from(anchors[i].whole) + f64::from(index);
                    self.largest_index = self.largest_index.max(exact[i].abs());
                    self.anchored = self.anchored.max((anchored - exact[i]).abs());
                    self.plain = self.plain.max((f64::from(plain[i]) - exact[i]).abs());
                }
            }
        }
    }
}

/// Relative L2 error of the squared lattice transform, evaluated in float64, when its indices come from plain float32.
fn plain_error(plan: &Plan) -> f64 {
    let transform = |indices: [f64; 3]| {
        let offset = indices.map(|h| One(h - h.round()) as Unfused<f64>);
        lattice_square(offset, plan.crystal().domain.n_cells.map(One))
            .0
            .powi(2) as f32
    };
    let region = plan.panel().region;
    let image = |indices: &dyn Fn(usize, usize) -> [f64; 3]| {
        let mut image = Image::zeros(region.slow_len(), region.fast_len());
        for slow in 0..region.slow_len() {
            for fast in 0..region.fast_len() {
                image.as_mut_slice()[slow * region.fast_len() + fast] =
                    transform(indices(region.fast_min + fast, region.slow_min + slow));
            }
        }
        image
    };
    let plain = image(&|fast, slow| plain_indices(plan, fast, slow).map(f64::from));
    let exact = image(&|fast, slow| exact_indices(plan, fast, slow));
    agreement(plain.view(), exact.view())
        .relative_l2
        .unwrap_or(f64::NAN)
}
