//! AT-IO: the files that are written and read, byte for byte.

use std::fs;

use nanobragg::{
    classic::load,
    formats::{automatic_int_scale, integer_image, pgm, smv},
    image::Image,
    structure_factors::{Amplitudes, cache, hkl},
};

use super::{
    Check, On,
    check::rows,
    images::{golden, options, render},
};

rows! {
    Described: [
        at_io_003_a_cache_has_the_classic_bytes_and_reads_back,
        at_io_004_hkl_lines_may_have_four_five_or_six_columns_and_negative_indices,
    ],
    Rendered: [
        at_io_001_an_integer_image_is_the_classic_one,
        at_io_002_a_pgm_picture_is_the_classic_one,
    ],
}

/// The golden case with a picture, an integer image and all defaults.
const LINE: &str = "-default_F 100 -cell 100 100 100 90 90 90 -lambda 6.2 -N 5 -detpixels 256 -distance 100 -mosflm";

pub fn at_io_001_an_integer_image_is_the_classic_one(check: &mut Check, on: On) {
    let ours = render(on, LINE);
    let image = Image::from_array(ours.image.clone());
    let statistics = ours.plan.statistics(&image);
    let scale = automatic_int_scale(statistics.max);
    let counts = integer_image(&image, ours.plan.panel().region, scale, 40.0, 65_535).to_array();
    let path = golden().join("expected/conv_mosflm/int.img");
    let classic = smv::read(&path).expect("the golden image");
    let header = ours.experiment.smv_header().to_bytes(256, 256);
    assert!(fs::read(path).expect("the golden image")[..512] == header);
    let largest = counts
        .iter()
        .zip(&classic.counts)
        .map(|(a, b)| a.abs_diff(u32::from(*b)))
        .max();
    // Float32 moves a count of 55000 by two or three.
    let limit = if on == On::Cpu {
        0.0
    } else {
        65535.0 * on.tolerance()
    };
    check.at_most(
        "largest difference, counts",
        f64::from(largest.unwrap_or(u32::MAX)),
        limit,
    );
}

pub fn at_io_002_a_pgm_picture_is_the_classic_one(check: &mut Check, on: On) {
    let ours = render(on, LINE);
    let image = Image::from_array(ours.image.clone());
    let statistics = ours.plan.statistics(&image);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("image.pgm");
    pgm::write(
        &path,
        ours.image.view(),
        pgm::automatic_pgm_scale(statistics.rmsd, 1.0),
    )
    .expect("written");
    let written = fs::read(path).expect("the picture");
    let classic = fs::read(golden().join("expected/conv_mosflm/image.pgm")).expect("golden");
    assert_eq!(written.len(), classic.len());
    let (header, pixels) = written.split_at(written.len() - 256 * 256);
    assert!(
        classic.starts_with(header),
        "{}",
        String::from_utf8_lossy(header)
    );
    let largest = pixels
        .iter()
        .zip(&classic[header.len()..])
        .map(|(a, b)| a.abs_diff(*b))
        .max();
    // Truncation turns the last bit into a grey level.
    let limit = if on == On::Cpu { 0.0 } else { 1.0 };
    check.at_most(
        "largest difference, grey levels",
        f64::from(largest.unwrap_or(255)),
        limit,
    );
}

pub fn at_io_003_a_cache_has_the_classic_bytes_and_reads_back(check: &mut Check) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (case, words, default_f) in [
        ("real_2erl", "-hkl 2erl_P1.hkl", 0.0),
        ("hkl_default_F", "-hkl sparse.hkl -default_F 10", 10.0),
    ] {
        let options = options(words);
        let loaded = load(
            &options.structure_factors,
            options.sampling.physics,
            folder.path(),
        );
        let Amplitudes::Table(table) = loaded.expect("the file is read").amplitudes else {
            panic!("{words} is a table");
        };
        let path = folder.path().join(case);
        cache::write(&table, &path).expect("the cache is written");
        let written = fs::read(&path).expect("the cache");
        let classic = golden().join("expected").join(case).join("Fdump.bin");
        assert!(
            written == fs::read(classic).expect("golden"),
            "{case}: the cache differs"
        );
        let read = cache::parse(&written, &path, default_f).expect("the cache is read");
        assert_eq!(read, *table);
    }
    check.asserted();
}

pub fn at_io_004_hkl_lines_may_have_four_five_or_six_columns_and_negative_indices(
    check: &mut Check,
) {
    let text = b"1 0 0 50\n# a remark\n0 -1 0 60 1.5\n  -2   3 -4  7.25e1 0.3 180\n\n";
    let (reflections, warnings) = hkl::parse(text, "text.hkl".as_ref()).expect("the text is read");
    let read: Vec<_> = reflections.iter().map(|r| (r.hkl, r.f)).collect();
    assert_eq!(
        read,
        [([1, 0, 0], 50.0), ([0, -1, 0], 60.0), ([-2, 3, -4], 72.5)]
    );
    assert_eq!(warnings, [] as [String; 0]);
    let options = options("-hkl five_columns.hkl");
    let nowhere = tempfile::tempdir().expect("a temporary folder");
    let loaded = load(
        &options.structure_factors,
        options.sampling.physics,
        nowhere.path(),
    );
    let Amplitudes::Table(table) = loaded.expect("the file is read").amplitudes else {
        panic!("a table");
    };
    assert_eq!((table.get([1, 0, 0]), table.get([0, 1, 0])), (50.0, 60.0));
    check.asserted();
}
