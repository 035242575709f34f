//! The F cache is the classic program's, byte for byte.

use std::{fs, path::Path};

use nanobragg::{
    options::StructureFactorOptions,
    plan::Physics,
    structure_factors::{Amplitudes, Loaded, cache, load},
};

fn golden() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/golden"))
}

fn load_hkl(name: &str, default_f: Option<f64>) -> Loaded {
    let options = StructureFactorOptions {
        hkl: Some(name.into()),
        default_f,
        ..Default::default()
    };
    load(&options, Physics::Spec, &golden().join("inputs")).unwrap()
}

#[test]
fn a_cache_has_the_bytes_of_the_classic_one_and_reads_back() {
    let directory = tempfile::tempdir().unwrap();
    for (case, hkl, default_f) in [
        ("real_2erl", "2erl_P1.hkl", None),
        ("hkl_default_F", "sparse.hkl", Some(10.0)),
    ] {
        let Amplitudes::Table(table) = load_hkl(hkl, default_f).amplitudes else {
            panic!("{hkl} is a table");
        };
        let path = directory.path().join(case);
        cache::write(&table, &path).unwrap();
        let written = fs::read(&path).unwrap();
        let expected = fs::read(golden().join("expected").join(case).join("Fdump.bin")).unwrap();
        assert!(written == expected, "{case}: the cache differs");
        let read = cache::parse(&written, &path, default_f.unwrap_or(0.0)).unwrap();
        assert_eq!(read, *table);
    }
}

#[test]
fn columns_after_f_do_not_matter() {
    let Amplitudes::Table(table) = load_hkl("five_columns.hkl", None).amplitudes else {
        panic!("a table");
    };
    assert_eq!(table.get([1, 0, 0]), 50.0);
    assert_eq!(table.get([0, 1, 0]), 60.0);
}
