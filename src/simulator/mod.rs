//! The one door: from a scene and its shots to images, again and again.
//!
//! Shots of a sweep, all into the same memory:
//!
//! ```
//! use std::sync::Arc;
//!
//! use nanobragg::engine::{EngineKind, Precision};
//! use nanobragg::plan::Planes;
//! use nanobragg::progress::Progress;
//! use nanobragg::scene::{
//!     Beam, Crystal, Detector, Goniometer, Panel, Scene, Shot, StructureFactors, UnitCell,
//! };
//! use nanobragg::simulator::Simulator;
//!
//! let cell = UnitCell::new([70.0, 80.0, 90.0, 90.0, 90.0, 90.0])?;
//! let crystal = Crystal::new(cell, StructureFactors::Constant(100.0));
//! let camera = Detector::of(Panel::facing(64, 64, 1e-4, 0.1));
//! let scene = Scene::new(Beam::of_wavelength(1.0), camera, crystal);
//! let engine = EngineKind::Cpu(Precision::F32).open(&Default::default())?;
//! let mut simulator = Simulator::new(scene, engine);
//! let mut pixels = vec![0.0; simulator.scene().detector.pixels()];
//! for frame in 0..3 {
//!     let goniometer = Goniometer {
//!         spindle: [1.0, 0.0, 0.0],
//!         phi_rad: vec![0.01 * f64::from(frame)],
//!     };
//!     let shot = Shot { goniometer: Some(Arc::new(goniometer)), ..Shot::default() };
//!     let mut planes = Planes { image: &mut pixels };
//!     simulator.render_into(&shot, &mut planes, &Progress::default())?;
//!     assert!(pixels.iter().any(|&photons| photons > 0.0));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod shots;

use std::sync::Arc;

use crate::{
    engine::{Engine, EngineError, Outcome, Record},
    image::{Image, Pixel},
    plan::{Plan, PlanError, Planes, Planner},
    progress::Progress,
    scene::{Scene, ShiftedDetector, Shot},
};

/// What can go wrong between a scene and its image.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Renders the shots of a scene, keeping between them what the next one can use: the engine with its threads, device and
/// compiled kernels, and every buffer whose part of the scene stays the same allocation.
pub struct Simulator<E = Box<dyn Engine>> {
    scene: Scene,
    engine: E,
    planner: Planner,
    planned: Option<(Shot, Arc<Plan>)>,
    shifted: Option<ShiftedDetector>,
}

impl<E: Engine> Simulator<E> {
    /// A simulator of a scene on an engine.
    pub fn new(scene: Scene, engine: E) -> Self {
        Self {
            scene,
            engine,
            planner: Planner::default(),
            planned: None,
            shifted: None,
        }
    }

    /// What is simulated.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Takes another scene; what it shares with the one before need not be prepared again.
    pub fn set_scene(&mut self, scene: Scene) {
        self.scene = scene;
        self.planned = None;
    }

    /// Which engine renders.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// The engine, to set it up.
    pub fn engine_mut(&mut self) -> &mut E {
        &mut self.engine
    }

    /// What has been made so far, and was not taken from the shot before.
    pub fn planner(&self) -> &Planner {
        &self.planner
    }

    /// What the engine is handed for a shot.
    ///
    /// # Errors
    /// [`PlanError`] for a shot without an image.
    pub fn plan(&mut self, shot: &Shot) -> Result<Arc<Plan>, PlanError> {
        if let Some((planned, plan)) = &self.planned
            && planned.is_same(shot)
        {
            return Ok(Arc::clone(plan));
        }
        let scene = shot.of(&self.scene, &mut self.shifted);
        let plan = Arc::new(self.planner.plan(&scene)?);
        self.planned = Some((shot.clone(), Arc::clone(&plan)));
        Ok(plan)
    }

    /// Renders a shot.
    ///
    /// # Errors
    /// [`SimulatorError`]
    pub fn render(&mut self, shot: &Shot) -> Result<Image, SimulatorError> {
        let plan = self.plan(shot)?;
        Ok(self.engine.image(&plan)?)
    }

    /// Renders a shot into memory that the caller has; `progress` tells how far it has come and can stop it.
    ///
    /// # Errors
    /// [`SimulatorError`], which is [`EngineError::Cancelled`] when it was stopped.
    pub fn render_into(
        &mut self,
        shot: &Shot,
        planes: &mut Planes<'_>,
        progress: &Progress,
    ) -> Result<Outcome, SimulatorError> {
        let plan = self.plan(shot)?;
        Ok(self.engine.render(&plan, planes, progress)?)
    }

    /// Computes one pixel as the image has it, bit for bit, and reports every intermediate value to `record`. A pixel that
    /// the scene leaves out is computed as if it were rendered alone.
    ///
    /// # Errors
    /// [`SimulatorError`]
    pub fn trace(
        &mut self,
        shot: &Shot,
        pixel: Pixel,
        record: &mut dyn Record,
    ) -> Result<f32, SimulatorError> {
        let plan = self.plan(shot)?;
        Ok(self.engine.trace(&plan, pixel, record)?)
    }
}
