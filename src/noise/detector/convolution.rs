//! Convolution of an image with a kernel: term by term where the kernel is small, by Fourier transforms where it is large.

use ndarray::Array2;
use rayon::prelude::*;
use rustfft::{FftPlanner, num_complex::Complex64};

/// Kernels up to this radius, in pixels, are summed term by term.
const DIRECT_RADIUS: usize = 5;

/// Replaces the image by its convolution with a square kernel of odd size. What lies beyond the edges is dark.
pub(super) fn convolve(pixels: &mut [f32], width: usize, kernel: &Array2<f64>) {
    if kernel.nrows() / 2 <= DIRECT_RADIUS {
        convolve_term_by_term(pixels, width, kernel);
    } else {
        convolve_by_transform(pixels, width, kernel);
    }
}

fn convolve_term_by_term(pixels: &mut [f32], width: usize, kernel: &Array2<f64>) {
    let height = pixels.len() / width;
    let radius = kernel.nrows() / 2;
    let source = pixels.to_vec();
    pixels
        .par_chunks_mut(width)
        .enumerate()
        .for_each(|(slow, row)| {
            for (fast, pixel) in row.iter_mut().enumerate() {
                let mut sum = 0.0;
                let rows = slow.saturating_sub(radius)..=(slow + radius).min(height - 1);
                for from_slow in rows {
                    let columns = fast.saturating_sub(radius)..=(fast + radius).min(width - 1);
                    for from_fast in columns {
                        let weight = kernel[[slow + radius - from_slow, fast + radius - from_fast]];
                        sum += weight * f64::from(source[from_slow * width + from_fast]);
                    }
                }
                *pixel = sum as f32;
            }
        });
}

fn convolve_by_transform(pixels: &mut [f32], width: usize, kernel: &Array2<f64>) {
    let height = pixels.len() / width;
    let radius = kernel.nrows() / 2;
    // As much padding as the kernel reaches keeps opposite edges apart.
    let (rows, columns) = (fast_length(height + radius), fast_length(width + radius));
    let mut image = Plane::zeros(rows, columns);
    for (slow, row) in pixels.chunks(width).enumerate() {
        for (fast, &pixel) in row.iter().enumerate() {
            image.values[slow * columns + fast].re = f64::from(pixel);
        }
    }
    let mut response = Plane::zeros(rows, columns);
    for ((slow, fast), &weight) in kernel.indexed_iter() {
        // The kernel's centre belongs at the origin, what lies before it at the far end.
        let row = (slow + rows - radius) % rows;
        let column = (fast + columns - radius) % columns;
        response.values[row * columns + column].re += weight;
    }
    let image = image.transformed(Direction::Forward);
    let mut response = response.transformed(Direction::Forward);
    response
        .values
        .par_iter_mut()
        .zip(&image.values)
        .for_each(|(value, factor)| *value *= factor);
    let result = response.transformed(Direction::Inverse);
    let norm = 1.0 / (rows * columns) as f64;
    for (slow, row) in pixels.chunks_mut(width).enumerate() {
        for (fast, pixel) in row.iter_mut().enumerate() {
            // Transforms leave traces of rounding where there is no light.
            *pixel = (result.values[slow * columns + fast].re * norm).max(0.0) as f32;
        }
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Forward,
    Inverse,
}

struct Plane {
    rows: usize,
    columns: usize,
    values: Vec<Complex64>,
}

impl Plane {
    fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            values: vec![Complex64::ZERO; rows * columns],
        }
    }

    /// The two-dimensional transform, its axes exchanged.
    fn transformed(mut self, direction: Direction) -> Self {
        self.transform_rows(direction);
        let mut turned = self.transposed();
        turned.transform_rows(direction);
        turned
    }

    fn transform_rows(&mut self, direction: Direction) {
        let mut planner = FftPlanner::new();
        let transform = match direction {
            Direction::Forward => planner.plan_fft_forward(self.columns),
            Direction::Inverse => planner.plan_fft_inverse(self.columns),
        };
        self.values.par_chunks_mut(self.columns).for_each_init(
            || vec![Complex64::ZERO; transform.get_inplace_scratch_len()],
            |scratch, row| transform.process_with_scratch(row, scratch),
        );
    }

    fn transposed(&self) -> Self {
        let mut turned = Self::zeros(self.columns, self.rows);
        turned
            .values
            .par_chunks_mut(self.rows)
            .enumerate()
            .for_each(|(column, values)| {
                for (row, value) in values.iter_mut().enumerate() {
                    *value = self.values[row * self.columns + column];
                }
            });
        turned
    }
}

/// The next length of which all factors are 2, 3 and 5.
fn fast_length(length: usize) -> usize {
    (length..)
        .find(|&candidate| {
            let mut rest = candidate;
            for factor in [2, 3, 5] {
                while rest.is_multiple_of(factor) {
                    rest /= factor;
                }
            }
            rest == 1
        })
        .expect("there is a power of two above every length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn image() -> Vec<f32> {
        (0..13 * 19_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 22) as f32)
            .collect()
    }

    #[test]
    fn both_ways_agree_for_every_size_of_kernel() {
        for radius in [1, 3, 7, 12, 25] {
            let size = 2 * radius + 1;
            let kernel = Array2::from_shape_fn((size, size), |(slow, fast)| {
                1.0 / (1.0 + slow as f64 + 3.0 * fast as f64)
            });
            let (mut direct, mut transformed) = (image(), image());
            convolve_term_by_term(&mut direct, 19, &kernel);
            convolve_by_transform(&mut transformed, 19, &kernel);
            for (a, b) in direct.iter().zip(&transformed) {
                assert!(
                    (a - b).abs() < 1e-4 * a.abs().max(1.0),
                    "radius {radius}: {a} {b}"
                );
            }
        }
    }

    #[test]
    fn light_moves_the_way_the_kernel_points() {
        let kernel = array![[0.0, 0.0, 0.0], [0.0, 0.0, 0.75], [0.0, 0.25, 0.0]];
        let mut pixels = vec![0.0, 0.0, 0.0, 0.0, 8.0, 0.0, 0.0, 0.0, 0.0];
        convolve(&mut pixels, 3, &kernel);
        assert_eq!(pixels, [0.0, 0.0, 0.0, 0.0, 0.0, 6.0, 0.0, 2.0, 0.0]);
    }

    #[test]
    fn fast_lengths_have_small_factors() {
        assert_eq!([7, 97, 1025].map(fast_length), [8, 100, 1080]);
    }
}
