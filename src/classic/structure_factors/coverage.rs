//! How much of what a picture needs a table knows.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use rayon::prelude::*;

use crate::classic::plain;
use crate::structure_factors::{Centring, KnownPoints, Table};
use crate::{
    plan::Plan,
    scene::{Panel, Source},
    vector::{CellVectors, Vector, dot, norm},
};

/// Scattering vectors that are looked at; all pixels in one orientation are, however many.
const MAX_SAMPLES: f64 = 4e6;
/// Indices that are tallied; beyond this nothing is reported.
const MAX_BOX: f64 = 4e9;

/// What the table knows of the reflections that the detector can see.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coverage {
    /// Spacing at the farthest corner of the detector, Å.
    pub corner_angstrom: f64,
    /// Reflections of at least that spacing, F(000) left out.
    pub within_corner: u64,
    pub known_within_corner: u64,
    /// Reflections nearest to the scattering vector of some pixel in some orientation, F(000) left out.
    pub on_detector: u64,
    pub unknown_on_detector: u64,
    /// F of those that are not known.
    pub default_f: f64,
    /// How many of the unknown are absent in a lattice of a centring that the list suggests.
    pub absences: Option<SuspectedAbsences>,
}

/// Reflections that are not listed, and that a centred lattice would not have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SuspectedAbsences {
    pub centring: Centring,
    pub within_corner: u64,
    pub on_detector: u64,
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            corner_angstrom,
            within_corner,
            known_within_corner,
            on_detector,
            unknown_on_detector,
            default_f,
            absences,
        } = *self;
        let default_f = plain(default_f);
        let percent = |of: u64| 100.0 * known_within_corner as f64 / of.max(1) as f64;
        let Some(absences) = absences else {
            return write!(
                f,
                "completeness to the corner of the detector ({corner_angstrom:.3} Å): {known_within_corner} of \
                 {within_corner} reflections ({:.1} %)\n\
                 reflections on the detector: {on_detector}, of which the file lacks {unknown_on_detector}; \
                 F = {default_f} stands in for them",
                percent(within_corner),
            );
        };
        let in_lattice = within_corner - absences.within_corner;
        write!(
            f,
            "completeness to the corner of the detector ({corner_angstrom:.3} Å): {known_within_corner} of {in_lattice} \
             reflections ({:.1} %) of the {}-centred lattice that the listed ones suggest\n\
             reflections on the detector: {}, of which the file lacks {}, and {} that such a lattice makes absent; \
             F = {default_f} stands in for both, and -spacegroup makes absences 0",
            percent(in_lattice),
            absences.centring.letter(),
            on_detector - absences.on_detector,
            unknown_on_detector - absences.on_detector,
            absences.on_detector,
        )
    }
}

/// Compares a table with the detector of a plan; `None` for an endless number of reflections. `centring` is what the list
/// suggests, where its symmetry is not known.
pub fn coverage(
    plan: &Plan,
    table: &Table,
    known: &KnownPoints,
    centring: Option<Centring>,
) -> Option<Coverage> {
    let is_known = |hkl| {
        table
            .offset(hkl)
            .is_some_and(|offset| known.contains(offset))
    };
    let cells = &plan.crystal().orientations.cells;
    let (finest, reach) = index_reach(farthest_corner(plan.panel(), plan.sources()), cells)?;
    let is_absent = |hkl| centring.is_some_and(|centring| centring.is_absent(hkl));
    let [within_corner, known_within_corner, absent_within_corner] =
        tally_sphere(plan, finest, reach, &is_known, &is_absent);
    let seen = seen_on_detector(plan, reach);
    let unknown: Vec<_> = seen.iter().filter(|&&hkl| !is_known(hkl)).collect();
    let absent_on_detector = unknown.iter().filter(|&&&hkl| is_absent(hkl)).count();
    Some(Coverage {
        corner_angstrom: 1.0 / finest,
        within_corner,
        known_within_corner,
        on_detector: seen.len() as u64,
        unknown_on_detector: unknown.len() as u64,
        default_f: table.default_f(),
        absences: centring.map(|centring| SuspectedAbsences {
            centring,
            within_corner: absent_within_corner,
            on_detector: absent_on_detector as u64,
        }),
    })
}

/// Whether any reflection on the detector, F(000) left out, has an F in this table; true where they are endless.
pub(in crate::classic) fn shows_a_reflection(plan: &Plan, table: &Table) -> bool {
    let cells = &plan.crystal().orientations.cells;
    match index_reach(farthest_corner(plan.panel(), plan.sources()), cells) {
        Some((_, reach)) => {
            let seen = seen_on_detector(plan, reach);
            seen.iter().any(|hkl| table.get(*hkl) != 0.0)
        }
        None => true,
    }
}

/// The finest |q| again, and how far indices reach there; `None` for an endless number of reflections.
fn index_reach(finest: Option<f64>, cells: &[CellVectors]) -> Option<(f64, [i32; 3])> {
    let finest = finest?;
    let edges = cells.first()?.map(norm);
    let reach = edges.map(|edge| (edge * finest).ceil() + 1.0);
    let sizes = reach.map(|reach| 2.0 * reach + 1.0);
    let fits = sizes.iter().product::<f64>() < MAX_BOX;
    fits.then(|| (finest, reach.map(|reach| reach as i32)))
}

