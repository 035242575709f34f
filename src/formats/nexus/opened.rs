//! An HDF5 file that is not left: whatever would lead into another file is refused.

use std::fs::File;
use std::path::Path;

use rust_hdf5::{H5Dataset, H5File, Hdf5Error};

use super::{MAGIC, elsewhere};
use crate::formats::extent;

/// Numbers of a list of the header, such as the angle of every frame.
const LONGEST_LIST: usize = 1 << 20;
/// No text of the header is longer.
const LONGEST_TEXT_BYTES: usize = 1 << 16;
/// No number is wider.
const WIDEST_NUMBER_BYTES: usize = 8;

/// A file whose objects are looked up without leaving it.
pub(super) struct Opened {
    pub file: H5File,
    file_bytes: u64,
}

impl Opened {
    pub fn of(path: &Path, file_bytes: u64) -> Result<Self, String> {
        let mut start = [0; MAGIC.len()];
        let is_hdf5 = File::open(path)
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start))
            .is_ok_and(|()| start == MAGIC);
        if !is_hdf5 {
            return Err("it does not begin as an HDF5 file does".to_owned());
        }
        let file = H5File::options().no_locking().open(path);
        let file = file.map_err(|error| error.to_string())?;
        Ok(Self { file, file_bytes })
    }

    /// A dataset whose numbers lie in this file; `None` when there is none of that name.
    pub fn dataset(&self, path: &str) -> Result<Option<H5Dataset>, String> {
        let local = match elsewhere::resolve(&self.file, path) {
            Ok(local) => local,
            Err(elsewhere::Nowhere::Missing) => return Ok(None),
            Err(elsewhere::Nowhere::Elsewhere(problem)) => return Err(problem),
        };
        match self.file.dataset(&local) {
            Ok(dataset) => {
                elsewhere::check_storage(&dataset, path)?;
                Ok(Some(dataset))
            }
            Err(Hdf5Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Bounds what a frame takes to read: its own pixels, and those of a chunk.
    pub fn check_size(&self, dataset: &H5Dataset, frame: (usize, usize)) -> Result<(), String> {
        if dataset.element_size() > WIDEST_NUMBER_BYTES {
            return Err(format!(
                "its elements of {} bytes are no numbers",
                dataset.element_size()
            ));
        }
        let bits = 8 * dataset.element_size() as u64;
        extent::packed_pixels(frame, bits, self.file_bytes)?;
        let chunk = dataset.chunk_dims().unwrap_or_default();
        let numbers = chunk
            .iter()
            .try_fold(1_usize, |numbers, &length| numbers.checked_mul(length));
        extent::packed_pixels((1, numbers.unwrap_or(usize::MAX)), bits, self.file_bytes)
            .map_err(|_| format!("it is stored in chunks of {chunk:?} numbers"))?;
        Ok(())
    }

    /// The numbers of a list; `None` where there are none.
    ///
    /// # Errors
    /// When they lie in another file.
    pub fn numbers(&self, path: &str) -> Result<Option<Vec<f64>>, String> {
        let dataset = self.dataset(path)?;
        Ok(dataset.and_then(|dataset| self.numbers_of(&dataset)))
    }

    /// The first number of a dataset, in metres, degrees or whatever else its unit is short for; `None` where there is no number.
    ///
    /// # Errors
    /// When it lies in another file.
    pub fn number(&self, path: &str) -> Result<Option<f64>, String> {
        let dataset = self.dataset(path)?;
        Ok(dataset.and_then(|dataset| self.number_of(&dataset)))
    }

    /// The same of a dataset that is at hand.
    pub fn number_of(&self, dataset: &H5Dataset) -> Option<f64> {
        let value = *self.numbers_of(dataset)?.first()?;
        let unit = text_attribute(dataset, "units").unwrap_or_default();
        Some(value * factor(&unit))
    }

    /// The text of a dataset; `None` where there is none, or it is no single short one.
    ///
    /// # Errors
    /// When it lies in another file.
    pub fn text(&self, path: &str) -> Result<Option<String>, String> {
        let is_short = |dataset: &H5Dataset| {
            dataset.element_size() <= LONGEST_TEXT_BYTES
                && dataset.shape().iter().all(|&length| length == 1)
                && dataset.chunk_dims().is_none()
        };
        let dataset = self.dataset(path)?.filter(is_short);
        let texts = dataset.and_then(|dataset| dataset.read_strings().ok());
        Ok(texts.and_then(|texts| texts.into_iter().next()))
    }

    fn numbers_of(&self, dataset: &H5Dataset) -> Option<Vec<f64>> {
        let numbers = dataset
            .shape()
            .iter()
            .try_fold(1_usize, |numbers, &length| numbers.checked_mul(length))?;
        if !(1..=LONGEST_LIST).contains(&numbers) || self.check_size(dataset, (1, 1)).is_err() {
            return None;
        }
        dataset.read_numeric_as::<f64>().ok().or_else(|| {
            let whole = dataset.read_numeric_as::<i64>().ok()?;
            Some(whole.into_iter().map(|value| value as f64).collect())
        })
    }
}

/// A text that is attached to a dataset.
pub(super) fn text_attribute(dataset: &H5Dataset, name: &str) -> Option<String> {
    let text = dataset.attr(name).ok()?.read_string().ok()?;
    Some(text.trim_end_matches('\0').to_owned())
}

/// What a unit is of metres or degrees.
pub(super) fn factor(unit: &str) -> f64 {
    match unit {
        "mm" => 1e-3,
        "um" | "µm" => 1e-6,
        "nm" => 1e-9,
        "rad" => 180.0 / std::f64::consts::PI,
        _ => 1.0,
    }
}
