//! The same words write the same bytes, in every format.

use std::{collections::BTreeMap, fs};

use crate::program::succeeds;

const SCENE: &str = "-device cpu -noprogress -default_F 100 -cell 70 80 90 75 85 95 -N 5 -lambda 1 -distance 60 -detpixels 30 \
                     -pixel 0.4 -oversample 1 -osc 0.5 -phisteps 2 -seed 7 -fluence 1e28 -roi 2 25 3 28";

/// Every file that the lines write, by name.
fn files(lines: &[String]) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    for line in lines {
        succeeds(folder.path(), line);
    }
    let entries = fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn assert_alike(lines: &[String], count: usize) {
    let (first, second) = (files(lines), files(lines));
    assert_eq!(first.len(), count, "{:?}", first.keys());
    assert_eq!(
        first.keys().collect::<Vec<_>>(),
        second.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &first {
        assert!(*bytes == second[name], "{name} differs from run to run");
    }
}

#[test]
fn an_image_is_the_same_twice_in_every_format() {
    let names = "-floatfile a.bin -intfile b.img -noisefile c.img -pgmfile d.pgm -pngfile e.png -cbffile f.cbf -nexusfile g.h5 \
                 -npyfile h.npy -tiffile i.tif";
    assert_alike(&[format!("{SCENE} {names}")], 9);
    for extension in ["cbf", "h5", "npy", "tif"] {
        let names =
            format!("-floatfile a.bin -intfile b.{extension} -noisefile c.{extension} -nopgm");
        assert_alike(&[format!("{SCENE} {names}")], 3);
    }
}

#[test]
fn a_sweep_is_the_same_twice_in_every_format() {
    let names = "-frames 3 -floatfile a#.bin -intfile b#.img -noisefile c#.img -pgmfile d#.pgm -pngfile e#.png -cbffile f#.cbf \
                 -nexusfile g.h5 -npyfile h#.npy -tiffile i#.tif";
    assert_alike(&[format!("{SCENE} {names}")], 3 * 8 + 1);
}

#[test]
fn noise_and_sums_are_the_same_twice_in_every_format() {
    let mut lines = vec![format!(
        "{SCENE} -frames 2 -floatfile x#.bin -nexusfile s.h5"
    )];
    for (index, extension) in ["img", "cbf", "h5", "npy", "tif"].into_iter().enumerate() {
        lines.push(format!(
            "noise x1.bin n{index}.{extension} --dead 1 --psf fiber --psf-fwhm 1"
        ));
        lines.push(format!(
            "noise s.h5 m{index}_#.{extension} --generator counter"
        ));
    }
    lines.extend(["noise s.h5 t.h5", "noise s.h5 t.npy"].map(str::to_owned));
    for extension in ["bin", "h5", "npy", "tif"] {
        lines.push(format!("sum x1.bin x2.bin -o sum.{extension}"));
        lines.push(format!("sum s.h5 s.h5 -o sums_#.{extension}"));
    }
    assert_alike(&lines, 3 + 5 * 3 + 2 + 4 * 3);
}

#[test]
fn the_data_block_of_a_cbf_file_is_named_after_the_file() {
    let written = files(&[
        format!("{SCENE} -cbffile frame_00007.cbf"),
        format!("{SCENE} -frames 2 -cbffile sweep_##.cbf"),
        "noise floatimage.bin noisy.cbf".to_owned(),
    ]);
    for name in ["frame_00007", "sweep_01", "sweep_02", "noisy"] {
        let text = String::from_utf8_lossy(&written[&format!("{name}.cbf")]).into_owned();
        assert!(text.contains(&format!("\ndata_{name}\r\n")), "{name}");
    }
}
