//! Absolute-scale X-ray diffraction images of small crystals on pixel detectors.
//!
//! A [`Scene`](scene::Scene) says what is simulated, a [`Shot`](scene::Shot) what differs from image to image, and a
//! [`Simulator`](simulator::Simulator) renders shots on an engine, keeping what stays the same:
//!
//! ```
//! use std::sync::Arc;
//!
//! use nanobragg::engine::{EngineKind, Precision};
//! use nanobragg::scene::{Beam, Crystal, Detector, Panel, Scene, Shot, StructureFactors, UnitCell};
//! use nanobragg::simulator::Simulator;
//! use nanobragg::vector::rotate_xyz;
//!
//! let cell = UnitCell::new([70.0, 80.0, 90.0, 75.0, 85.0, 95.0])?;
//! let crystal = Crystal::new(cell, StructureFactors::Constant(100.0));
//! let camera = Detector::of(Panel::facing(64, 64, 1e-4, 0.1));
//! let scene = Scene::new(Beam::of_wavelength(1.0), camera, crystal.clone());
//! let engine = EngineKind::Cpu(Precision::F64).open(&Default::default())?;
//! let mut simulator = Simulator::new(scene, engine);
//! let image = simulator.render(&Shot::default())?;
//! println!("{} photons in {:?} pixels", image.view().sum(), image.view().dim());
//!
//! // Another orientation: structure factors, engine and buffers stay.
//! let turned = crystal.turned(|v| rotate_xyz(v, [0.1, 0.2, 0.3]));
//! let shot = Shot { crystals: Some(vec![Arc::new(turned)]), ..Shot::default() };
//! assert_ne!(simulator.render(&shot)?, image);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The classic program's command lines describe scenes too, and a [`Session`](classic::Session) renders them:
//!
//! ```
//! use nanobragg::classic::{self, Session};
//!
//! let words = "-default_F 100 -cell 70 80 90 75 85 95 -N 10 -distance 100 -detpixels 64 -device cpu";
//! let mut session = Session::of(&classic::parse(words.split(' '))?)?;
//! println!("{} photons", session.render()?.view().sum());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The way of the data, and which module may use which, is drawn in `docs/architecture.md`.

#[cfg(feature = "cli")]
pub(crate) mod bench;
pub mod classic;
#[cfg(feature = "cli")]
pub(crate) mod cli;
#[cfg(feature = "cli")]
pub(crate) mod compare;
pub mod engine;
pub(crate) mod files;
pub mod formats;
pub mod image;
pub(crate) mod lanes;
pub(crate) mod measure;
pub mod noise;
pub(crate) mod physics;
pub mod picture;
pub mod plan;
pub mod progress;
pub(crate) mod random;
pub mod scene;
pub mod simulator;
pub mod structure_factors;
pub mod trace;
pub mod vector;

/// What the program, the tests and the benchmarks reach into: no part of the library, and free to change.
#[doc(hidden)]
pub mod internals {
    #[cfg(feature = "cli")]
    pub mod bench {
        pub use crate::bench::*;
    }
    #[cfg(feature = "cli")]
    pub mod cli {
        pub use crate::cli::*;
    }
    #[cfg(feature = "cli")]
    pub mod compare {
        pub use crate::compare::*;
    }
    pub mod cpu {
        pub use crate::engine::cpu::*;
    }
    pub mod files {
        pub use crate::files::*;
    }
    pub mod gpu {
        pub use crate::engine::gpu::*;
    }
    pub mod lanes {
        pub use crate::lanes::*;
    }
    pub mod measure {
        pub use crate::measure::*;
    }
    pub mod physics {
        pub use crate::physics::*;
    }
    pub mod random {
        pub use crate::random::*;
    }
}

/// The examples of the README, which the documentation tests run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
