//! The intensity of a pixel written down once more, plainly and in float64, to hold both engines to.

use nanobragg::{
    plan::Plan,
    scene::{Shape, Source},
    vector::{Vector, cross, dot, norm, scale, subtract, unit},
};
use ndarray::Array2;

/// One sub-pixel at one depth.
#[derive(Debug, Clone, Copy)]
pub struct Ray {
    pub direction: Vector,
    pub distance_m: f64,
    /// Solid angle of a pixel.
    pub omega: f64,
    /// Fraction of the photons that the layer stops.
    pub capture: f64,
}

/// The ray to a point of a flat detector, metres along fast and slow, in a layer.
pub fn ray(plan: &Plan, fast_m: f64, slow_m: f64, layer: usize) -> Ray {
    let panel = plan.panel();
    let depth_m = layer as f64 * panel.sensor.layer_m;
    let position: Vector = std::array::from_fn(|i| {
        panel.origin_m[i]
            + panel.fast[i] * fast_m
            + panel.slow[i] * slow_m
            + panel.normal[i] * depth_m
    });
    let distance_m = norm(position);
    let direction = scale(position, 1.0 / distance_m);
    let omega = if plan.sampling.point_pixel {
        distance_m.powi(-2)
    } else {
        let near_m = panel.near_distance_m();
        // The classic solid angle has the sign of the near distance.
        let near_m = match plan.sampling.weighting.is_each_term() {
            true => near_m.abs(),
            false => near_m,
        };
        let [fast_m, slow_m] = panel.pixel_size_m;
        fast_m * slow_m * near_m / distance_m.powi(3)
    };
    let capture = match panel.sensor.attenuation_per_m {
        Some(attenuation) if panel.sensor.layer_m > 0.0 => {
            let rho = dot(direction, panel.normal);
            let path = panel.sensor.layer_m * attenuation / rho.abs();
            // A ray from behind meets the last layer first.
            let before = if rho < 0.0 {
                panel.sensor.layers - 1 - layer
            } else {
                layer
            } as f64;
            (-before * path).exp() - (-(before + 1.0) * path).exp()
        }
        _ => 1.0,
    };
    Ray {
        direction,
        distance_m,
        omega,
        capture,
    }
}

/// The ray to the centre of a pixel's first sub-pixel.
pub fn first_ray(plan: &Plan, slow: usize, fast: usize) -> Ray {
    let oversample = plan.sampling.oversample;
    let [fast_m, slow_m] = plan.panel().pixel_size_m;
    let at = |index: usize, pixel_m: f64| {
        pixel_m / oversample as f64 * ((index * oversample) as f64 + 0.5)
    };
    ray(plan, at(fast, fast_m), at(slow, slow_m), 0)
}

/// Kahn's factor for one source and one direction.
pub fn polarization(plan: &Plan, source: &Source, direction: Vector) -> f64 {
    let Some(kahn) = plan.polarization else {
        return 1.0;
    };
    let cos_two_theta = dot(source.incident, direction);
    let across = unit(cross(kahn.axis, source.incident)).expect("a polarised beam");
    let along = unit(cross(source.incident, across)).expect("a polarised beam");
    let psi = -f64::atan2(dot(direction, across), dot(direction, along));
    let squared = cos_two_theta * cos_two_theta;
    0.5 * (1.0 + squared - kahn.factor * (2.0 * psi).cos() * (1.0 - squared))
}

