//! Files that appear whole or not at all, alone or together; files that are read up to a bound, which may be the machine's
//! memory; what can go wrong with either; and numbers in columns of text.

pub mod atomic_file;
mod batch;
pub mod bounded;
pub mod columns;
mod error;
mod kind;
pub mod memory;
mod pipe;
mod printable;

pub use batch::Batch;
pub use error::FileError;
pub use kind::Kind;
pub use pipe::is_pipe;
pub use printable::printable;
