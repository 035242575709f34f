//! physics
pub mod anchor;
