//! What the readers of all image formats have in common.

use ndarray::Array2;

use super::{Acquisition, CameraHeader};
use crate::files::FileError;

/// A file whose header is read and whose pixels are not.
pub(super) trait Source {
    /// Pixels (slow, fast) of every image.
    fn shape(&self) -> (usize, usize);

    /// Number of images, at least 1.
    fn count(&self) -> usize {
        1
    }

    /// What the header says of the first image; `None` for formats without one.
    fn camera(&self) -> Option<CameraHeader> {
        None
    }

    /// How the first image was taken, as far as the header tells.
    fn acquisition(&self) -> Option<Acquisition> {
        self.camera().as_ref().map(Acquisition::from_camera)
    }

    /// What is odd about the file and its reader should know.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether the header is longer than it states itself to be.
    fn outgrows_header(&self) -> bool {
        false
    }

    /// Takes the header to be as long as it states.
    fn believe_header(&mut self) {}

    /// Image number `index`, from 0 and below the count, shape (slow, fast).
    fn read(&self, index: usize) -> Result<Array2<f32>, FileError>;
}
