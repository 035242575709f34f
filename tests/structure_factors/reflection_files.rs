//! MTZ and CIF files become the table that an independent program expands them to.
//!
//! `scripts/reflection_files.py` wrote the files and the expected lists with gemmi.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use nanobragg::{
    classic::{
        load,
        options::{Physics, StructureFactorOptions},
    },
    structure_factors::{Amplitudes, Loaded, StructureFactorError, Table},
};
use proptest::prelude::*;

fn reflections() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reflections")
}

fn golden_inputs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/inputs")
}

fn options(name: &str) -> StructureFactorOptions {
    StructureFactorOptions {
        hkl: Some(name.into()),
        ..Default::default()
    }
}

fn try_load(options: &StructureFactorOptions) -> Result<Loaded, StructureFactorError> {
    load(options, Physics::Spec, &reflections())
}

fn table_of(loaded: &Loaded) -> Arc<Table> {
    match &loaded.amplitudes {
        Amplitudes::Table(table) => Arc::clone(table),
        Amplitudes::Constant(_) => panic!("a table was asked for"),
    }
}

fn read_table(options: &StructureFactorOptions) -> Arc<Table> {
    table_of(&try_load(options).unwrap())
}

fn expected(name: &str) -> BTreeMap<[i32; 3], f64> {
    let file = fs::File::open(reflections().join(format!("{name}.hkl.gz"))).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    text.lines()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let index = |axis: usize| words[axis].parse().unwrap();
            ([index(0), index(1), index(2)], words[3].parse().unwrap())
        })
        .collect()
}

/// Every point of the table is what the list says, within a relative `tolerance`, and 0 where it says nothing.
fn assert_is(name: &str, table: &Table, expected: &BTreeMap<[i32; 3], f64>, tolerance: f64) {
    let (min, max) = (table.min(), table.max());
    let mut found = 0;
    for h in min[0]..=max[0] {
        for k in min[1]..=max[1] {
            for l in min[2]..=max[2] {
                let f = table.get([h, k, l]);
                let wanted = expected.get(&[h, k, l]).copied();
                found += usize::from(wanted.is_some());
                let wanted = wanted.unwrap_or(0.0);
                assert!(
                    (f - wanted).abs() <= tolerance * wanted,
                    "{name}: F({h} {k} {l}) is {f}, not {wanted}"
                );
            }
        }
    }
    assert_eq!(found, expected.len(), "{name}: the table is too small");
}

#[test]
fn mtz_files_of_many_space_groups_become_p1_reflection_by_reflection() {
    let mut files = 0;
    for entry in fs::read_dir(reflections()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".mtz") else {
            continue;
        };
        let list = match stem {
            "big_endian" | "long_offset" | "missing_is_a_number" => "C121",
            other => other,
        };
        let loaded = try_load(&options(&name)).unwrap();
        assert_is(&name, &table_of(&loaded), &expected(list), 1e-7);
        assert!(loaded.warnings.is_empty(), "{name}: {:?}", loaded.warnings);
        files += 1;
    }
    assert_eq!(files, 20);
}

#[test]
fn cif_files_are_read_packed_and_plain() {
    for name in ["C121", "R3_H", "P6122"] {
        let packed = format!("{name}.cif.gz");
        let loaded = try_load(&options(&packed)).unwrap();
        assert_is(&packed, &table_of(&loaded), &expected(name), 1e-5);

        let mut text = Vec::new();
        let file = fs::File::open(reflections().join(&packed)).unwrap();
        flate2::read::GzDecoder::new(file)
            .read_to_end(&mut text)
            .unwrap();
        let mut plain = tempfile::NamedTempFile::new().unwrap();
        plain.write_all(&text).unwrap();
        let again = try_load(&options(plain.path().to_str().unwrap())).unwrap();
        assert_eq!(again.amplitudes, loaded.amplitudes);
        assert!(loaded.cell.is_some());
    }
}

#[test]
fn operators_of_the_spacegroup_option_replace_those_of_the_file() {
    let in_p1 = StructureFactorOptions {
        space_group: Some("1".into()),
        ..options("P6122.mtz")
    };
    let by_name = StructureFactorOptions {
        space_group: Some("p6122".into()),
        ..options("P6122.mtz")
    };
    assert!(read_table(&in_p1).nonzero() < read_table(&by_name).nonzero() / 4);
    assert_is("P6122", &read_table(&by_name), &expected("P6122"), 1e-7);

    let unknown = StructureFactorOptions {
        space_group: Some("P 5".into()),
        ..options("P6122.mtz")
    };
    let error = try_load(&unknown).unwrap_err();
    assert!(error.is_usage() && error.to_string().starts_with("-spacegroup"));
}

