//! From options to images, again and again: what is prepared for one image serves the next.

use std::path::Path;

use crate::{
    classic::{self, Coverage, Experiment, ExperimentError, UnitCell, options::Options},
    engine::{self, Engine, EngineError},
    image::Image,
    plan::Plan,
    progress::Progress,
    structure_factors::{Amplitudes, Loaded, StructureFactorError, cell_difference},
};

/// What can go wrong between options and an image.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    #[error(transparent)]
    StructureFactors(#[from] StructureFactorError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A described run: everything but its image.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    pub experiment: Experiment,
    pub loaded: Loaded,
    pub plan: Plan,
}

impl Prepared {
    /// Reads the files that the options name, relative to the working directory, and flattens everything into a plan.
    ///
    /// # Errors
    /// What is wrong with the options or with a file.
    pub fn new(options: &Options) -> Result<Self, SimulatorError> {
        let directory = Path::new("");
        let factors = &options.structure_factors;
        let load = || classic::load(factors, options.sampling.physics, directory);
        // What is wrong with the options is told before files are read, unless the cell has to come from one.
        if options.crystal.cell.is_some() || options.crystal.matrix.is_some() {
            let experiment = Experiment::from_options(options)?;
            return Ok(Self::assemble(experiment, load()?, options));
        }
        Self::with(options, load()?)
    }

    /// The same with structure factors that are at hand.
    ///
    /// # Errors
    /// What is wrong with the options.
    pub fn with(options: &Options, mut loaded: Loaded) -> Result<Self, SimulatorError> {
        let experiment = if options.crystal.cell.is_some() || options.crystal.matrix.is_some() {
            Experiment::from_options(options)?
        } else {
            let mut with_cell = options.clone();
            with_cell.crystal.cell = loaded.cell;
            let note = loaded.cell.map(|_| "  the cell is that of the file");
            loaded.provenance.extend(note.map(str::to_owned));
            Experiment::from_options(&with_cell)?
        };
        Ok(Self::assemble(experiment, loaded, options))
    }

    /// How much of what the detector sees the table knows; `None` without a table, or where its source does not say.
    pub fn coverage(&self) -> Option<Coverage> {
        match (&self.loaded.amplitudes, &self.loaded.known) {
            (Amplitudes::Table(table), Some(known)) => {
                classic::coverage(&self.plan, table, known, self.loaded.suggested_centring)
            }
            _ => None,
        }
    }

    fn assemble(mut experiment: Experiment, mut loaded: Loaded, options: &Options) -> Self {
        let used = UnitCell::of_vectors(&experiment.crystal.direct).parameters();
        let difference = loaded.cell.and_then(|cell| cell_difference(used, cell));
        loaded.warnings.extend(difference);
        if classic::has_stale_cache(&options.structure_factors, Path::new("")) {
            experiment
                .notices
                .differ("c-parity reads the Fdump.bin of an earlier run instead of -default_F");
        }
        if options.output.stol.is_some() {
            let note = "-stol: accepted, and not used, as in the classic program";
            experiment.notices.notes.push(note.to_owned());
        }
        let plan = experiment.plan(&loaded.amplitudes);
        Self {
            experiment,
            loaded,
            plan,
        }
    }
}

/// Renders images, keeping between them what the next one can use: the structure factors, the engine with its threads,
/// device and compiled kernels, and every buffer whose part of the plan stays the same.
pub struct Simulator {
    options: Options,
    prepared: Prepared,
    /// The structure factors as read, before what one plan had to say about them.
    loaded: Loaded,
    engine: Box<dyn Engine>,
}

impl Simulator {
    /// Reads the options' files and starts the engine that they ask for.
    ///
    /// # Errors
    /// What is wrong with the options or a file, and when there is no such engine.
    pub fn new(options: Options) -> Result<Self, SimulatorError> {
        let factors = &options.structure_factors;
        let loaded = classic::load(factors, options.sampling.physics, Path::new(""))?;
        let prepared = Prepared::with(&options, loaded.clone())?;
        let engine = engine::for_run(&options.run)?;
        Ok(Self {
            options,
            prepared,
            loaded,
            engine,
        })
    }

    /// What is rendered next.
    pub fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Which engine renders.
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_ref()
    }

    /// Changes the options of the next image: another orientation, distance, fluence … Files of structure factors are
    /// read again only when the options that name them change; the engine stays as it is.
    ///
    /// # Errors
    /// As [`Simulator::new`]; the options are then as before.
    pub fn change(&mut self, edit: impl FnOnce(&mut Options)) -> Result<(), SimulatorError> {
        let mut options = self.options.clone();
        edit(&mut options);
        let same_factors = options.structure_factors == self.options.structure_factors
            && options.sampling.physics == self.options.sampling.physics;
        let loaded = if same_factors {
            self.loaded.clone()
        } else {
            classic::load(
                &options.structure_factors,
                options.sampling.physics,
                Path::new(""),
            )?
        };
        self.prepared = Prepared::with(&options, loaded.clone())?;
        self.loaded = loaded;
        self.options = options;
        Ok(())
    }

    /// Renders the image.
    ///
    /// # Errors
    /// Whatever the engine meets.
    pub fn render(&mut self) -> Result<Image, SimulatorError> {
        self.render_watched(&Progress::default())
    }

    /// Renders the image; `progress` tells how far it has come and can stop it.
    ///
    /// # Errors
    /// Whatever the engine meets, and [`EngineError::Cancelled`].
    pub fn render_watched(&mut self, progress: &Progress) -> Result<Image, SimulatorError> {
        Ok(self.engine.render(&self.prepared.plan, progress)?)
    }
}
