//! Structure factors computed from coordinates are those of an independent program, and the same by both methods.
//!
//! `scripts/model_structure_factors.py` wrote the models and the expected amplitudes with gemmi.

use std::{
    collections::HashMap,
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use nanobragg::{
    classic::{
        load,
        options::{Physics, StructureFactorOptions},
    },
    structure_factors::{
        Amplitudes, Loaded, StructureFactorError,
        atoms::{
            Atom, BulkSolvent, Displacement, Method, Model, ScatteringFactor, coordinates_cif, pdb,
            structure_factors,
        },
        symmetry::SpaceGroup,
    },
};
use proptest::prelude::*;

const NAMES: [&str; 6] = ["P1", "P1211", "P212121", "R3", "P6122", "I23"];

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/models")
}

fn text(name: &str) -> String {
    fs::read_to_string(models().join(name)).unwrap()
}

fn pdb_model(name: &str) -> Model {
    pdb::parse(&text(&format!("{name}.pdb")), None).unwrap()
}

fn amplitudes(
    model: &Model,
    resolution: f64,
    solvent: Option<BulkSolvent>,
    method: Method,
) -> HashMap<[i32; 3], f64> {
    let computed = structure_factors(model, resolution, solvent, Some(method)).unwrap();
    assert_eq!(computed.method, method);
    let pairs = computed.reflections.iter().map(|r| (r.hkl, r.f));
    pairs.collect()
}

/// Σ|F₁ − F₂| / Σ F₁ over what both hold.
fn r_factor(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut apart, mut total) = (0.0, 0.0);
    for (first, second) in pairs {
        apart += (first - second).abs();
        total += first;
    }
    assert!(total > 0.0);
    apart / total
}

fn options(name: &str) -> StructureFactorOptions {
    StructureFactorOptions {
        pdb: Some(name.into()),
        resolution_angstrom: Some(2.0),
        k_sol: Some(0.0),
        ..Default::default()
    }
}

fn try_load(options: &StructureFactorOptions) -> Result<Loaded, StructureFactorError> {
    load(options, Physics::Spec, &models())
}

fn read_f(loaded: &Loaded, hkl: [i32; 3]) -> f64 {
    match &loaded.amplitudes {
        Amplitudes::Table(table) => table.get(hkl),
        Amplitudes::Constant(_) => panic!("a table was asked for"),
    }
}

#[test]
fn direct_sums_are_those_of_an_independent_program() {
    for name in NAMES {
        let loaded = try_load(&options(&format!("{name}.pdb"))).unwrap();
        let mut expected = String::new();
        let file = fs::File::open(models().join(format!("{name}.hkl.gz"))).unwrap();
        flate2::read::GzDecoder::new(file)
            .read_to_string(&mut expected)
            .unwrap();
        let pairs = expected.lines().map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let index = |axis: usize| words[axis].parse().unwrap();
            let ours = read_f(&loaded, [index(0), index(1), index(2)]);
            (words[3].parse().unwrap(), ours)
        });
        let r = r_factor(pairs);
        assert!(r < 0.005, "{name}: R = {r}");
    }
}

#[test]
fn both_methods_give_the_same_with_and_without_solvent() {
    let solvents = [
        None,
        Some(BulkSolvent {
            k_sol: 0.35,
            b_sol: 46.0,
        }),
    ];
    for name in NAMES {
        let model = pdb_model(name);
        for solvent in solvents {
            let direct = amplitudes(&model, 2.0, solvent, Method::Direct);
            let fft = amplitudes(&model, 2.0, solvent, Method::Fft);
            assert_eq!(direct.len(), fft.len());
            let r = r_factor(direct.iter().map(|(hkl, &f)| (f, fft[hkl])));
            assert!(r < 0.001, "{name} {solvent:?}: R = {r}");
            let shell = |(hkl, &f): (&[i32; 3], &f64)| (f, fft[hkl]);
            let fine = direct
                .iter()
                .filter(|(hkl, _)| spacing(&model, **hkl) < 2.1);
            let r = r_factor(fine.map(shell));
            assert!(r < 0.005, "{name} {solvent:?}, 2.1 to 2.0 Å: R = {r}");
        }
    }
}

