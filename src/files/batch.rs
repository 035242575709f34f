//! Several files that appear together.

use std::{
    io,
    path::{Path, PathBuf},
};

use tempfile::{TempDir, TempPath};

use super::{
    FileError,
    atomic_file::{create_beside, folder_of, rename, resolve_links, sync},
};

/// Files that are complete in folders beside their final places, and moved there by [`Batch::commit`]; dropped before that, they
/// leave nothing behind.
#[derive(Debug, Default)]
pub struct Batch {
    staged: Vec<Staged>,
}

/// A file under its own name, which some formats repeat in their text, in a folder that only its owner can look into.
#[derive(Debug)]
struct Staged {
    file: TempPath,
    /// Removed after the file.
    _folder: TempDir,
    target: PathBuf,
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

    /// Lets `write` make the file of `path`, in another folder under the same name, which it is handed. Pipes and devices (`/dev/null`) are
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
        let start = || -> io::Result<(TempDir, PathBuf)> {
            let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
            // What cannot be replaced is found before anything is written.
            drop(create_beside(&target)?);
            let folder = tempfile::Builder::new()
                .prefix(".")
                .suffix(".tmp")
                .tempdir_in(folder_of(&target))?;
            let beside = folder.path().join(name);
            Ok((folder, beside))
        };
        let (folder, beside) = start().map_err(FileError::write(path))?;
        write(&beside).map_err(|error| error.naming(path))?;
        self.staged.push(Staged {
            file: TempPath::try_from_path(beside).map_err(FileError::write(path))?,
            _folder: folder,
            target,
        });
        Ok(())
    }

    /// Gives every file its name, once the disk has them all.
    ///
    /// # Errors
    /// [`FileError::Write`] naming the file that cannot be stored or renamed.
    pub fn commit(self) -> Result<(), FileError> {
        self.commit_after(sync)
    }

    fn commit_after(self, sync: impl Fn(&Path) -> io::Result<()>) -> Result<(), FileError> {
        for Staged { file, target, .. } in &self.staged {
            sync(file).map_err(FileError::write(target))?;
        }
        for Staged { file, target, .. } in self.staged {
            rename(file, &target).map_err(FileError::write(&target))?;
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
    use std::fs;

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
    fn every_file_is_stored_once_and_before_the_first_gets_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| directory.path().join(name));
        let staged = || {
            let mut batch = Batch::default();
            batch.stage(&a, put("a")).unwrap();
            batch.stage(&b, put("b")).unwrap();
            batch
        };
        let full = |_: &Path| Err(io::ErrorKind::StorageFull.into());
        assert!(staged().commit_after(full).is_err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);

        let stored = std::cell::RefCell::new(Vec::new());
        let note = |file: &Path| {
            assert!(!a.exists() && !b.exists());
            stored.borrow_mut().push(fs::read_to_string(file)?);
            Ok(())
        };
        staged().commit_after(note).unwrap();
        assert_eq!(stored.into_inner(), ["a", "b"]);
        assert!(a.exists() && b.exists());
    }

    #[test]
    fn a_file_is_written_under_its_own_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("frame_07.cbf");
        let mut batch = Batch::default();
        batch
            .stage(&path, |beside| {
                assert_eq!(beside.file_name(), path.file_name());
                put("")(beside)
            })
            .unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_replaced_leaves_its_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let mut batch = Batch::default();
        batch.stage(&path, put("new")).unwrap();
        batch.commit().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
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
