//! From listed reflections to a table in P1.

use rayon::prelude::*;

use super::{Reflection, StructureFactorError, Table, symmetry::SpaceGroup};

/// Equivalents that differ by more than this part of the larger one are in conflict.
const CONFLICT: f64 = 1e-3;

/// A table of more points than this has to hold a reflection for every [`POINTS_PER_REFLECTION`].
const SMALL_TABLE_POINTS: u64 = 1 << 24;
const POINTS_PER_REFLECTION: u64 = 4096;

/// How a list of reflections is made complete.
#[derive(Debug, Clone, Copy)]
pub struct Symmetry<'a> {
    pub group: &'a SpaceGroup,
    /// Whether every listed F is that of both Friedel mates. Otherwise a mate takes it only where nothing that is listed gives
    /// the mate an F of its own.
    pub friedel: bool,
}

/// A table and what is known about its points.
#[derive(Debug, Clone, PartialEq)]
pub struct Expanded {
    pub table: Table,
    pub known: KnownPoints,
    /// Points that some reflection or its equivalent names.
    pub in_p1: usize,
    /// Listed reflections that gave their F to a Friedel mate of which nothing was listed, although mates are kept apart.
    pub filled_mates: usize,
    /// The same index listed again with another F: the last one counts.
    pub repeats: Option<Contradiction>,
    /// Symmetry equivalents listed with different F: each keeps its own.
    pub conflicts: Option<Contradiction>,
    /// Reflections listed with F ≠ 0 that symmetry makes zero.
    pub violations: Option<Contradiction>,
}

/// How often something happened, and where first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contradiction {
    pub count: usize,
    pub first: [i32; 3],
}

impl Contradiction {
    fn note(this: &mut Option<Self>, hkl: [i32; 3]) {
        let first = Self {
            count: 0,
            first: hkl,
        };
        this.get_or_insert(first).count += 1;
    }
}

/// Which points of a table are known, by listing, symmetry or absence, and not `default_F`.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownPoints(Vec<u64>);

impl KnownPoints {
    fn none(points: usize) -> Self {
        Self(vec![0; points.div_ceil(64)])
    }

    /// Whether the point at this offset of the table is known.
    pub fn contains(&self, offset: usize) -> bool {
        self.0[offset / 64] & (1 << (offset % 64)) != 0
    }

    /// True when the point was not known before.
    fn insert(&mut self, offset: usize) -> bool {
        let is_new = !self.contains(offset);
        self.0[offset / 64] |= 1 << (offset % 64);
        is_new
    }
}

