//! Structure factors: from files of reflections and from coordinates, each against an independent program.

mod coverage;
mod hostile;
mod models;
mod reflection_files;
mod space_groups;
