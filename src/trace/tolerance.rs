//! How far two traces of one pixel may be apart before it takes more than rounding to explain it.
//!
//! The float32 bounds follow from the arithmetic. One rounding is off by at most u = 2⁻²⁴ of the result; WGSL lets a
//! division be off by 5 u and a square root by 4 u. Along a chain of operations the bounds add up to the worst case.

use crate::{
    engine::{EngineKind, Precision},
    plan::Plan,
    scene::{Shape, StructureFactors},
    structure_factors::Table,
    vector::norm,
};

/// u: half a unit in the last place of a float32.
const ROUNDING: f64 = 1.0 / 16_777_216.0;
/// Relative error of a chain of float64 operations.
const DOUBLE_CHAIN: f64 = 1e-10;
/// Error of a Miller index of a few tens in float64, a few units of its last place.
const DOUBLE_INDEX: f64 = 2e-14;
/// Roundings of any factor of a pixel and of the lattice transform. The longest chain is that of the square crystal: six
/// polynomials of sin πx, each within 10⁻⁷ and 2 u of its argument, four products and a division.
const FACTOR_ROUNDINGS: f64 = 40.0;
/// Roundings of an index by the float32 of its anchor's fraction and by the three additions.
const INDEX_ROUNDINGS: f64 = 5.0;

/// Quantities that the kernels compute, intensities aside; the host computes the others in float64 for every engine.
const OF_THE_KERNELS: [&str; 17] = [
    "pixel_pos_meters",
    "R_distance_meters",
    "omega_pixel_sr",
    "omega_pixel",
    "obliquity_factor",
    "diffracted_vec",
    "scattering_vec_A_inv",
    "hkl_frac",
    "k_frac",
    "F_latt_a",
    "F_latt_b",
    "F_latt_c",
    "F_latt",
    "F_cell",
    "capture_fraction",
    "polar",
    "cos_2theta",
];

/// Quantities that a trace of float32 kernels prints as they hold them, rounded once.
const ROUNDED_ONCE: [&str; 3] = ["rot_a_angstroms", "rot_b_angstroms", "rot_c_angstroms"];

/// How far two values of a quantity may be apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Of the larger value, or of the larger vector's largest component.
    relative: f64,
    index: Option<IndexError>,
    single: Option<Single>,
}

/// What the error of a Miller index does to the lattice transform, which crosses zero N times from one lattice point to the
/// next: there a relative tolerance asks for more digits than the index has.
#[derive(Debug, Clone, Copy, PartialEq)]
struct IndexError {
    error: f64,
    /// Cells of the domain along its longest edge, and in all.
    edge: f64,
    volume: f64,
}

impl IndexError {
    /// The largest error of the lattice transform along one axis, over its peak there.
    fn along_an_axis(&self) -> f64 {
        // The slope of the transform is at most π N times its peak.
        std::f64::consts::PI * self.edge * self.error
    }
}

/// What float32 does besides.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Single {
    /// Of a scattering vector, m⁻¹: its step from the tile's centre is rounded, and may be longer than the vector.
    scattering_per_m: f64,
    /// Of a number between -1 and 1 that comes of a subtraction.
    difference: f64,
    /// Of a structure factor that is interpolated, electrons.
    interpolated_f: f64,
    /// Largest structure factor, electrons.
    largest_f: f64,
    /// Relative, of what a layer of the sensor captures.
    capture: f64,
    /// Relative, of the sum of a pixel.
    sum: f64,
    /// Samples of a pixel.
    samples: f64,
}

impl Tolerance {
    /// One relative tolerance for everything.
    pub fn relative(relative: f64) -> Self {
        Self {
            relative,
            index: None,
            single: None,
        }
    }

    /// What the arithmetic of two engines explains on pixels of this plan. The classic program computes as the
    /// CPU engine in float64 does.
    pub fn of_engines(plan: &Plan, engines: [EngineKind; 2]) -> Self {
        let steps = engines.map(|engine| Step::of(plan, engine));
        let [a, b, c] = plan.crystal().domain.n_cells;
        let volume = a * b * c;
        let spread = plan.crystal().domain.fudge.sqrt().max(1.0);
        let edge = match plan.crystal().domain.shape {
            Shape::Square => a.max(b).max(c),
            Shape::Round => a.max(b).max(c) * spread,
            // Their widths in reciprocal space go with the whole domain.
            Shape::Gauss | Shape::Tophat => volume * spread,
        };
        let singles = steps.iter().flatten().count() as f64;
        let chain = singles * FACTOR_ROUNDINGS * ROUNDING;
        let index_error = steps
            .iter()
            .flatten()
            .map(|step| step.index_error(plan))
            .sum();
        let scattering: f64 = steps.iter().flatten().map(Step::scattering_error).sum();
        Self {
            relative: DOUBLE_CHAIN + chain,
            index: Some(IndexError {
                error: f64::max(DOUBLE_INDEX, index_error),
                edge,
                volume,
            }),
            single: (singles > 0.0).then(|| Single::of(plan, singles, scattering, index_error)),
        }
    }