/// Puts reflections, their equivalents and F(000) into the smallest table that holds them; what symmetry makes zero is zero
/// there, and every other point is `default_f`.
///
/// # Errors
/// [`StructureFactorError::BoxTooLarge`], also for an empty list; [`StructureFactorError::BoxTooEmpty`].
pub fn expand(
    reflections: &[Reflection],
    symmetry: Option<Symmetry>,
    f000: Option<f64>,
    default_f: f64,
) -> Result<Expanded, StructureFactorError> {
    let images = Images::of(symmetry);
    let reached_by = symmetry.map(|symmetry| Symmetry {
        friedel: true,
        ..symmetry
    });
    let reached_by = Images::of(reached_by);
    let mut min = [i32::MAX; 3];
    let mut max = [i32::MIN; 3];
    let origin = f000.map(|_| [0; 3]);
    for reflection in reflections {
        for hkl in reached_by.apply(reflection.hkl).chain(origin) {
            for axis in 0..3 {
                min[axis] = min[axis].min(hkl[axis]);
                max[axis] = max[axis].max(hkl[axis]);
            }
        }
    }
    let points = Table::points(min, max)?;
    let reached = (reflections.len() * reached_by.0.len()) as u64 * POINTS_PER_REFLECTION;
    if points > SMALL_TABLE_POINTS.max(reached) {
        return Err(StructureFactorError::BoxTooEmpty {
            reflections: reflections.len(),
            min,
            max,
        });
    }
    let mut table = Table::try_filled(min, max, default_f)?;
    let mut listed = KnownPoints::none(table.values().len());
    let (mut repeats, mut conflicts, mut violations) = (None, None, None);
    for &Reflection { hkl, f } in reflections {
        let offset = table.offset_inside(hkl);
        if !listed.insert(offset) && table.values()[offset] != f {
            Contradiction::note(&mut repeats, hkl);
        }
        table.values_mut()[offset] = f;
    }
    let mut known = listed.clone();
    if let Some(symmetry) = symmetry {
        for &Reflection { hkl, .. } in reflections {
            let f = table.values()[table.offset_inside(hkl)];
            for image in images.apply(hkl) {
                let offset = table.offset_inside(image);
                if known.insert(offset) {
                    table.values_mut()[offset] = f;
                } else if hkl < image && listed.contains(offset) {
                    let other = table.values()[offset];
                    if (f - other).abs() > CONFLICT * f.abs().max(other.abs()) {
                        Contradiction::note(&mut conflicts, hkl);
                    }
                }
            }
            if f != 0.0 && symmetry.group.is_absent(hkl) {
                Contradiction::note(&mut violations, hkl);
            }
        }
    }
    let mut filled_mates = 0;
    if symmetry.is_some_and(|symmetry| !symmetry.friedel) {
        for &Reflection { hkl, .. } in reflections {
            let f = table.values()[table.offset_inside(hkl)];
            let mut was_missing = false;
            for mate in images.apply(hkl.map(|index| -index)) {
                let offset = table.offset_inside(mate);
                if known.insert(offset) {
                    table.values_mut()[offset] = f;
                    was_missing = true;
                }
            }
            filled_mates += usize::from(was_missing);
        }
    }
    let mut in_p1 = known.0.iter().map(|word| word.count_ones() as usize).sum();
    if let Some(symmetry) = symmetry {
        for offset in absent_points(&table, &known, symmetry.group) {
            known.insert(offset);
            table.values_mut()[offset] = 0.0;
        }
    }
    if let Some(f000) = f000 {
        in_p1 += usize::from(known.insert(table.offset_inside([0; 3])));
        table.set([0; 3], f000);
    }
    Ok(Expanded {
        table,
        known,
        in_p1,
        filled_mates,
        repeats,
        conflicts,
        violations,
    })
}

fn absent_points(table: &Table, known: &KnownPoints, group: &SpaceGroup) -> Vec<usize> {
    if group.operators.iter().all(|o| o.translation == [0; 3]) {
        return Vec::new();
    }
    let [nh, nk, nl] = table.shape();
    let min = table.min();
    (0..nh)
        .into_par_iter()
        .flat_map_iter(|ih| {
            (0..nk * nl).filter_map(move |rest| {
                let offset = ih * nk * nl + rest;
                let hkl = [
                    min[0] + ih as i32,
                    min[1] + (rest / nl) as i32,
                    min[2] + (rest % nl) as i32,
                ];
                (!known.contains(offset) && group.is_absent(hkl)).then_some(offset)
            })
        })
        .collect()
}

/// The rotations that make equivalents of a reflection.
struct Images(Vec<[[i32; 3]; 3]>);

impl Images {
    fn of(symmetry: Option<Symmetry>) -> Self {
        let Some(Symmetry { group, friedel }) = symmetry else {
            return Self(vec![[[1, 0, 0], [0, 1, 0], [0, 0, 1]]]);
        };
        let mut rotations = group.rotations();
        if friedel {
            rotations.extend(
                rotations
                    .clone()
                    .iter()
                    .map(|r| r.map(|row| row.map(|v| -v))),
            );
            rotations.sort();
            rotations.dedup();
        }
        Self(rotations)
    }

