//! From the sample to a point of the detector, as a small step away from the centre of a tile of pixels, so that
//! float32 subtracts nothing large from anything large. Twins: `shaders/ray.wgsl`.

use super::{Triple, dot, elementary::sin_reduced};
use crate::lanes::Lanes;

/// Where a point lies as seen from the sample.
#[derive(Debug, Clone, Copy)]
pub struct Ray<L> {
    /// Unit vector from the sample.
    pub direction: Triple<L>,
    /// Its difference from the direction of the tile's centre.
    pub change: Triple<L>,
    pub distance_m: L,
}

/// The ray to the point that lies `step` times the centre's distance away from the centre, whose direction is the unit
/// vector `centre`: r = |centre + step|, change = (step − centre·(r − 1))/r. While the step is small, r − 1 is
/// (r² − 1)/(1 + r), with r² − 1 = (2·centre + step)·step, which does not cancel; where the step brings the point much
/// nearer to the sample, that square would lose the digits which the plain difference keeps.
#[inline(always)]
pub fn ray_beside<L: Lanes>(centre: Triple<L>, centre_distance_m: L, step: Triple<L>) -> Ray<L> {
    let one = L::constant(1.0);
    let point = [0, 1, 2].map(|i| centre[i] + step[i]);
    let stretch = dot(point, point).sqrt();
    let both = [0, 1, 2].map(|i| centre[i] + point[i]);
    let e = dot(both, step);
    let is_small = e.abs().lt(L::constant(0.5));
    let share = L::select(is_small, e / (one + stretch), stretch - one);
    let inverse = one / stretch;
    let change = [0, 1, 2].map(|i| (step[i] - centre[i] * share) * inverse);
    Ray {
        direction: [0, 1, 2].map(|i| point[i] * inverse),
        change,
        distance_m: centre_distance_m * stretch,
    }
}

/// `v` turned about the unit vector `axis` by an angle (radians), less `v` itself.
#[inline(always)]
pub fn turned_by<L: Lanes>(v: Triple<L>, axis: Triple<L>, angle: L) -> Triple<L> {
    let half_sine = sin_reduced(L::constant(0.5) * angle);
    let sine = sin_reduced(angle);
    let versine = L::constant(2.0) * half_sine * half_sine;
    let along = dot(axis, v);
    [0, 1, 2].map(|i| {
        let (j, k) = ((i + 1) % 3, (i + 2) % 3);
        let across = axis[j] * v[k] - axis[k] * v[j];
        sine * across + versine * (axis[i] * along - v[i])
    })
}

/// The step from the centre of a tile on a detector bent into a cylinder about the sample: first about the slow axis, by
/// the y of the flat offset over the distance, then about the fast one, by its z. `bend_sine` and `bend_versine` are the
/// directions in which the first bend moves the centre, by its sine and by one less its cosine.
#[inline(always)]
pub fn bent_step<L: Lanes>(
    centre: Triple<L>,
    bend_sine: Triple<L>,
    bend_versine: Triple<L>,
    fast: Triple<L>,
    slow_angle: L,
    fast_angle: L,
) -> Triple<L> {
    let half_sine = sin_reduced(L::constant(0.5) * slow_angle);
    let sine = sin_reduced(slow_angle);
    let versine = L::constant(2.0) * half_sine * half_sine;
    let first = [0, 1, 2].map(|i| sine * bend_sine[i] + versine * bend_versine[i]);
    let moved = [0, 1, 2].map(|i| centre[i] + first[i]);
    let second = turned_by(moved, fast, fast_angle);
    [0, 1, 2].map(|i| first[i] + second[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lanes::scalar::fused,
        vector::{rotate_about, unit},
    };

    #[test]
    fn a_step_in_float32_keeps_seven_digits_of_the_change() {
        let centre = unit([0.8, 0.1, -0.3]).unwrap();
        for step in [[1e-6, 2e-6, -1e-6], [0.01, -0.02, 0.005], [0.3, 0.1, -0.2]] {
            let single = |v: [f64; 3]| v.map(|x| fused(x as f32));
            let ray = ray_beside(single(centre), fused(0.1), single(step));
            // The direction difference in float64, from the rounded inputs.
            let (c, s) = (
                single(centre).map(|x| f64::from(x.0)),
                single(step).map(|x| f64::from(x.0)),
            );
            let point = [0, 1, 2].map(|i| c[i] + s[i]);
            let length = |v: [f64; 3]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
            let exact = [0, 1, 2].map(|i| point[i] / length(point) - c[i] / length(c));
            for (change, exact) in ray.change.iter().zip(exact) {
                let error = f64::from(change.0) - exact;
                assert!(error.abs() < 3e-7 * length(step), "{step:?}: {error:e}");
            }
        }
    }

    #[test]
    fn a_small_turn_is_the_rotation_less_the_vector() {
        let (v, axis) = ([0.5, -0.7, 0.2], unit([1.0, 2.0, -1.0]).unwrap());
        for angle in [0.0, 1e-9, -0.01, 0.3] {
            let turned = rotate_about(v, axis, angle);
            let by = turned_by(v.map(fused), axis.map(fused), fused(angle));
            for i in 0..3 {
                assert!((by[i].0 - (turned[i] - v[i])).abs() < 1e-15);
            }
        }
    }
}
