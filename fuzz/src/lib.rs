//! What the fuzz targets share.

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("nanobragg-fuzz-{}", std::process::id())));

/// Lets `read` have a file of these bytes.
pub fn with_file(bytes: &[u8], read: impl FnOnce(&Path)) {
    std::fs::write(&*FILE, bytes).expect("the temporary directory can be written");
    read(&FILE);
}
