//! What differs from image to image.

use std::sync::Arc;

use super::{Crystal, Detector, Goniometer, Scene, Spectrum};
use crate::vector::Vector;

/// Parts that take the place of a scene's for one image; the default changes nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shot {
    pub crystals: Option<Vec<Arc<Crystal>>>,
    pub spectrum: Option<Arc<Spectrum>>,
    pub goniometer: Option<Arc<Goniometer>>,
    /// How far the camera stands from where the scene has it, metres.
    pub detector_shift_m: Vector,
    /// Photons/m².
    pub fluence: Option<f64>,
}

impl Shot {
    /// Whether both put the same allocations in the place of a scene's.
    pub fn is_same(&self, other: &Self) -> bool {
        fn same<T>(a: Option<&Arc<T>>, b: Option<&Arc<T>>) -> bool {
            match (a, b) {
                (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                (None, None) => true,
                _ => false,
            }
        }
        let crystals = match (&self.crystals, &other.crystals) {
            (Some(a), Some(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b))
            }
            (None, None) => true,
            _ => false,
        };
        crystals
            && same(self.spectrum.as_ref(), other.spectrum.as_ref())
            && same(self.goniometer.as_ref(), other.goniometer.as_ref())
            && self.detector_shift_m == other.detector_shift_m
            && self.fluence == other.fluence
    }

    /// The scene of this shot. Parts that stay are the same allocations, and so is a camera that the shot before shifted alike.
    pub(crate) fn of(&self, scene: &Scene, shifted: &mut Option<ShiftedDetector>) -> Scene {
        let mut taken = scene.clone();
        if let Some(crystals) = &self.crystals {
            taken.crystals.clone_from(crystals);
        }
        if let Some(spectrum) = &self.spectrum {
            taken.spectrum = Arc::clone(spectrum);
        }
        if let Some(goniometer) = &self.goniometer {
            taken.goniometer = Arc::clone(goniometer);
        }
        if self.detector_shift_m != [0.0; 3] {
            let kept = shifted
                .take()
                .filter(|kept| kept.is_of(&scene.detector, self.detector_shift_m))
                .unwrap_or_else(|| ShiftedDetector::new(&scene.detector, self.detector_shift_m));
            taken.detector = Arc::clone(&shifted.insert(kept).shifted);
        }
        if let Some(fluence) = self.fluence
            && fluence != scene.beam.fluence
        {
            Arc::make_mut(&mut taken.beam).fluence = fluence;
        }
        taken
    }
}

/// A camera that a shot shifted.
#[derive(Debug)]
pub(crate) struct ShiftedDetector {
    of: Arc<Detector>,
    by_m: Vector,
    shifted: Arc<Detector>,
}

impl ShiftedDetector {
    fn new(of: &Arc<Detector>, by_m: Vector) -> Self {
        Self {
            of: Arc::clone(of),
            by_m,
            shifted: Arc::new(of.shifted(by_m)),
        }
    }

    fn is_of(&self, detector: &Arc<Detector>, by_m: Vector) -> bool {
        Arc::ptr_eq(&self.of, detector) && self.by_m == by_m
    }
}
