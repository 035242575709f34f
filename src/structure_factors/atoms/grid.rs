//! A grid over one cell and its Fourier transform.

use rayon::prelude::*;
use rustfft::{FftPlanner, num_complex::Complex64};

use super::cell_axes::CellAxes;

/// Grids of more points than this (4 GiB) are refused.
const MAX_POINTS: usize = 1 << 28;

/// Two real maps over a cell, one as the real and one as the imaginary part; c fastest.
pub(super) struct Grid {
    pub size: [usize; 3],
    pub values: Vec<Complex64>,
}

impl Grid {
    /// An empty grid that holds every index up to `resolution` Å, `oversampling` times as finely as it has to be and at least
    /// every `max_spacing` Å.
    pub fn new(
        axes: &CellAxes,
        resolution: f64,
        oversampling: f64,
        max_spacing: f64,
    ) -> Result<Self, String> {
        let spacing = (resolution / (2.0 * oversampling)).min(max_spacing);
        // Planes of one kind are 1/|a*| apart in the cell, not a.
        let size = axes
            .reciprocal_lengths()
            .map(|length| next_smooth((1.0 / (length * spacing)).clamp(4.0, 1e6)));
        let points = size.iter().try_fold(1usize, |n, &s| n.checked_mul(s));
        let too_fine = || {
            format!(
                "a grid of {} × {} × {} points does not fit into memory; take a coarser -resolution",
                size[0], size[1], size[2]
            )
        };
        let points = points.filter(|&n| n <= MAX_POINTS).ok_or_else(too_fine)?;
        let mut values = Vec::new();
        values.try_reserve_exact(points).map_err(|_| too_fine())?;
        values.resize(points, Complex64::ZERO);
        Ok(Self { size, values })
    }

    /// Points of one plane of constant a.
    pub fn plane_points(&self) -> usize {
        self.size[1] * self.size[2]
    }

    /// Replaces both maps by Σ ρ exp(2πi h·x).
    pub fn transform(&mut self) {
        let [na, nb, nc] = self.size;
        let mut planner = FftPlanner::new();
        let along_c = planner.plan_fft_inverse(nc);
        let along_b = planner.plan_fft_inverse(nb);
        let along_a = planner.plan_fft_inverse(na);
        self.values.par_chunks_mut(nb * nc).for_each(|plane| {
            along_c.process(plane);
            let mut column = vec![Complex64::ZERO; nb];
            for c in 0..nc {
                for (b, value) in column.iter_mut().enumerate() {
                    *value = plane[b * nc + c];
                }
                along_b.process(&mut column);
                for (b, value) in column.iter().enumerate() {
                    plane[b * nc + c] = *value;
                }
            }
        });
        // a is the slowest axis: its lines are brought together, worked on and put back.
        let lines_at_once = (1 << 22) / na.max(1) + 1;
        let plane = nb * nc;
        let mut lines = Vec::new();
        for start in (0..plane).step_by(lines_at_once) {
            let count = lines_at_once.min(plane - start);
            let values = &self.values;
            lines.clear();
            lines.resize(count * na, Complex64::ZERO);
            lines
                .par_chunks_mut(na)
                .enumerate()
                .for_each(|(line, target)| {
                    for (a, value) in target.iter_mut().enumerate() {
                        *value = values[a * plane + start + line];
                    }
                    along_a.process(target);
                });
            self.values
                .par_chunks_mut(plane)
                .enumerate()
                .for_each(|(a, values)| {
                    for line in 0..count {
                        values[start + line] = lines[line * na + a];
                    }
                });
        }
    }

    /// After [`Grid::transform`]: the Fourier coefficients of the real and of the imaginary map, per grid point.
    pub fn coefficients(&self, hkl: [i32; 3]) -> (Complex64, Complex64) {
        let here = self.at(hkl);
        let mate = self.at(hkl.map(|i| -i)).conj();
        let points = self.values.len() as f64;
        let first = (here + mate) / (2.0 * points);
        let second = (here - mate) * Complex64::new(0.0, -0.5) / points;
        (first, second)
    }

    fn at(&self, hkl: [i32; 3]) -> Complex64 {
        let [a, b, c]: [usize; 3] =
            std::array::from_fn(|axis| hkl[axis].rem_euclid(self.size[axis] as i32) as usize);
        self.values[(a * self.size[1] + b) * self.size[2] + c]
    }
}

/// The next even number with no prime factor above 5.
fn next_smooth(least: f64) -> usize {
    let mut size = (least.ceil() as usize).next_multiple_of(2);
    loop {
        let mut rest = size;
        for prime in [2_usize, 3, 5] {
            while rest.is_multiple_of(prime) {
                rest /= prime;
            }
        }
        if rest == 1 {
            return size;
        }
        size += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_waves_are_told_apart() {
        let axes = CellAxes::new([10.0, 12.0, 8.0, 90.0, 100.0, 90.0]).unwrap();
        let mut grid = Grid::new(&axes, 2.0, 1.5, 1.0).unwrap();
        let [na, nb, nc] = grid.size;
        for a in 0..na {
            for b in 0..nb {
                for c in 0..nc {
                    let at = |hkl: [f64; 3]| {
                        let place = [
                            a as f64 / na as f64,
                            b as f64 / nb as f64,
                            c as f64 / nc as f64,
                        ];
                        let turns: f64 = (0..3).map(|i| hkl[i] * place[i]).sum();
                        (std::f64::consts::TAU * turns).cos()
                    };
                    let value =
                        Complex64::new(2.0 * at([1.0, 2.0, -3.0]), 6.0 * at([0.0, 1.0, 1.0]));
                    grid.values[(a * nb + b) * nc + c] = value;
                }
            }
        }
        grid.transform();
        for (hkl, first, second) in [
            ([1, 2, -3], 1.0, 0.0),
            ([-1, -2, 3], 1.0, 0.0),
            ([0, 1, 1], 0.0, 3.0),
            ([1, 0, 0], 0.0, 0.0),
        ] {
            let found = grid.coefficients(hkl);
            assert!((found.0 - first).norm() < 1e-12, "{hkl:?} {found:?}");
            assert!((found.1 - second).norm() < 1e-12, "{hkl:?} {found:?}");
        }
    }

    #[test]
    fn a_grid_beyond_memory_is_refused() {
        let axes = CellAxes::new([1000.0, 1000.0, 1000.0, 90.0, 90.0, 90.0]).unwrap();
        assert!(Grid::new(&axes, 0.5, 1.5, 0.6).is_err());
        assert!(Grid::new(&axes, 1e-300, 1.5, 0.6).is_err());
    }
}
