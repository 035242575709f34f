//! What runs leave behind that are stopped, meet a full disk or a file that is not theirs to write.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::{PermissionsExt, chown},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::Duration,
};

use nanobragg::formats::{Frames, npy};
use ndarray::Array3;

use crate::program;

const RUN: &str = "-device cpu -noprogress -default_F 100 -cell 70 80 90 75 85 95 -N 5 -lambda 1 -distance 60 -detpixels 40 \
                   -pixel 0.4 -oversample 1 -osc 0.5 -phisteps 1 -seed 7 -fluence 1e28";

fn start(folder: &Path, words: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(words.split_whitespace())
        .current_dir(folder)
        .env("TMPDIR", folder.join("tmp"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads on until a line begins so.
fn wait_for(child: &mut Child, beginning: &str) {
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with(beginning)));
}

fn interrupted(mut child: Child) -> String {
    let id = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(kill.success());
    let mut stdout = child.stdout.take().unwrap();
    std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
    // Who waits closes standard input, whose end would be another reason to stop.
    let stdin = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{message}");
    message
}

/// Names in a folder but for those of its own temporary files, which have to be gone.
fn names(folder: &Path) -> Vec<String> {
    if let Ok(left) = fs::read_dir(folder.join("tmp")) {
        assert_eq!(left.count(), 0);
    }
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != "tmp").collect();
    names.sort();
    names
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("tmp")).unwrap();
    folder
}

/// A stack of so many frames of 128 × 128 pixels.
fn write_stack(folder: &Path, frames: usize) {
    let stack = Array3::<f32>::from_elem((frames, 128, 128), 20.0);
    npy::write(&folder.join("s.npy"), stack.view()).unwrap();
}

#[test]
fn noise_that_is_stopped_leaves_whole_frames_and_their_number() {
    for output in ["n_####.cbf", "n.npy"] {
        let folder = folder();
        let here = folder.path();
        write_stack(here, 2000);
        let mut child = start(here, &format!("noise s.npy {output}"));
        wait_for(&mut child, "n");
        sleep(Duration::from_millis(20));
        let message = interrupted(child);
        let names = names(here);
        let (frames, files) = match output {
            "n.npy" => (Frames::open(&here.join("n.npy"), None).unwrap().count(), 1),
            _ => (names.len() - 1, names.len() - 1),
        };
        assert_eq!(names.len(), files + 1, "{names:?}");
        let files = match files {
            1 => "1 file".to_owned(),
            many => format!("{many} files"),
        };
        let expected = format!("stopped after frame {frames} of 2000; {files} written");
        assert!(message.contains(&expected), "{message}: {expected}");
    }
}

