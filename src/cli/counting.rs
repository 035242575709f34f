//! Offset and largest count of a file: what was asked for, or what its format has.

use std::path::{Path, PathBuf};

use super::CliError;
use crate::{classic::dialect::UsageError, formats::ImageFormat};

/// What was asked for, by an option of this name.
#[derive(Debug, Clone, Copy)]
pub struct Counting {
    pub offset: Option<f64>,
    pub saturation: Option<i64>,
    /// Where the counter of a camera ends, in formats that count so far.
    pub camera_saturation: Option<u32>,
    pub saturation_option: &'static str,
}

impl Counting {
    /// Counts are offset by so much in a file of this format.
    pub fn offset(&self, format: ImageFormat) -> f64 {
        self.offset.unwrap_or(format.default_offset())
    }

    /// The largest count of a file of this format: no more than it holds.
    pub fn saturation(&self, format: ImageFormat) -> u32 {
        let most = format.largest_count();
        let asked = self.saturation.map(|counts| counts.clamp(1, most.into()));
        asked
            .and_then(|counts| counts.try_into().ok())
            .or(self.camera_saturation.map(|counts| counts.min(most)))
            .unwrap_or(most)
    }

    /// Refuses counts that the files that somebody named do not hold, and those that are none.
    ///
    /// # Errors
    /// [`UsageError`] names the option, the file and how far its format counts.
    pub fn check<'a>(
        &self,
        files: impl IntoIterator<Item = (&'a Path, ImageFormat)>,
    ) -> Result<(), CliError> {
        let Some(counts) = self.saturation else {
            return Ok(());
        };
        let option = self.saturation_option;
        if counts < 1 {
            return Err(UsageError::BadValue {
                option: option.to_owned(),
                word: counts.to_string(),
                expected: "a whole number of at least 1 (counts)".to_owned(),
            }
            .into());
        }
        let mut files = files.into_iter();
        match files.find(|(_, format)| counts > format.largest_count().into()) {
            Some((path, format)) => Err(UsageError::Saturation {
                option,
                counts,
                path: PathBuf::from(path),
                format: name(format),
                most: format.largest_count(),
            }
            .into()),
            None => Ok(()),
        }
    }
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Classic => "an SMV",
        ImageFormat::Cbf => "a CBF",
        ImageFormat::Nexus => "a NeXus",
        ImageFormat::Npy => "an NPY",
        ImageFormat::Tiff => "a TIFF",
    }
}
