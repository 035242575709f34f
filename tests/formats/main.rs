//! Image files: written to the byte, read from others, and refused with a reason where they are damaged.

mod classic_files;
mod hostile;
mod image_formats;
