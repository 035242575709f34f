//! Names that stand for pipes.

use std::path::Path;

/// Whether a name stands for a pipe, whose bytes come once.
#[cfg(unix)]
pub fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

/// Whether a name stands for a pipe, whose bytes come once: none does here.
#[cfg(not(unix))]
pub fn is_pipe(_: &Path) -> bool {
    false
}