/// The largest |q| of the detector's corners, Å⁻¹.
pub(in crate::classic) fn farthest_corner(detector: &Panel, sources: &[Source]) -> Option<f64> {
    let ends = |length: usize| [0.0, length as f64];
    let mut finest: f64 = 0.0;
    for fast in ends(detector.fast_pixels) {
        for slow in ends(detector.slow_pixels) {
            for source in sources {
                finest = finest.max(norm(scattering_vector(detector, source, fast, slow)));
            }
        }
    }
    (finest > 0.0 && finest.is_finite()).then_some(finest)
}

/// Reflections with |q| up to `finest`, how many of them are known, and how many of the others are absent.
fn tally_sphere(
    plan: &Plan,
    finest: f64,
    reach: [i32; 3],
    is_known: &(impl Fn([i32; 3]) -> bool + Sync),
    is_absent: &(impl Fn([i32; 3]) -> bool + Sync),
) -> [u64; 3] {
    let [a, b, c] = plan.crystal().reciprocal_space;
    (-reach[0]..=reach[0])
        .into_par_iter()
        .map(|h| {
            let (mut within, mut known, mut absent) = (0, 0, 0);
            for k in -reach[1]..=reach[1] {
                for l in -reach[2]..=reach[2] {
                    let q: Vector = std::array::from_fn(|i| {
                        f64::from(h) * a[i] + f64::from(k) * b[i] + f64::from(l) * c[i]
                    });
                    if norm(q) <= finest && [h, k, l] != [0; 3] {
                        let is_known = is_known([h, k, l]);
                        within += 1;
                        known += u64::from(is_known);
                        absent += u64::from(!is_known && is_absent([h, k, l]));
                    }
                }
            }
            [within, known, absent]
        })
        .reduce(|| [0; 3], |x, y| std::array::from_fn(|i| x[i] + y[i]))
}

/// The reflections nearest to the scattering vectors of the detector's pixels.
fn seen_on_detector(plan: &Plan, reach: [i32; 3]) -> Vec<[i32; 3]> {
    let detector = plan.panel();
    let sizes = reach.map(|reach| 2 * reach as usize + 1);
    let points: usize = sizes.iter().product();
    let seen: Vec<AtomicU64> = (0..points.div_ceil(64))
        .map(|_| AtomicU64::new(0))
        .collect();
    let step = pixel_step(plan);
    let columns: Vec<usize> = stepped(detector.fast_pixels, step);
    let rows: Vec<usize> = stepped(detector.slow_pixels, step);
    let views = plan.sources().len() as f64 * plan.crystal().orientations.cells.len() as f64;
    let skip = (views * rows.len() as f64 * columns.len() as f64 / MAX_SAMPLES).ceil() as usize;
    let views: Vec<(&Source, &CellVectors)> = plan
        .sources()
        .iter()
        .flat_map(|source| {
            plan.crystal()
                .orientations
                .cells
                .iter()
                .map(move |cell| (source, cell))
        })
        .step_by(skip.max(1))
        .collect();
    rows.par_iter().for_each(|&slow| {
        for &fast in &columns {
            for &(source, cell) in &views {
                let q = scattering_vector(detector, source, fast as f64 + 0.5, slow as f64 + 0.5);
                let index: [i32; 3] =
                    std::array::from_fn(|axis| (dot(cell[axis], q) - 0.5).ceil() as i32);
                let at = |axis: usize| {
                    usize::try_from(index[axis] + reach[axis])
                        .ok()
                        .filter(|&i| i < sizes[axis])
                };
                if let (Some(h), Some(k), Some(l)) = (at(0), at(1), at(2)) {
                    let offset = (h * sizes[1] + k) * sizes[2] + l;
                    let bit = 1 << (offset % 64);
                    // A look is cheaper than a write that every thread has to hear of.
                    if seen[offset / 64].load(Ordering::Relaxed) & bit == 0 {
                        seen[offset / 64].fetch_or(bit, Ordering::Relaxed);
                    }
                }
            }
        }
    });
    let mut found = Vec::new();
    for (word, bits) in seen.iter().enumerate() {
        let mut bits = bits.load(Ordering::Relaxed);
        while bits != 0 {
            let offset = word * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let at = [
                offset / (sizes[1] * sizes[2]),
                offset / sizes[2] % sizes[1],
                offset % sizes[2],
            ];
            let hkl: [i32; 3] = std::array::from_fn(|axis| at[axis] as i32 - reach[axis]);
            if hkl != [0; 3] {
                found.push(hkl);
            }
        }
    }
    found
}

/// Pixels over which an index changes by half at most.
fn pixel_step(plan: &Plan) -> usize {
    let detector = plan.panel();
    let longest = plan
        .crystal()
        .orientations
        .cells
        .iter()
        .flatten()
        .map(|&edge| norm(edge))
        .fold(0.0, f64::max);
    let shortest_wave = plan
        .sources()
        .iter()
        .map(|s| s.wavelength_angstrom)
        .fold(f64::MAX, f64::min);
    let change = longest * detector.pixel_size_m[0] / (shortest_wave * detector.near_distance_m());
    (0.5 / change).floor().clamp(1.0, 64.0) as usize
}

fn stepped(length: usize, step: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).step_by(step).collect();
    if places.last() != Some(&(length - 1)) {
        places.push(length - 1);
    }
    places
}

/// q in Å⁻¹ of a point of the detector, in pixels.
fn scattering_vector(detector: &Panel, source: &Source, fast: f64, slow: f64) -> Vector {
    let place = detector.position_m(fast, slow, 0.0);
    let distance = norm(place);
    std::array::from_fn(|i| (place[i] / distance - source.incident[i]) / source.wavelength_angstrom)
}
