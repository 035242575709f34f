//! Files that appear whole or not at all, alone or together, and what can go wrong with them.

pub mod atomic_file;
mod batch;
mod error;

pub use batch::Batch;
pub use error::FileError;