fn spacing(model: &Model, hkl: [i32; 3]) -> f64 {
    let [a, b, c, alpha, beta, gamma] = model.cell;
    let cos = [alpha, beta, gamma].map(|angle: f64| angle.to_radians().cos());
    let g = [
        [a * a, a * b * cos[2], a * c * cos[1]],
        [a * b * cos[2], b * b, b * c * cos[0]],
        [a * c * cos[1], b * c * cos[0], c * c],
    ];
    let minor = |i: usize, j: usize| {
        let [i1, i2, j1, j2] = [(i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3];
        g[i1][j1] * g[i2][j2] - g[i1][j2] * g[i2][j1]
    };
    let determinant: f64 = (0..3).map(|j| g[0][j] * minor(0, j)).sum();
    let mut inverse_square = 0.0;
    for i in 0..3 {
        for j in 0..3 {
            inverse_square += f64::from(hkl[i]) * minor(i, j) * f64::from(hkl[j]) / determinant;
        }
    }
    1.0 / inverse_square.sqrt()
}

#[test]
fn pdb_and_mmcif_say_the_same() {
    for name in NAMES {
        let from_pdb = pdb_model(name);
        let from_cif = coordinates_cif::parse(&text(&format!("{name}.cif")), None).unwrap();
        assert_eq!(
            from_pdb.group.operators.len(),
            from_cif.group.operators.len()
        );
        assert_eq!(from_pdb.atoms.len(), from_cif.atoms.len());
        let first = amplitudes(&from_pdb, 2.5, None, Method::Direct);
        let second = amplitudes(&from_cif, 2.5, None, Method::Direct);
        let r = r_factor(first.iter().map(|(hkl, &f)| (f, second[hkl])));
        assert!(r < 1e-4, "{name}: R = {r}");
    }
}

fn one_atom(occupancy: f64, group: &str) -> Model {
    Model {
        cell: [20.0, 20.0, 20.0, 90.0, 90.0, 90.0],
        group: SpaceGroup::find(group).unwrap(),
        atoms: vec![Atom {
            element: "O".into(),
            charge: 0,
            position: [0.0; 3],
            occupancy,
            displacement: Displacement::Isotropic(15.0),
        }],
    }
}

#[test]
fn one_atom_scatters_with_its_scattering_factor() {
    let found = amplitudes(&one_atom(0.7, "P 1"), 2.0, None, Method::Direct);
    let oxygen = ScatteringFactor::find("O", 0).unwrap();
    for (hkl, f) in found {
        let s_squared = hkl.iter().map(|&i| f64::from(i * i)).sum::<f64>() / 1600.0;
        let expected = 0.7 * oxygen.at(s_squared) * (-15.0 * s_squared).exp();
        assert!((f - expected).abs() < 1e-9, "{hkl:?}: {f} {expected}");
    }
}

#[test]
fn an_atom_on_a_special_position_counts_once() {
    for (occupancy, electrons) in [(1.0, 8.0), (0.25, 8.0), (0.125, 4.0)] {
        let found = amplitudes(&one_atom(occupancy, "P 2 2 2"), 4.0, None, Method::Direct);
        let f = found[&[0, 0, 0]];
        assert!((f - electrons).abs() < 0.01, "{occupancy}: {f}");
    }
}

#[test]
fn solvent_adds_its_electrons_and_damps_low_orders() {
    let model = pdb_model("P212121");
    let solvent = BulkSolvent {
        k_sol: 0.35,
        b_sol: 46.0,
    };
    let computed = structure_factors(&model, 2.0, Some(solvent), Some(Method::Direct)).unwrap();
    let fraction = computed.solvent_fraction.unwrap();
    assert!((0.2..0.9).contains(&fraction), "{fraction}");
    let wet: HashMap<_, _> = computed.reflections.iter().map(|r| (r.hkl, r.f)).collect();
    let dry = amplitudes(&model, 2.0, None, Method::Direct);
    let volume: f64 = model.cell[..3].iter().product();
    let expected = dry[&[0, 0, 0]] + 0.35 * fraction * volume;
    assert!((wet[&[0, 0, 0]] - expected).abs() < 1e-6 * expected);
    let sum = |f: &HashMap<[i32; 3], f64>, within: std::ops::Range<f64>| -> f64 {
        let in_shell = |hkl: &[i32; 3]| within.contains(&spacing(&model, *hkl));
        f.iter()
            .filter(|(hkl, _)| in_shell(hkl))
            .map(|(_, f)| f)
            .sum()
    };
    assert!(sum(&wet, 8.0..100.0) < 0.8 * sum(&dry, 8.0..100.0));
    let (wet, dry) = (sum(&wet, 2.0..2.2), sum(&dry, 2.0..2.2));
    assert!((wet - dry).abs() < 0.03 * dry, "{wet} {dry}");
}

#[test]
fn a_small_molecule_cif_is_read_with_its_own_conventions() {
    let text = "data_x\n_cell_length_a 8\n_cell_length_b 9\n_cell_length_c 10\n_cell_angle_beta 100\n\
        _space_group_name_H-M_alt 'P 21/c'\n\
        loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_U_iso_or_equiv\n\
        C1 0.1000(2) 0.2 0.3 0.0500(3)\nO2 .4 .1 .2 0.03\n\
        loop_\n_atom_site_aniso_label\n_atom_site_aniso_U_11\n_atom_site_aniso_U_22\n_atom_site_aniso_U_33\n\
        _atom_site_aniso_U_12\n_atom_site_aniso_U_13\n_atom_site_aniso_U_23\nO2 .03 .03 .03 0 0.00520945 0\n";
    let model = coordinates_cif::parse(text, None).unwrap();
    assert_eq!(model.group.operators.len(), 4);
    assert_eq!(model.atoms[0].element, "C");
    assert_eq!(model.atoms[0].position, [0.1, 0.2, 0.3]);
    let b = |u: f64| 8.0 * std::f64::consts::PI.powi(2) * u;
    assert_eq!(
        model.atoms[0].displacement,
        Displacement::Isotropic(b(0.05))
    );
    let Displacement::Anisotropic(u) = model.atoms[1].displacement else {
        panic!("O2 has a tensor");
    };
    // U₁₃ = U cos β* with equal diagonal is a round atom in oblique axes.
    let round = [0.03, 0.03, 0.03, 0.0, 0.0, 0.0];
    for (found, expected) in u.iter().zip(round) {
        assert!((found - expected).abs() < 1e-6, "{u:?}");
    }
}

#[test]
fn what_is_missing_is_said() {
    let without_resolution = StructureFactorOptions {
        resolution_angstrom: None,
        ..options("P1.pdb")
    };
    let error = try_load(&without_resolution).unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("-resolution"));
    let both = StructureFactorOptions {
        hkl: Some("x.hkl".into()),
        ..options("P1.pdb")
    };
    assert!(try_load(&both).unwrap_err().is_usage());

    for (lines, fact) in [
        ("", "CRYST1"),
        (
            "ATOM      1  C0  UNK A   1       x.375   2.425   1.345\n",
            "1: cannot read",
        ),
        (
            "CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1\n",
            "no cell",
        ),
        (
            "CRYST1   20.000   20.000   20.000  90.00  90.00  90.00 Q 9\n",
            "ATOM",
        ),
    ] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(lines.as_bytes()).unwrap();
        let message = try_load(&options(file.path().to_str().unwrap())).unwrap_err();
        assert!(message.to_string().contains(fact), "{fact}: {message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn changed_bytes_never_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        is_cif in any::<bool>(),
    ) {
        let name = if is_cif { "P1.cif" } else { "P1.pdb" };
        let mut bytes = fs::read(models().join(name)).unwrap();
        for (position, byte) in changes {
            let position = position.index(bytes.len());
            bytes[position] = byte;
        }
        let text = String::from_utf8_lossy(&bytes);
        let model = if is_cif {
            coordinates_cif::parse(&text, None)
        } else {
            pdb::parse(&text, None)
        };
        if let Ok(model) = model {
            let _ = structure_factors(&model, 5.0, None, None);
        }
    }
}
