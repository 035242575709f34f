//! Reading the frames of a sweep.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::Array2;
use num_traits::AsPrimitive;
use rust_hdf5::{DatatypeMessage, H5Dataset, H5File, Hdf5Error};

use super::{
    FORMAT,
    placement::{Placement, number},
};
use crate::files::FileError;
use crate::formats::{Acquisition, CameraHeader};

/// Where NXmx keeps its images; Dectris links several files there.
const DATA_GROUP: &str = "entry/data";
const DETECTOR: &str = "entry/instrument/detector";
/// A damaged file may claim any number of pixels; beyond this many it has to have the bytes for them.
const MODEST_PIXELS: u64 = 1 << 26;
/// What stands for pixels that were not recorded, which whole numbers without a sign mark by the largest of their type, as in CBF.
const NOT_RECORDED: f32 = -1.0;
/// Pixels that a byte of a well compressed file can stand for.
const PIXELS_PER_BYTE: u64 = 512;

/// The frames of an NXmx file, from this program or a detector.
pub struct Reader {
    path: PathBuf,
    file: H5File,
    /// Each with its number of frames.
    blocks: Vec<(H5Dataset, usize)>,
    shape: (usize, usize),
}

impl Reader {
    /// Opens a file and finds its images: `data`, or `data_000001` and so on, in `/entry/data`.
    ///
    /// # Errors
    /// [`FileError::Malformed`] when the file is damaged or has no images there.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let file_bytes = fs::metadata(path).map_err(FileError::read(path))?.len();
        let most_pixels = MODEST_PIXELS.max(file_bytes.saturating_mul(PIXELS_PER_BYTE));
        let malformed = |problem: String| FileError::malformed(path, FORMAT, problem);
        let file = H5File::options()
            .no_locking()
            .open(path)
            .map_err(|error| malformed(error.to_string()))?;
        let group = file
            .root_group()
            .group(DATA_GROUP)
            .map_err(|_| malformed(format!("it has no group /{DATA_GROUP}")))?;
        let mut names: Vec<String> = group
            .link_names()
            .map_err(|error| malformed(error.to_string()))?
            .into_iter()
            .filter(|name| name == "data" || name.starts_with("data_"))
            .collect();
        names.sort();
        // `data` is either the only block or a view of the others.
        names.truncate(if names.first().is_some_and(|name| name == "data") {
            1
        } else {
            names.len()
        });
        let mut blocks = Vec::new();
        let mut shape = None;
        for name in names {
            let dataset = file
                .dataset(&format!("{DATA_GROUP}/{name}"))
                .map_err(|error| malformed(error.to_string()))?;
            let (frames, frame) = match dataset.shape()[..] {
                [frames, slow, fast] => (frames, (slow, fast)),
                ref other => {
                    return Err(malformed(format!(
                        "{DATA_GROUP}/{name} has {} dimensions, not frame, slow, fast",
                        other.len()
                    )));
                }
            };
            let pixels = frame.0.saturating_mul(frame.1);
            if pixels == 0 || pixels as u64 > most_pixels || *shape.get_or_insert(frame) != frame {
                return Err(malformed(format!(
                    "{DATA_GROUP}/{name} has frames of {} x {} pixels",
                    frame.1, frame.0
                )));
            }
            blocks.push((dataset, frames));
        }
        let reader = Self {
            path: path.to_owned(),
            file,
            blocks,
            shape: shape.unwrap_or_default(),
        };
        if reader.frames() == 0 {
            return Err(malformed(format!("/{DATA_GROUP} has no images")));
        }
        Ok(reader)
    }

    /// Pixels (slow, fast) of every image.
    pub fn shape(&self) -> (usize, usize) {
        self.shape
    }

    /// Number of images.
    pub fn frames(&self) -> usize {
        self.blocks.iter().map(|(_, frames)| frames).sum()
    }

    /// Image number `index`, from 0, shape (slow, fast).
    ///
    /// # Errors
    /// [`FileError::Malformed`] when there is no such frame or it is damaged.
    pub fn read_frame(&self, index: usize) -> Result<Array2<f32>, FileError> {
        let malformed = |problem: String| FileError::malformed(&self.path, FORMAT, problem);
        let (slow, fast) = self.shape;
        let mut before = 0;
        for (dataset, frames) in &self.blocks {
            if index - before < *frames {
                let pixels = read_slice(dataset, &[index - before, 0, 0], &[1, slow, fast])
                    .map_err(|error| malformed(error.to_string()))?;
                return Array2::from_shape_vec(self.shape, pixels)
                    .map_err(|error| malformed(error.to_string()));
            }
            before += frames;
        }
        Err(malformed(format!(
            "it has {before} frames, number {index} from 0 was asked for"
        )))
    }

    /// What `-img` and `-mask` take over, the beam centre in MOSFLM's convention.
    pub fn camera(&self) -> CameraHeader {
        let (slow_pixels, fast_pixels) = self.shape;
        let detector = |name: &str| self.number(&format!("{DETECTOR}/{name}"));
        let pixel_size_mm = detector("x_pixel_size").map(|metres| metres * 1e3);
        let center = ["beam_center_x", "beam_center_y"].map(detector);
        let mosflm_mm = |axis: usize| Some((center[axis]? - 0.5) * pixel_size_mm?);
        let omega = |name: &str| self.number(&format!("entry/sample/transformations/{name}"));
        CameraHeader {
            fast_pixels,
            slow_pixels,
            pixel_size_mm,
            distance_mm: detector("distance").map(|metres| metres * 1e3),
            close_distance_mm: None,
            wavelength_angstrom: self.number("entry/instrument/beam/incident_wavelength"),
            beam_center_mm: [mosflm_mm(1), mosflm_mm(0)],
            org_pixels: center.map(|pixels| Some(pixels? + 0.5)),
            phi_deg: omega("omega"),
            osc_range_deg: omega("omega_end")
                .zip(omega("omega"))
                .map(|(end, start)| end - start),
            exposure_s: detector("count_time"),
            flux_per_s: self.number("entry/instrument/beam/total_flux"),
            polarization_factor: self.stokes_factor(),
            sensor_thickness_m: detector("sensor_thickness"),
            twotheta_deg: None,
        }
    }

    /// How the first image was taken: with the axes of the file, or, where it has none, as [`Self::camera`] has it.
    pub fn acquisition(&self) -> Acquisition {
        let flat = Acquisition::from_camera(&self.camera());
        let placed = Placement::of_module(&self.file).map(|placement| Acquisition {
            origin_m: placement.origin_m,
            fast: placement.fast,
            slow: placement.slow,
            // The frame of NeXus itself.
            beam: [0.0, 0.0, 1.0],
            polarization_axis: [-1.0, 0.0, 0.0],
            spindle: placement.spindle.unwrap_or([-1.0, 0.0, 0.0]),
            ..flat.clone()
        });
        Acquisition {
            mask: self.mask(),
            ..placed.unwrap_or(flat)
        }
    }

    /// Which pixels were recorded; `None` when all were, or the file does not say.
    fn mask(&self) -> Option<Arc<Vec<u8>>> {
        let dataset = self.file.dataset(&format!("{DETECTOR}/pixel_mask")).ok()?;
        let (slow, fast) = self.shape;
        if dataset.shape() != [slow, fast] {
            return None;
        }
        let flags = dataset.read_numeric_as::<i64>().ok()?;
        let mask: Vec<u8> = flags.iter().map(|&flags| u8::from(flags == 0)).collect();
        mask.contains(&0).then(|| Arc::new(mask))
    }

    fn stokes_factor(&self) -> Option<f64> {
        let path = "entry/instrument/beam/incident_polarisation_stokes";
        let stokes = self
            .file
            .dataset(path)
            .ok()?
            .read_numeric_as::<f64>()
            .ok()?;
        stokes.get(1).copied()
    }

    fn number(&self, path: &str) -> Option<f64> {
        number(&self.file.dataset(path).ok()?)
    }
}

