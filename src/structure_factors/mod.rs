//! Structure factors: the table, and each file format it is read from.

mod table;

pub use table::Table;
