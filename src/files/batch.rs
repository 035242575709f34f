//! Several files that appear together.

use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::{
    FileError,
    atomic_file::{create_beside, resolve_links},
};

/// Files that are complete beside their final names, and renamed by [`Batch::commit`]; dropped before that, they leave
/// nothing behind.
#[derive(Debug, Default)]
pub struct Batch {
    staged: Vec<(TempPath, PathBuf)>,
}

impl Batch {
    /// Checks that a file can be written at `path`, without leaving one there.
    ///
    /// # Errors
    /// [`FileError::Write`] when `path` is a directory, or its own directory is missing or not writable.
    pub fn check(path: &Path) -> Result<(), FileError> {
        if is_special(path) {
            return Ok(());
        }
        create_beside(&resolve_links(path))
            .map(drop)
            .map_err(FileError::write(path))
    }

    /// Lets `write` make the file of `path`, under the name that it is handed. Pipes and devices (`/dev/null`) are
    /// written at once.
    ///
    /// # Errors
    /// [`FileError`] naming `path`.
    pub fn stage(
        &mut self,
        path: &Path,
        write: impl FnOnce(&Path) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        if is_special(path) {
            return write(path);
        }
        let target = resolve_links(path);
        let beside = create_beside(&target)
            .map_err(FileError::write(path))?
            .into_temp_path();
        write(&beside).map_err(|error| match error {
            FileError::Write { source, .. } => FileError::write(path)(source),
            other => other,
        })?;
        self.staged.push((beside, target));
        Ok(())
    }

    /// Gives every file its name.
    ///
    /// # Errors
    /// [`FileError::Write`] naming the file that cannot be renamed.
    pub fn commit(self) -> Result<(), FileError> {
        for (beside, target) in self.staged {
            beside
                .persist(&target)
                .map_err(|failure| FileError::write(&target)(failure.error))?;
        }
        Ok(())
    }
}

/// Whether something lies at `path` that is neither a file nor a directory.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, io};

    fn put(text: &'static str) -> impl FnOnce(&Path) -> Result<(), FileError> {
        move |path| fs::write(path, text).map_err(FileError::write(path))
    }

    #[test]
    fn files_appear_together_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| directory.path().join(name));
        fs::write(&a, "old").unwrap();

        let mut batch = Batch::default();
        batch.stage(&a, put("new a")).unwrap();
        batch.stage(&b, put("new b")).unwrap();
        assert_eq!(fs::read_to_string(&a).unwrap(), "old");
        assert!(!b.exists());
        drop(batch);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);

        let mut batch = Batch::default();
        batch.stage(&a, put("new a")).unwrap();
        batch.stage(&b, put("new b")).unwrap();
        batch.commit().unwrap();
        assert_eq!(fs::read_to_string(&a).unwrap(), "new a");
        assert_eq!(fs::read_to_string(&b).unwrap(), "new b");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_failure_names_the_file_that_was_asked_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image.img");
        let full = |beside: &Path| Err(FileError::write(beside)(io::ErrorKind::StorageFull.into()));
        let error = Batch::default().stage(&path, full).unwrap_err();
        assert!(error.to_string().contains("image.img:"), "{error}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_found_beforehand() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Batch::check(directory.path()).is_err());
        assert!(Batch::check(&directory.path().join("nowhere/image.img")).is_err());
        assert!(Batch::check(&directory.path().join("image.img")).is_ok());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
