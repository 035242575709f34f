//! Where output goes: the caller's memory.

use crate::{image::Image, scene::Detector};

/// What an engine writes: pixels of the panels one after the other, slow-major, in memory that the caller owns.
#[derive(Debug)]
pub struct Planes<'a> {
    /// Photons; every pixel is written, those that are not rendered with 0.
    pub image: &'a mut [f32],
}

impl<'a> Planes<'a> {
    /// The pixels of an image of this camera.
    pub fn of(image: &'a mut Image) -> Self {
        Self {
            image: image.as_mut_slice(),
        }
    }

    /// The pixels of each panel.
    ///
    /// # Panics
    /// When the memory has not the detector's number of pixels.
    pub fn panels(&mut self, detector: &Detector) -> Vec<&mut [f32]> {
        assert_eq!(
            self.image.len(),
            detector.pixels(),
            "the memory for an image has to have the detector's pixels"
        );
        let mut rest = &mut *self.image;
        let mut panels = Vec::with_capacity(detector.panels.len());
        for panel in &detector.panels {
            let (pixels, after) = rest.split_at_mut(panel.pixels());
            panels.push(pixels);
            rest = after;
        }
        panels
    }
}