    fn apply(&self, hkl: [i32; 3]) -> impl Iterator<Item = [i32; 3]> {
        self.0.iter().map(move |rotation| {
            std::array::from_fn(|j| (0..3).map(|i| hkl[i] * rotation[i][j]).sum())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reflection(hkl: [i32; 3], f: f64) -> Reflection {
        Reflection { hkl, f }
    }

    fn group(name: &str) -> SpaceGroup {
        SpaceGroup::find(name).unwrap()
    }

    #[test]
    fn without_symmetry_only_what_is_listed_is_known() {
        let list = [reflection([-2, 3, 0], 5.0), reflection([1, 3, 4], 7.0)];
        let expanded = expand(&list, None, None, 2.5).unwrap();
        let table = &expanded.table;
        assert_eq!((table.min(), table.max()), ([-2, 3, 0], [1, 3, 4]));
        assert_eq!(table.get([-2, 3, 0]), 5.0);
        assert_eq!(table.get([1, 3, 4]), 7.0);
        assert_eq!(table.get([0, 3, 0]), 2.5);
        assert_eq!(expanded.in_p1, 2);
        assert_eq!(expanded.repeats, None);
    }

    #[test]
    fn of_two_values_for_one_index_the_last_counts_and_the_first_is_reported() {
        let list = [5.0, 5.0, 6.0].map(|f| reflection([1, 1, 1], f));
        let expanded = expand(&list, None, None, 0.0).unwrap();
        assert_eq!(expanded.table.get([1, 1, 1]), 6.0);
        let first = [1, 1, 1];
        assert_eq!(expanded.repeats, Some(Contradiction { count: 1, first }));
    }

    #[test]
    fn a_mistyped_index_does_not_make_a_huge_empty_table() {
        let list = [reflection([0, 0, 0], 5.0), reflection([700, 700, 700], 5.0)];
        assert!(expand(&list, None, None, 0.0).is_err());
        assert!(expand(&[], None, None, 0.0).is_err());
    }

    #[test]
    fn friedel_mates_are_equal_unless_each_has_an_f_of_its_own() {
        let group = group("P 1 2 1");
        let lone = reflection([1, 2, 3], 5.0);
        let pair = [reflection([2, 3, 4], 6.0), reflection([2, -3, 4], 7.0)];
        let list = [lone, pair[0], pair[1]];
        for (friedel, mate_of_pair, filled) in [(true, 6.0, 0), (false, 7.0, 1)] {
            let symmetry = Some(Symmetry {
                group: &group,
                friedel,
            });
            let expanded = expand(&list, symmetry, None, 9.0).unwrap();
            let table = &expanded.table;
            for hkl in [[1, 2, 3], [-1, 2, -3], [-1, -2, -3], [1, -2, 3]] {
                assert_eq!(table.get(hkl), 5.0, "{hkl:?}");
            }
            assert_eq!(table.get([-2, 3, -4]), 6.0);
            assert_eq!(table.get([-2, -3, -4]), mate_of_pair);
            assert_eq!(expanded.filled_mates, filled);
            assert_eq!(expanded.in_p1, 8);
            assert_eq!(expanded.conflicts.is_some(), friedel);
        }
    }

    #[test]
    fn a_mate_takes_its_f_from_a_measured_equivalent_before_the_other_of_the_pair() {
        let group = group("P 1 2 1");
        let symmetry = Some(Symmetry {
            group: &group,
            friedel: false,
        });
        // The second is an equivalent of the first one's mate.
        let list = [reflection([1, 2, 3], 5.0), reflection([1, -2, 3], 8.0)];
        let expanded = expand(&list, symmetry, None, 0.0).unwrap();
        assert_eq!(expanded.table.get([-1, -2, -3]), 8.0);
        assert_eq!(expanded.table.get([-1, 2, -3]), 5.0);
        assert_eq!(expanded.filled_mates, 0);
    }

    #[test]
    fn equivalents_that_disagree_keep_their_values_and_are_counted_once() {
        let group = group("P 1 2 1");
        let symmetry = Some(Symmetry {
            group: &group,
            friedel: true,
        });
        let list = [
            reflection([1, 2, 3], 5.0),
            reflection([-1, 2, -3], 6.0),
            reflection([1, 0, 0], 4.0),
            reflection([-1, 0, 0], 4.0001),
        ];
        let expanded = expand(&list, symmetry, None, 0.0).unwrap();
        assert_eq!(expanded.conflicts.unwrap().count, 1);
        assert_eq!(expanded.table.get([1, 2, 3]), 5.0);
        assert_eq!(expanded.table.get([-1, 2, -3]), 6.0);
    }

    #[test]
    fn absences_are_zero_and_f000_is_what_was_given() {
        let group = group("C2");
        let symmetry = Some(Symmetry {
            group: &group,
            friedel: true,
        });
        let list = [reflection([3, 1, 2], 5.0), reflection([2, 1, 0], 7.0)];
        let expanded = expand(&list, symmetry, Some(1234.0), 10.0).unwrap();
        assert_eq!(expanded.table.get([2, 1, 2]), 0.0);
        assert_eq!(expanded.table.get([1, 1, 2]), 10.0);
        assert_eq!(expanded.table.get([0, 0, 0]), 1234.0);
        let first = [2, 1, 0];
        assert_eq!(expanded.violations, Some(Contradiction { count: 1, first }));
        assert_eq!(expanded.in_p1, 4 + 4 + 1);
    }
}
