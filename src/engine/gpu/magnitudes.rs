//! The largest numbers of a plan's large parts, each looked for once.

use std::sync::Arc;

use crate::{
    plan::{Orientations, Plan},
    scene::StructureFactors,
    structure_factors::Table,
};

/// An allocation, compared by its address.
#[derive(Debug)]
pub struct ByAddress<T>(pub Arc<T>);

impl<T> Clone for ByAddress<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for ByAddress<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Largest magnitudes of the parts of the last plan.
#[derive(Debug, Default)]
pub struct Magnitudes {
    tables: Vec<(ByAddress<Table>, f64)>,
    orientations: Vec<(ByAddress<Orientations>, f64)>,
}

impl Magnitudes {
    /// Looks through the parts that the plan before had not, and forgets those that this one has not.
    pub fn follow(&mut self, plan: &Plan) {
        let crystals = || plan.crystals.iter();
        let tables = crystals().flat_map(|crystal| &crystal.structure_factors);
        follow(
            &mut self.tables,
            tables.filter_map(StructureFactors::table),
            |table| largest(table.values().iter().chain([&table.default_f()])),
        );
        follow(
            &mut self.orientations,
            crystals().map(|crystal| &crystal.orientations),
            |orientations| largest(orientations.cells.iter().flatten().flatten()),
        );
    }

    /// Largest F of a table, its default included.
    pub fn of_table(&self, table: &Arc<Table>) -> f64 {
        find(&self.tables, table).expect("the plan is followed")
    }

    /// Largest component of a cell vector, Å.
    pub fn of_orientations(&self, orientations: &Arc<Orientations>) -> f64 {
        find(&self.orientations, orientations).expect("the plan is followed")
    }
}

fn follow<'a, T: 'a>(
    known: &mut Vec<(ByAddress<T>, f64)>,
    parts: impl Iterator<Item = &'a Arc<T>>,
    measure: impl Fn(&T) -> f64,
) {
    let before = std::mem::take(known);
    for part in parts {
        if find(known, part).is_none() {
            let value = find(&before, part).unwrap_or_else(|| measure(part));
            known.push((ByAddress(Arc::clone(part)), value));
        }
    }
}

fn find<T>(known: &[(ByAddress<T>, f64)], part: &Arc<T>) -> Option<f64> {
    let found = known.iter().find(|(kept, _)| Arc::ptr_eq(&kept.0, part));
    found.map(|(_, value)| *value)
}

/// The largest magnitude; NaN where there is one.
pub fn largest<'a>(values: impl Iterator<Item = &'a f64>) -> f64 {
    values.fold(0.0, |top: f64, value| {
        if value.abs() > top || value.is_nan() {
            value.abs()
        } else {
            top
        }
    })
}
