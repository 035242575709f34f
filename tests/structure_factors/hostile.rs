//! Files of structure factors from strangers: what a count claims is held against the file before memory is taken.

use std::{fs, path::Path};

use nanobragg::{
    classic::{
        load,
        options::{Physics, StructureFactorOptions},
    },
    structure_factors::{Table, cache},
};

/// Memory that reading a file of a few kB may take at once: the largest table that a few reflections may span, and its bits.
const MODEST_BYTES: u64 = 300 << 20;

/// What loading says, within modest memory. A panic fails the test.
fn outcome(options: &StructureFactorOptions) -> Result<(), String> {
    let mut outcome = Ok(());
    let taken = allocation_counter::measure(|| {
        let loaded = load(options, Physics::Spec, Path::new(""));
        outcome = loaded.map(drop).map_err(|error| error.to_string());
    });
    assert!(taken.bytes_max < MODEST_BYTES, "{taken:?}");
    outcome
}

fn overwritten_anywhere(options: &StructureFactorOptions, path: &Path) {
    let whole = fs::read(path).unwrap();
    outcome(options).unwrap();
    for start in 0..whole.len() {
        for width in [1, 8] {
            let end = (start + width).min(whole.len());
            for value in [0x00, 0xff] {
                let mut bytes = whole.clone();
                bytes[start..end].fill(value);
                fs::write(path, &bytes).unwrap();
                let _refused_or_read = outcome(options);
            }
        }
    }
    for length in 0..whole.len() {
        fs::write(path, &whole[..length]).unwrap();
        let _refused_or_read = outcome(options);
    }
}

#[test]
fn a_count_of_an_mtz_overwritten_anywhere_is_refused_or_harmless_in_modest_memory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("f.mtz");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/mtz/four.mtz");
    fs::copy(data, &path).unwrap();
    let options = StructureFactorOptions {
        hkl: Some(path.clone()),
        ..StructureFactorOptions::default()
    };
    overwritten_anywhere(&options, &path);
}

#[test]
fn a_count_of_a_cache_overwritten_anywhere_is_refused_or_harmless_in_modest_memory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("f.bin");
    let mut table = Table::filled([-1, 0, 2], [1, 2, 3], 7.0);
    table.set([0, 1, 2], 3.0);
    cache::write(&table, &path).unwrap();
    let options = StructureFactorOptions {
        dump: Some(path.clone()),
        ..StructureFactorOptions::default()
    };
    overwritten_anywhere(&options, &path);
    for header in [
        "-2147483648 2147483647 -2147483648 2147483647 -2147483648 2147483647",
        "0 2147483647 0 0 0 0",
        "0 -1 0 -1 0 -1",
    ] {
        fs::write(&path, format!("{header}\n\x0c")).unwrap();
        let problem = outcome(&options).unwrap_err();
        assert!(problem.contains("f.bin"), "{problem}");
    }
}

#[test]
fn a_header_at_the_far_end_of_an_mtz_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("f.mtz");
    let mut bytes =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/mtz/four.mtz")).unwrap();
    bytes[4..8].copy_from_slice(&(-1_i32).to_le_bytes());
    for word in [i64::MIN, i64::MAX, 0, -1] {
        bytes[12..20].copy_from_slice(&word.to_le_bytes());
        fs::write(&path, &bytes).unwrap();
        let options = StructureFactorOptions {
            hkl: Some(path.clone()),
            ..StructureFactorOptions::default()
        };
        let problem = outcome(&options).unwrap_err();
        assert!(problem.contains("header should start"), "{problem}");
    }
}

#[test]
fn coordinates_of_more_atoms_or_a_larger_cell_than_memory_holds_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.pdb");
    let options = StructureFactorOptions {
        pdb: Some(path.clone()),
        resolution_angstrom: Some(0.5),
        ..StructureFactorOptions::default()
    };
    fs::write(
        &path,
        "CRYST1  900.000  900.000  900.000  90.00  90.00  90.00 P 1           1\n\
         ATOM      1  CA  ALA A   1      10.000   5.000   2.000  1.00 10.00           C\n",
    )
    .unwrap();
    let problem = outcome(&options).unwrap_err();
    assert!(problem.contains("coarser -resolution"), "{problem}");
}
