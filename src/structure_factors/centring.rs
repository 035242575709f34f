//! The centring of a lattice, told from which reflections a list holds.

use super::Reflection;

/// A list shorter than this could avoid every second reflection by chance.
const FEWEST_REFLECTIONS: usize = 50;

/// A lattice with more than one point a cell, which makes whole classes of reflections absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Centring {
    A,
    B,
    C,
    I,
    F,
    /// Rhombohedral on hexagonal axes, in either setting.
    R(RhombohedralSetting),
}

/// How rhombohedral and hexagonal axes lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RhombohedralSetting {
    Obverse,
    Reverse,
}

impl Centring {
    /// F before A, B and C, of which it is all three.
    const ALL: [Self; 7] = [
        Self::F,
        Self::I,
        Self::A,
        Self::B,
        Self::C,
        Self::R(RhombohedralSetting::Obverse),
        Self::R(RhombohedralSetting::Reverse),
    ];

    /// The centring whose absences no reflection of the list breaks; `None` for a primitive lattice and for lists that are too
    /// short to tell.
    pub fn suggested_by(list: &[Reflection]) -> Option<Self> {
        let present = || list.iter().filter(|reflection| reflection.f != 0.0);
        if present().count() < FEWEST_REFLECTIONS {
            return None;
        }
        Self::ALL
            .into_iter()
            .find(|centring| present().all(|reflection| !centring.is_absent(reflection.hkl)))
    }

    /// Whether the lattice makes F of this reflection zero.
    pub fn is_absent(self, [h, k, l]: [i32; 3]) -> bool {
        let is_odd = |sum: i32| sum % 2 != 0;
        match self {
            Self::A => is_odd(k + l),
            Self::B => is_odd(h + l),
            Self::C => is_odd(h + k),
            Self::I => is_odd(h + k + l),
            Self::F => is_odd(h + k) || is_odd(k + l),
            Self::R(RhombohedralSetting::Obverse) => (-h + k + l) % 3 != 0,
            Self::R(RhombohedralSetting::Reverse) => (h - k + l) % 3 != 0,
        }
    }

    /// As space group names begin.
    pub fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
            Self::I => 'I',
            Self::F => 'F',
            Self::R(_) => 'R',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure_factors::symmetry::SpaceGroup;

    fn list(is_listed: impl Fn([i32; 3]) -> bool) -> Vec<Reflection> {
        let mut list = Vec::new();
        for h in -5..=5 {
            for k in -5..=5 {
                for l in 0..=5 {
                    let f = f64::from(u8::from(is_listed([h, k, l])));
                    list.push(Reflection { hkl: [h, k, l], f });
                }
            }
        }
        list
    }

    #[test]
    fn the_absences_are_those_of_the_space_group_and_are_found_again() {
        for (name, letter) in [
            ("A 1 2 1", 'A'),
            ("B 1 1 2", 'B'),
            ("C 1 2 1", 'C'),
            ("I 1 2 1", 'I'),
            ("F 2 2 2", 'F'),
            ("R 3:H", 'R'),
        ] {
            let group = SpaceGroup::find(name).unwrap();
            let list = list(|hkl| !group.is_absent(hkl));
            let centring = Centring::suggested_by(&list).unwrap();
            assert_eq!(centring.letter(), letter);
            for Reflection { hkl, .. } in list {
                assert_eq!(
                    centring.is_absent(hkl),
                    group.is_absent(hkl),
                    "{name} {hkl:?}"
                );
            }
        }
    }

    #[test]
    fn a_primitive_lattice_and_a_short_list_suggest_nothing() {
        assert_eq!(Centring::suggested_by(&list(|_| true)), None);
        let screw = SpaceGroup::find("P 21 21 21").unwrap();
        assert_eq!(
            Centring::suggested_by(&list(|hkl| !screw.is_absent(hkl))),
            None
        );
        let short: Vec<_> = list(|[h, k, _]| (h + k) % 2 == 0)
            .into_iter()
            .filter(|reflection| reflection.f != 0.0)
            .take(FEWEST_REFLECTIONS - 1)
            .collect();
        assert_eq!(Centring::suggested_by(&short), None);
    }
}