#[test]
fn whoever_waits_for_a_pipe_can_be_stopped() {
    for words in ["noise - n.cbf", "sum - -o t.npy"] {
        let folder = folder();
        let child = start(folder.path(), words);
        sleep(Duration::from_millis(300));
        let message = interrupted(child);
        assert!(message.contains("no file was written"), "{message}");
        assert_eq!(names(folder.path()), [""; 0]);
    }
    let folder = folder();
    let here = folder.path();
    let made = Command::new("mkfifo").arg(here.join("ff")).status();
    assert!(made.unwrap().success());
    let words = "-noint -nonoise -nopgm -floatfile ff";
    let mut child = start(here, &format!("{RUN} {words}"));
    wait_for(&mut child, "writing ff");
    sleep(Duration::from_millis(100));
    assert!(interrupted(child).contains("no file was written"));
    assert_eq!(names(here), ["ff"]);
    // Images are there before their record finds no reader.
    let mut child = start(
        here,
        &format!("{RUN} -noint -nonoise -nopgm -floatfile f.bin -json ff"),
    );
    wait_for(&mut child, "writing f.bin");
    sleep(Duration::from_millis(500));
    let message = interrupted(child);
    assert!(message.contains("1 file written"), "{message}");
    assert_eq!(names(here), ["f.bin", "ff"]);
    // With a reader it is written as ever.
    let mut child = start(here, &format!("{RUN} {words}"));
    assert_eq!(fs::read(here.join("ff")).unwrap().len(), 4 * 40 * 40);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_comparison_that_is_stopped_stops_its_sides_and_leaves_nothing() {
    let folder = folder();
    let here = folder.path();
    let slow = here.join("slow.sh");
    fs::write(&slow, "#!/bin/sh\nexec sleep 1000\n").unwrap();
    fs::set_permissions(&slow, fs::Permissions::from_mode(0o755)).unwrap();
    let child = start(here, &format!("compare ./slow.sh cpu -- {RUN}"));
    sleep(Duration::from_millis(500));
    let message = interrupted(child);
    assert!(message.contains("interrupted"), "{message}");
    assert_eq!(names(here), ["slow.sh"]);
}

/// Runs where no file may be larger than so many blocks of the shell.
fn bounded(folder: &Path, blocks: u32, words: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_nanobragg");
    Command::new("sh")
        .args(["-c", &format!("ulimit -f {blocks}; exec {program} {words}")])
        .current_dir(folder)
        .env("TMPDIR", folder.join("tmp"))
        .output()
        .unwrap()
}

/// What a run that fails says of it.
#[track_caller]
fn failed(output: &Output) -> String {
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    let lines = message.lines().filter(|line| !line.starts_with("warning"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_sweep_that_runs_out_of_space_keeps_whole_frames() {
    for (option, name) in [("-npyfile", "n.npy"), ("-tiffile", "t.tif")] {
        let folder = folder();
        let here = folder.path();
        fs::write(here.join(name), "earlier").unwrap();
        let words = format!("{RUN} -frames 40 {option} {name}");
        let output = bounded(here, 60, &words);
        let message = failed(&output);
        let frames = Frames::open(&here.join(name), None).unwrap();
        let count = frames.count();
        frames.read(count - 1).unwrap();
        assert!((2..40).contains(&count), "{count}");
        let start = format!("nanobragg: cannot write {name}: File too large");
        let end = format!("; stopped after frame {count} of 40; 1 file written");
        assert!(message.starts_with(&start), "{message}");
        assert!(message.ends_with(&end), "{message}");
        let bytes = fs::metadata(here.join(name)).unwrap().len() as usize;
        assert!(bytes < (6400 + 500) * count + 600, "{bytes} for {count}");
        assert_eq!(names(here), [name]);

        // Not even one frame.
        fs::write(here.join(name), "earlier").unwrap();
        let output = bounded(here, 4, &words);
        let message = failed(&output);
        assert!(message.ends_with("; no file was written"), "{message}");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(!said.contains(&format!("wrote {name}")), "{said}");
        assert_eq!(fs::read(here.join(name)).unwrap(), b"earlier");
        assert_eq!(names(here), [name]);
    }
}

#[test]
fn a_bounded_file_size_is_a_failure_like_a_full_disk() {
    let folder = folder();
    let here = folder.path();
    let message = failed(&bounded(here, 4, RUN));
    assert!(message.contains("File too large"), "{message}");
    assert_eq!(names(here), [""; 0]);
    write_stack(here, 3);
    let message = failed(&bounded(here, 200, "noise s.npy n.npy"));
    let expected =
        "nanobragg: cannot write n.npy: File too large (os error 27); stopped after frame ";
    assert!(message.starts_with(expected), "{message}");
}

/// A file system of 3 MB at `full`, where one may be mounted.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_a_nexus_file_of_whole_frames() {
    let folder = folder();
    let here = folder.path();
    fs::create_dir(here.join("full")).unwrap();
    let program = env!("CARGO_BIN_EXE_nanobragg");
    let mount = "mount -t tmpfs -o size=1m tmpfs full && cd full";
    let unshared = |script: &str| {
        Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", script])
            .current_dir(here)
            .output()
    };
    if !unshared(mount).is_ok_and(|output| output.status.success()) {
        return;
    }
    let words = format!("{RUN} -detpixels 200 -default_F 5000 -frames 200 -nexusfile t.h5");
    let output = unshared(&format!(
        "{mount}; {program} {words}; s=$?; cp -r . ../kept; exit $s"
    ));
    let message = failed(&output.unwrap());
    let kept = here.join("kept");
    assert_eq!(names(&kept), ["t.h5"], "{message}");
    let frames = Frames::open(&kept.join("t.h5"), None).unwrap();
    let count = frames.count();
    frames.read(count - 1).unwrap();
    assert!((2..200).contains(&count), "{count}");
    let end = format!("; stopped after frame {count} of 200; 1 file written");
    assert!(
        message.ends_with(&end) && message.lines().count() == 1,
        "{message}"
    );
}

#[test]
fn a_file_that_is_write_protected_is_not_replaced() {
    const NOBODY: u32 = 65534;
    let folder = folder();
    let here = folder.path();
    let program = here.join("nanobragg");
    fs::copy(env!("CARGO_BIN_EXE_nanobragg"), &program).unwrap();
    let protected = here.join("f.bin");
    fs::write(&protected, "mine").unwrap();
    let mut command = Command::new(&program);
    // Root writes everything.
    if chown(&protected, Some(NOBODY), Some(NOBODY)).is_ok() {
        fs::set_permissions(here, fs::Permissions::from_mode(0o777)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    fs::set_permissions(&protected, fs::Permissions::from_mode(0o444)).unwrap();
    let words = format!("{RUN} -noint -nonoise -nopgm -floatfile f.bin");
    let output = command
        .args(words.split_whitespace())
        .current_dir(here)
        .output();
    let message = failed(&output.unwrap());
    assert!(
        message.contains("cannot write f.bin: Permission denied"),
        "{message}"
    );
    assert_eq!(fs::read(&protected).unwrap(), b"mine");
}

#[test]
fn noise_takes_photons_from_a_pipe() {
    let folder = folder();
    let here = folder.path();
    let square = "-noint -nonoise -nopgm -floatfile f.bin";
    program::succeeds(here, &format!("{RUN} {square}"));
    let oblong = RUN.replace("-detpixels 40", "-detpixels_f 30 -detpixels_s 20");
    program::succeeds(
        here,
        &format!("{oblong} -nopgm -floatfile o.bin -intfile i.img -noisefile c.img"),
    );
    for (pipe, file, more) in [
        ("f.bin", "noise f.bin b.img", ""),
        ("o.bin", "noise o.bin b.img --size 30 20", "--size 30 20"),
        (
            "o.bin",
            "noise o.bin b.img --camera c.img",
            "--camera c.img",
        ),
    ] {
        program::succeeds(here, file);
        for name in ["-", "/dev/stdin"] {
            let script = format!("cat {pipe} | $0 noise {name} a.img {more}");
            let output = Command::new("sh")
                .args(["-c", &script, env!("CARGO_BIN_EXE_nanobragg")])
                .current_dir(here)
                .output()
                .unwrap();
            assert!(output.status.success(), "{script}: {output:?}");
            let read = |name: &str| fs::read(here.join(name)).unwrap();
            assert!(read("a.img") == read("b.img"), "{script}");
        }
    }
    let mut child = start(here, "noise - n.img");
    let mut stdin = child.stdin.take().unwrap();
    std::io::copy(&mut fs::File::open(here.join("o.bin")).unwrap(), &mut stdin).unwrap();
    drop(stdin);
    let message = failed(&child.wait_with_output().unwrap());
    assert!(
        message.contains("standard input is not a usable") && message.contains("--size FAST SLOW"),
        "{message}"
    );
}
