//! What multiplies the intensity of a pixel. Twins: `shaders/factors.wgsl`.

use super::{
    Triple, cross, dot,
    elementary::{exp_reduced, one_minus_exp},
};
use crate::lanes::Lanes;

/// Kahn's polarisation factor, ½(1 + cos²2θ − K·cos2ψ·sin²2θ).
///
/// `direction` and `incident` are unit vectors; `magnetic` and `electric` are B and E across the incident beam, in which
/// cos2ψ·sin²2θ is (d·E)² − (d·B)². Kahn, Fourme, Gadet, Janin, Dumas & André (1982), J. Appl. Cryst. 15, 330.
#[inline(always)]
pub fn polarization_factor<L: Lanes>(
    direction: Triple<L>,
    incident: Triple<L>,
    magnetic: Triple<L>,
    electric: Triple<L>,
    kahn: L,
) -> L {
    let cos_two_theta = dot(incident, direction);
    let b = dot(direction, magnetic);
    let e = dot(direction, electric);
    let in_plane = e * e - b * b;
    L::constant(0.5) * (cos_two_theta.mul_add(cos_two_theta, L::constant(1.0)) - kahn * in_plane)
}

/// One less [`polarization_factor`], which is small near the beam: ½(sin²2θ + K·cos2ψ·sin²2θ).
#[inline(always)]
pub fn polarization_loss<L: Lanes>(
    direction: Triple<L>,
    incident: Triple<L>,
    magnetic: Triple<L>,
    electric: Triple<L>,
    kahn: L,
) -> L {
    let across = cross(incident, direction);
    let b = dot(direction, magnetic);
    let e = dot(direction, electric);
    L::constant(0.5) * (dot(across, across) + kahn * (e * e - b * b))
}

/// Solid angle of a flat pixel, sr: its area over R², foreshortened by the near distance over R.
#[inline(always)]
pub fn solid_angle<L: Lanes>(distance_m: L, pixel_size_m: [L; 2], close_distance_m: L) -> L {
    let [fast_m, slow_m] = pixel_size_m;
    (fast_m / distance_m) * (slow_m / distance_m) * (close_distance_m / distance_m)
}

/// Solid angle of a point-like pixel, 1/R².
#[inline(always)]
pub fn point_solid_angle<L: Lanes>(distance_m: L) -> L {
    let inverse = L::constant(1.0) / distance_m;
    inverse * inverse
}

/// Sensor layers that a photon has passed before it meets number `layer` of `layers`: one that comes from behind, against
/// the normal, meets the last layer first.
#[inline(always)]
pub fn layers_before<L: Lanes>(layer: L, layers: L, cos_incidence: L) -> L {
    let from_behind = layers - L::constant(1.0) - layer;
    L::select(cos_incidence.lt(L::constant(0.0)), from_behind, layer)
}

/// Attenuation lengths of one layer that no photon survives, however many layers follow.
const OPAQUE: f64 = 1e30;

/// Fraction of the photons that a layer of the sensor stops behind `before` others of its kind; `attenuation` is a layer's
/// thickness along its normal in attenuation lengths. A ray along the layers is stopped by the first.
///
/// A negative `cos_incidence` gives the classic formula its value, which is negative and grows with the path instead of
/// falling: only `-physics c-parity` asks for that.
#[inline(always)]
pub fn captured_fraction<L: Lanes>(before: L, attenuation: L, cos_incidence: L) -> L {
    let path = (attenuation / cos_incidence)
        .min(L::constant(OPAQUE))
        .max(L::constant(-OPAQUE));
    exp_reduced(-(before * path)) * one_minus_exp(path)
}
