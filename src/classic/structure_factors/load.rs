//! Which structure factors a run uses.

use std::{path::Path, sync::Arc};

use super::{common::ranges, load_hkl, load_model};
use crate::classic::options::{Physics, StructureFactorOptions};
use crate::structure_factors::{
    Amplitudes, Loaded, Origin, SourceFile, StructureFactorError, cache,
};

/// Finds and reads the structure factors of a run. Relative names are looked up in `directory`.
///
/// `-hkl` wins. Otherwise a cache is read when `-dump` names one that exists, or when there is no `-default_F`;
/// under [`Physics::CParity`] it is read whenever there is one.
///
/// # Errors
/// When nothing gives F, or a file cannot be read or understood.
pub fn load(
    options: &StructureFactorOptions,
    physics: Physics,
    directory: &Path,
) -> Result<Loaded, StructureFactorError> {
    let default_f = options.default_f.unwrap_or(0.0);
    check_combination(options)?;
    if let Some(path) = &options.hkl {
        return load_hkl::load(path, options, directory);
    }
    if let Some(path) = &options.pdb {
        return load_model::load(path, options, directory);
    }
    let Some(cache) = options.cache() else {
        return match options.default_f {
            Some(_) => Ok(constant(default_f)),
            None => Err(StructureFactorError::Option {
                option: "-dump",
                problem: "none leaves no structure factors; give -hkl FILE or -default_F VALUE"
                    .into(),
            }),
        };
    };
    let exists = directory.join(&cache).exists();
    let is_named = options.dump.is_some();
    match options.default_f {
        None if exists || is_named => load_cache(&cache, default_f, directory),
        None => Err(StructureFactorError::NothingGiven { cache }),
        Some(_) if exists && is_named => load_cache(&cache, default_f, directory),
        Some(_) if exists && physics == Physics::CParity => {
            let mut loaded = load_cache(&cache, default_f, directory)?;
            loaded.warnings.push(format!(
                "{} of an earlier run is used although -default_F is given, as the classic program would; \
                 remove it or leave -physics c-parity away",
                cache.display()
            ));
            loaded.has_stale_cache = true;
            Ok(loaded)
        }
        Some(_) => Ok(Loaded {
            warnings: is_named
                .then(|| format!("-dump {}: there is no such cache to read", cache.display()))
                .into_iter()
                .collect(),
            has_stale_cache: exists,
            ..constant(default_f)
        }),
    }
}

/// The same F everywhere.
fn constant(default_f: f64) -> Loaded {
    Loaded {
        amplitudes: Amplitudes::Constant(default_f),
        known: None,
        suggested_centring: None,
        cell: None,
        origin: Origin::Constant(default_f),
        details: Vec::new(),
        warnings: Vec::new(),
        cache_to_write: None,
        has_stale_cache: false,
    }
}

/// Refuses options that contradict each other or have nothing to act on.
fn check_combination(options: &StructureFactorOptions) -> Result<(), StructureFactorError> {
    let (hkl, pdb) = (options.hkl.is_some(), options.pdb.is_some());
    let refuse = |option, problem: &str| {
        Err(StructureFactorError::Option {
            option,
            problem: problem.into(),
        })
    };
    if hkl && pdb {
        return refuse("-pdb", "F comes from -hkl or from -pdb, not from both");
    }
    if options.column.is_some() && !hkl {
        return refuse(
            "-column",
            "names a column of a reflection file; give one with -hkl",
        );
    }
    for (option, is_given) in [
        ("-spacegroup", options.space_group.is_some()),
        ("-F000", options.f000.is_some()),
    ] {
        if is_given && !hkl && !pdb {
            return refuse(option, "goes with -hkl or -pdb");
        }
    }
    for (option, is_given) in [
        ("-resolution", options.resolution_angstrom.is_some()),
        ("-k_sol", options.k_sol.is_some()),
        ("-B_sol", options.b_sol.is_some()),
    ] {
        if is_given && !pdb {
            return refuse(option, "goes with -pdb");
        }
    }
    if pdb && options.resolution_angstrom.is_none() {
        return refuse("-pdb", "say how far F should reach with -resolution, in Å");
    }
    Ok(())
}

