//! A tile of pixels and the scratch that its kernel works in.

use crate::scene::Panel;

/// Pixels of a tile along the fast and the slow axis.
pub(super) const TILE_FAST: usize = 32;
pub(super) const TILE_SLOW: usize = 4;
/// Pixels of a tile, a multiple of every lane width.
pub(super) const TILE_PIXELS: usize = TILE_FAST * TILE_SLOW;

/// Orientations summed in the kernel's own precision before they are added in float64; their cells stay in the first
/// level of cache.
pub(super) const BLOCK: usize = 128;

/// The pixels of a tile that are rendered, in raster order.
#[derive(Debug, Clone)]
pub(super) struct Tile {
    pub fast: [u32; TILE_PIXELS],
    pub slow: [u32; TILE_PIXELS],
    pub len: usize,
    /// Number of the panel.
    pub panel: usize,
    /// The point that float32 measures from, in pixels: fast, slow. The middle of the rectangle, masked or not.
    pub centre: [f64; 2],
}

impl Tile {
    /// The unmasked pixels of a rectangle of a panel.
    pub fn of(
        (number, panel): (usize, &Panel),
        slow: std::ops::Range<usize>,
        fast: std::ops::Range<usize>,
    ) -> Self {
        let middle =
            |range: &std::ops::Range<usize>| (range.start as f64 + range.end as f64 - 1.0) / 2.0;
        let mut tile = Self::empty(number, [middle(&fast), middle(&slow)]);
        for s in slow {
            for f in fast.clone() {
                if panel.is_unmasked(s, f) {
                    tile.push(s, f);
                }
            }
        }
        tile
    }

    /// This tile's `slow`, `fast` pixel alone, measured from the same anchor.
    pub fn only(&self, slow: usize, fast: usize) -> Self {
        let mut tile = Self::empty(self.panel, self.centre);
        tile.push(slow, fast);
        tile
    }

    fn empty(panel: usize, centre: [f64; 2]) -> Self {
        Self {
            fast: [0; TILE_PIXELS],
            slow: [0; TILE_PIXELS],
            len: 0,
            panel,
            centre,
        }
    }

    fn push(&mut self, slow: usize, fast: usize) {
        self.slow[self.len] = slow as u32;
        self.fast[self.len] = fast as u32;
        self.len += 1;
    }
}

/// Pixels that the lanes compute for so many of a tile: the widest lanes divide it.
pub(super) fn padded(len: usize) -> usize {
    len.next_multiple_of(16)
}

/// One number a pixel of the tile.
pub(super) type Column<S> = [S; TILE_PIXELS];

/// Everything the kernel writes on its way; allocated once a thread.
#[derive(Debug)]
pub(super) struct Scratch {
    pub columns: Columns,
    single: Narrow<f32>,
    double: Narrow<f64>,
}

/// What the kernel holds in float64, whatever its precision.
#[derive(Debug)]
pub(super) struct Columns {
    /// Pixel coordinates of the tile; its last pixel is repeated up to a whole number of lanes.
    pub fast: Column<f64>,
    pub slow: Column<f64>,
    /// Of the current sub-pixel: unit vectors from the sample.
    pub direction: [Column<f64>; 3],
    pub distance_m: Column<f64>,
    pub omega: Column<f64>,
    pub capture: Column<f64>,
    /// The pixel's own solid angle and polarisation; the latter NaN until a source survives.
    pub pixel_omega: Column<f64>,
    pub pixel_polarization: Column<f64>,
    /// Of the current source.
    pub scattering: [Column<f64>; 3],
    pub alive: Column<f64>,
    pub polarization: Column<f64>,
    pub factor: Column<f64>,
    /// The pixel's sum, and the sum of the factors of its terms.
    pub sums: Column<f64>,
    pub factors: Column<f64>,
    pub values: Column<f64>,
}

/// Columns in the kernel's own precision.
#[derive(Debug)]
pub(super) struct Narrow<S> {
    /// Scattering vector less that of the anchor, Å⁻¹.
    pub scattering: [Column<S>; 3],
    pub alive: Column<S>,
    pub factor: Column<S>,
    pub sums: Column<S>,
    /// 1 once the interpolation of a pixel has left the table.
    pub left_table: Column<S>,
    pub anchors: Vec<Anchor<S>>,
}

/// The Miller indices of one orientation at the anchor: fractions, and whole parts counted from the table's first
/// index.
pub(super) type Anchor<S> = [S; 6];

impl<S: Copy + Default> Default for Narrow<S> {
    fn default() -> Self {
        let zero = [S::default(); TILE_PIXELS];
        Self {
            scattering: [zero; 3],
            alive: zero,
            factor: zero,
            sums: zero,
            left_table: zero,
            anchors: vec![[S::default(); 6]; BLOCK],
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        let zero = [0.0; TILE_PIXELS];
        let columns = Columns {
            fast: zero,
            slow: zero,
            direction: [zero; 3],
            distance_m: zero,
            omega: zero,
            capture: zero,
            pixel_omega: zero,
            pixel_polarization: zero,
            scattering: [zero; 3],
            alive: zero,
            polarization: zero,
            factor: zero,
            sums: zero,
            factors: zero,
            values: zero,
        };
        Self {
            columns,
            single: Narrow::default(),
            double: Narrow::default(),
        }
    }
}

/// A precision that has columns of its own.
pub(super) trait InScratch: Sized {
    /// The common columns and those of this precision.
    fn split(scratch: &mut Scratch) -> (&mut Columns, &mut Narrow<Self>);
}

impl InScratch for f32 {
    fn split(scratch: &mut Scratch) -> (&mut Columns, &mut Narrow<Self>) {
        (&mut scratch.columns, &mut scratch.single)
    }
}

impl InScratch for f64 {
    fn split(scratch: &mut Scratch) -> (&mut Columns, &mut Narrow<Self>) {
        (&mut scratch.columns, &mut scratch.double)
    }
}
