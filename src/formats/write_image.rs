//! One way into every image file.

use std::io;
use std::path::Path;

use ndarray::ArrayView2;

use super::{Acquisition, cbf, nexus, npy, raw_float, smv, tiff};
use crate::files::FileError;

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

    /// Writes counts, whatever the extension of `path`.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn write_counts(
        self,
        path: &Path,
        counts: ArrayView2<'_, u16>,
        header: &smv::Header,
        acquisition: &Acquisition,
    ) -> Result<(), FileError> {
        match self {
            Self::Cbf => cbf::write(path, acquisition, counts),
            Self::Nexus => write_nexus(path, acquisition, counts),
            Self::Npy => npy::write(path, counts),
            Self::Tiff => tiff::write(path, counts),
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
            Self::Nexus => write_nexus(path, acquisition, photons),
            Self::Npy => npy::write(path, photons),
            Self::Tiff => tiff::write(path, photons),
            Self::Classic => raw_float::write(path, photons),
        }
    }
}

fn write_nexus<T: nexus::PixelValue>(
    path: &Path,
    acquisition: &Acquisition,
    image: ArrayView2<'_, T>,
) -> Result<(), FileError> {
    let mut writer = nexus::Writer::create::<T>(path, acquisition, 1, image.dim())?;
    writer.push(image)?;
    writer.finish()
}
