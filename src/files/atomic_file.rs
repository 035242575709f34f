//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::FileError;

const BUFFER_BYTES: usize = 1 << 20;

/// What a file is written through.
pub type Output<'a> = BufWriter<&'a mut File>;

/// Lets `content` write a file beside `path` and renames it once complete; on any error the file that was there before stays.
///
/// Pipes and devices (`/dev/null`) are written in place, and a link keeps pointing at the file that it names.
///
/// # Errors
/// [`FileError::Write`] naming `path`.
pub fn write(
    path: &Path,
    content: impl FnOnce(&mut Output<'_>) -> io::Result<()>,
) -> Result<(), FileError> {
    try_write(path, content).map_err(FileError::write(path))
}

fn try_write(
    path: &Path,
    content: impl FnOnce(&mut Output<'_>) -> io::Result<()>,
) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return buffered(&mut File::create(path)?, content);
    }
    let target = resolve_links(path);
    let mut file = create_beside(&target)?;
    buffered(file.as_file_mut(), content)?;
    rename(file.into_temp_path(), &target)
}

/// Gives a complete file its name, and the permissions of the file that had it before; its owner and group, too, where the system
/// lets us give files away.
pub(super) fn rename(temporary: tempfile::TempPath, target: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Ok(before) = fs::metadata(target) {
        use std::os::unix::fs::{MetadataExt, chown};
        let (owner, group) = (before.uid(), before.gid());
        let found = fs::metadata(&temporary)?;
        if (found.uid(), found.gid()) != (owner, group) {
            // Only root gives files away, and others only to their own groups.
            let _ = chown(&temporary, Some(owner), Some(group))
                .or_else(|_| chown(&temporary, None, Some(group)));
        }
        fs::set_permissions(&temporary, before.permissions())?;
    }
    Ok(temporary.persist(target)?)
}

/// The same for a file that is a result by itself, once the disk has it: whatever happens to the machine, the name stands for the
/// whole file of before or for the whole one of now.
pub(crate) fn finish(temporary: tempfile::TempPath, target: &Path) -> io::Result<()> {
    sync(&temporary)?;
    rename(temporary, target)
}

/// Waits until the disk has a file. File systems that cannot do so are not waited for.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    // Windows flushes only what is open for writing.
    match File::options()
        .read(true)
        .write(cfg!(windows))
        .open(path)?
        .sync_data()
    {
        Err(error)
            if error.kind() == io::ErrorKind::Unsupported
                || error.kind() == io::ErrorKind::InvalidInput =>
        {
            Ok(())
        }
        outcome => outcome,
    }
}

fn buffered(
    file: &mut File,
    content: impl FnOnce(&mut Output<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut writer = BufWriter::with_capacity(BUFFER_BYTES, file);
    content(&mut writer)?;
    writer.flush()
}

/// A temporary file in the directory of `target`, removed on drop unless persisted.
pub(crate) fn create_beside(target: &Path) -> io::Result<tempfile::NamedTempFile> {
    if target.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if target.exists() && !target.is_file() {
        return Err(io::Error::other(
            "this format cannot be written to a pipe or a device",
        ));
    }
    if target.exists() {
        // What could not be written is not replaced either: a directory lets us, the file may not.
        File::options().write(true).open(target)?;
    }
    let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(permissions_while_written(target));
    builder
        .tempfile_in(folder_of(target))
        .map_err(without_temporary_name)
}

/// The same error without the name of the temporary file, which nobody has given.
fn without_temporary_name(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((reason, _)) => io::Error::new(error.kind(), reason),
        None => error,
    }
}

/// Where a file lies.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// As many may read an unfinished file as its predecessor, or, where there is none, as the umask allows; its owner may write it.
#[cfg(unix)]
fn permissions_while_written(target: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    const FOR_ALL: u32 = 0o666;
    const OWNER_WRITES: u32 = 0o600;
    let mode = fs::metadata(target).map_or(FOR_ALL, |before| before.permissions().mode());
    fs::Permissions::from_mode(mode & FOR_ALL | OWNER_WRITES)
}

/// The file behind a link, or `path` itself where nothing is there yet.
pub(crate) fn resolve_links(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(directory: &Path) -> Vec<String> {
        fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_failed_write_leaves_the_earlier_file_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image.img");
        write(&path, |out| out.write_all(b"first")).unwrap();
        let failure = write(&path, |out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        let message = failure.unwrap_err().to_string();
        assert!(message.contains("image.img"), "{message}");
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names_in(directory.path()), ["image.img"]);
    }

    #[test]
    fn a_directory_in_the_way_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let message = write(directory.path(), |_| Ok(())).unwrap_err().to_string();
        assert!(message.contains("directory"), "{message}");
    }

    #[test]
    fn a_missing_directory_is_an_error_that_names_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("nowhere/image.img");
        let message = write(&path, |_| Ok(())).unwrap_err().to_string();
        assert!(message.contains("nowhere/image.img"), "{message}");
        assert!(!message.contains("at path"), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_as_readable_as_the_umask_allows() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let (ours, plain) = (directory.path().join("a"), directory.path().join("b"));
        write(&ours, |_| Ok(())).unwrap();
        File::create(&plain).unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_written_again_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image.img");
        for mode in [0o600, 0o640, 0o666, 0o777] {
            fs::write(&path, b"old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            write(&path, |out| {
                let unfinished = names_in(directory.path());
                let unfinished = unfinished
                    .iter()
                    .find(|name| name.ends_with(".tmp"))
                    .unwrap();
                let shown = fs::metadata(directory.path().join(unfinished)).unwrap();
                assert_eq!(shown.permissions().mode() & !mode & 0o077, 0, "{mode:o}");
                out.write_all(b"new")
            })
            .unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                mode
            );
            fs::remove_file(&path).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn root_keeps_the_owner_of_a_file() {
        use std::os::unix::fs::{MetadataExt, chown};
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image.img");
        fs::write(&path, b"old").unwrap();
        if chown(&path, Some(4711), Some(4712)).is_err() {
            return; // Only root has files of others.
        }
        write(&path, |out| out.write_all(b"new")).unwrap();
        let found = fs::metadata(&path).unwrap();
        assert_eq!((found.uid(), found.gid()), (4711, 4712));
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_in_place_and_a_link_is_followed() {
        write(Path::new("/dev/null"), |out| out.write_all(b"x")).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());

        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        fs::write(&file, b"old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
