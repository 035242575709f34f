//! The detector cut into tiles, and what the kernels know of each: computed in float64, kept in float32 relative to
//! the tile's centre.

use std::{ops::Range, sync::Arc};

use super::layout::{Frame, PaddedLimbs, TILE_EDGE, TILE_PIXELS, TILE_THREADS, Tile};
use crate::{
    physics::{
        anchor::{self, Limbs},
        exact_ray,
    },
    scene::{Detector, Panel},
    vector::{Vector, add, cross, dot, norm, rotate_about, scale, subtract},
};

/// The first pixel of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corner {
    pub panel: usize,
    pub fast: usize,
    pub slow: usize,
}

/// A detector in tiles.
#[derive(Debug)]
pub struct Tiling {
    pub detector: Arc<Detector>,
    /// Panels of which every index is computed exactly.
    pub exact: Vec<bool>,
    /// Tiles with a rendered pixel, group after group.
    pub corners: Vec<Corner>,
    pub groups: Vec<Group>,
    /// Tiles of the regions without one.
    dark: Vec<Corner>,
    /// Where each panel's pixels begin in an image.
    starts: Vec<usize>,
}

/// Tiles of panels that the kernels need not tell apart: those of one sensor, bent alike, all exact or all anchored.
#[derive(Debug)]
pub struct Group {
    /// Number of the first of these panels.
    pub panel: usize,
    pub tiles: Range<usize>,
}

impl Tiling {
    /// Cuts all panels, of which `exact` says how their indices are computed.
    pub fn new(detector: &Arc<Detector>, exact: Vec<bool>) -> Self {
        let panels = &detector.panels;
        let mut kinds: Vec<Vec<usize>> = Vec::new();
        for (number, panel) in panels.iter().enumerate() {
            let is_like = |kind: &&mut Vec<usize>| {
                is_of_one_kind(&panels[kind[0]], panel) && exact[kind[0]] == exact[number]
            };
            match kinds.iter_mut().find(is_like) {
                Some(kind) => kind.push(number),
                None => kinds.push(vec![number]),
            }
        }
        let mut tiling = Self {
            detector: Arc::clone(detector),
            exact,
            corners: Vec::new(),
            groups: Vec::new(),
            dark: Vec::new(),
            starts: panels
                .iter()
                .scan(0, |next, panel| {
                    let start = *next;
                    *next += panel.pixels();
                    Some(start)
                })
                .collect(),
        };
        for kind in kinds {
            let first = tiling.corners.len();
            for &number in &kind {
                tiling.cut(number, &panels[number]);
            }
            tiling.groups.push(Group {
                panel: kind[0],
                tiles: first..tiling.corners.len(),
            });
        }
        tiling
    }

    /// The panel that a tile lies on.
    pub fn panel_of(&self, corner: Corner) -> &Panel {
        &self.detector.panels[corner.panel]
    }

    /// Where a tile's first pixel lies in an image.
    pub fn position_of(&self, corner: Corner) -> usize {
        let width = self.panel_of(corner).fast_pixels;
        self.starts[corner.panel] + corner.slow * width + corner.fast
    }

    /// Sets the pixels to 0 that lie in no tile of this tiling.
    pub fn darken(&self, image: &mut [f32]) {
        for (panel, &start) in self.detector.panels.iter().zip(&self.starts) {
            let (region, width) = (panel.region, panel.fast_pixels);
            let pixels = &mut image[start..start + panel.pixels()];
            let (above, rest) = pixels.split_at_mut(region.slow_min * width);
            let (inside, below) = rest.split_at_mut(region.slow_len() * width);
            above.fill(0.0);
            below.fill(0.0);
            if region.fast_len() < width {
                for row in inside.chunks_mut(width) {
                    row[..region.fast_min].fill(0.0);
                    row[region.fast_max + 1..].fill(0.0);
                }
            }
        }
        for &corner in &self.dark {
            let panel = self.panel_of(corner);
            let start = self.position_of(corner);
            let [columns, rows] = size(panel, corner);
            for row in 0..rows {
                image[start + row * panel.fast_pixels..][..columns].fill(0.0);
            }
        }
    }

    fn cut(&mut self, number: usize, panel: &Panel) {
        let region = panel.region;
        for slow in (region.slow_min..=region.slow_max).step_by(TILE_EDGE) {
            for fast in (region.fast_min..=region.fast_max).step_by(TILE_EDGE) {
                let corner = Corner {
                    panel: number,
                    fast,
                    slow,
                };
                let has_rendered = panel.mask.is_none()
                    || rendered_bits(panel, corner).iter().any(|&word| word != 0);
                if has_rendered {
                    self.corners.push(corner);
                } else {
                    self.dark.push(corner);
                }
            }
        }
    }
}

