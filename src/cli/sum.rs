//! `nanobragg sum A B … -o C`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, value_parser};
use ndarray::{Array2, Zip};

use super::{
    CliError,
    frame_files::{self, FrameFiles},
    say::say,
    watch::{Display, Watch},
};
use crate::{
    files::FileError,
    formats::{Acquisition, CameraHeader, Frames, History, ImageFormat},
};

pub fn command() -> clap::Command {
    clap::Command::new("sum")
        .about("Add float images, so that a simulation can be split over machines")
        .arg(
            Arg::new("images")
                .value_name("FILE")
                .required(true)
                .action(ArgAction::Append)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help("Images of equal size, or as many of them each: raw floats (square), NPY, TIFF, NeXus, SMV or CBF"),
        )
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The sum: .npy, .tif, .h5, or raw floats under any other name; .npy, .h5 and .tif hold many images, and ##### in the \
                     name stands for the number of each"),
        )
}

pub fn run(matches: &ArgMatches) -> Result<ExitCode, CliError> {
    let images: Vec<&PathBuf> = matches
        .get_many("images")
        .expect("clap requires it")
        .collect();
    let output: &PathBuf = matches.get_one("output").expect("clap requires it");
    let watch = Watch::start(Display::Nothing)?;
    let mut summands: Vec<Summand> = images.iter().map(|path| Summand::new(path)).collect();
    let first = summands[0].open(&watch)?;
    let (shape, count) = (first.shape(), first.count());
    let (slow_pixels, fast_pixels) = shape;
    let mut files = FrameFiles::new(output, count)?;
    let inputs: Vec<_> = images.iter().map(|&path| ("FILE", path.clone())).collect();
    files.spare("--output", &inputs)?;
    let mut photons = 0.0;
    let mut sum_frame = |index: usize| -> Result<(), CliError> {
        let mut total = Array2::<f64>::zeros(shape);
        let mut acquisition = None;
        for summand in &mut summands {
            watch.check()?;
            let frames = summand.open_like(shape, count, &watch)?;
            acquisition = acquisition.or_else(|| frames.acquisition(index));
            Zip::from(&mut total)
                .and(&frames.read(index)?)
                .for_each(|total, &photons| *total += f64::from(photons));
            if index + 1 == count {
                summand.close();
            }
        }
        watch.check()?;
        let sum = total.mapv(|photons| photons as f32);
        let mut acquisition = acquisition.unwrap_or_else(|| {
            Acquisition::from_camera(&CameraHeader {
                fast_pixels,
                slow_pixels,
                ..CameraHeader::default()
            })
        });
        acquisition.history = History {
            entries: vec![("sum", format!("{} images", images.len()))],
        };
        files.write(&sum.view().into(), &acquisition, &watch, |path| {
            ImageFormat::of_name(path).write_photons(path, sum.view(), &acquisition)
        })?;
        photons += sum.iter().map(|&photons| f64::from(photons)).sum::<f64>();
        Ok(())
    };
    let outcome = (0..count).try_for_each(&mut sum_frame);
    files.finish(outcome)?;
    let of_frames = match count {
        1 => String::new(),
        _ => format!("{count} frames of "),
    };
    say(&format!(
        "{}: {} images of {of_frames}{fast_pixels} x {slow_pixels} pixels, {photons} photons\n",
        output.display(),
        images.len(),
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// A file that is open from its first image to its last, so that no more than one file of single images is in memory.
struct Summand<'a> {
    path: &'a Path,
    frames: Option<Frames>,
}

impl<'a> Summand<'a> {
    fn new(path: &'a Path) -> Self {
        Self { path, frames: None }
    }

    fn open(&mut self, watch: &Watch) -> Result<&Frames, CliError> {
        let frames = match self.frames.take() {
            Some(frames) => frames,
            None => frame_files::open(self.path, &[None], watch)?,
        };
        Ok(self.frames.insert(frames))
    }

    /// Refuses a file of other images than these.
    fn open_like(
        &mut self,
        shape: (usize, usize),
        count: usize,
        watch: &Watch,
    ) -> Result<&Frames, CliError> {
        let path = self.path;
        let frames = self.open(watch)?;
        let differs = |problem: String| Err(FileError::malformed(path, "summand", problem).into());
        if frames.shape() != shape {
            let ((slow, fast), (others_slow, others_fast)) = (frames.shape(), shape);
            return differs(format!(
                "it has {fast} x {slow} pixels, the images before it {others_fast} x {others_slow}"
            ));
        }
        if frames.count() != count {
            return differs(format!(
                "it holds {} images, the files before it {count}",
                frames.count()
            ));
        }
        Ok(frames)
    }

    fn close(&mut self) {
        self.frames = None;
    }
}
