//! Where F comes from.

use super::{Action, OptionSpec};

pub static OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        &["hkl"],
        Action::File(|o, file| o.structure_factors.hkl = Some(file)),
        "FILE",
        "",
        "Structure factors: text of h k l F, MTZ, or CIF; gzip is unpacked",
        "2erl_P1.hkl",
    )
    .spelled(&["hklfile", "hkl_file"]),
    OptionSpec::new(
        &["default_F"],
        Action::Number(|o, f| o.structure_factors.default_f = Some(f)),
        "electrons",
        "0",
        "F of every reflection that the table does not hold",
        "100",
    ),
    OptionSpec::new(
        &["dump"],
        Action::File(|o, file| o.structure_factors.dump = Some(file)),
        "FILE",
        "Fdump.bin",
        "Binary cache of the structure factors: read without -hkl, written with it; the word none for no cache",
        "F.bin",
    ),
    OptionSpec::new(
        &["interpolate"],
        Action::Flag(|o| o.structure_factors.interpolate = Some(true)),
        "",
        "on if any of Na, Nb, Nc is 2 or less",
        "Interpolate F between reflections (tricubic)",
        "",
    ),
    OptionSpec::new(
        &["nointerpolate"],
        Action::Flag(|o| o.structure_factors.interpolate = Some(false)),
        "",
        "",
        "Take F of the nearest reflection",
        "",
    ),
    OptionSpec::new(
        &["column"],
        Action::Text(|o, label| o.structure_factors.column = Some(label)),
        "LABEL",
        "calculated amplitudes, then measured ones, then intensities",
        "Column of an MTZ or CIF file that F is taken from",
        "FC_ALL_LS",
    )
    .ours(),
    OptionSpec::new(
        &["spacegroup"],
        Action::Text(|o, name| o.structure_factors.space_group = Some(name)),
        "NAME",
        "that of the file; none for text",
        "Space group, name or number, that reflections are expanded by",
        "P212121",
    )
    .ours(),
    OptionSpec::new(
        &["F000"],
        Action::Number(|o, f| o.structure_factors.f000 = Some(f)),
        "electrons",
        "as in the file",
        "F of the reflection 0 0 0",
        "5000",
    )
    .ours(),
    OptionSpec::new(
        &["pdb"],
        Action::File(|o, file| o.structure_factors.pdb = Some(file)),
        "FILE",
        "",
        "Coordinates, PDB or CIF, that F is computed from, as far as -resolution",
        "2erl.pdb",
    )
    .ours(),
    OptionSpec::new(
        &["resolution"],
        Action::Positive(|o, d| o.structure_factors.resolution_angstrom = Some(d)),
        "Å",
        "the corner of the detector, or -dmin",
        "How far the F of -pdb reach",
        "1.5",
    )
    .ours(),
    OptionSpec::new(
        &["k_sol"],
        Action::Number(|o, k| o.structure_factors.k_sol = Some(k)),
        "electrons/Å³",
        "0.35",
        "Density of the bulk solvent around the atoms of -pdb; 0 for none",
        "0.4",
    )
    .ours(),
    OptionSpec::new(
        &["B_sol"],
        Action::Number(|o, b| o.structure_factors.b_sol = Some(b)),
        "Å²",
        "46",
        "B of the bulk solvent",
        "50",
    )
    .ours(),
];
