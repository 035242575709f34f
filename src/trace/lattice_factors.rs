//! The lattice transform by axis and with its sign. The image needs neither, so that the kernels compute neither.

use crate::{
    engine::{EngineKind, Precision, Sample},
    lanes::scalar::fused,
    physics::lattice::lattice_square,
    scene::{Domain, Shape},
};

/// sin(πNh)/sin(πh) of every axis, and their product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatticeFactors {
    /// 1 for the shapes that are no product over the axes.
    pub axes: [f64; 3],
    /// What the kernel used, with its sign.
    pub product: f64,
}

/// The factors of a sample.
pub fn lattice_factors(domain: &Domain, sample: &Sample, engine: EngineKind) -> LatticeFactors {
    if domain.shape != Shape::Square {
        return LatticeFactors {
            axes: [1.0; 3],
            product: sample.lattice,
        };
    }
    let axes: [f64; 3] = std::array::from_fn(|axis| {
        let (n_cells, nearest) = (domain.n_cells[axis], sample.nearest[axis]);
        let offset = sample.index[axis] - nearest;
        sign(n_cells, offset, nearest) * magnitude(n_cells, offset, engine)
    });
    let sign = axes.iter().map(|factor| factor.signum()).product::<f64>();
    LatticeFactors {
        axes,
        product: sign * sample.lattice.abs(),
    }
}

/// |sin(πNδ)/sin(πδ)| by the kernels' function, in the engine's precision.
fn magnitude(n_cells: f64, offset: f64, engine: EngineKind) -> f64 {
    let ratio = match engine {
        EngineKind::Cpu(Precision::F64) => {
            lattice_square(
                [offset, 0.0, 0.0].map(fused),
                [n_cells, 1.0, 1.0].map(fused),
            )
            .0
        }
        EngineKind::Cpu(Precision::F32) | EngineKind::Gpu => f64::from(
            lattice_square(
                [offset as f32, 0.0, 0.0].map(fused),
                [n_cells as f32, 1.0, 1.0].map(fused),
            )
            .0,
        ),
    };
    ratio.abs()
}

/// The ratio changes its sign at every multiple of 1/N, and with even N from one lattice point to the next.
fn sign(n_cells: f64, offset: f64, nearest: f64) -> f64 {
    let half_turns = (n_cells * offset.abs()).floor() + (n_cells - 1.0) * nearest.abs();
    if half_turns % 2.0 == 0.0 { 1.0 } else { -1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_those_of_the_ratio_of_sines() {
        for n_cells in [1.0, 2.0, 5.0, 12.0] {
            for step in -2000..2000 {
                let h = f64::from(step) / 500.0 + 0.000_7;
                let nearest = (h - 0.5).ceil();
                let turn = std::f64::consts::PI * h;
                let expected = (n_cells * turn).sin() / turn.sin();
                let offset = h - nearest;
                let engine = EngineKind::Cpu(Precision::F64);
                let found = sign(n_cells, offset, nearest) * magnitude(n_cells, offset, engine);
                assert!(
                    (found - expected).abs() < 1e-10,
                    "N {n_cells}, h {h}: {found} {expected}"
                );
            }
        }
    }
}
