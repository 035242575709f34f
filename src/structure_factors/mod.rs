//! Structure factors: the table, each file format it is read from, and which of them a run uses.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{options::StructureFactorOptions, plan::Physics};

pub mod cache;
mod error;
pub mod hkl;
mod source_file;
mod table;

pub use error::StructureFactorError;
pub use source_file::FileIdentity;
use source_file::SourceFile;
pub use table::{MAX_TABLE_POINTS, Repeats, Table};

/// Where the F cache lies unless `-dump` names another place.
pub const DEFAULT_CACHE: &str = "Fdump.bin";

/// The amplitude of one reflection, electrons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reflection {
    pub hkl: [i32; 3],
    pub f: f64,
}

/// What the crystal scatters with.
#[derive(Debug, Clone, PartialEq)]
pub enum Amplitudes {
    /// The same F, in electrons, for every reflection.
    Constant(f64),
    Table(Arc<Table>),
}

/// Structure factors, and what a reader of the log should know about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    pub amplitudes: Amplitudes,
    /// Lines for the log: where they came from, ranges, how many.
    pub provenance: Vec<String>,
    pub warnings: Vec<String>,
    /// Where the classic program would write the cache: set when the table was read from `-hkl`.
    pub cache_to_write: Option<PathBuf>,
}

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
    if let Some(path) = &options.hkl {
        return load_hkl(path, options, directory);
    }
    let cache = options
        .dump
        .clone()
        .unwrap_or_else(|| PathBuf::from(DEFAULT_CACHE));
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
            Ok(loaded)
        }
        Some(_) => Ok(Loaded {
            amplitudes: Amplitudes::Constant(default_f),
            provenance: vec![format!(
                "structure factors: F = {default_f} for every reflection (-default_F)"
            )],
            warnings: is_named
                .then(|| format!("-dump {}: there is no such cache to read", cache.display()))
                .into_iter()
                .collect(),
            cache_to_write: None,
        }),
    }
}

/// Whether the working directory holds a cache that only [`Physics::CParity`] would take over `-default_F`.
pub fn has_stale_cache(options: &StructureFactorOptions, directory: &Path) -> bool {
    options.hkl.is_none()
        && options.dump.is_none()
        && options.default_f.is_some()
        && directory.join(DEFAULT_CACHE).exists()
}

fn load_hkl(
    path: &Path,
    options: &StructureFactorOptions,
    directory: &Path,
) -> Result<Loaded, StructureFactorError> {
    let file = SourceFile::read(directory, path)?;
    let (reflections, mut warnings) = hkl::parse(&file.bytes, path)?;
    let default_f = options.default_f.unwrap_or(0.0);
    let (table, repeats) =
        Table::from_reflections(&reflections, default_f).map_err(|error| error.in_file(path))?;
    if let Some(Repeats { count, first }) = repeats {
        let [h, k, l] = first;
        warnings.push(format!(
            "{}: {count} lines give an index a second, different F, first {h} {k} {l}; the last one counts",
            path.display()
        ));
    }
    let cache = options.dump.clone().unwrap_or(DEFAULT_CACHE.into());
    Ok(Loaded {
        provenance: provenance("hkl text", &file, &table, Some(reflections.len())),
        amplitudes: Amplitudes::Table(Arc::new(table)),
        warnings,
        cache_to_write: Some(directory.join(cache)),
    })
}

fn load_cache(
    path: &Path,
    default_f: f64,
    directory: &Path,
) -> Result<Loaded, StructureFactorError> {
    let file = SourceFile::read(directory, path)?;
    let table = cache::parse(&file.bytes, path, default_f)?;
    Ok(Loaded {
        provenance: provenance("F cache", &file, &table, None),
        amplitudes: Amplitudes::Table(Arc::new(table)),
        warnings: Vec::new(),
        cache_to_write: None,
    })
}

fn provenance(
    format: &str,
    file: &SourceFile,
    table: &Table,
    reflections: Option<usize>,
) -> Vec<String> {
    let [h, k, l]: [String; 3] =
        std::array::from_fn(|axis| format!("{}..{}", table.min()[axis], table.max()[axis]));
    let listed = reflections.map_or(String::new(), |count| format!("{count} reflections, "));
    vec![
        format!("structure factors: {format} {}", file.identity),
        format!(
            "  {listed}h {h}, k {k}, l {l}; {} of {} points are not zero, F = {} elsewhere",
            table.nonzero(),
            table.values().len(),
            table.default_f()
        ),
    ]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct WorkingDirectory(tempfile::TempDir);

    impl WorkingDirectory {
        /// Holds `f.hkl` (one reflection of 7) and, if asked, an `Fdump.bin` (one of 3).
        fn new(with_cache: bool) -> Self {
            let directory = tempfile::tempdir().unwrap();
            fs::write(directory.path().join("f.hkl"), "1 2 3 7\n0 0 0 9\n").unwrap();
            if with_cache {
                let cache = directory.path().join(DEFAULT_CACHE);
                super::cache::write(&Table::filled([1, 2, 3], [1, 2, 3], 3.0), &cache).unwrap();
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
    fn a_stale_cache_is_one_that_nobody_asked_for() {
        let options = StructureFactorOptions {
            default_f: Some(1.0),
            ..Default::default()
        };
        let named = StructureFactorOptions {
            dump: Some(DEFAULT_CACHE.into()),
            ..options.clone()
        };
        let (with, without) = (WorkingDirectory::new(true), WorkingDirectory::new(false));
        assert!(has_stale_cache(&options, with.0.path()));
        assert!(!has_stale_cache(&options, without.0.path()));
        assert!(!has_stale_cache(&named, with.0.path()));
        assert!(!has_stale_cache(&Default::default(), with.0.path()));
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
        let log = loaded.provenance.join("\n");
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