impl Corner {
    /// The tile of a panel that a pixel lies in.
    pub fn of_pixel(number: usize, panel: &Panel, slow: usize, fast: usize) -> Self {
        Self {
            panel: number,
            fast: fast - (fast - panel.region.fast_min) % TILE_EDGE,
            slow: slow - (slow - panel.region.slow_min) % TILE_EDGE,
        }
    }
}

fn is_of_one_kind(a: &Panel, b: &Panel) -> bool {
    let radius = |panel: &Panel| panel.bend.map(|bend| bend.radius_m);
    a.sensor == b.sensor && radius(a) == radius(b)
}

/// Columns and rows of a tile that lie within the region.
pub fn size(panel: &Panel, corner: Corner) -> [usize; 2] {
    [
        TILE_EDGE.min(panel.region.fast_max + 1 - corner.fast),
        TILE_EDGE.min(panel.region.slow_max + 1 - corner.slow),
    ]
}

/// One bit a pixel: within the region and not masked.
pub fn rendered_bits(panel: &Panel, corner: Corner) -> [u32; TILE_PIXELS / 32] {
    let mut bits = [0; TILE_PIXELS / 32];
    let [columns, rows] = size(panel, corner);
    for row in 0..rows {
        for column in 0..columns {
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

/// What the kernels read of a tile.
pub fn tile(panel: &Panel, corner: Corner) -> Tile {
    let centre = centre(panel, corner);
    let [fast_m, slow_m] = panel.pixel_size_m.map(|pixel_m| pixel_m as f32);
    Tile {
        direction: single(centre.direction),
        distance_m: centre.distance_m as f32,
        fast: single(panel.fast),
        fast_m,
        slow: single(panel.slow),
        slow_m,
        normal: single(panel.normal),
        close_distance_m: panel.near_distance_m() as f32,
        bend_sine: single(centre.bend_sine),
        pad_sine: 0.0,
        bend_versine: single(centre.bend_versine),
        pad_versine: 0.0,
        rendered: busy_threads(rendered_bits(panel, corner)),
        pad_rendered: [0; 2],
    }
}

/// The direction of a tile's centre, from which anchors are computed.
pub fn direction(panel: &Panel, corner: Corner) -> PaddedLimbs {
    padded(anchor::direction(centre(panel, corner).direction), [0; 3])
}

/// The rays of a tile of a flat panel in whole numbers.
pub fn frame(panel: &Panel, corner: Corner, oversample: usize) -> Frame {
    let per_unit = 1.0 / farthest_m(panel, corner);
    let centre = centre(panel, corner);
    let half_subpixel = |edge: usize| panel.pixel_size_m[edge] / (2.0 * oversample as f64);
    let steps = [
        scale(panel.fast, half_subpixel(0) * per_unit),
        scale(panel.slow, half_subpixel(1) * per_unit),
        scale(panel.normal, panel.sensor.layer_m * per_unit),
    ];
    let place = scale(centre.direction, centre.distance_m * per_unit);
    Frame {
        centre: padded(exact_ray::place(place), [0; 3]),
        steps: steps.map(|step| exact_ray::step(step).map(|[x, y, z]| [x, y, z, 0])),
    }
}

/// Farther from the sample than any ray of a tile reaches.
fn farthest_m(panel: &Panel, corner: Corner) -> f64 {
    let ends = |first: usize| [first as f64, (first + TILE_EDGE) as f64];
    let corners = ends(corner.fast)
        .into_iter()
        .flat_map(|fast| ends(corner.slow).map(|slow| [fast, slow]));
    let depths_m = [0.0, panel.sensor.layers as f64 * panel.sensor.layer_m];
    let points = corners
        .flat_map(|[fast, slow]| depths_m.map(|depth_m| panel.position_m(fast, slow, depth_m)));
    // A little more, for what the last limbs round.
    points.map(norm).fold(0.0, f64::max) * 1.000_001
}

/// Limbs as the kernel reads them, with what else has as many.
pub fn padded(limbs: Limbs, w: [i32; 3]) -> PaddedLimbs {
    std::array::from_fn(|limb| {
        let [x, y, z] = limbs[limb];
        [x, y, z, w[limb]]
    })
}

/// A vector in float32.
pub fn single(v: Vector) -> [f32; 3] {
    v.map(|component| component as f32)
}
