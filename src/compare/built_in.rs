//! An engine of this program as a side, in this process and kept warm.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Instant,
};

use tempfile::TempDir;

use super::{CompareError, FileIdentity, SideRun};
use crate::{
    classic::{
        PreparationError, Prepared, RasterOrder, Session, SessionError, UsageError, engine_words,
        load,
        options::{Options, Physics, StructureFactorOptions},
        parse,
    },
    engine::EngineKind,
    image::Pixel,
    plan::Planes,
    progress::Progress,
    structure_factors::{Loaded, Origin},
    trace::{self, TraceError, classic::text, log},
};

/// Why an engine of this program renders or traces nothing.
#[derive(Debug, thiserror::Error)]
pub enum BuiltInError {
    #[error(transparent)]
    Words(#[from] UsageError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Trace(#[from] TraceError),
}

/// The engine, opened by the first run, and what that read.
pub struct BuiltIn {
    kind: EngineKind,
    /// Where it runs unless it is told.
    empty: TempDir,
    session: Option<Session>,
    loaded: Option<(Wanted, Loaded)>,
}

/// What decides which structure factors a run finds.
#[derive(PartialEq)]
struct Wanted {
    directory: PathBuf,
    options: StructureFactorOptions,
    /// Without files of reflections or atoms, which are read alike in all.
    physics: Option<Physics>,
}

impl Wanted {
    fn of(options: &Options, directory: &Path) -> Self {
        let factors = &options.structure_factors;
        let is_named = factors.hkl.is_some() || factors.pdb.is_some();
        Self {
            directory: directory.to_owned(),
            options: StructureFactorOptions {
                interpolate: None,
                ..factors.clone()
            },
            physics: (!is_named).then_some(options.sampling.physics),
        }
    }
}

impl BuiltIn {
    /// An engine that is not opened before it renders.
    ///
    /// # Errors
    /// [`CompareError::File`] when there is no place for an empty directory.
    pub fn new(kind: EngineKind, scratch: &Path) -> Result<Self, CompareError> {
        Ok(Self {
            kind,
            empty: tempfile::tempdir_in(scratch).map_err(CompareError::file(scratch))?,
            session: None,
            loaded: None,
        })
    }

    /// Renders what the words describe, as a run in that directory would, or in an empty one. It writes nothing there.
    ///
    /// # Errors
    /// What is wrong with the words or a file, and whatever the engine meets.
    pub fn run(
        &mut self,
        words: &[OsString],
        directory: Option<&Path>,
        progress: &Progress,
    ) -> Result<SideRun, BuiltInError> {
        let kind = self.kind;
        let begin = Instant::now();
        let session = self.set_up(words, directory)?;
        let plan = session.plan().map_err(SessionError::from)?;
        let mut image = plan.detector.dark_image();
        let outcome = session.render_into(&mut Planes::of(&mut image), progress)?;
        let seconds = begin.elapsed().as_secs_f64();
        let Prepared {
            experiment, loaded, ..
        } = session.prepared();
        let notices = &experiment.notices;
        let version = concat!("nanobragg ", env!("CARGO_PKG_VERSION")).to_owned();
        let device = session.engine();
        let mut lines = vec![version.clone()];
        lines.extend(notices.notes.iter().cloned());
        lines.extend(loaded.provenance());
        lines.push(notices.physics_line(experiment.physics));
        lines.push(format!("device: {device}"));
        let mut warnings: Vec<&String> = notices.warnings.iter().chain(&loaded.warnings).collect();
        let run_out = outcome.left_table.map(left_table_at);
        warnings.extend(&run_out);
        let says_it_read = match &loaded.origin {
            Origin::Constant(_) => None,
            Origin::File { file, .. } => Some(FileIdentity {
                path: directory.unwrap_or(Path::new("")).join(&file.path),
                sha256: Some(file.sha256.clone()),
            }),
        };
        Ok(SideRun {
            command: command(words, kind),
            image: image.view().to_owned(),
            seconds,
            version,
            device: Some(device),
            structure_factors: Some(loaded.origin.to_string()),
            stdout: lines.iter().map(|line| format!("{line}\n")).collect(),
            stderr: warnings
                .iter()
                .map(|warning| format!("warning: {warning}\n"))
                .collect(),
            header: experiment
                .smv_header()
                .entries(image.fast_pixels(), image.slow_pixels()),
            found_in_directory: Vec::new(),
            says_it_read: says_it_read.into_iter().collect(),
            left_table: outcome.left_table,
        })
    }

    /// The lines of a pixel's trace.
    ///
    /// # Errors
    /// As [`BuiltIn::run`], and [`TraceError`].
    pub fn trace(
        &mut self,
        words: &[OsString],
        directory: Option<&Path>,
        pixel: Pixel,
    ) -> Result<Vec<log::Line>, BuiltInError> {
        let session = self.set_up(words, directory)?;
        let traced = trace::pixel(session, pixel.slow, pixel.fast)?;
        let plan = session.plan().map_err(SessionError::from)?;
        Ok(log::parse(&text(
            &session.prepared().experiment,
            &plan,
            &traced,
        )))
    }

    fn set_up(
        &mut self,
        words: &[OsString],
        directory: Option<&Path>,
    ) -> Result<&mut Session, BuiltInError> {
        let options = parse(words)?;
        let prepared = self
            .prepare(&options, directory)
            .map_err(SessionError::from)?;
        let session = match self.session.take() {
            Some(mut session) => {
                session.set(prepared);
                session
            }
            None => {
                let engine =
                    RasterOrder::open(self.kind, &options.run.gpu()).map_err(SessionError::from)?;
                Session::new(prepared, engine)
            }
        };
        Ok(self.session.insert(session))
    }

    /// Reads structure factors only where other ones are wanted than before.
    fn prepare(
        &mut self,
        options: &Options,
        directory: Option<&Path>,
    ) -> Result<Prepared, PreparationError> {
        let directory = directory.unwrap_or(self.empty.path());
        let wanted = Wanted::of(options, directory);
        let loaded = match self.loaded.take().filter(|(kept, _)| *kept == wanted) {
            Some((_, loaded)) => loaded,
            None => load(
                &options.structure_factors,
                options.sampling.physics,
                directory,
            )?,
        };
        let before = self.session.as_ref().map(Session::prepared);
        let prepared = Prepared::with(options, loaded.clone(), before);
        self.loaded = Some((wanted, loaded));
        prepared
    }
}

/// What is said of interpolation that left its table.
pub(super) fn left_table_at(Pixel { slow, fast, .. }: Pixel) -> String {
    format!("interpolation left the table of structure factors at pixel {fast} {slow} (fast, slow)")
}

/// Words that render the same by hand.
fn command(words: &[OsString], kind: EngineKind) -> Vec<String> {
    let words = words.iter().map(|word| word.to_string_lossy().into_owned());
    std::iter::once("nanobragg".to_owned())
        .chain(words)
        .chain(engine_words(kind).iter().map(|&word| word.to_owned()))
        .collect()
}
