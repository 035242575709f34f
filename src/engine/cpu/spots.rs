//! The inner loop: the sum over orientations, pixels along lanes.

use super::{
    prepared::{Amplitudes, Cell, DomainConstants},
    tile::{Anchor, Column},
};
use crate::{
    engine::{Record, Sample},
    lanes::{Lanes, Mask, Real},
    physics::{
        Triple, each_axis,
        lattice::{
            gauss_vanishes, lattice_gauss, lattice_round, lattice_square, lattice_tophat, spread,
        },
        splat,
        structure_factor::{
            has_neighbourhood, structure_factor_nearest, structure_factor_tricubic,
        },
    },
    scene::Shape,
};

/// A block of orientations over the pixels of a tile.
pub(super) struct Spots<'a, S> {
    pub crystal: &'a DomainConstants<S>,
    pub amplitudes: Amplitudes<'a, S>,
    pub cells: &'a [Cell<S>],
    /// One an orientation, where they do not count alike.
    pub weights: Option<&'a [S]>,
    /// One an orientation in float32, a single one in float64, where indices need no anchor.
    pub anchors: &'a [Anchor<S>],
    /// Pixels, a multiple of the lane width.
    pub len: usize,
    pub scattering: &'a [Column<S>; 3],
    /// 1 where the source survives `dmin`.
    pub alive: &'a Column<S>,
    /// The block's sum, or with `factor` the pixel's running one.
    pub sums: &'a mut Column<S>,
    /// Multiplies the running sum after every sample.
    pub factor: Option<&'a Column<S>>,
    pub has_water: bool,
    /// 1 once a pixel's interpolation has left the table; `None` where there is none.
    pub left_table: Option<&'a mut Column<S>>,
    pub recording: Option<Recording<'a>>,
}

/// Where samples are reported, in one lane.
pub(super) struct Recording<'a> {
    pub record: &'a mut dyn Record,
    pub crystal: usize,
    /// Number of the block's first orientation.
    pub first: usize,
    pub table_min: [i32; 3],
}

/// A way from a Miller index to F.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    Constant,
    Nearest,
    Tricubic,
}

impl Lookup {
    #[inline(always)]
    pub fn of<S>(amplitudes: &Amplitudes<'_, S>) -> Self {
        match amplitudes {
            Amplitudes::Constant(_) => Self::Constant,
            Amplitudes::Nearest(_) => Self::Nearest,
            Amplitudes::Tricubic(_) => Self::Tricubic,
        }
    }
}

/// The crystal's constants in lanes.
struct Constants<L> {
    n_cells: Triple<L>,
    fudge: L,
    reciprocal: [Triple<L>; 3],
}

/// The lattice transform at an offset from the nearest lattice point, and where it is exactly zero.
#[inline(always)]
fn transform<L: Lanes>(shape: Shape, offset: Triple<L>, crystal: &Constants<L>) -> (L, L::Mask) {
    let &Constants {
        n_cells,
        fudge,
        reciprocal,
    } = crystal;
    let nowhere = L::Mask::splat(false);
    match shape {
        Shape::Square => (lattice_square(offset, n_cells), nowhere),
        Shape::Round => (lattice_round(offset, n_cells, fudge), nowhere),
        Shape::Gauss => {
            let spread = spread(offset, reciprocal, n_cells, fudge);
            (lattice_gauss(spread, n_cells), gauss_vanishes(spread))
        }
        Shape::Tophat => {
            let amplitude = lattice_tophat(spread(offset, reciprocal, n_cells, fudge), n_cells);
            (amplitude, amplitude.equals(L::constant(0.0)))
        }
    }
}

/// One sample of the lanes' pixels.
pub(super) struct LaneSample<'a, L: Lanes> {
    /// Number within the block.
    orientation: usize,
    cell: &'a Cell<L::Scalar>,
    /// Miller indices; in float32 they count from `base`.
    index: Triple<L>,
    nearest: Triple<L>,
    base: Triple<L>,
    lattice: L,
    amplitude: L,
    interpolated: L::Mask,
    skipped: L::Mask,
    /// With this sample.
    sum: L,
}

/// What hears of every sample.
pub(super) trait Tap {
    /// Where samples are interpolated whose neighbourhoods lie inside the table as `inside` says.
    fn interpolates<M: Mask>(spots: &mut Spots<'_, impl Real>, inside: M) -> M;

    fn sample<L: Lanes>(spots: &mut Spots<'_, L::Scalar>, sample: &LaneSample<'_, L>);
}

/// Nothing hears.
pub(super) struct Untapped;

/// In one lane: reports where [`Spots::recording`] says.
pub(super) struct Recorded;

impl Tap for Untapped {
    #[inline(always)]
    fn interpolates<M: Mask>(_: &mut Spots<'_, impl Real>, inside: M) -> M {
        inside
    }

    #[inline(always)]
    fn sample<L: Lanes>(_: &mut Spots<'_, L::Scalar>, _: &LaneSample<'_, L>) {}
}

impl Tap for Recorded {
    #[inline(always)]
    fn interpolates<M: Mask>(spots: &mut Spots<'_, impl Real>, inside: M) -> M {
        match &mut spots.recording {
            Some(recording) => M::splat(recording.record.interpolates(inside.any())),
            None => inside,
        }
    }

