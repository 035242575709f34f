//! What is read is never written over, however its name is spelled.

use std::{fs, path::Path};

use ndarray::Array2;

use crate::program;

const RUN: &str = "-device cpu -noprogress -cell 70 80 90 75 85 95 -N 3 -lambda 1 -distance 60 -detpixels 8 -pixel 0.8";

/// A folder of inputs, with a link to itself.
fn inputs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("in.hkl"), "1 0 0 10\n0 1 0 20\n").unwrap();
    fs::write(here.join("o.txt"), "-default_F 100\n").unwrap();
    let photons = Array2::<f32>::from_elem((8, 8), 3.0);
    nanobragg::formats::npy::write(&here.join("f.npy"), photons.view()).unwrap();
    let camera = "-default_F 100 -nofloat -noint -nopgm -noisefile n.img -cbffile cam.cbf";
    program::succeeds(here, &format!("{RUN} {camera}"));
    fs::copy(here.join("n.img"), here.join("cam_1.img")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(".", here.join("lnk")).unwrap();
    folder
}

#[track_caller]
fn refused(folder: &Path, words: &str, options: [&str; 2], input: &str) {
    let before = fs::read(folder.join(input)).unwrap();
    let files = fs::read_dir(folder).unwrap().count();
    let output = program::run(folder, words);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{words}: {message}");
    let [writes, reads] = options;
    assert!(
        message.contains(&format!("{writes} would overwrite"))
            && message.contains(&format!("which {reads} reads")),
        "{words}: {message}"
    );
    assert_eq!(fs::read(folder.join(input)).unwrap(), before, "{words}");
    assert_eq!(fs::read_dir(folder).unwrap().count(), files, "{words}");
}

#[test]
fn a_run_spares_its_reflections_and_its_options() {
    let folder = inputs();
    let here = folder.path();
    let dump = format!("{RUN} -hkl in.hkl -dump ./in.hkl");
    refused(here, &dump, ["-dump", "-hkl"], "in.hkl");
    let float = format!("{RUN} -options o.txt -floatfile o.txt");
    refused(here, &float, ["-floatfile", "-options"], "o.txt");
    // The cache of an earlier run is there to be replaced.
    for _ in 0..2 {
        program::succeeds(here, &format!("{RUN} -hkl in.hkl -dump F.bin"));
    }
}

#[test]
fn noise_and_sum_spare_what_they_read() {
    let folder = inputs();
    let here = folder.path();
    for (words, options, input) in [
        ("noise f.npy ./f.npy", ["OUT", "IN"], "f.npy"),
        (
            "noise f.npy cam.cbf --camera cam.cbf",
            ["OUT", "--camera"],
            "cam.cbf",
        ),
        (
            "noise f.npy cam_#.img --camera cam_1.img",
            ["OUT", "--camera"],
            "cam_1.img",
        ),
        ("sum f.npy f.npy -o ./f.npy", ["--output", "FILE"], "f.npy"),
    ] {
        refused(here, words, options, input);
    }
}

#[cfg(unix)]
#[test]
fn links_hide_nothing() {
    let folder = inputs();
    let here = folder.path();
    refused(here, "noise f.npy lnk/f.npy", ["OUT", "IN"], "f.npy");
    let sum = "sum f.npy f.npy -o lnk/f.npy";
    refused(here, sum, ["--output", "FILE"], "f.npy");
    std::os::unix::fs::symlink("in.hkl", here.join("i_2.img")).unwrap();
    let sweep = format!("{RUN} -hkl in.hkl -osc 1 -frames 3 -intfile i_#.img");
    refused(here, &sweep, ["-intfile", "-hkl"], "in.hkl");
}
