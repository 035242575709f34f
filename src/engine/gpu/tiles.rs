//! The detector cut into tiles, and what the kernels know of each: computed in float64, kept in float32 relative to
//! the tile's centre.

use super::layout::{PaddedLimbs, TILE_EDGE, TILE_PIXELS, TILE_THREADS, Tile};
use crate::{
    physics::anchor::{Grid, Limbs},
    scene::{Panel, Source},
    vector::{Vector, add, cross, dot, norm, rotate_about, scale, subtract},
};

/// The first pixel of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corner {
    pub fast: usize,
    pub slow: usize,
}

/// Corners of the tiles that hold a rendered pixel, in raster order.
pub fn corners(panel: &Panel) -> Vec<Corner> {
    let region = panel.region;
    (region.slow_min..=region.slow_max)
        .step_by(TILE_EDGE)
        .flat_map(|slow| {
            (region.fast_min..=region.fast_max)
                .step_by(TILE_EDGE)
                .map(move |fast| Corner { fast, slow })
        })
        .filter(|&corner| {
            panel.mask.is_none() || rendered_bits(panel, corner).iter().any(|&word| word != 0)
        })
        .collect()
}

/// One bit a pixel: within the region and not masked.
pub fn rendered_bits(panel: &Panel, corner: Corner) -> [u32; TILE_PIXELS / 32] {
    let region = panel.region;
    let mut bits = [0; TILE_PIXELS / 32];
    for row in 0..TILE_EDGE.min(region.slow_max + 1 - corner.slow) {
        for column in 0..TILE_EDGE.min(region.fast_max + 1 - corner.fast) {
            if panel.is_unmasked(corner.slow + row, corner.fast + column) {
                let place = row * TILE_EDGE + column;
                bits[place / 32] |= 1 << (place % 32);
            }
        }
    }
    bits
}

/// One bit a thread: whether one of its pixels is rendered.
fn busy_threads(rendered: [u32; TILE_PIXELS / 32]) -> [u32; TILE_THREADS / 32] {
    let mut busy = [0; TILE_THREADS / 32];
    for (word, bits) in rendered.into_iter().enumerate() {
        busy[word % busy.len()] |= bits;
    }
    busy
}

/// A tile with its centre in float64.
#[derive(Debug, Clone, Copy)]
pub struct Centre {
    /// Unit vector from the sample.
    pub direction: Vector,
    pub distance_m: f64,
    bend_sine: Vector,
    bend_versine: Vector,
}

/// The middle of a tile at the first layer of the sensor.
pub fn centre(panel: &Panel, corner: Corner) -> Centre {
    let middle = |first: usize, edge: usize| {
        (first as f64 + TILE_EDGE as f64 / 2.0) * panel.pixel_size_m[edge]
    };
    let (fast_m, slow_m) = (middle(corner.fast, 0), middle(corner.slow, 1));
    let flat = add(
        panel.origin_m,
        add(scale(panel.fast, fast_m), scale(panel.slow, slow_m)),
    );
    let Some(bend) = panel.bend else {
        let distance_m = norm(flat);
        return Centre {
            direction: scale(flat, 1.0 / distance_m),
            distance_m,
            bend_sine: [0.0; 3],
            bend_versine: [0.0; 3],
        };
    };
    let slow_angle = flat[1] / bend.radius_m;
    let fast_angle = flat[2] / bend.radius_m;
    // A detector that is seen from behind has a negative distance: its points lie against the beam.
    let ahead = scale(bend.beam, bend.radius_m.signum());
    let bent = rotate_about(ahead, panel.slow, slow_angle);
    let along = scale(panel.slow, dot(panel.slow, bent));
    let about_fast = |v| rotate_about(v, panel.fast, fast_angle);
    Centre {
        direction: about_fast(bent),
        distance_m: bend.radius_m.abs(),
        bend_sine: about_fast(cross(panel.slow, bent)),
        bend_versine: about_fast(subtract(along, bent)),
    }
}

/// What the kernel reads of a tile.
pub fn tile(panel: &Panel, corner: Corner) -> Tile {
    let centre = centre(panel, corner);
    Tile {
        direction: single(centre.direction),
        distance_m: centre.distance_m as f32,
        bend_sine: single(centre.bend_sine),
        pad_sine: 0.0,
        bend_versine: single(centre.bend_versine),
        pad_versine: 0.0,
        rendered: busy_threads(rendered_bits(panel, corner)),
        pad_rendered: [0; 2],
    }
}

/// The scattering vectors at a tile's centre, one for each source.
pub fn scattering<'a>(
    panel: &Panel,
    corner: Corner,
    sources: &'a [Source],
    grid: &'a Grid,
) -> impl Iterator<Item = PaddedLimbs> + 'a {
    let direction = centre(panel, corner).direction;
    sources.iter().map(move |source| {
        let difference = subtract(direction, source.incident);
        padded(grid.scattering(scale(difference, 1.0 / source.wavelength_angstrom)))
    })
}

/// Limbs as the kernel reads them.
pub fn padded(limbs: Limbs) -> PaddedLimbs {
    limbs.map(|[x, y, z]| [x, y, z, 0])
}

/// A vector in float32.
pub fn single(v: Vector) -> [f32; 3] {
    v.map(|component| component as f32)
}
