//! Which structure factors a run of classic options uses, and how much of what its picture needs they know.

mod common;
mod coverage;
mod load;
mod load_hkl;
mod load_model;

pub use coverage::{Coverage, SuspectedAbsences, coverage};
pub(super) use coverage::{farthest_corner, shows_a_reflection};
pub use load::load;