    /// The largest difference between two values of magnitude `scale`, of a pixel that sums up to `sum` electrons².
    pub(super) fn allowed(&self, line: &str, label: &str, scale: f64, sum: Option<f64>) -> f64 {
        let Some(index) = &self.index else {
            return self.relative * scale;
        };
        let slope = index.along_an_axis();
        let is_intensity =
            line.contains("I_") || ["floatimage_accumulated", "pixel_value"].contains(&label);
        if self.single.is_some() && ROUNDED_ONCE.contains(&label) {
            return 2.0 * ROUNDING * scale;
        }
        if !is_intensity && !OF_THE_KERNELS.contains(&label) {
            return DOUBLE_CHAIN * scale;
        }
        let more = match (label, &self.single) {
            ("hkl_frac" | "k_frac", _) => index.error,
            ("F_latt_a" | "F_latt_b" | "F_latt_c", _) => slope * index.edge,
            ("F_latt", _) => 3.0 * slope * index.volume,
            // The slope of an intensity is twice that of its amplitude.
            (_, None) if is_intensity => 6.0 * slope * scale,
            (_, Some(single)) if is_intensity => scale * single.of_intensity(index, sum),
            ("F_cell", Some(single)) => single.interpolated_f,
            ("scattering_vec_A_inv", Some(single)) => single.scattering_per_m,
            ("cos_2theta" | "polar", Some(single)) => single.difference,
            ("capture_fraction", Some(single)) => single.capture * scale,
            _ => 0.0,
        };
        self.relative * scale + more
    }
}

impl Single {
    fn of(plan: &Plan, singles: f64, scattering_per_angstrom: f64, index_error: f64) -> Self {
        let sensor = &plan.panel().sensor;
        let depths =
            sensor.layers as f64 * sensor.layer_m * sensor.attenuation_per_m.unwrap_or(0.0);
        let (largest_f, interpolates) = match plan.crystal().structure_factors_of(0) {
            StructureFactors::Constant(f) => (f.abs(), false),
            StructureFactors::Nearest(table) => (largest(table), false),
            StructureFactors::Tricubic(table) => (largest(table), true),
        };
        let chain = singles * FACTOR_ROUNDINGS * ROUNDING;
        // Lagrange's four weights add up to at most 1.25 in magnitude, and their slopes to 7/3.
        let (weights, slopes) = (1.25_f64.powi(3), 3.0 * 1.25_f64.powi(2) * 7.0 / 3.0);
        Self {
            scattering_per_m: 1e10 * scattering_per_angstrom,
            difference: chain,
            interpolated_f: if interpolates {
                largest_f * (weights * chain + slopes * index_error)
            } else {
                0.0
            },
            largest_f,
            // exp(-x) is off by the error of x.
            capture: 2.0 * depths * chain,
            sum: 2.0 * chain + singles * sum_roundings(plan) * ROUNDING,
            samples: plan.samples_per_pixel(plan.panel()) as f64,
        }
    }

    /// Relative error of a pixel's intensity, Σ (F·F_latt)². By Cauchy, Σ |F·F_latt| is at most √(samples · sum).
    fn of_intensity(&self, index: &IndexError, sum: Option<f64>) -> f64 {
        let lattice = 3.0 * index.along_an_axis() * index.volume;
        let amplitude = self.largest_f * lattice + self.interpolated_f * index.volume;
        // Where the sum is no larger than its error, all of it may be.
        let off = sum.map_or(0.0, |sum| {
            (amplitude * (self.samples / sum).sqrt()).min(1.0)
        });
        2.0 * off + off * off + self.sum + self.capture
    }
}

/// How a float32 engine gets from a tile's centre to a pixel.
struct Step {
    /// Å⁻¹, the longest.
    longest: f64,
    roundings: f64,
}

impl Step {
    /// `None` for the engine that takes no steps.
    fn of(plan: &Plan, engine: EngineKind) -> Option<Self> {
        // Pixels from the centre of the largest tile to its corner, and how often a component of the step is rounded.
        let (tile, roundings) = match engine {
            EngineKind::Cpu(Precision::F64) => return None,
            // The step is computed in float64: it is rounded once, and so are the cell and their product.
            EngineKind::Cpu(Precision::F32) => ([32.0, 4.0], 3.0),
            // 9 for the offset in metres, 7 to divide it by the distance, 20 for the step of the unit vector, 2 for the
            // wavelength, 2 for the cell and their product.
            EngineKind::Gpu => ([16.0_f64, 16.0], 40.0),
        };
        let detector = plan.panel();
        let pixels = f64::hypot(tile[0], tile[1]) / 2.0;
        let depth_m = detector.sensor.layers as f64 * detector.sensor.layer_m;
        let near_m = detector.near_distance_m();
        let nearest_m = detector.bend.map_or(near_m, |bend| bend.radius_m).abs();
        let angle = (pixels * detector.pixel_size_m[0] + depth_m) / nearest_m;
        let shortest = plan
            .sources()
            .iter()
            .map(|source| source.wavelength_angstrom);
        Some(Self {
            longest: angle.min(2.0) / shortest.fold(f64::INFINITY, f64::min),
            roundings,
        })
    }

    /// Å⁻¹.
    fn scattering_error(&self) -> f64 {
        self.roundings * ROUNDING * self.longest
    }

    fn index_error(&self, plan: &Plan) -> f64 {
        let axes = plan.crystal().orientations.cells.iter().take(1).flatten();
        let longest_axis = axes.map(|&axis| norm(axis)).fold(0.0, f64::max);
        // The last additions round the index itself.
        let additions = INDEX_ROUNDINGS * (1.0 + longest_axis * self.longest);
        longest_axis * self.scattering_error() + additions * ROUNDING
    }
}

/// Roundings of the sum over a pixel's samples: float32 adds up blocks of at most 128 of them, blocks in groups of at most
/// 64, and groups; factors that meet the running sum round it three times a sample.
fn sum_roundings(plan: &Plan) -> f64 {
    let samples = plan.samples_per_pixel(plan.panel()) as f64;
    if plan.sampling.weighting.is_running() {
        return 3.0 * samples;
    }
    samples.min(128.0) + (samples / 64.0).clamp(1.0, 64.0) + samples / 4096.0
}

fn largest(table: &Table) -> f64 {
    let values = table.values().iter();
    values.fold(table.default_f().abs(), |top, f| top.max(f.abs()))
}
