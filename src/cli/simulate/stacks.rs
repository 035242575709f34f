//! The files of a sweep that hold all its frames: NeXus, and NPY and TIFF whose names have no `#`.

use std::path::PathBuf;

use super::{
    outputs::{Derived, counting},
    record::FileRecord,
};
use crate::{
    classic::options::OutputOptions,
    cli::{CliError, frame_files::numbered},
    files::FileError,
    formats::{Acquisition, Form, ImageFormat, StackFrame, StackWriter, nexus::CompressedFrame},
    image::Image,
};

/// One of them, before it is begun.
#[derive(Debug, Clone)]
pub struct StackFile {
    pub option: &'static str,
    pub path: PathBuf,
    format: ImageFormat,
}

impl StackFile {
    /// Takes those that the options name out of them; what stays is a file for each frame.
    pub fn take_from(options: &mut OutputOptions) -> Vec<Self> {
        let holds_all = |path: &mut PathBuf| numbered(path, 1) == *path;
        [
            ("-nexusfile", options.nexus_file.take(), ImageFormat::Nexus),
            (
                "-npyfile",
                options.npy_file.take_if(holds_all),
                ImageFormat::Npy,
            ),
            (
                "-tiffile",
                options.tiff_file.take_if(holds_all),
                ImageFormat::Tiff,
            ),
        ]
        .into_iter()
        .filter_map(|(option, path, format)| {
            Some(Self {
                option,
                path: path?,
                format,
            })
        })
        .collect()
    }

    /// What the file takes of a frame: counts in NeXus, photons in others.
    ///
    /// # Errors
    /// [`FileError::Write`] when it cannot be compressed.
    pub fn frame(
        &self,
        derived: &Derived,
        image: &Image,
        acquisition: &Acquisition,
    ) -> Result<StackFrame, FileError> {
        Ok(match self.format {
            ImageFormat::Nexus => {
                let counts = derived.measured(image, self.format).into();
                let mask = acquisition.mask.as_deref().map(Vec::as_slice);
                StackFrame::Compressed(CompressedFrame::of(&self.path, &counts, mask)?)
            }
            _ => StackFrame::Photons(image.view().to_owned()),
        })
    }

    fn create(
        &self,
        options: &OutputOptions,
        acquisition: &Acquisition,
        frames: usize,
        shape: (usize, usize),
    ) -> Result<StackWriter, FileError> {
        let form = match self.format {
            ImageFormat::Nexus => Form::counts(shape, counting(options).saturation(self.format)),
            _ => Form::photons(shape),
        };
        StackWriter::create(self.format, &self.path, acquisition, frames, form)
    }

    fn kind(&self) -> &'static str {
        match self.format {
            ImageFormat::Nexus => "NXmx",
            ImageFormat::Tiff => "TIFF",
            _ => "a NumPy array",
        }
    }
}

/// The files that are written.
pub struct Stacks(Vec<(StackFile, StackWriter)>);

impl Stacks {
    /// Begins all of them, for frames of shape (slow, fast), of which `acquisition` describes the first.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn create(
        files: &[StackFile],
        options: &OutputOptions,
        acquisition: &Acquisition,
        frames: usize,
        shape: (usize, usize),
    ) -> Result<Self, FileError> {
        let stacks = files.iter().map(|file| {
            let writer = file.create(options, acquisition, frames, shape)?;
            Ok((file.clone(), writer))
        });
        stacks.collect::<Result<_, _>>().map(Self)
    }

    /// Adds a frame to each, in the order of the files.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn push(&mut self, frame: &[StackFrame]) -> Result<(), FileError> {
        for ((_, writer), frame) in self.0.iter_mut().zip(frame) {
            writer.push_frame(frame)?;
        }
        Ok(())
    }

    /// Completes the files with the first `done` frames, of a sweep of so many or of one that ended before its time, and adds those
    /// that are there to `records`. One that fails keeps no other from being completed.
    ///
    /// # Errors
    /// [`FileError::Write`] of the first that fails, or what `note`, which is told of each, answers.
    pub fn finish(
        self,
        done: usize,
        is_whole: bool,
        note: impl Fn(&str) -> Result<(), CliError>,
        records: &mut Vec<FileRecord>,
    ) -> Result<(), CliError> {
        let mut outcome = Ok(());
        if done == 0 {
            return outcome;
        }
        for (file, mut writer) in self.0 {
            let (path, kind) = (file.path.display(), file.kind());
            let told = note(&format!("writing {path} as {done} frames of {kind}\n"));
            let finish = || -> Result<(), CliError> {
                if !is_whole {
                    writer.end_at(done)?;
                }
                Ok(writer.finish()?)
            };
            let finished = finish();
            if finished.is_ok() {
                records.push(FileRecord::written(file.option, file.path));
            }
            outcome = outcome.and(finished).and(told);
        }
        outcome
    }
}
