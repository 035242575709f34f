//! Image files: one file per format, the reader beside the writer.
//!
//! Arrays have the shape (slow, fast); files hold the fast axis first. Every file is written beside its final name and
//! renamed when it is complete, so no half-written file is ever found under that name.

pub mod atomic_file;
mod batch;
mod c_number;
mod camera;
mod error;
mod integer;
mod little_endian;
pub mod pgm;
pub mod png;
pub mod raw_float;
pub mod smv;

pub use batch::Batch;
pub use c_number::general;
pub use camera::CameraHeader;
pub use error::FormatError;
pub use integer::{automatic_scale, integer_image};
