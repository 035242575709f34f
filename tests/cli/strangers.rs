//! Files from strangers on the command line: masks, files given to the wrong option, and names that would take over the terminal.

use std::{fs, path::Path};

use nanobragg::formats::{npy, smv};
use ndarray::Array2;

use crate::program::run;

const RUN: &str =
    "-cell 70 80 90 -N 3 -lambda 1 -detpixels_f 8 -detpixels_s 6 -device cpu -noprogress";

/// The one message of a run that fails.
fn refused(directory: &Path, words: &str, status: i32) -> String {
    let output = run(directory, words);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{words}: {said}");
    let messages: Vec<_> = said.lines().filter(|l| !l.starts_with("warning")).collect();
    assert_eq!(messages.len(), 1, "{words}: {said}");
    messages[0].to_owned()
}

/// A mask of 8 × 6 pixels without the third row.
fn mask() -> Array2<u8> {
    Array2::from_shape_fn((6, 8), |(slow, _)| u8::from(slow != 2))
}

fn write_png(path: &Path, mask: &Array2<u8>) {
    let (slow, fast) = mask.dim();
    let file = fs::File::create(path).unwrap();
    let mut encoder = png::Encoder::new(file, fast as u32, slow as u32);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    let samples: Vec<u8> = mask.iter().map(|&recorded| 255 * recorded).collect();
    writer.write_image_data(&samples).unwrap();
    writer.finish().unwrap();
}

/// As NumPy writes truth values.
fn write_bool(path: &Path, mask: &Array2<u8>) {
    npy::write(path, mask.view()).unwrap();
    let mut bytes = fs::read(path).unwrap();
    let at = bytes.windows(3).position(|w| w == b"|u1").unwrap();
    bytes[at + 1] = b'b';
    fs::write(path, bytes).unwrap();
}

#[test]
fn masks_are_read_from_pictures_and_truth_values() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    write_png(&folder.join("mask.png"), &mask());
    write_bool(&folder.join("mask.npy"), &mask());
    for name in ["mask.png", "mask.npy"] {
        let output = run(
            folder,
            &format!("{RUN} -default_F 100 -mask {name} -adc 40 -intfile i.img"),
        );
        assert!(output.status.success(), "{name}: {output:?}");
        let counts = smv::read(&folder.join("i.img")).unwrap().counts;
        let dark = counts.row(2).iter().all(|count| *count <= 40);
        let lit = counts.row(3).iter().any(|count| *count > 40);
        assert!(dark && lit, "{name}: {counts}");
    }
}

#[test]
fn a_mask_of_another_size_is_refused_by_its_header_alone() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    write_png(&folder.join("mask.png"), &mask());
    // The pixels are damaged, and never looked at.
    let mut bytes = fs::read(folder.join("mask.png")).unwrap();
    let data = bytes.windows(4).position(|w| w == b"IDAT").unwrap();
    bytes[data + 6..].fill(0xaa);
    fs::write(folder.join("mask.png"), bytes).unwrap();
    let other = RUN.replace("-detpixels_f 8", "-detpixels_f 9");
    let message = refused(folder, &format!("{other} -default_F 100 -mask mask.png"), 2);
    assert!(
        message.contains("-mask: has 8 x 6 pixels, the detector 9 x 6"),
        "{message}"
    );
    let message = refused(folder, &format!("{RUN} -default_F 100 -mask mask.png"), 1);
    assert!(
        message.contains("mask.png is not a usable PNG file"),
        "{message}"
    );
}

