//! NXmx: the NeXus definition of macromolecular crystallography, one HDF5 file for a whole sweep.
//!
//! Fields and their meaning: Bernstein et al., IUCrJ 7, 784 (2020), and the NXmx definition of the NeXus manual.

mod elsewhere;
mod opened;
mod placement;
mod reader;
mod writer;

pub use reader::Reader;
pub use writer::{CompressedFrame, Writer};

pub(super) const FORMAT: &str = "NeXus";
pub(super) const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";
