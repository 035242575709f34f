//! AT-PRE: who wins when a header, a mask and the options disagree.

use std::path::Path;

use nanobragg::formats::smv;
use ndarray::Array2;

use super::{Check, check::rows, images::experiment};

rows! {
    Described: [
        at_pre_001_the_image_header_wins_over_the_mask_and_options_over_both,
        at_pre_002_the_beam_centre_is_that_of_the_header_until_an_option_names_one,
    ],
}

fn write(path: &Path, line: &str) {
    let header = experiment(&format!("-cell 100 -N 5 -detpixels 32 {line}")).smv_header();
    smv::write(path, &header, Array2::ones((32, 32)).view()).expect("the image is written");
}

pub fn at_pre_001_the_image_header_wins_over_the_mask_and_options_over_both(check: &mut Check) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [mask, image] = ["mask.img", "image.img"].map(|name| folder.path().join(name));
    write(&mask, "-distance 110 -lambda 1.25 -pixel 0.2 -phi 10");
    write(&image, "-distance 120 -lambda 1.5 -pixel 0.4 -phi 20");
    let (mask, image) = (mask.display(), image.display());
    let header = |line: &str| {
        let header = experiment(&format!("-cell 100 -N 5 {line}")).smv_header();
        [
            header.distance_mm,
            header.wavelength_angstrom,
            header.pixel_size_mm,
            header.phi_deg,
        ]
        .map(|v| (v * 1e9).round() / 1e9)
    };
    assert_eq!(header(&format!("-mask {mask}")), [110.0, 1.25, 0.2, 10.0]);
    assert_eq!(header(&format!("-img {image}")), [120.0, 1.5, 0.4, 20.0]);
    let both = [
        format!("-mask {mask} -img {image}"),
        format!("-img {image} -mask {mask}"),
    ];
    for line in both {
        assert_eq!(header(&line), [120.0, 1.5, 0.4, 20.0], "{line}");
        assert_eq!(
            header(&format!("{line} -lambda 2 -phi 5"))[1],
            2.0,
            "{line}"
        );
        assert_eq!(
            header(&format!("-lambda 2 -phi 5 {line}"))[3],
            5.0,
            "{line}"
        );
    }
    check.asserted();
}

pub fn at_pre_002_the_beam_centre_is_that_of_the_header_until_an_option_names_one(
    check: &mut Check,
) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = folder.path().join("image.img");
    write(&image, "-Xbeam 1.25 -Ybeam 1.75");
    let image = image.display();
    let centre = |line: &str| {
        let header = experiment(&format!("-cell 100 -N 5 {line}")).smv_header();
        header.beam_center_mm.map(|v| (v * 1e9).round() / 1e9)
    };
    // Half of 32 pixels, and MOSFLM's half a pixel.
    assert_eq!(centre("-detpixels 32"), [1.65, 1.65]);
    assert_eq!(centre(&format!("-img {image}")), [1.25, 1.75]);
    assert_eq!(centre(&format!("-mask {image}")), [1.25, 1.45]);
    assert_eq!(centre(&format!("-img {image} -Xbeam 2")), [2.0, 1.75]);
    assert_eq!(
        centre(&format!("-Ybeam 3 -img {image} -Xbeam 2")),
        [2.0, 3.0]
    );
    check.asserted();
}