#[test]
fn a_file_given_to_the_wrong_option_is_told_where_it_belongs() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR"));
    let models = golden.join("tests/data/models");
    let inputs = golden.join("golden/inputs");
    fs::copy(inputs.join("2erl.mtz"), folder.join("x.mtz")).unwrap();
    fs::copy(inputs.join("2erl_P1.hkl"), folder.join("x.hkl")).unwrap();
    fs::copy(models.join("P1.pdb"), folder.join("x.pdb")).unwrap();
    fs::copy(models.join("P1.cif"), folder.join("atoms.cif")).unwrap();
    fs::write(
        folder.join("refln.cif"),
        "data_x\n_cell.length_a 10\n_cell.length_b 10\n_cell.length_c 10\n\
         loop_\n_refln.index_h\n_refln.index_k\n_refln.index_l\n_refln.F_calc\n1 1 1 3\n",
    )
    .unwrap();
    npy::write(&folder.join("x.npy"), mask().view()).unwrap();
    fs::write(folder.join("x.jpg"), b"\xff\xd8\xff\xe0\0\x10JFIF").unwrap();
    for (words, advice) in [
        ("-hkl x.pdb", "give it with -pdb"),
        ("-hkl atoms.cif", "give it with -pdb"),
        ("-hkl x.npy", "an array of NumPy; give a mask with -mask"),
        ("-hkl x.jpg", "a JPEG picture"),
        ("-pdb x.mtz -resolution 5", "give it with -hkl"),
        ("-pdb x.hkl -resolution 5", "give it with -hkl"),
        ("-pdb refln.cif -resolution 5", "give it with -hkl"),
        ("-pdb x.npy -resolution 5", "an array of NumPy"),
        ("-default_F 1 -mask x.jpg", "a JPEG picture"),
        ("-default_F 1 -mask x.mtz", "an MTZ file of reflections"),
    ] {
        let message = refused(folder, &format!("{RUN} {words}"), 1);
        assert!(message.contains(advice), "{words}: {message}");
    }
}

#[test]
fn names_from_files_do_not_reach_the_terminal_with_their_control_characters() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    let head = "data_\x1b[31mred\n_cell.length_a 10\n_cell.length_b 10\n_cell.length_c 10\n_symmetry.int_tables_number 1\n\
         loop_\n_refln.index_h\n_refln.index_k\n_refln.index_l\n_refln.F_calc\n";
    fs::write(
        folder.join("a.cif"),
        format!("{head}1 1 \x1b]0;owned\x07 3\n"),
    )
    .unwrap();
    let message = refused(folder, &format!("{RUN} -hkl a.cif"), 1);
    assert!(message.contains("data_\\u{1b}[31mred"), "{message}");

    // Of two blocks the log names the first.
    let block = format!("{head}1 1 1 3\n");
    fs::write(folder.join("a.cif"), format!("{block}{block}")).unwrap();
    let output = run(folder, &format!("{RUN} -hkl a.cif"));
    let log = String::from_utf8(output.stdout).unwrap();
    assert!(log.contains("data_\\u{1b}[31mred, the first of 2"), "{log}");

    fs::write(folder.join("\u{1b}[2J.hkl"), "1 2\n").unwrap();
    let message = refused(folder, &format!("{RUN} -hkl \u{1b}[2J.hkl"), 1);
    assert!(message.contains("\\u{1b}[2J.hkl"), "{message}");

    npy::write(&folder.join("k\u{1b}[31m.npy"), mask().view()).unwrap();
    let name = "k\u{1b}[31m.npy";
    let output = run(folder, &format!("compare {name} {name} --outdir compared"));
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(
        said.contains("k\\u{1b}[31m.npy") && !said.contains('\x1b'),
        "{said}"
    );

    fs::write(folder.join("a.log"), "TRACE_C: F\x1b[31m 1\n").unwrap();
    fs::write(folder.join("b.log"), "TRACE_C: F\x1b[31m 2\n").unwrap();
    let output = run(folder, "trace diff a.log b.log");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("F\\u{1b}") && !said.contains('\x1b'),
        "{said}"
    );

    fs::write(folder.join("a.json"), r#"[{"engine": "\u001b[31m"}]"#).unwrap();
    let output = run(folder, "bench matrix a.json");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("\\u{1b}[31m") && !said.contains('\x1b'),
        "{said}"
    );
}