/// Numbers of any type; the library itself converts neither whole numbers to floats nor doubles to singles.
fn read_slice(
    dataset: &H5Dataset,
    starts: &[usize],
    counts: &[usize],
) -> Result<Vec<f32>, Hdf5Error> {
    fn narrow<T: AsPrimitive<f32>>(numbers: Vec<T>) -> Vec<f32> {
        numbers.into_iter().map(T::as_).collect()
    }
    let mismatch = |error: &Hdf5Error| matches!(error, Hdf5Error::TypeMismatch(_));
    match dataset.read_numeric_slice_as::<f32>(starts, counts) {
        Err(error) if mismatch(&error) => {}
        outcome => return outcome,
    }
    match dataset.read_numeric_slice_as::<f64>(starts, counts) {
        Err(error) if mismatch(&error) => {}
        outcome => return outcome.map(narrow),
    }
    let not_recorded = match dataset.datatype()? {
        DatatypeMessage::FixedPoint {
            size,
            signed: false,
            ..
        } => 1_i64.checked_shl(8 * size).map(|end| end - 1),
        _ => None,
    };
    let numbers = dataset.read_numeric_slice_as::<i64>(starts, counts)?;
    let recorded = |number: i64| match Some(number) == not_recorded {
        true => NOT_RECORDED,
        false => number as f32,
    };
    Ok(numbers.into_iter().map(recorded).collect())
}
