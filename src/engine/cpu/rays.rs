//! What the samples of a tile share, in float64 lanes: the rays of a sub-pixel, what its layer stops, and what a source
//! makes of both.

use super::{
    prepared::SourceBeam,
    tile::{Columns, TILE_PIXELS},
};
use crate::{
    lanes::Lanes,
    physics::{
        dot, each_axis,
        factors::{
            captured_fraction, layers_before, point_solid_angle, polarization_factor, solid_angle,
        },
        splat,
    },
    scene::{Panel, Sampling},
    vector::Vector,
};

/// A position of the sampling loops.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub layer: usize,
    /// slow, fast
    pub subpixel: [usize; 2],
}

impl Step {
    pub fn is_first_subpixel(self) -> bool {
        self.subpixel == [0, 0]
    }

    /// How far into the sensor.
    pub fn depth_m(self, panel: &Panel) -> f64 {
        self.layer as f64 * panel.sensor.layer_m
    }

    /// Where this sub-pixel of a pixel has its centre, in pixels along fast and slow.
    pub fn centre_of(self, oversample: usize, fast: f64, slow: f64) -> [f64; 2] {
        let oversample = oversample as f64;
        let along = |pixel: f64, axis: usize| {
            (pixel * oversample + self.subpixel[axis] as f64 + 0.5) / oversample
        };
        [along(fast, 1), along(slow, 0)]
    }

    /// Where that is from the sample, metres.
    pub fn position_m(self, panel: &Panel, oversample: usize, fast: f64, slow: f64) -> Vector {
        let [fast, slow] = self.centre_of(oversample, fast, slow);
        panel.position_m(fast, slow, self.depth_m(panel))
    }
}

/// Directions, distances and solid angles of a sub-pixel.
#[inline(always)]
pub(super) fn rays<G: Lanes<Scalar = f64>>(
    panel: &Panel,
    sampling: &Sampling,
    step: Step,
    len: usize,
    columns: &mut Columns,
) {
    let depth_m = step.depth_m(panel);
    let oversample = G::splat(sampling.oversample as f64);
    let slow_centre = G::splat(step.subpixel[0] as f64 + 0.5);
    let fast_centre = G::splat(step.subpixel[1] as f64 + 0.5);
    let [fast_m, slow_m] = panel
        .pixel_size_m
        .map(|pixel_m| G::splat(pixel_m / sampling.oversample as f64));
    let base: Vector = std::array::from_fn(|i| depth_m * panel.normal[i] + panel.origin_m[i]);
    // Seen from behind the near distance is negative, and so is the classic formula's solid angle.
    let close_m = match sampling.weighting.is_each_term() {
        true => panel.near_distance_m().abs(),
        false => panel.near_distance_m(),
    };
    let pixel_m = panel.pixel_size_m.map(|pixel_m| G::splat(pixel_m));
    let close_m = G::splat(close_m);
    let is_bent = panel.bend.is_some();
    if is_bent {
        for i in 0..len {
            let point =
                step.position_m(panel, sampling.oversample, columns.fast[i], columns.slow[i]);
            for (column, component) in columns.direction.iter_mut().zip(point) {
                column[i] = component;
            }
        }
    }
    for at in (0..len).step_by(G::WIDTH) {
        let point = if is_bent {
            each_axis!(axis => G::load(&columns.direction[axis][at..]))
        } else {
            let f = G::load(&columns.fast[at..]).mul_add(oversample, fast_centre) * fast_m;
            let s = G::load(&columns.slow[at..]).mul_add(oversample, slow_centre) * slow_m;
            each_axis!(axis => {
                let along_slow = s.mul_add(G::splat(panel.slow[axis]), G::splat(base[axis]));
                f.mul_add(G::splat(panel.fast[axis]), along_slow)
            })
        };
        let distance = dot(point, point).sqrt();
        let inverse = G::splat(1.0) / distance;
        for (component, column) in point.into_iter().zip(&mut columns.direction) {
            (component * inverse).store(&mut column[at..]);
        }
        distance.store(&mut columns.distance_m[at..]);
        let omega = if sampling.point_pixel {
            point_solid_angle(distance)
        } else {
            solid_angle(distance, pixel_m, close_m)
        };
        omega.store(&mut columns.omega[at..]);
    }
}

/// What a layer of the sensor stops, at the current sub-pixel.
#[inline(always)]
pub(super) fn capture<G: Lanes<Scalar = f64>>(
    panel: &Panel,
    layer: usize,
    len: usize,
    columns: &mut Columns,
) {
    let sensor = panel.sensor;
    let Some(attenuation_per_m) = sensor.attenuation_per_m else {
        columns.capture = [1.0; TILE_PIXELS];
        return;
    };
    let attenuation = G::splat(sensor.layer_m * attenuation_per_m);
    let normal = splat::<G>(panel.normal);
    let layers = G::splat(sensor.layers as f64);
    let layer = G::splat(layer as f64);
    for at in (0..len).step_by(G::WIDTH) {
        let direction = each_axis!(axis => G::load(&columns.direction[axis][at..]));
        let cos_incidence = dot(direction, normal);
        let fraction = if sensor.grows_from_behind {
            captured_fraction(layer, attenuation, cos_incidence)
        } else {
            let before = layers_before(layer, layers, cos_incidence);
            captured_fraction(before, attenuation, cos_incidence.abs())
        };
        fraction.store(&mut columns.capture[at..]);
    }
}

/// Scattering vectors of a source, Å⁻¹; whether `dmin` lets any pixel through.
#[inline(always)]
pub(super) fn scattering<G: Lanes<Scalar = f64>>(
    beam: &SourceBeam,
    dmin: f64,
    len: usize,
    columns: &mut Columns,
) -> bool {
    let incident = splat::<G>(beam.source.incident);
    let inverse = G::splat(1.0 / beam.source.wavelength_angstrom);
    if dmin <= 0.0 {
        columns.alive = [1.0; TILE_PIXELS];
    }
    let mut any_alive = dmin <= 0.0;
    for at in (0..len).step_by(G::WIDTH) {
        let q = each_axis!(axis => (G::load(&columns.direction[axis][at..]) - incident[axis]) * inverse);
        for (component, column) in q.into_iter().zip(&mut columns.scattering) {
            component.store(&mut column[at..]);
        }
        if dmin > 0.0 {
            let stol = G::splat(0.5) * dot(q, q).sqrt();
            let too_fine = (G::splat(0.5) / stol).lt(G::splat(dmin));
            let alive = G::select(too_fine, G::splat(0.0), G::splat(1.0));
            alive.store(&mut columns.alive[at..]);
            any_alive |= columns.alive[at..at + G::WIDTH].contains(&1.0);
        }
    }
    any_alive
}

/// Kahn's factor of a source at the current sub-pixel.
#[inline(always)]
pub(super) fn polarization<G: Lanes<Scalar = f64>>(
    beam: &SourceBeam,
    kahn: f64,
    len: usize,
    columns: &mut Columns,
) {
    let incident = splat::<G>(beam.source.incident);
    let magnetic = splat::<G>(beam.magnetic);
    let electric = splat::<G>(beam.electric);
    for at in (0..len).step_by(G::WIDTH) {
        let direction = each_axis!(axis => G::load(&columns.direction[axis][at..]));
        let factor = polarization_factor(direction, incident, magnetic, electric, G::splat(kahn));
        factor.store(&mut columns.polarization[at..]);
    }
}
