//! A command line that renders, again and again: the classic words' way through the one door.

use std::sync::Arc;

use super::{
    options::{Device, Options, RunOptions},
    prepared::{PreparationError, Prepared},
    raster_order::{Order, RasterOrder},
};
use crate::{
    engine::{
        Engine, EngineError, EngineKind, Outcome, Record,
        cpu::{CpuEngine, CpuOptions},
        gpu::{GpuOptions, adapters},
    },
    image::{Image, Pixel},
    plan::{Plan, PlanError, Planes},
    progress::Progress,
    scene::Shot,
    simulator::{Simulator, SimulatorError},
    structure_factors::Loaded,
};

/// What can go wrong between a command line and its image.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error(transparent)]
    Preparation(#[from] PreparationError),
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
}

impl From<EngineError> for SessionError {
    fn from(error: EngineError) -> Self {
        Self::Simulator(error.into())
    }
}

impl From<PlanError> for SessionError {
    fn from(error: PlanError) -> Self {
        Self::Simulator(error.into())
    }
}

/// A simulator of what classic options describe.
pub struct Session {
    prepared: Prepared,
    shot: Shot,
    simulator: Simulator<RasterOrder>,
}

impl Session {
    /// Renders what is prepared on an engine.
    pub fn new(prepared: Prepared, engine: RasterOrder) -> Self {
        let scene = prepared.scene.clone();
        let mut session = Self {
            simulator: Simulator::new(scene, engine),
            shot: Shot::default(),
            prepared,
        };
        session.follow(session.prepared.order.clone());
        session
    }

    /// Reads the options' files and starts the engine that they ask for.
    ///
    /// # Errors
    /// What is wrong with the options or a file, and when there is no such engine.
    pub fn of(options: &Options) -> Result<Self, SessionError> {
        let prepared = Prepared::new(options)?;
        Ok(Self::new(prepared, RasterOrder::of_run(&options.run)?))
    }

    /// What is rendered next.
    pub fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Which engine renders.
    pub fn kind(&self) -> EngineKind {
        self.simulator.engine().kind()
    }

    /// One line for the log: which engine, on what.
    pub fn engine(&self) -> String {
        self.simulator.engine().description()
    }

    /// What float32 costs an image.
    pub fn caution(&self, plan: &Plan) -> Option<String> {
        self.simulator.engine().caution(plan)
    }

    /// Renders something else next. What it shares with what was prepared before stays as it is.
    pub fn set(&mut self, prepared: Prepared) {
        self.simulator.set_scene(prepared.scene.clone());
        self.shot = Shot::default();
        self.prepared = prepared;
        self.follow(self.prepared.order.clone());
    }

    /// The same structure factors under other options: another orientation, distance, fluence … No file of structure
    /// factors is read again.
    ///
    /// # Errors
    /// What is wrong with the options; the session is then as before.
    pub fn change(&mut self, options: &Options, loaded: &Loaded) -> Result<(), SessionError> {
        let prepared = Prepared::with(options, loaded.clone(), Some(&self.prepared))?;
        self.set(prepared);
        Ok(())
    }

    /// Begins the rotation elsewhere, degrees.
    pub fn turn_to(&mut self, start_deg: f64) {
        let experiment = &mut self.prepared.experiment;
        experiment.goniometer = experiment.goniometer.from_deg(start_deg);
        self.shot.goniometer = Some(Arc::new(
            experiment.goniometer.every_loop(experiment.physics),
        ));
        self.follow(Order::of(&self.prepared.experiment, &self.prepared.scene));
    }

    /// What the engine is handed.
    ///
    /// # Errors
    /// [`PlanError`]
    pub fn plan(&mut self) -> Result<Arc<Plan>, PlanError> {
        self.simulator.plan(&self.shot)
    }

    /// Renders the image.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn render(&mut self) -> Result<Image, SessionError> {
        Ok(self.simulator.render(&self.shot)?)
    }

    /// Renders the image into memory that the caller has; `progress` tells how far it has come and can stop it.
    ///
    /// # Errors
    /// [`SessionError`], which is [`EngineError::Cancelled`] when it was stopped.
    pub fn render_into(
        &mut self,
        planes: &mut Planes<'_>,
        progress: &Progress,
    ) -> Result<Outcome, SessionError> {
        Ok(self.simulator.render_into(&self.shot, planes, progress)?)
    }

    /// Computes one pixel as the image has it, bit for bit, and reports every intermediate value to `record`.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn trace(&mut self, pixel: Pixel, record: &mut dyn Record) -> Result<f32, SessionError> {
        Ok(self.simulator.trace(&self.shot, pixel, record)?)
    }

    fn follow(&mut self, order: Order) {
        self.simulator.engine_mut().order = order;
    }
}

impl RasterOrder {
    /// An engine that follows raster order.
    ///
    /// # Errors
    /// When the GPU that was asked for is not there or does not suffice.
    pub fn open(kind: EngineKind, gpu: &GpuOptions) -> Result<Self, EngineError> {
        let oracle = CpuEngine::new(CpuOptions {
            precision: kind.cpu_precision().unwrap_or_default(),
            ..CpuOptions::default()
        });
        Ok(Self::new(kind, kind.open(gpu)?, oracle))
    }

    /// The engine that `-device` and its companions ask for.
    ///
    /// # Errors
    /// When the GPU that was asked for is not there or does not suffice.
    pub fn of_run(run: &RunOptions) -> Result<Self, EngineError> {
        let gpu = run.gpu();
        let cpu = EngineKind::Cpu(run.precision.unwrap_or_default());
        match run.device {
            Device::Gpu => Self::open(EngineKind::Gpu, &gpu),
            Device::Cpu => Self::open(cpu, &gpu),
            // Whoever names a GPU or the CPU engine's arithmetic has chosen.
            Device::Auto if run.adapter.is_some() => Self::open(EngineKind::Gpu, &gpu),
            Device::Auto if run.precision.is_some() => Self::open(cpu, &gpu),
            Device::Auto => match adapters::auto_reason_for_cpu(adapters::summaries) {
                None => Self::open(EngineKind::Gpu, &gpu),
                Some(reason) => Ok(Self::open(cpu, &gpu)?.because(reason)),
            },
        }
    }
}

impl RunOptions {
    /// How a GPU engine is set up.
    pub fn gpu(&self) -> GpuOptions {
        GpuOptions {
            adapter: self.adapter.clone(),
            table: self.table,
            ..GpuOptions::default()
        }
    }
}
