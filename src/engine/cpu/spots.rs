//! The inner loop: the sum over orientations, pixels along lanes.

use super::{
    run::{Amplitudes, Cell, Crystal, LookupKind},
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
};

/// A block of orientations over the pixels of a tile.
pub(super) struct Spots<'a, S> {
    pub crystal: &'a Crystal<S>,
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

/// A crystal shape.
pub(super) trait Transform {
    /// The lattice transform at an offset from the nearest lattice point, and where it is exactly zero.
    fn transform<L: Lanes>(offset: Triple<L>, crystal: &Constants<L>) -> (L, L::Mask);
}

/// A way from a Miller index to F.
pub(super) trait Lookup {
    const KIND: LookupKind;
}

/// The crystal's constants in lanes.
pub(super) struct Constants<L> {
    cells: Triple<L>,
    fudge: L,
    reciprocal: [Triple<L>; 3],
}

pub(super) struct Square;
pub(super) struct Round;
pub(super) struct Gauss;
pub(super) struct Tophat;

impl Transform for Square {
    #[inline(always)]
    fn transform<L: Lanes>(offset: Triple<L>, crystal: &Constants<L>) -> (L, L::Mask) {
        (lattice_square(offset, crystal.cells), L::Mask::splat(false))
    }
}

impl Transform for Round {
    #[inline(always)]
    fn transform<L: Lanes>(offset: Triple<L>, crystal: &Constants<L>) -> (L, L::Mask) {
        (
            lattice_round(offset, crystal.cells, crystal.fudge),
            L::Mask::splat(false),
        )
    }
}

impl Transform for Gauss {
    #[inline(always)]
    fn transform<L: Lanes>(offset: Triple<L>, crystal: &Constants<L>) -> (L, L::Mask) {
        let spread = spread(offset, crystal.reciprocal, crystal.cells, crystal.fudge);
        (lattice_gauss(spread, crystal.cells), gauss_vanishes(spread))
    }
}

impl Transform for Tophat {
    #[inline(always)]
    fn transform<L: Lanes>(offset: Triple<L>, crystal: &Constants<L>) -> (L, L::Mask) {
        let amplitude = lattice_tophat(
            spread(offset, crystal.reciprocal, crystal.cells, crystal.fudge),
            crystal.cells,
        );
        (amplitude, amplitude.equals(L::constant(0.0)))
    }
}

pub(super) struct ConstantF;
pub(super) struct NearestF;
pub(super) struct TricubicF;

impl Lookup for ConstantF {
    const KIND: LookupKind = LookupKind::Constant;
}

impl Lookup for NearestF {
    const KIND: LookupKind = LookupKind::Nearest;
}

impl Lookup for TricubicF {
    const KIND: LookupKind = LookupKind::Tricubic;
}

/// Adds the block's samples to the tile's sums.
#[inline(always)]
pub(super) fn accumulate<L: Lanes, T: Transform, A: Lookup, const RECORDS: bool>(
    spots: &mut Spots<'_, L::Scalar>,
) {
    let (zero, half) = (L::constant(0.0), L::constant(0.5));
    let crystal = Constants {
        cells: splat(spots.crystal.cells),
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
            Some(left) if A::KIND == LookupKind::Tricubic => zero.lt(L::load(&left[at..])),
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
            let (lattice, vanishes) = T::transform(offset, &crystal);
            let base = each_axis!(axis => L::splat(anchor[axis + 3]));
            let point = each_axis!(axis => nearest[axis] + base[axis]);
            let counted = if may_skip { alive & !vanishes } else { alive };
            let mut interpolated = L::Mask::splat(false);
            let amplitude = match A::KIND {
                LookupKind::Constant => L::splat(grid.default_f),
                LookupKind::Nearest => structure_factor_nearest(grid, point),
                LookupKind::Tricubic => {
                    let whole = each_axis!(axis => index[axis].floor());
                    let fraction = each_axis!(axis => index[axis] - whole[axis]);
                    let below = each_axis!(axis => whole[axis] + base[axis]);
                    let inside = has_neighbourhood(grid.shape, below, fraction);
                    interpolated = inside;
                    left = left | (counted & !inside);
                    if RECORDS && let Some(recording) = &mut spots.recording {
                        let asked = recording.record.interpolates(inside.any());
                        interpolated = L::Mask::splat(asked);
                    }
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
            if RECORDS && let Some(recording) = &mut spots.recording {
                let scalars = |triple: Triple<L>| triple.map(first_lane);
                let whole = [0, 1, 2].map(|axis| {
                    if L::Scalar::SINGLE {
                        first_lane(base[axis]) + f64::from(recording.table_min[axis])
                    } else {
                        0.0
                    }
                });
                let shift = |numbers: [f64; 3]| [0, 1, 2].map(|axis| numbers[axis] + whole[axis]);
                recording.record.sample(&Sample {
                    crystal: recording.crystal,
                    orientation: recording.first + orientation,
                    cell: [0, 1, 2].map(|row| [0, 1, 2].map(|i| cell[3 * row + i].to_f64())),
                    index: shift(scalars(index)),
                    nearest: shift(scalars(nearest)),
                    lattice: first_lane(lattice),
                    amplitude: first_lane(amplitude),
                    interpolated: interpolated.any(),
                    skipped: may_skip && vanishes.any(),
                    sum: first_lane(sum),
                });
            }
        }
        if is_running {
            // A source that `dmin` stops leaves the running sum as it was.
            sum = L::select(alive, sum, before);
        }
        sum.store(&mut spots.sums[at..]);
        if A::KIND == LookupKind::Tricubic
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
