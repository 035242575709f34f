//! What reflection files and coordinates have in common.

use crate::{
    classic::options::StructureFactorOptions,
    structure_factors::{StructureFactorError, Table, symmetry::SpaceGroup},
};

/// The space group of `-spacegroup`.
pub(super) fn given_group(
    options: &StructureFactorOptions,
) -> Result<Option<SpaceGroup>, StructureFactorError> {
    let group = options.space_group.as_deref().map(SpaceGroup::find);
    group
        .transpose()
        .map_err(|problem| StructureFactorError::Option {
            option: "-spacegroup",
            problem,
        })
}

/// The line of the log about a table.
pub(super) fn ranges(table: &Table, reflections: Option<usize>) -> String {
    let [h, k, l]: [String; 3] =
        std::array::from_fn(|axis| format!("{}..{}", table.min()[axis], table.max()[axis]));
    let listed = reflections.map_or(String::new(), |count| {
        format!("{count} reflections in P1, ")
    });
    format!(
        "  {listed}h {h}, k {k}, l {l}; {} of {} points are not zero, F = {} elsewhere",
        table.nonzero(),
        table.values().len(),
        table.default_f()
    )
}
