//! Where each pixel looks in reciprocal space.

use ndarray::Array2;

use crate::{
    image::Pixel,
    plan::Plan,
    scene::Source,
    vector::{CellVectors, Vector, dot, norm},
};

/// The scattering vector of a pixel's centre, Å⁻¹, on the flat detector.
fn scattering_vector(plan: &Plan, source: &Source, pixel: Pixel) -> Vector {
    let detector = plan.panel();
    let along = |index: usize| (index as f64 + 0.5) * detector.pixel_size_m[0];
    let position: Vector = std::array::from_fn(|axis| {
        detector.origin_m[axis]
            + along(pixel.fast) * detector.fast[axis]
            + along(pixel.slow) * detector.slow[axis]
    });
    let distance = norm(position);
    std::array::from_fn(|axis| {
        (position[axis] / distance - source.incident[axis]) / source.wavelength_angstrom
    })
}

/// d in Å of every pixel's centre for the first source: 1/|q|.
pub fn resolution_map(plan: &Plan) -> Array2<f64> {
    let detector = plan.panel();
    let shape = (detector.slow_pixels, detector.fast_pixels);
    match plan.sources().first() {
        None => Array2::from_elem(shape, f64::INFINITY),
        Some(source) => Array2::from_shape_fn(shape, |(slow, fast)| {
            norm(scattering_vector(plan, source, Pixel::at(slow, fast))).recip()
        }),
    }
}

/// The reflection nearest to a pixel's centre, for the first source and one orientation.
pub fn nearest_reflection(plan: &Plan, cell: &CellVectors, pixel: Pixel) -> Option<[i32; 3]> {
    let q = scattering_vector(plan, plan.sources().first()?, pixel);
    Some(cell.map(|axis| dot(axis, q).round() as i32))
}