    #[inline(always)]
    fn sample<L: Lanes>(spots: &mut Spots<'_, L::Scalar>, sample: &LaneSample<'_, L>) {
        let Some(recording) = &mut spots.recording else {
            return;
        };
        let scalars = |triple: Triple<L>| triple.map(first_lane);
        let whole = [0, 1, 2].map(|axis| {
            if L::Scalar::SINGLE {
                first_lane(sample.base[axis]) + f64::from(recording.table_min[axis])
            } else {
                0.0
            }
        });
        let shift = |numbers: [f64; 3]| [0, 1, 2].map(|axis| numbers[axis] + whole[axis]);
        recording.record.sample(&Sample {
            crystal: recording.crystal,
            orientation: recording.first + sample.orientation,
            cell: [0, 1, 2].map(|row| [0, 1, 2].map(|i| sample.cell[3 * row + i].to_f64())),
            index: shift(scalars(sample.index)),
            nearest: shift(scalars(sample.nearest)),
            lattice: first_lane(sample.lattice),
            amplitude: first_lane(sample.amplitude),
            interpolated: sample.interpolated.any(),
            skipped: sample.skipped.any(),
            sum: first_lane(sample.sum),
        });
    }
}

/// Adds the block's samples to the tile's sums.
///
/// Where the caller knows `shape` and `lookup` when it is compiled, the branches on them are gone.
#[inline(always)]
pub(super) fn accumulate<L: Lanes, T: Tap>(
    spots: &mut Spots<'_, L::Scalar>,
    shape: Shape,
    lookup: Lookup,
) {
    let (zero, half) = (L::constant(0.0), L::constant(0.5));
    let crystal = Constants {
        n_cells: splat(spots.crystal.n_cells),
        fudge: L::splat(spots.crystal.fudge),
        reciprocal: each_axis!(axis => splat(spots.crystal.reciprocal[axis])),
    };
    let grid = spots.amplitudes.grid();
    let cells = spots.cells;
    let anchors = &spots.anchors[..if L::Scalar::SINGLE { cells.len() } else { 1 }];
    let is_running = spots.factor.is_some();
    // Whether a sample is skipped for its zero transform is seen in the running product and in the interpolation alone.
    let may_skip = !spots.has_water;

    for at in (0..spots.len).step_by(L::WIDTH) {
        let q = each_axis!(axis => L::load(&spots.scattering[axis][at..]));
        let factor = match spots.factor {
            Some(factor) => L::load(&factor[at..]),
            None => zero,
        };
        let alive = zero.lt(L::load(&spots.alive[at..]));
        let before = if is_running {
            L::load(&spots.sums[at..])
        } else {
            zero
        };
        let mut left = match &spots.left_table {
            Some(left) if lookup == Lookup::Tricubic => zero.lt(L::load(&left[at..])),
            _ => L::Mask::splat(false),
        };
        let mut sum = before;
        for (orientation, cell) in cells.iter().enumerate() {
            let anchor = if L::Scalar::SINGLE {
                &anchors[orientation]
            } else {
                &anchors[0]
            };
            // In float64 the anchor's fraction is zero and the chain is the plain dot product.
            let index = each_axis!(row => {
                let axis = each_axis!(i => L::splat(cell[3 * row + i]));
                let last = if L::Scalar::SINGLE {
                    axis[2].mul_add(q[2], L::splat(anchor[row]))
                } else {
                    axis[2] * q[2]
                };
                axis[0].mul_add(q[0], axis[1].mul_add(q[1], last))
            });
            let nearest = each_axis!(axis => (index[axis] - half).ceil());
            let offset = each_axis!(axis => index[axis] - nearest[axis]);
            let (lattice, vanishes) = transform(shape, offset, &crystal);
            let base = each_axis!(axis => L::splat(anchor[axis + 3]));
            let point = each_axis!(axis => nearest[axis] + base[axis]);
            let counted = if may_skip { alive & !vanishes } else { alive };
            let mut interpolated = L::Mask::splat(false);
            let amplitude = match lookup {
                Lookup::Constant => L::splat(grid.default_f),
                Lookup::Nearest => structure_factor_nearest(grid, point),
                Lookup::Tricubic => {
                    let whole = each_axis!(axis => index[axis].floor());
                    let fraction = each_axis!(axis => index[axis] - whole[axis]);
                    let below = each_axis!(axis => whole[axis] + base[axis]);
                    let inside = has_neighbourhood(grid.shape, below, fraction);
                    interpolated = T::interpolates(spots, inside);
                    left = left | (counted & !inside);
                    let mut amplitude = zero;
                    if interpolated.any() {
                        amplitude = structure_factor_tricubic(grid, below, fraction, interpolated);
                    }
                    if (!interpolated & alive).any() {
                        let nearby = structure_factor_nearest(grid, point);
                        amplitude = L::select(interpolated, amplitude, nearby);
                    }
                    amplitude
                }
            };
            let wave = lattice * amplitude;
            let weighted = match spots.weights {
                Some(weights) => wave * L::splat(weights[orientation]),
                None => wave,
            };
            let total = weighted.mul_add(wave, sum);
            sum = if is_running {
                L::select(counted, total * factor, sum)
            } else {
                total
            };
            let sample = LaneSample {
                orientation,
                cell,
                index,
                nearest,
                base,
                lattice,
                amplitude,
                interpolated,
                skipped: if may_skip {
                    vanishes
                } else {
                    L::Mask::splat(false)
                },
                sum,
            };
            T::sample(spots, &sample);
        }
        if is_running {
            // A source that `dmin` stops leaves the running sum as it was.
            sum = L::select(alive, sum, before);
        }
        sum.store(&mut spots.sums[at..]);
        if lookup == Lookup::Tricubic
            && let Some(column) = &mut spots.left_table
        {
            L::select(left, L::constant(1.0), zero).store(&mut column[at..]);
        }
    }
}

/// The number in the only lane that is recorded.
#[inline(always)]
fn first_lane<L: Lanes>(lanes: L) -> f64 {
    let mut numbers = [L::Scalar::default(); 16];
    lanes.store(&mut numbers);
    numbers[0].to_f64()
}
