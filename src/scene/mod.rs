//! What is simulated, in SI units, Å and radians: beam, spectrum, detector, goniometer, crystals, sampling.
//!
//! A [`Scene`] is made of parts behind `Arc`; a [`Shot`] puts others in the place of some of them. What stays the same
//! between two images is the same allocation, which is how a simulator knows that it need not prepare it again.
//!
//! A camera of two panels and two crystals, the second at half the scale of the first:
//!
//! ```
//! use std::sync::Arc;
//!
//! use nanobragg::scene::{
//!     Beam, Crystal, Detector, Mosaic, Panel, Scene, StructureFactors, UnitCell,
//! };
//!
//! let mut right = Panel::facing(64, 64, 1e-4, 0.1);
//! right.origin_m[0] += 70e-4;
//! let camera = Detector { panels: vec![Panel::facing(64, 64, 1e-4, 0.1), right] };
//! let cell = UnitCell::new([70.0, 80.0, 90.0, 90.0, 90.0, 90.0])?;
//! let first = Crystal::new(cell, StructureFactors::Constant(100.0));
//! let second = Crystal {
//!     mosaic: Arc::new(Mosaic::cap(0.5, 20, 1)),
//!     scale: 0.5,
//!     ..first.clone()
//! };
//! let mut scene = Scene::new(Beam::of_wavelength(1.0), camera, first);
//! scene.crystals.push(Arc::new(second));
//! assert_eq!(scene.detector.pixels(), 2 * 64 * 64);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod beam;
mod crystal;
mod detector;
mod goniometer;
mod sampling;
mod shot;
mod unit_cell;

use std::sync::Arc;

pub use beam::{Background, Beam, Polarization, Source, Spectrum};
pub use crystal::{Crystal, Domain, Mosaic, Shape, StructureFactors};
pub use detector::{Bend, Detector, Panel, Sensor};
pub use goniometer::Goniometer;
pub use sampling::{PerSampleFactors, Sampling, Weighting};
pub(crate) use shot::ShiftedDetector;
pub use shot::Shot;
pub use unit_cell::{UnitCell, UnitCellError};

/// Everything that decides the pixels of an image.
///
/// Any right-handed laboratory frame will do, as long as all vectors are in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    pub beam: Arc<Beam>,
    pub spectrum: Arc<Spectrum>,
    pub detector: Arc<Detector>,
    pub goniometer: Arc<Goniometer>,
    /// Their images add up.
    pub crystals: Vec<Arc<Crystal>>,
    pub background: Vec<Background>,
    pub sampling: Sampling,
}

impl Scene {
    /// A still of one crystal, one sample a pixel, every factor in its place.
    pub fn new(beam: Beam, detector: Detector, crystal: Crystal) -> Self {
        Self {
            spectrum: Arc::new(Spectrum::monochromatic(&beam)),
            beam: Arc::new(beam),
            detector: Arc::new(detector),
            goniometer: Arc::new(Goniometer::still()),
            crystals: vec![Arc::new(crystal)],
            background: Vec::new(),
            sampling: Sampling::default(),
        }
    }
}
