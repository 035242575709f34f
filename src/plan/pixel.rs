//! Where the centre of a pixel looks in reciprocal space, for the first source.

use super::Plan;
use crate::{
    image::Pixel,
    vector::{CellVectors, Vector, dot, norm},
};

impl Plan {
    /// The scattering vector (d − incident)/λ of a pixel's centre, Å⁻¹; `None` without a source.
    pub fn scattering_vector(&self, pixel: Pixel) -> Option<Vector> {
        let source = self.sources().first()?;
        let centre = [pixel.fast, pixel.slow].map(|index| index as f64 + 0.5);
        Some(self.detector.panels[pixel.panel].scattering_vector(centre, source))
    }

    /// The spacing d of a pixel's centre in Å: 1/|q|.
    pub fn resolution_angstrom(&self, pixel: Pixel) -> f64 {
        self.scattering_vector(pixel)
            .map_or(f64::INFINITY, |q| norm(q).recip())
    }

    /// The Miller index h, k, l of a pixel's centre, between reflections, for one orientation of a crystal.
    pub fn miller_index(&self, pixel: Pixel, cell: &CellVectors) -> Option<Vector> {
        let q = self.scattering_vector(pixel)?;
        Some(cell.map(|axis| dot(axis, q)))
    }
}
