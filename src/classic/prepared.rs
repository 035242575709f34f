//! A command line with its files read: the experiment, its structure factors, and the scene of both.

use std::{path::Path, sync::Arc};

use super::{
    Coverage, Experiment, ExperimentError, Notices, coverage, load,
    options::{Options, Physics, StructureFactorOptions},
    raster_order::Order,
};
use crate::{
    plan::{Plan, PlanError, Planner, oriented_cells},
    scene::{Scene, UnitCell},
    structure_factors::{Amplitudes, Loaded, StructureFactorError, cell_difference},
};

/// Why a command line describes no scene.
#[derive(Debug, thiserror::Error)]
pub enum PreparationError {
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    #[error(transparent)]
    StructureFactors(#[from] StructureFactorError),
}

/// A described run: everything but its image.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    pub experiment: Experiment,
    pub loaded: Loaded,
    pub scene: Scene,
    /// Which rules of raster order the image follows.
    pub order: Order,
}

impl Prepared {
    /// Reads the files that the options name and describes the scene.
    ///
    /// # Errors
    /// What is wrong with the options or with a file.
    pub fn new(options: &Options) -> Result<Self, PreparationError> {
        let (factors, note) = with_resolution(options)?;
        let load = || {
            let mut loaded = load(&factors, options.sampling.physics, Path::new(""))?;
            loaded.details.extend(note.clone());
            Ok::<_, StructureFactorError>(loaded)
        };
        // What is wrong with the options is told before files are read, unless the cell has to come from one.
        if options.crystal.cell.is_some() || options.crystal.matrix.is_some() {
            let experiment = Experiment::from_options(options)?;
            return Ok(Self::assemble(experiment, load()?, options, None));
        }
        Self::with(options, load()?, None)
    }

    /// The same with structure factors that are at hand. What `before` has alike is taken from there.
    ///
    /// # Errors
    /// What is wrong with the options.
    pub fn with(
        options: &Options,
        mut loaded: Loaded,
        before: Option<&Self>,
    ) -> Result<Self, PreparationError> {
        let experiment = if options.crystal.cell.is_some() || options.crystal.matrix.is_some() {
            Experiment::from_options(options)?
        } else {
            let mut with_cell = options.clone();
            with_cell.crystal.cell = loaded.cell;
            let note = loaded.cell.map(|_| "  the cell is that of the file");
            loaded.details.extend(note.map(str::to_owned));
            Experiment::from_options(&with_cell)?
        };
        Ok(Self::assemble(experiment, loaded, options, before))
    }

    /// How much of what the detector sees the table knows; `None` without a table, or where its source does not say.
    pub fn coverage(&self, plan: &Plan) -> Option<Coverage> {
        match (&self.loaded.amplitudes, &self.loaded.known) {
            (Amplitudes::Table(table), Some(known)) => {
                coverage(plan, table, known, self.loaded.suggested_centring)
            }
            _ => None,
        }
    }

    /// What an engine is handed, made anew; a session keeps it.
    ///
    /// # Errors
    /// [`PlanError`]
    pub fn plan(&self) -> Result<Plan, PlanError> {
        Planner::default().plan(&self.scene)
    }

    fn assemble(
        mut experiment: Experiment,
        mut loaded: Loaded,
        options: &Options,
        before: Option<&Self>,
    ) -> Self {
        let used = UnitCell::of_vectors(&experiment.crystal.real_space).parameters();
        let difference = loaded.cell.and_then(|cell| cell_difference(used, cell));
        loaded.warnings.extend(difference);
        if loaded.has_stale_cache {
            experiment
                .notices
                .differ("c-parity reads the Fdump.bin of an earlier run instead of -default_F");
        }
        tell_of_amorphous_material(options, &mut experiment.notices);
        let before = before.map(|before| (&before.experiment, &before.scene));
        let scene = experiment.scene(&loaded.amplitudes, before);
        Self {
            order: Order::of(&experiment, &scene),
            experiment,
            loaded,
            scene,
        }
    }
}

/// The options of the structure factors, those of `-pdb` as far as the camera and `-dmin` let one see unless `-resolution` says how
/// far; and what to tell of it.
fn with_resolution(
    options: &Options,
) -> Result<(StructureFactorOptions, Option<String>), ExperimentError> {
    let mut factors = options.structure_factors.clone();
    if factors.pdb.is_none() || factors.hkl.is_some() || factors.resolution_angstrom.is_some() {
        return Ok((factors, None));
    }
    let Some(corner) = Experiment::corner_angstrom(options)? else {
        return Ok((factors, None));
    };
    let dmin = options.sampling.dmin_angstrom.filter(|dmin| *dmin > corner);
    // Four decimals, and none of them takes a reflection away.
    let reach = (dmin.unwrap_or(corner) * 1e4).floor() / 1e4;
    factors.resolution_angstrom = Some(reach).filter(|reach| *reach > 0.0);
    let end = match dmin {
        Some(_) => "that of -dmin",
        None => "the corner of the detector",
    };
    let note = format!("  -resolution {reach} Å is {end}");
    Ok((factors, Some(note)))
}

/// Says that S(q) is not used, and when it could not be.
fn tell_of_amorphous_material(options: &Options, notices: &mut Notices) {
    let output = &options.output;
    if let Some(path) = &output.stol {
        let typed = options.typed.last("stol");
        let option = typed.map_or("-stol", |option| &option.word);
        notices.note(format!(
            "{option}: accepted, and not used, as in the classic program"
        ));
        if let Err(error) = std::fs::File::open(path) {
            let path = path.display();
            notices.warn(format!(
                "{option} {path}: cannot be read, and is not used: {error}"
            ));
        }
    }
    if output.stol_out.is_some() {
        notices.note("-stolout: accepted, and not written, as in the classic program");
    }
    for (option, is_given) in [
        ("-coherent", output.coherent),
        ("-density", output.density.is_some()),
        ("-MW", output.molecular_weight.is_some()),
    ] {
        if is_given {
            notices.note(format!(
                "{option}: accepted, and not used, as in the classic program"
            ));
        }
    }
}

impl Order {
    /// The rules that an experiment follows.
    pub fn of(experiment: &Experiment, scene: &Scene) -> Self {
        let crystal = &scene.crystals[0];
        let first_loop = experiment.goniometer.first_loop(experiment.physics);
        Self {
            first_loop: first_loop.map(|goniometer| {
                let rotations = &crystal.mosaic.rotations;
                Arc::new(oriented_cells(crystal.real_space, &goniometer, rotations))
            }),
            run_out_is_final: experiment.physics != Physics::Corrected,
        }
    }
}
