//! Where the images of `noise`, `sum` and of a sweep go: one file of all, or one file for each.

use std::path::{Path, PathBuf};

use super::{CliError, collisions, error::first_failure, pipes, say::warn, watch::Watch};
use crate::{
    classic::{dialect::UsageError, table::FileFormat},
    files::{Batch, FileError},
    formats::{Acquisition, Frames, ImageFormat, Pixels, StackWriter},
};

/// The file or files of one or more images.
pub struct FrameFiles {
    path: PathBuf,
    frames: usize,
    /// Images that are written.
    done: usize,
    stack: Option<StackWriter>,
}

impl FrameFiles {
    /// Files for `frames` images under the name `path`.
    ///
    /// # Errors
    /// [`UsageError::ManyFrames`] when there are many images, the format of `path` holds one, and its name has no `#` that could
    /// become a number; [`UsageError::OtherFormat`] when the name promises a format that holds no measured image.
    pub fn new(path: &Path, frames: usize) -> Result<Self, UsageError> {
        use FileFormat::{Foreign, Json, Pgm, Png};
        if let Some(format @ (Pgm | Png | Json | Foreign(_))) = FileFormat::of_name(path) {
            return Err(UsageError::other_format("OUT", path.to_owned(), format));
        }
        let files = Self {
            path: path.to_owned(),
            frames,
            done: 0,
            stack: None,
        };
        if frames > 1 && !files.is_numbered() && !StackWriter::takes(ImageFormat::of_name(path)) {
            return Err(UsageError::ManyFrames {
                frames,
                path: path.to_owned(),
            });
        }
        Ok(files)
    }

    /// Refuses to write, as `option` says, over a file that is read.
    ///
    /// # Errors
    /// [`UsageError::Overwrites`].
    pub fn spare(
        &self,
        option: &'static str,
        inputs: &[(&'static str, PathBuf)],
    ) -> Result<(), UsageError> {
        (0..self.frames).try_for_each(|index| {
            collisions::refuse_overwriting(&[(option, &self.name(index))], inputs)
        })
    }

    /// The file of image number `index`, from 0.
    pub fn name(&self, index: usize) -> PathBuf {
        numbered(&self.path, index + 1)
    }

    /// Adds the next image to the file of all, which `acquisition` of the first describes, or lets `write_alone` write it to a file
    /// of its own.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn write(
        &mut self,
        image: &Pixels<'_>,
        acquisition: &Acquisition,
        watch: &Watch,
        write_alone: impl FnOnce(&Path) -> Result<(), FileError>,
    ) -> Result<(), CliError> {
        if self.frames == 1 || self.is_numbered() {
            let mut batch = Batch::default();
            pipes::stage(
                &mut batch,
                &self.name(self.done),
                || watch.check(),
                write_alone,
            )?;
            batch.commit()?;
        } else {
            let stack = match &mut self.stack {
                Some(stack) => stack,
                None => self.stack.insert(StackWriter::create(
                    ImageFormat::of_name(&self.path),
                    &self.path,
                    acquisition,
                    self.frames,
                    image.form(),
                )?),
            };
            stack.push(image)?;
        }
        self.done += 1;
        Ok(())
    }

    /// Completes the file of all images, or, where `outcome` says that they were not all made, of those that were.
    ///
    /// # Errors
    /// That of `outcome`, or [`FileError::Write`]; of many images with the number of those that are there.
    pub fn finish(self, outcome: Result<(), CliError>) -> Result<(), CliError> {
        let Self { frames, done, .. } = self;
        let (files, finished) = match self.stack {
            None => (done, Ok(())),
            Some(_) if done == 0 => (0, Ok(())),
            Some(mut stack) => {
                let ended = match done < frames {
                    true => stack.end_at(done),
                    false => Ok(()),
                };
                let finished = ended.and_then(|()| stack.finish());
                (finished.is_ok().into(), finished)
            }
        };
        match first_failure([outcome, finished.map_err(CliError::from)]) {
            Err(error) if frames > 1 => Err(error.after(done, frames, files)),
            outcome => outcome,
        }
    }

    fn is_numbered(&self) -> bool {
        numbered(&self.path, 1) != self.path
    }
}

/// The last run of `#` in the file's name as a number of at least that many digits.
pub fn numbered(path: &Path, number: usize) -> PathBuf {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let Some(end) = name.rfind('#') else {
        return path.to_owned();
    };
    let start = name[..=end].trim_end_matches('#').len();
    let width = end + 1 - start;
    path.with_file_name(format!(
        "{}{number:0width$}{}",
        &name[..start],
        &name[end + 1..]
    ))
}

/// Opens a file of images, or reads a pipe of them, and warns of what is odd about it.
///
/// # Errors
/// As [`Frames::of`], and [`CliError::Interrupted`].
pub fn open(
    path: &Path,
    raw_shapes: &[Option<(usize, usize)>],
    watch: &Watch,
) -> Result<Frames, CliError> {
    let frames = Frames::of(pipes::spool(path, watch)?, raw_shapes)?;
    for odd in frames.warnings() {
        warn(&format!("{}: {odd}", path.display()));
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_no_file_of_frames() {
        for name in ["a.png", "a.cbf.gz", "a.jpg"] {
            assert!(FrameFiles::new(Path::new(name), 1).is_err(), "{name}");
        }
        assert!(FrameFiles::new(Path::new("a.img"), 1).is_ok());
    }

    #[test]
    fn hashes_become_the_frame_number() {
        let name =
            |pattern: &str, number| numbered(Path::new(pattern), number).display().to_string();
        assert_eq!(name("a/img_#####.cbf", 7), "a/img_00007.cbf");
        assert_eq!(name("img_##.cbf", 1234), "img_1234.cbf");
        assert_eq!(name("x#1_###", 5), "x#1_005");
        assert_eq!(name("plain.img", 5), "plain.img");
    }
}