#[test]
fn text_is_expanded_when_a_space_group_is_given() {
    let mut text = tempfile::NamedTempFile::new().unwrap();
    text.write_all(b"1 2 3 10\n2 0 0 20\n").unwrap();
    let given = StructureFactorOptions {
        space_group: Some("P 21 21 21".into()),
        ..options(text.path().to_str().unwrap())
    };
    let table = read_table(&given);
    assert_eq!(table.get([-1, 2, -3]), 10.0);
    assert_eq!(table.get([1, -2, 3]), 10.0);
    assert_eq!(table.get([-2, 0, 0]), 20.0);
    assert_eq!(table.nonzero(), 10);
}

#[test]
fn an_mtz_gives_the_table_that_was_once_written_from_it_with_four_decimals() {
    let read = |name: &str| {
        let loaded = load(&options(name), Physics::Spec, &golden_inputs()).unwrap();
        (table_of(&loaded), loaded)
    };
    let (mtz, loaded) = read("2erl.mtz");
    let (text, _) = read("2erl_P1.hkl");
    assert_eq!((mtz.min(), mtz.max()), (text.min(), text.max()));
    for (ours, theirs) in mtz.values().iter().zip(text.values()) {
        assert!((ours - theirs).abs() <= 0.000_07, "{ours} {theirs}");
    }
    assert_eq!(loaded.cell, Some([53.91, 23.1, 23.1, 90.0, 110.4, 90.0]));
    let log = loaded.provenance.join("\n");
    for fact in [
        "FMODEL(+), FMODEL(-)",
        "C2 (4 operators)",
        "13806 reflections in P1",
    ] {
        assert!(log.contains(fact), "{fact} is not in {log}");
    }
}

#[test]
fn f000_and_the_default_fill_what_no_reflection_names() {
    let given = StructureFactorOptions {
        f000: Some(5000.0),
        default_f: Some(3.0),
        ..options("I23.mtz")
    };
    let table = read_table(&given);
    assert_eq!(table.get([0, 0, 0]), 5000.0);
    assert_eq!(table.get([1, 0, 0]), 0.0, "absent in I 2 3");
    assert_eq!(table.get([99, 1, 0]), 3.0);
}

#[test]
fn a_missing_column_is_answered_with_those_there_are() {
    let given = StructureFactorOptions {
        column: Some("FC".into()),
        ..options("anomalous.mtz")
    };
    let message = try_load(&given).unwrap_err().to_string();
    for fact in ["anomalous.mtz: ", "\"FC\"", "F(+), F(-)", "; F"] {
        assert!(message.contains(fact), "{fact} is not in {message}");
    }
}

/// Writes `bytes` and reads them as `-hkl`; the outcome does not matter, only that there is one.
fn read_bytes(bytes: &[u8]) -> Result<Loaded, StructureFactorError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    try_load(&options(file.path().to_str().unwrap()))
}

#[test]
fn every_truncation_of_an_mtz_is_refused() {
    let bytes = fs::read(reflections().join("P121_over_c1.mtz")).unwrap();
    let end = bytes.windows(4).rposition(|w| w == b"END ").unwrap();
    for length in (0..end).step_by(7) {
        let message = read_bytes(&bytes[..length]).unwrap_err().to_string();
        assert!(!message.is_empty());
    }
}

#[test]
fn absurd_counts_in_an_mtz_header_are_refused() {
    let bytes = fs::read(reflections().join("P1.mtz")).unwrap();
    let position = bytes.windows(5).rposition(|w| w == b"NCOL ").unwrap();
    for record in [
        "NCOL 6 4000000000 0",
        "NCOL 6 18446744073709551615 0",
        "NCOL -6 10 0",
        "NCOL 1000000000 1 0",
        "NCOL 0 0 0",
        "NCOL x",
        "NCOL 6 100 12",
    ] {
        let mut damaged = bytes.clone();
        let field = &mut damaged[position..position + 80];
        field.fill(b' ');
        field[..record.len()].copy_from_slice(record.as_bytes());
        assert!(read_bytes(&damaged).is_err(), "{record}");
    }
    for header in [0, 1, 2, 20, i32::MAX, i32::MIN, -1, -2] {
        let mut damaged = bytes.clone();
        damaged[4..8].copy_from_slice(&i32::to_le_bytes(header));
        assert!(read_bytes(&damaged).is_err(), "{header}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn flipped_bits_in_an_mtz_never_panic(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..8),
        in_header in any::<bool>(),
    ) {
        let mut bytes = fs::read(reflections().join("C121.mtz")).unwrap();
        let start = if in_header { bytes.len() - 1800 } else { 0 };
        for (position, bit) in flips {
            let position = start + position.index(bytes.len() - start);
            bytes[position] ^= 1 << bit;
        }
        let _ = read_bytes(&bytes);
    }

    #[test]
    fn changed_bytes_in_a_cif_never_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        end in any::<prop::sample::Index>(),
    ) {
        let file = fs::File::open(reflections().join("C121.cif.gz")).unwrap();
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
        for (position, byte) in changes {
            let position = position.index(bytes.len());
            bytes[position] = byte;
        }
        bytes.truncate(end.index(bytes.len()).max(1000));
        let _ = read_bytes(&bytes);
    }
}
