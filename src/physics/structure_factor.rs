//! Structure factors from the table. Twins: `shaders/structure_factor.wgsl`.

use super::{Triple, each_axis};
use crate::lanes::Lanes;

/// A table as the kernels read it: positions count from its first index on each axis.
#[derive(Debug, Clone, Copy)]
pub struct Grid<'a, S> {
    /// l fastest.
    pub values: &'a [S],
    /// Numbers of indices along h, k, l.
    pub shape: [i32; 3],
    /// F outside the table.
    pub default_f: S,
}

/// F of a table point, the default outside the table. Positions are whole numbers.
#[inline(always)]
pub fn structure_factor_nearest<L: Lanes>(grid: Grid<'_, L::Scalar>, position: Triple<L>) -> L {
    let mut inside = L::constant(0.0).le(position[0]);
    for (axis, &at) in position.iter().enumerate() {
        let end = L::constant(f64::from(grid.shape[axis]));
        inside = inside & L::constant(0.0).le(at) & at.lt(end);
    }
    let [_, nk, nl] = grid.shape;
    let [i, j, k] = each_axis!(axis => position[axis].to_index());
    let offset = L::index_mul_add(L::index_mul_add(i, nk, j), nl, k);
    L::gather(grid.values, offset, inside, L::splat(grid.default_f))
}

/// Weights of Lagrange's cubic through the values at -1, 0, 1 and 2, at t within 0…1.
#[inline(always)]
pub fn lagrange_weights<L: Lanes>(t: L) -> [L; 4] {
    let (a, b, c, d) = (
        t + L::constant(1.0),
        t,
        t - L::constant(1.0),
        t - L::constant(2.0),
    );
    let sixth = L::constant(1.0 / 6.0);
    let half = L::constant(0.5);
    [
        -(b * c * d * sixth),
        a * c * d * half,
        -(a * b * d * half),
        a * b * c * sixth,
    ]
}

/// Whether the 4×4×4 points about a position lie within what the classic program calls the table: two or more indices
/// from either end, the index itself counted with its fraction.
#[inline(always)]
pub fn has_neighbourhood<L: Lanes>(
    shape: [i32; 3],
    below: Triple<L>,
    fraction: Triple<L>,
) -> L::Mask {
    let [h, k, l] = each_axis!(axis => {
        let end = L::constant(f64::from(shape[axis] - 3));
        let whole = fraction[axis].le(L::constant(0.0));
        L::constant(2.0).le(below[axis]) & (below[axis].lt(end) | (below[axis].equals(end) & whole))
    });
    h & k & l
}

/// Lagrange interpolation over the 4×4×4 points about a position, `below` its whole part; the default where `inside` is
/// false.
#[inline(always)]
pub fn structure_factor_tricubic<L: Lanes>(
    grid: Grid<'_, L::Scalar>,
    below: Triple<L>,
    fraction: Triple<L>,
    inside: L::Mask,
) -> L {
    let [wh, wk, wl] = each_axis!(axis => lagrange_weights(fraction[axis]));
    let [_, nk, nl] = grid.shape;
    let [i, j, k] = each_axis!(axis => L::index_offset(below[axis].to_index(), -1));
    let corner = L::index_mul_add(L::index_mul_add(i, nk, j), nl, k);
    let zero = L::constant(0.0);
    let mut sum = zero;
    for (h, &wh) in wh.iter().enumerate() {
        let mut plane = zero;
        for (k, &wk) in wk.iter().enumerate() {
            let row = (h as i32 * nk + k as i32) * nl;
            let mut line = zero;
            for (l, &wl) in wl.iter().enumerate() {
                let value = L::gather(
                    grid.values,
                    L::index_offset(corner, row + l as i32),
                    inside,
                    zero,
                );
                line = wl.mul_add(value, line);
            }
            plane = wk.mul_add(line, plane);
        }
        sum = wh.mul_add(plane, sum);
    }
    L::select(inside, sum, L::splat(grid.default_f))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::scalar::fused;

    #[test]
    fn a_cubic_is_interpolated_exactly() {
        let cubic = |h: f64, k: f64, l: f64| {
            3.0 + h * (1.0 - 0.3 * h * h) + 2.0 * k * k * l - 0.1 * l * l * l + h * k
        };
        let shape = [8, 7, 9];
        let mut values = Vec::new();
        for h in 0..shape[0] {
            for k in 0..shape[1] {
                values.extend((0..shape[2]).map(|l| cubic(h.into(), k.into(), l.into())));
            }
        }
        let grid = Grid {
            values: &values,
            shape,
            default_f: -1.0,
        };
        for [h, k, l] in [[2.0, 2.0, 2.0], [3.25, 3.9, 4.5], [4.999, 2.001, 6.0]] {
            let below = [h, k, l].map(|x: f64| fused(x.floor()));
            let fraction = [h, k, l].map(|x: f64| fused(x.fract()));
            let inside = has_neighbourhood(shape, below, fraction);
            let f = structure_factor_tricubic(grid, below, fraction, inside).0;
            assert!((f - cubic(h, k, l)).abs() < 1e-12, "{f} {}", cubic(h, k, l));
        }
        for [h, k, l] in [
            [1.99, 3.0, 3.0],
            [3.0, 4.01, 3.0],
            [3.0, 3.0, 6.01],
            [-1e9, 3.0, 3.0],
        ] {
            let below = [h, k, l].map(|x: f64| fused(x.floor()));
            let fraction = [h, k, l].map(|x: f64| fused(x - x.floor()));
            let inside = has_neighbourhood(shape, below, fraction);
            assert_eq!(
                structure_factor_tricubic(grid, below, fraction, inside).0,
                -1.0
            );
        }
    }

    #[test]
    fn outside_the_table_stands_the_default() {
        let values = [1.0, 2.0, 3.0, 4.0];
        let grid = Grid {
            values: &values,
            shape: [1, 2, 2],
            default_f: 9.0,
        };
        let f = |h: f64, k: f64, l: f64| {
            structure_factor_nearest(grid, [fused(h), fused(k), fused(l)]).0
        };
        assert_eq!(
            [f(0.0, 0.0, 0.0), f(0.0, 1.0, 0.0), f(0.0, 1.0, 1.0)],
            [1.0, 3.0, 4.0]
        );
        assert_eq!(
            [
                f(1.0, 0.0, 0.0),
                f(0.0, -1.0, 0.0),
                f(0.0, 0.0, 2.0),
                f(1e30, 0.0, 0.0)
            ],
            [9.0; 4]
        );
    }
}
