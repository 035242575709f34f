//! Every setting in the table has the operators that an independent program gives it.
//!
//! `scripts/space_groups.py` wrote the expected operators with gemmi.

use std::{collections::BTreeSet, io::Read};

use nanobragg::structure_factors::symmetry::{Operator, SpaceGroup};

fn expected() -> String {
    let packed = include_bytes!("../data/space_group_operators.tsv.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[test]
fn all_settings_have_the_operators_of_gemmi() {
    let mut settings = 0;
    for line in expected().lines() {
        let mut fields = line.split('\t');
        let hall = fields.next().unwrap();
        let wanted: BTreeSet<Operator> = fields
            .map(|triplet| Operator::parse(triplet).unwrap())
            .collect();
        let found: BTreeSet<Operator> = SpaceGroup::from_hall(hall)
            .unwrap()
            .operators
            .into_iter()
            .collect();
        assert_eq!(found, wanted, "{hall}");
        settings += 1;
    }
    assert!(settings >= 530, "{settings} settings");
}
