//! A sweep is its frames: each the image that the same options give alone, from the φ that its number says on.

use std::{fs, path::Path, process::Command};

use nanobragg::formats::{Frames, nexus, raw_float, smv};

use crate::program;

const RUN: &str = "-device cpu -noprogress -default_F 100 -cell 70 80 90 75 85 95 -N 5 -lambda 1 -distance 60 -detpixels 40 \
                   -pixel 0.4 -oversample 1 -osc 0.5 -phisteps 3 -seed 7 -scale 1 -adc 40 -fluence 1e28";

fn run(folder: &Path, words: &str) -> (i32, String) {
    let output = program::run(folder, words);
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn a_frame_is_the_image_of_its_own_phi() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let names = "-floatfile f_##.bin -intfile i_##.img -noisefile n_##.img -nexusfile sweep.h5";
    let (status, message) = run(here, &format!("{RUN} -phi 10 -frames 3 {names}"));
    assert_eq!(status, 0, "{message}");
    let stack = nexus::Reader::open(&here.join("sweep.h5")).unwrap();
    assert_eq!(stack.frames(), 3);
    for frame in 1..=3 {
        let phi = 10.0 + 0.5 * f64::from(frame - 1);
        let names = "-floatfile one.bin -intfile one.img -nonoise -nopgm";
        assert_eq!(run(here, &format!("{RUN} -phi {phi} {names}")).0, 0);
        let read = |name: &str| fs::read(here.join(name)).unwrap();
        assert!(
            read("one.bin") == read(&format!("f_{frame:02}.bin")),
            "float image of frame {frame}"
        );
        assert!(
            read("one.img") == read(&format!("i_{frame:02}.img")),
            "integer image of frame {frame}"
        );
        let noise = smv::read(&here.join(format!("n_{frame:02}.img")))
            .unwrap()
            .counts;
        let stacked = stack.read_frame(frame as usize - 1).unwrap();
        assert!(
            stacked.iter().zip(&noise).all(|(a, &b)| *a == f32::from(b)),
            "NeXus frame {frame}"
        );
    }
    // Where the signal is the same the noise is not.
    assert_ne!(
        fs::read(here.join("n_01.img")).unwrap()[512..],
        fs::read(here.join("n_02.img")).unwrap()[512..]
    );
}

#[test]
fn the_noise_of_a_frame_is_that_of_a_single_run_with_a_later_seed() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (status, message) = run(here, &format!("{RUN} -phi 10 -frames 3 -noisefile n_#.img"));
    assert_eq!(status, 0, "{message}");
    let read = |name: &str| fs::read(here.join(name)).unwrap();
    for frame in 0..3 {
        let (phi, seed) = (10.0 + 0.5 * f64::from(frame), 7 + frame);
        let words =
            format!("{RUN} -phi {phi} -seed {seed} -noisefile one.img -nofloat -noint -nopgm");
        let (status, message) = run(here, &words);
        assert_eq!(status, 0, "{message}");
        let name = format!("n_{}.img", frame + 1);
        assert!(read("one.img") == read(&name), "{name}");
    }
}

#[test]
fn the_bytes_of_a_sweep_do_not_depend_on_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let names = "-floatfile f_#.bin -intfile i_#.img -noisefile n_#.img -pgmfile p_#.pgm -npyfile stack.npy";
    let files = |threads: usize| {
        let here = folder.path().join(threads.to_string());
        fs::create_dir(&here).unwrap();
        // Seven frames leave some of five threads without one of their own in the second round.
        let words =
            format!("{RUN} -phi 10 -mosaic 0.3 -mosaic_dom 4 -frames 7 {names} -threads {threads}");
        let (status, message) = run(&here, &words);
        assert_eq!(status, 0, "{message}");
        let entries = fs::read_dir(&here).unwrap().map(Result::unwrap);
        let mut files: Vec<_> = entries
            .map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    let alone = files(1);
    assert_eq!(alone.len(), 4 * 7 + 1);
    for threads in [2, 5] {
        assert!(files(threads) == alone, "{threads} threads");
    }
}

