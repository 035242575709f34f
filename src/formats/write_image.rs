//! One way into every image file.

use std::io;
use std::path::Path;

use ndarray::ArrayView2;

use super::{Acquisition, Pixels, cbf, nexus, npy, raw_float, smv, tiff};
use crate::{files::FileError, image::Counts};

/// The formats that a file name can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    Cbf,
    Nexus,
    Npy,
    Tiff,
    /// SMV for counts, raw floats for photons.
    Classic,
}

impl ImageFormat {
    /// By extension: `.cbf`; `.h5`, `.hdf5`, `.nxs`, `.nx5`; `.npy`; `.tif`, `.tiff`; anything else is classic.
    pub fn of_name(path: &Path) -> Self {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        match extension.to_ascii_lowercase().as_str() {
            "cbf" => Self::Cbf,
            "h5" | "hdf5" | "nxs" | "nx5" => Self::Nexus,
            "npy" => Self::Npy,
            "tif" | "tiff" => Self::Tiff,
            _ => Self::Classic,
        }
    }

    /// The largest count that a file holds. NeXus, NPY and TIFF keep the largest 32-bit number to mark pixels that do not count.
    pub fn largest_count(self) -> u32 {
        match self {
            Self::Classic => u16::MAX.into(),
            Self::Cbf => i32::MAX as u32,
            Self::Nexus | Self::Npy | Self::Tiff => u32::MAX - 1,
        }
    }

    /// The offset of counts unless another is asked for: 40, as the classic program has it, in SMV, and none in the formats of
    /// detectors that count photons.
    pub fn default_offset(self) -> f64 {
        match self {
            Self::Classic => 40.0,
            Self::Cbf | Self::Nexus | Self::Npy | Self::Tiff => 0.0,
        }
    }

    /// What readers of such a file will get wrong, because its header has no words for it.
    pub fn shortcomings(self, acquisition: &Acquisition) -> Vec<&'static str> {
        match self {
            Self::Cbf => cbf::shortcomings(acquisition),
            Self::Classic => smv::shortcomings(acquisition),
            Self::Nexus | Self::Npy | Self::Tiff => Vec::new(),
        }
    }

    /// Writes counts, whatever the extension of `path`.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn write_counts<'a>(
        self,
        path: &Path,
        counts: impl Into<Counts<'a>>,
        header: &smv::Header,
        acquisition: &Acquisition,
    ) -> Result<(), FileError> {
        let counts = counts.into();
        match self {
            Self::Cbf => cbf::write(path, acquisition, counts),
            Self::Nexus => write_nexus(path, acquisition, &counts.into()),
            Self::Npy => npy::write_pixels(path, &counts.into()),
            Self::Tiff => tiff::write(path, counts, &acquisition.history),
            Self::Classic => smv::write(path, header, counts),
        }
    }

    /// Writes photons, whatever the extension of `path`.
    ///
    /// # Errors
    /// [`FileError::Write`], also for CBF, which holds whole numbers.
    pub fn write_photons(
        self,
        path: &Path,
        photons: ArrayView2<'_, f32>,
        acquisition: &Acquisition,
    ) -> Result<(), FileError> {
        match self {
            Self::Cbf => Err(FileError::write(path)(io::Error::other(
                "CBF holds whole numbers; write floats as .h5, .npy, .tif or .bin",
            ))),
            Self::Nexus => write_nexus(path, acquisition, &photons.into()),
            Self::Npy => npy::write_pixels(path, &photons.into()),
            Self::Tiff => tiff::write(path, photons, &acquisition.history),
            Self::Classic => raw_float::write(path, photons),
        }
    }
}

fn write_nexus(
    path: &Path,
    acquisition: &Acquisition,
    image: &Pixels<'_>,
) -> Result<(), FileError> {
    let mut writer = nexus::Writer::create(path, acquisition, 1, image.form())?;
    writer.push(image)?;
    writer.finish()
}
