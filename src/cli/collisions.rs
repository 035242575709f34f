//! Files that would destroy each other: two outputs under one name, or an output that is an input.

use std::path::{Path, PathBuf};

use crate::classic::dialect::UsageError;

/// A file, and the option or word that names it.
pub type Named<'a> = (&'static str, &'a Path);

/// Refuses two outputs that are one file, however it is spelled, and an output that is read as well. Pipes and devices may be
/// named as often as one likes.
///
/// # Errors
/// [`UsageError::SameFile`] and [`UsageError::Overwrites`].
pub fn refuse(outputs: &[Named<'_>], inputs: &[(&'static str, PathBuf)]) -> Result<(), UsageError> {
    let read: Vec<_> = inputs
        .iter()
        .filter_map(|(option, path)| Some((*option, identity(path)?)))
        .collect();
    let mut written: Vec<(&'static str, PathBuf)> = Vec::new();
    for (option, path) in outputs {
        let Some(identity) = identity(path) else {
            continue;
        };
        let same = |(_, other): &&(&'static str, PathBuf)| *other == identity;
        if let Some((other, _)) = written.iter().find(same) {
            return Err(UsageError::SameFile {
                options: [other, option],
                path: path.to_path_buf(),
            });
        }
        if let Some((input, _)) = read.iter().find(same) {
            return Err(UsageError::Overwrites {
                output: option,
                input,
                path: path.to_path_buf(),
            });
        }
        written.push((option, identity));
    }
    Ok(())
}

/// Refuses one of very many outputs that is read as well. Most share no name with an input, and cost no more than a look at the disk.
///
/// # Errors
/// [`UsageError::Overwrites`].
pub fn refuse_overwriting(
    outputs: &[Named<'_>],
    inputs: &[(&'static str, PathBuf)],
) -> Result<(), UsageError> {
    let may_be_read = |path: &Path| {
        path.is_symlink()
            || inputs
                .iter()
                .any(|(_, input)| input.is_symlink() || input.file_name() == path.file_name())
    };
    match outputs.iter().any(|(_, path)| may_be_read(path)) {
        true => refuse(outputs, inputs),
        false => Ok(()),
    }
}

/// The file that a name stands for, which need not be there yet; `None` for pipes and devices.
fn identity(path: &Path) -> Option<PathBuf> {
    match path.canonicalize() {
        Ok(found) => (found.is_file() || found.is_dir()).then_some(found),
        Err(_) => {
            let parent = match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
            let parent = parent.canonicalize().unwrap_or_else(|_| parent.to_owned());
            Some(parent.join(path.file_name()?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_by_two_spellings_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        std::fs::create_dir(here.join("sub")).unwrap();
        let (plain, detour) = (here.join("a.img"), here.join("sub/../a.img"));
        let refused = refuse(&[("-intfile", &plain), ("-noisefile", &detour)], &[]);
        assert!(matches!(refused, Err(UsageError::SameFile { .. })));
        let other = here.join("b.img");
        assert_eq!(
            refuse(&[("-intfile", &plain), ("-noisefile", &other)], &[]),
            Ok(())
        );
    }

    #[cfg(unix)]
    #[test]
    fn an_output_behind_a_link_to_an_input_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (input, link) = (folder.path().join("x.hkl"), folder.path().join("out.bin"));
        std::fs::write(&input, "1 0 0 10\n").unwrap();
        std::os::unix::fs::symlink(&input, &link).unwrap();
        let refused = refuse(&[("-floatfile", &link)], &[("-hkl", input)]);
        assert!(matches!(refused, Err(UsageError::Overwrites { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_device_may_be_named_twice() {
        let null = Path::new("/dev/null");
        assert_eq!(
            refuse(&[("-intfile", null), ("-noisefile", null)], &[]),
            Ok(())
        );
    }
}