#[test]
fn a_sweep_takes_its_angles_from_the_header_of_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let typed = "-phi 20 -frames 2 -floatfile typed_#.bin -noisefile typed_#.img";
    let (status, message) = run(here, &format!("{RUN} {typed}"));
    assert_eq!(status, 0, "{message}");
    let silent = RUN.replace("-osc 0.5 ", "");
    let header = "-img typed_1.img -frames 2 -floatfile header_#.bin -noisefile header_#.img";
    let (status, message) = run(here, &format!("{silent} {header}"));
    assert_eq!(status, 0, "{message}");
    let read = |name: &str| fs::read(here.join(name)).unwrap();
    for frame in 1..=2 {
        for kind in ["bin", "img"] {
            let [typed, header] =
                ["typed", "header"].map(|who| read(&format!("{who}_{frame}.{kind}")));
            assert!(typed == header, "{kind} of frame {frame}");
        }
    }
    assert!(read("typed_1.bin") != read("typed_2.bin"));
}

#[test]
fn a_mirrored_sweep_is_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let words = format!("{RUN} -adxv -frames 1 -noisefile n_#.img");
    let (status, message) = run(folder.path(), &words);
    assert_eq!(status, 0, "{message}");
    assert!(message.contains("mirror"), "{message}");
}

#[test]
fn a_sweep_that_cannot_be_named_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let still = RUN.replace("-osc 0.5 -phisteps 3", "");
    for (words, hint) in [
        (format!("{RUN} -frames 3 -intfile plain.img"), "#"),
        (format!("{RUN} -frames 3"), "-nexusfile"),
        (format!("{RUN} -frames 0 -nexusfile s.h5"), "1 to 1000000"),
        (format!("{still} -frames 3 -nexusfile s.h5"), "-osc"),
        (
            format!("{still} -osc -0.5 -frames 3 -nexusfile s.h5"),
            "-osc",
        ),
        (
            format!("{RUN} -frames 3 -nexusfile missing/s.h5"),
            "missing/s.h5",
        ),
    ] {
        let (status, message) = run(folder.path(), &words);
        assert!(status == 1 || status == 2, "{words}: {status}");
        assert!(
            message.contains(hint) && message.lines().count() == 1,
            "{message}"
        );
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing is left behind"
    );
}

#[cfg(unix)]
#[test]
fn a_stopped_sweep_leaves_the_frames_that_it_had_and_says_so() {
    use std::{io::BufRead, process::Stdio};
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut child = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(RUN.split_whitespace())
        .args(
            "-frames 100000 -floatfile f_######.bin -nexusfile sweep.h5 -npyfile sweep.npy -tiffile sweep.tif -json run.json".split(' '),
        )
        .current_dir(here)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A few frames are told of before it is stopped.
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let third = lines.find(|line| line.as_ref().unwrap().starts_with("frame 3 of"));
    assert!(third.is_some());
    let stopped = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(stopped.success());
    lines.for_each(drop);
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{message}");

    let stack = nexus::Reader::open(&here.join("sweep.h5")).unwrap();
    let frames = stack.frames();
    assert!((3..100_000).contains(&frames));
    stack.read_frame(frames - 1).unwrap();
    assert!(
        message.contains(&format!(
            "stopped after frame {frames} of 100000; {} files written",
            frames + 3
        )),
        "{message}"
    );
    let last = raw_float::read(&here.join(format!("f_{frames:06}.bin")), None).unwrap();
    for name in ["sweep.npy", "sweep.tif"] {
        let stack = Frames::open(&here.join(name), None).unwrap();
        assert_eq!(stack.count(), frames, "{name}");
        assert_eq!(stack.read(frames - 1).unwrap(), last, "{name}");
    }
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(here.join("run.json")).unwrap()).unwrap();
    assert_eq!(record["images"].as_array().unwrap().len(), frames);
    for entry in fs::read_dir(here).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.ends_with(".tmp"), "{name}");
    }
    assert!(here.join(format!("f_{frames:06}.bin")).exists());
    assert!(!here.join(format!("f_{:06}.bin", frames + 1)).exists());
}
