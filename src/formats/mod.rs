//! Image files: one file per format, the reader beside the writer.
//!
//! Arrays have the shape (slow, fast); files hold the fast axis first. Every file is written beside its final name and
//! renamed when it is complete (`files`), so no half-written file is ever found under that name.
//!
//! ```
//! use nanobragg::{formats::{npy, read_image}, image::Image};
//!
//! let folder = std::env::temp_dir().join(format!("nanobragg-{}", std::process::id()));
//! std::fs::create_dir_all(&folder)?;
//! let path = folder.join("photons.npy");
//! npy::write(&path, Image::zeros(2, 3).view())?;
//! assert_eq!(read_image(&path)?.pixels.dim(), (2, 3));
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acquisition;
mod byte_offset;
mod c_number;
mod camera;
pub mod cbf;
mod extent;
mod frames;
mod grey_png;
mod history;
mod integer;
mod little_endian;
#[cfg(feature = "hdf5")]
pub mod nexus;
#[cfg(not(feature = "hdf5"))]
#[path = "no_nexus.rs"]
pub mod nexus;
pub mod npy;
pub mod pgm;
mod pixels;
pub(crate) mod png;
pub mod raw_float;
mod read_image;
mod sensor_material;
pub mod smv;
mod source;
mod spooled;
mod stack;
pub mod tiff;
mod write_image;

pub use crate::files::FileError;
pub use acquisition::{Acquisition, SILICON};
pub use c_number::general;
pub use camera::CameraHeader;
pub use frames::Frames;
pub use history::History;
pub use integer::{automatic_int_scale, integer_image};
pub use pixels::{Form, PixelType, Pixels};
pub use read_image::{ImageFile, read_image, read_image_of_shape};
pub use spooled::Spooled;
pub use stack::{StackFrame, StackWriter};
pub use write_image::ImageFormat;
