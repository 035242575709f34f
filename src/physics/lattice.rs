//! Lattice transforms of the four crystal shapes, of the offset of a scattering vector from the nearest reciprocal
//! lattice point (components within ±½). Only their squares reach the image. Twins: `shaders/lattice.wgsl`.

use super::{
    Triple, dot, each_axis,
    elementary::{cos_pi, horner, sin_pi},
};
use crate::{
    lanes::{Lanes, Real},
    physics::elementary::exp_reduced,
};

/// Volume ratio that makes a ball of the same peak as a block: the classic program's number.
pub const BALL_RATIO: f64 = 0.723601254558268;

/// Where the Gaussian underflows to zero in float64, which is where the classic program stops to count a sample.
const GAUSS_VANISHES: f64 = 745.1332;

/// 3(sin x/x − cos x)/x² with x = πw in powers of w²: (−1)ⁿ·3(2n+2)/(2n+3)!·π²ⁿ.
const BALL_SERIES_F64: [f64; 12] = ball_series();

/// The same, minimax on w² ≤ 1, to 3e-8.
const BALL_SERIES_F32: [f64; 7] = [
    1.0,
    -0.9869604,
    0.34788933,
    -0.06358238,
    0.007127036,
    -0.00053552,
    2.5506484e-5,
];

const fn ball_series() -> [f64; 12] {
    let mut terms = [1.0; 12];
    let mut n = 1;
    while n < 12 {
        let k = n as f64;
        // The ratio of consecutive terms.
        terms[n] = -terms[n - 1] * std::f64::consts::PI * std::f64::consts::PI * (k + 1.0)
            / (k * (2.0 * k + 2.0) * (2.0 * k + 3.0));
        n += 1;
    }
    terms
}

/// |sin(πNδ)/sin(πδ)|, N at δ = 0, multiplied over the three axes.
#[inline(always)]
pub fn lattice_square<L: Lanes>(offset: Triple<L>, cells: Triple<L>) -> L {
    // Below the floor the ratio is N to every digit; it keeps 0/0 away.
    let floor = L::constant(if L::Scalar::SINGLE {
        9.313_225_746_154_785e-10
    } else {
        8.673_617_379_884_035e-19
    });
    let mut numerator = L::constant(1.0);
    let mut denominator = L::constant(1.0);
    for axis in 0..3 {
        let x = offset[axis].abs().max(floor);
        let turns = (cells[axis] * x).round();
        // Fused, so that nothing is lost where N·δ is large.
        let part = cells[axis].mul_sub(x, turns);
        let (n, d) = (sin_pi(part), sin_pi(x));
        (numerator, denominator) = if axis == 0 {
            (n, d)
        } else {
            (numerator * n, denominator * d)
        };
    }
    numerator / denominator
}

/// 3(sin x/x − cos x)/x² with x = πw, from w²: the transform of a ball.
#[inline(always)]
pub fn ball_transform<L: Lanes>(w_squared: L) -> L {
    let one = L::constant(1.0);
    let (series, limit) = if L::Scalar::SINGLE {
        (horner(&BALL_SERIES_F32, w_squared), 1.0)
    } else {
        (horner(&BALL_SERIES_F64, w_squared), 0.25)
    };
    let u = w_squared.max(L::constant(limit));
    let w = u.sqrt();
    let n = w.round();
    let part = w - n;
    let odd = n - L::constant(2.0) * (n * L::constant(0.5)).floor();
    let sign = one - (odd + odd);
    let x = L::constant(std::f64::consts::PI) * w;
    let closed = L::constant(3.0) * sign * (sin_pi(part) - x * cos_pi(part)) / (x * x * x);
    L::select(w_squared.lt(L::constant(limit)), series, closed)
}

/// NaNbNc·0.7236·ball(√(fudge·Σ(δN)²)).
#[inline(always)]
pub fn lattice_round<L: Lanes>(offset: Triple<L>, cells: Triple<L>, fudge: L) -> L {
    let turns = [
        offset[0] * cells[0],
        offset[1] * cells[1],
        offset[2] * cells[2],
    ];
    cells[0]
        * cells[1]
        * cells[2]
        * L::constant(BALL_RATIO)
        * ball_transform(fudge * dot(turns, turns))
}

/// fudge·|Δh·a* + Δk·b* + Δl·c*|²·(NaNbNc)², what the Gaussian and the top hat are functions of. a*, b*, c* in Å⁻¹.
#[inline(always)]
pub fn spread<L: Lanes>(
    offset: Triple<L>,
    reciprocal: [Triple<L>; 3],
    cells: Triple<L>,
    fudge: L,
) -> L {
    let [a, b, c] = reciprocal;
    let volume = cells[0] * cells[1] * cells[2];
    let v = each_axis!(i => offset[0].mul_add(a[i], offset[1].mul_add(b[i], offset[2] * c[i])) * volume);
    dot(v, v) * fudge
}

/// NaNbNc·exp(−spread/0.63).
#[inline(always)]
pub fn lattice_gauss<L: Lanes>(spread: L, cells: Triple<L>) -> L {
    cells[0] * cells[1] * cells[2] * exp_reduced(-spread / L::constant(0.63))
}

/// NaNbNc inside spread 0.3969, 0 outside.
#[inline(always)]
pub fn lattice_tophat<L: Lanes>(spread: L, cells: Triple<L>) -> L {
    L::select(
        spread.lt(L::constant(0.3969)),
        cells[0] * cells[1] * cells[2],
        L::constant(0.0),
    )
}

/// Where [`lattice_gauss`] is zero in float64.
#[inline(always)]
pub fn gauss_vanishes<L: Lanes>(spread: L) -> L::Mask {
    L::constant(GAUSS_VANISHES).lt(spread / L::constant(0.63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::scalar::fused;

    #[test]
    fn the_square_transform_is_a_ratio_of_sines() {
        for n in [1.0, 2.0, 5.0, 40.0, 5000.0] {
            for step in 1..500 {
                let x = f64::from(step) / 1000.0 + 1e-5;
                let ours = lattice_square(
                    [fused(x), fused(0.0), fused(0.25)],
                    [fused(n), fused(3.0), fused(2.0)],
                )
                .0;
                let ratio = |n: f64, x: f64| {
                    (std::f64::consts::PI * n * x).sin() / (std::f64::consts::PI * x).sin()
                };
                let exact = (ratio(n, x) * 3.0 * ratio(2.0, 0.25)).abs();
                assert!(
                    (ours.abs() - exact).abs() < 1e-12 * n * exact.max(1.0),
                    "N {n}, x {x}: {ours} {exact}"
                );
            }
        }
    }

    #[test]
    fn the_ball_joins_its_series_without_a_step() {
        for step in 1..4000 {
            let w = f64::from(step) / 400.0;
            let x = std::f64::consts::PI * w;
            let exact = 3.0 * (x.sin() / x - x.cos()) / (x * x);
            let tolerance = 1e-15 + 1e-15 / (x * x);
            assert!(
                (ball_transform(fused(w * w)).0 - exact).abs() < tolerance,
                "w {w}"
            );
            assert!(
                (f64::from(ball_transform(fused((w * w) as f32)).0) - exact).abs() < 1.5e-6,
                "float32 w {w}"
            );
        }
        assert_eq!(ball_transform(fused(0.0f64)).0, 1.0);
    }
}
