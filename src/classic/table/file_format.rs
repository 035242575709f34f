//! The formats that the extension of a file's name promises.

use std::path::Path;

/// What a reader takes a file for by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    Cbf,
    Nexus,
    Npy,
    Tiff,
    Pgm,
    Png,
    Smv,
    RawFloat,
    Json,
    /// One that nothing here writes.
    Foreign(&'static str),
}

impl FileFormat {
    /// `None` when the extension promises nothing.
    pub fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "cbf" => Self::Cbf,
            "h5" | "hdf5" | "nxs" | "nx5" => Self::Nexus,
            "npy" => Self::Npy,
            "tif" | "tiff" => Self::Tiff,
            "pgm" => Self::Pgm,
            "png" => Self::Png,
            "img" | "smv" => Self::Smv,
            "bin" => Self::RawFloat,
            "json" => Self::Json,
            "edf" => Self::Foreign("EDF"),
            "jpg" | "jpeg" => Self::Foreign("JPEG"),
            "gif" => Self::Foreign("GIF"),
            "bmp" => Self::Foreign("BMP"),
            "svg" => Self::Foreign("SVG"),
            "pdf" => Self::Foreign("PDF"),
            "npz" => Self::Foreign("NPZ"),
            "mtz" => Self::Foreign("MTZ"),
            "gz" => Self::Foreign("gzip"),
            "bz2" => Self::Foreign("bzip2"),
            "xz" => Self::Foreign("xz"),
            "zst" => Self::Foreign("Zstandard"),
            "zip" => Self::Foreign("ZIP"),
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Cbf => "CBF",
            Self::Nexus => "NeXus",
            Self::Npy => "NPY",
            Self::Tiff => "TIFF",
            Self::Pgm => "PGM",
            Self::Png => "PNG",
            Self::Smv => "SMV",
            Self::RawFloat => "raw floats",
            Self::Json => "JSON",
            Self::Foreign(name) => name,
        }
    }
}
