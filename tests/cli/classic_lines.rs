//! Lines of the classic program whose files or messages could part from its own: scales, the grey map, misspelt options, images with
//! long headers.

use std::{fs, path::Path};

use crate::program::{run, succeeds};

const BASE: &str = "-cell 50 -default_F 10 -detpixels 8 -seed 1 -device cpu -noprogress";

fn said<'a>(stdout: &'a str, beginning: &str) -> &'a str {
    let line = stdout.lines().find_map(|line| line.strip_prefix(beginning));
    line.unwrap_or_else(|| panic!("no {beginning} in {stdout}"))
}

#[test]
fn the_grey_map_of_a_single_pixel_has_the_scale_of_the_integer_image() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let told = succeeds(here, &format!("{BASE} -N 3 -roi 3 3 3 3"));
    assert_eq!(said(&told, "pgm_scale = "), said(&told, "intfile_scale = "));
    assert_eq!(said(&told, "intfile_scale = "), "1.0202e+06");
    // Nothing at all: the classic program's scale is 1.
    let told = succeeds(here, &format!("{BASE} -N 3 -roi 3 3 3 3 -fluence 0"));
    assert_eq!(said(&told, "pgm_scale = "), "1");
    assert!(told.contains("rmsd= 0 photons/pixel\n"), "{told}");
}

#[test]
fn a_scale_of_zero_or_less_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let files = |words: &str| {
        succeeds(here, &format!("{BASE} -N 3 {words}"));
        ["intimage.img", "image.pgm"].map(|name| fs::read(here.join(name)).unwrap())
    };
    let chosen = files("");
    for words in ["-scale 0", "-scale -1", "-pgmscale 0", "-pgmscale -3"] {
        assert!(files(words) == chosen, "{words}");
    }
    assert!(files("-scale 1") != chosen && files("-pgmscale 1") != chosen);
}

#[test]
fn a_scale_of_the_grey_map_asks_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let map = folder.path().join("image.pgm");
    succeeds(folder.path(), &format!("{BASE} -N 3 -pgmscale 10 -nopgm"));
    assert!(!map.exists());
    succeeds(folder.path(), &format!("{BASE} -N 3 -nopgm -pgmscale 10"));
    let written = fs::read(map).unwrap();
    assert!(written.starts_with(b"P5\n8 8\n# pixels scaled by 10\n255\n"));
}

#[test]
fn longer_words_that_hold_an_option_are_errors_that_name_it() {
    let folder = tempfile::tempdir().unwrap();
    for (words, option) in [
        ("-NA 3", "-Na?"),
        ("-Np 3", "-N"),
        ("-NOISE 3", "-N"),
        ("-NA 5 -NB 3 -NC 2", "-Na?"),
        ("-detector_thickness 100", "-detector_thick "),
        ("-polarization 0.9", "-polar?"),
        ("-phi0 3", "-phi?"),
        ("-mosaic_d 3", "-mosaic"),
    ] {
        let output = run(folder.path(), &format!("{BASE} {words}"));
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words}: {error}");
        assert!(
            error.contains("unknown option") && error.contains(option),
            "{words}: {error}"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_material_that_cannot_be_read_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &format!("{BASE} -N 3 -stol nosuch.stol"));
    assert!(output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("warning: -stol nosuch.stol: cannot be read"),
        "{error}"
    );
}

/// What the classic program writes where its numbers are long: 512 bytes are promised, and the pixels follow the header at once.
fn outgrow(from: &Path, to: &Path) {
    let bytes = fs::read(from).unwrap();
    let end = bytes.iter().position(|&byte| byte == 0xc).unwrap();
    let header = String::from_utf8(bytes[..=end].to_vec()).unwrap();
    assert!(
        end >= 512 && header.contains("HEADER_BYTES=1024;"),
        "{header}"
    );
    let header = header.replace("HEADER_BYTES=1024;", "HEADER_BYTES=512;");
    let long = [header.as_bytes(), &bytes[1024..]].concat();
    assert_eq!(long.len(), 538 + 2 * 144);
    fs::write(to, long).unwrap();
}

#[test]
fn images_of_the_classic_program_with_long_headers_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let camera = "-default_F 10 -cell 40 50 60 -N 3 -detpixels 12 -pixel 0.123456 -distance 123.4567 -detector_rotx 3.3333 \
                  -detector_roty -2.22222 -detector_rotz 1.11111 -phi 12.3456 -osc 1.23456 -seed 1 -device cpu";
    succeeds(here, camera);
    let [ours, long] = ["intimage.img", "long.img"].map(|name| here.join(name));
    outgrow(&ours, &long);
    for words in ["-img long.img", "-mask long.img"] {
        let output = run(
            here,
            &format!("-default_F 10 -cell 40 50 60 -N 3 {words} -device cpu -seed 1"),
        );
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        let warning = "long.img: its header of 538 bytes says that it has 512; its pixels are read from byte 538 on";
        assert!(error.contains(warning), "{error}");
    }
    succeeds(here, camera);
    let output = run(here, "compare intimage.img long.img");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("its header of 538 bytes says"), "{told}");
    let output = run(here, "sum intimage.img long.img -o sum.bin");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("its header of 538 bytes says"), "{error}");
}