fn load_cache(
    path: &Path,
    default_f: f64,
    directory: &Path,
) -> Result<Loaded, StructureFactorError> {
    let file = SourceFile::read_cache(directory, path)?;
    let table = cache::parse(&file.bytes, path, default_f)?;
    Ok(Loaded {
        origin: file.origin("F cache"),
        details: vec![ranges(&table, None)],
        amplitudes: Amplitudes::Table(Arc::new(table)),
        known: None,
        suggested_centring: None,
        cell: None,
        warnings: Vec::new(),
        cache_to_write: None,
        has_stale_cache: false,
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;
    use crate::structure_factors::{DEFAULT_CACHE, Table};

    struct WorkingDirectory(tempfile::TempDir);

    impl WorkingDirectory {
        /// Holds `f.hkl` (one reflection of 7) and, if asked, an `Fdump.bin` (one of 3).
        fn new(with_cache: bool) -> Self {
            let directory = tempfile::tempdir().unwrap();
            fs::write(directory.path().join("f.hkl"), "1 2 3 7\n0 0 0 9\n").unwrap();
            if with_cache {
                let cache = directory.path().join(DEFAULT_CACHE);
                cache::write(&Table::filled([1, 2, 3], [1, 2, 3], 3.0), &cache).unwrap();
            }
            Self(directory)
        }

        fn load(
            &self,
            hkl: Option<&str>,
            default_f: Option<f64>,
            dump: Option<&str>,
            physics: Physics,
        ) -> Result<Loaded, StructureFactorError> {
            let options = StructureFactorOptions {
                hkl: hkl.map(PathBuf::from),
                default_f,
                dump: dump.map(PathBuf::from),
                ..Default::default()
            };
            load(&options, physics, self.0.path())
        }
    }

    fn f_of(loaded: &Loaded, hkl: [i32; 3]) -> f64 {
        match &loaded.amplitudes {
            Amplitudes::Constant(f) => *f,
            Amplitudes::Table(table) => table.get(hkl),
        }
    }

    #[test]
    fn an_hkl_file_wins_and_asks_for_a_cache() {
        let directory = WorkingDirectory::new(true);
        let loaded = directory
            .load(Some("f.hkl"), Some(5.0), None, Physics::CParity)
            .unwrap();
        assert_eq!(f_of(&loaded, [1, 2, 3]), 7.0);
        assert_eq!(f_of(&loaded, [1, 2, 2]), 5.0);
        assert_eq!(
            loaded.cache_to_write,
            Some(directory.0.path().join(DEFAULT_CACHE))
        );
    }

    #[test]
    fn without_a_cache_none_is_read_or_written() {
        let directory = WorkingDirectory::new(true);
        let none = Some("none");
        let from_hkl = directory.load(Some("f.hkl"), None, none, Physics::Spec);
        assert_eq!(from_hkl.unwrap().cache_to_write, None);
        for physics in [Physics::Spec, Physics::CParity] {
            let constant = directory.load(None, Some(5.0), none, physics).unwrap();
            assert_eq!(constant.amplitudes, Amplitudes::Constant(5.0));
            assert!(!constant.has_stale_cache);
        }
        let error = directory.load(None, None, none, Physics::Spec).unwrap_err();
        assert!(
            error.to_string().starts_with("-dump: none leaves"),
            "{error}"
        );
    }

    #[test]
    fn a_cache_left_behind_is_read_only_when_nothing_else_gives_f() {
        let directory = WorkingDirectory::new(true);
        let constant = directory
            .load(None, Some(5.0), None, Physics::Spec)
            .unwrap();
        assert_eq!(constant.amplitudes, Amplitudes::Constant(5.0));
        let cached = directory.load(None, None, None, Physics::Spec).unwrap();
        assert_eq!(f_of(&cached, [1, 2, 3]), 3.0);
        assert_eq!(f_of(&cached, [0, 0, 0]), 0.0);
        assert!(cached.warnings.is_empty());
        let named = directory
            .load(None, Some(5.0), Some(DEFAULT_CACHE), Physics::Spec)
            .unwrap();
        assert_eq!(f_of(&named, [1, 2, 3]), 3.0);
        assert_eq!(f_of(&named, [0, 0, 0]), 5.0);
    }

    #[test]
    fn the_classic_trap_is_kept_with_a_warning_when_asked_for() {
        let directory = WorkingDirectory::new(true);
        let trapped = directory
            .load(None, Some(5.0), None, Physics::CParity)
            .unwrap();
        assert_eq!(f_of(&trapped, [1, 2, 3]), 3.0);
        assert_eq!(trapped.warnings.len(), 1);
    }

    #[test]
    fn without_any_f_the_user_is_told_what_to_give() {
        let directory = WorkingDirectory::new(false);
        for physics in [Physics::Spec, Physics::CParity, Physics::Corrected] {
            let error = directory.load(None, None, None, physics).unwrap_err();
            assert!(error.is_usage());
            assert!(error.to_string().contains("-hkl FILE"), "{error}");
        }
        let missing = directory
            .load(None, None, Some("gone.bin"), Physics::Spec)
            .unwrap_err();
        assert!(missing.to_string().starts_with("gone.bin: "), "{missing}");
    }

    #[test]
    fn the_log_says_where_f_came_from() {
        let directory = WorkingDirectory::new(false);
        let loaded = directory
            .load(Some("f.hkl"), None, None, Physics::Spec)
            .unwrap();
        let log = loaded.provenance().join("\n");
        let sha256 = "SHA-256 7b125ef539caaef7c173098884f2810a5d7ea0b7c121bb31fa45a1d9961834ed";
        for fact in [
            "f.hkl",
            "16 bytes",
            sha256,
            "2 reflections",
            "h 0..1, k 0..2, l 0..3",
            "2 of 24",
        ] {
            assert!(log.contains(fact), "{fact} is not in {log}");
        }
    }

    #[test]
    fn files_that_are_missing_empty_or_directories_are_named() {
        let directory = WorkingDirectory::new(false);
        fs::write(directory.0.path().join("empty.hkl"), "").unwrap();
        for name in ["missing.hkl", "empty.hkl", "."] {
            let error = directory
                .load(Some(name), None, None, Physics::Spec)
                .unwrap_err();
            assert!(
                error.to_string().starts_with(&format!("{name}: ")),
                "{error}"
            );
            assert!(!error.is_usage());
        }
    }
}