/// Amplitude of the lattice at fractional Miller indices.
pub fn lattice(plan: &Plan, index: [f64; 3]) -> f64 {
    let crystal = plan.crystal();
    let domain = &crystal.domain;
    let offset = index.map(|h| h - (h - 0.5).ceil());
    let cells: f64 = domain.n_cells.iter().product();
    match domain.shape {
        Shape::Square => (0..3)
            .filter(|&axis| domain.n_cells[axis] > 1.0)
            .map(|axis| {
                let (n, x) = (domain.n_cells[axis], std::f64::consts::PI * offset[axis]);
                if x == 0.0 { n } else { (n * x).sin() / x.sin() }
            })
            .product(),
        Shape::Round => {
            let squares: f64 = (0..3)
                .map(|i| (offset[i] * domain.n_cells[i]).powi(2))
                .sum();
            let x = std::f64::consts::PI * (domain.fudge * squares).sqrt();
            let ball = if x == 0.0 {
                1.0
            } else {
                3.0 * (x.sin() / x - x.cos()) / (x * x)
            };
            cells * 0.723601254558268 * ball
        }
        Shape::Gauss | Shape::Tophat => {
            let away: Vector = std::array::from_fn(|i| {
                (0..3)
                    .map(|axis| offset[axis] * crystal.reciprocal_space[axis][i])
                    .sum()
            });
            let r = dot(away, away) * cells * cells;
            match domain.shape {
                Shape::Gauss => cells * (-r / 0.63 * domain.fudge).exp(),
                _ if r * domain.fudge < 0.3969 => cells,
                _ => 0.0,
            }
        }
    }
}

/// The whole image of a flat, unmasked panel. `amplitude` gives F at fractional Miller indices, called in the order
/// of the samples: raster, layer, sub-pixel, source, orientation.
pub fn image(plan: &Plan, mut amplitude: impl FnMut([f64; 3]) -> f64) -> Array2<f32> {
    let panel = plan.panel();
    Array2::from_shape_fn((panel.slow_pixels, panel.fast_pixels), |(slow, fast)| {
        pixel(plan, slow, fast, &mut amplitude) as f32
    })
}

fn pixel(
    plan: &Plan,
    slow: usize,
    fast: usize,
    amplitude: &mut impl FnMut([f64; 3]) -> f64,
) -> f64 {
    let panel = plan.panel();
    let oversample = plan.sampling.oversample;
    let weighting = plan.sampling.weighting;
    let (corrected, factors) = (weighting.is_each_term(), weighting.per_sample());
    let [fast_m, slow_m] = panel.pixel_size_m;
    let mut sum = plan.background;
    let (mut first_omega, mut first_polarization, mut last_capture) = (None, None, 1.0);
    for layer in 0..panel.sensor.layers {
        let mut layer_capture = None;
        for sub in 0..oversample * oversample {
            let at = |index: usize, sub: usize, pixel_m: f64| {
                pixel_m / oversample as f64 * ((index * oversample + sub) as f64 + 0.5)
            };
            let ray = ray(
                plan,
                at(fast, sub % oversample, fast_m),
                at(slow, sub / oversample, slow_m),
                layer,
            );
            first_omega.get_or_insert(ray.omega);
            last_capture = *layer_capture.get_or_insert(ray.capture);
            for source in plan.sources() {
                let q = scale(
                    subtract(ray.direction, source.incident),
                    1.0 / source.wavelength_angstrom,
                );
                if plan.sampling.dmin_angstrom > 1.0 / norm(q) {
                    continue;
                }
                let polar = polarization(plan, source, ray.direction);
                first_polarization.get_or_insert(polar);
                for cell in plan.crystal().orientations.cells.iter() {
                    let index = cell.map(|axis| dot(axis, q));
                    let lattice = lattice(plan, index);
                    if lattice == 0.0 && !plan.has_water {
                        continue;
                    }
                    let intensity = (amplitude(index) * lattice).powi(2);
                    if corrected {
                        sum += source.weight * intensity * ray.capture * polar * ray.omega;
                        continue;
                    }
                    sum += intensity;
                    if factors.capture {
                        sum *= ray.capture;
                    }
                    if factors.polarization {
                        sum *= polar;
                    }
                    if factors.omega {
                        sum *= ray.omega;
                    }
                }
            }
        }
        if layer + 1 == panel.sensor.layers && !corrected {
            sum *= if factors.capture { 1.0 } else { last_capture };
            sum *= if factors.omega {
                1.0
            } else {
                first_omega.unwrap_or(1.0)
            };
            let unpolarised = if plan.polarization.is_none() {
                1.0
            } else {
                0.0
            };
            sum *= if factors.polarization {
                1.0
            } else {
                first_polarization.unwrap_or(unpolarised)
            };
        }
    }
    sum * plan.scale
}
