//! Reading the frames of a sweep.

use std::fs::File;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use num_traits::AsPrimitive;
use rust_hdf5::{H5Dataset, H5File, Hdf5Error};

use super::{FORMAT, MAGIC, elsewhere};
use crate::files::FileError;
use crate::formats::{CameraHeader, extent, frames::Source};

/// Where NXmx keeps its images.
const DATA_GROUP: &str = "entry/data";
const DETECTOR: &str = "entry/instrument/detector";
/// Images of one file: at ten a second those of a day.
const MOST_FRAMES: usize = 1 << 20;
/// Numbers of a list of the header, such as the angle of every frame.
const LONGEST_LIST: usize = MOST_FRAMES;
/// No number is wider.
const WIDEST_NUMBER_BYTES: usize = 8;

/// The frames of an NXmx file, from this program or a detector.
pub struct Reader {
    path: PathBuf,
    /// Each with its number of frames.
    blocks: Vec<(H5Dataset, usize)>,
    shape: (usize, usize),
    camera: CameraHeader,
}

impl Reader {
    /// Opens a file and finds its images: `data`, or `data_000001` and so on, in `/entry/data`.
    ///
    /// # Errors
    /// [`FileError::Malformed`] when the file is damaged, has no images there, or takes them from other files.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let mut file = File::open(path).map_err(FileError::read(path))?;
        let file_bytes = file.metadata().map_err(FileError::read(path))?.len();
        if elsewhere::has_virtual_dataset(&mut file).map_err(FileError::read(path))? {
            return Err(FileError::malformed(path, FORMAT, elsewhere::IS_VIRTUAL));
        }
        let opened = Opened::of(path, file_bytes)
            .and_then(|opened| opened.images())
            .map_err(|problem| FileError::malformed(path, FORMAT, problem))?;
        let (blocks, shape, camera) = opened;
        Ok(Self {
            path: path.to_owned(),
            blocks,
            shape,
            camera,
        })
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
        self.camera
    }
}

impl Source for Reader {
    fn shape(&self) -> (usize, usize) {
        self.shape
    }

    fn count(&self) -> usize {
        self.frames()
    }

    fn camera(&self) -> Option<CameraHeader> {
        Some(self.camera)
    }

    fn read(&self, index: usize) -> Result<Array2<f32>, FileError> {
        self.read_frame(index)
    }
}

/// Datasets of frames, with the number of each; pixels (slow, fast); and the camera.
type Images = (Vec<(H5Dataset, usize)>, (usize, usize), CameraHeader);

/// A file whose objects are looked up without leaving it.
struct Opened {
    file: H5File,
    file_bytes: u64,
}

impl Opened {
    fn of(path: &Path, file_bytes: u64) -> Result<Self, String> {
        let mut start = [0; MAGIC.len()];
        let is_hdf5 = File::open(path)
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start))
            .is_ok_and(|()| start == MAGIC);
        if !is_hdf5 {
            return Err("it does not begin as an HDF5 file does".to_owned());
        }
        let file = H5File::options().no_locking().open(path);
        let file = file.map_err(|error| error.to_string())?;
        Ok(Self { file, file_bytes })
    }

    fn images(&self) -> Result<Images, String> {
        let group = match elsewhere::resolve(&self.file, DATA_GROUP) {
            Ok(group) => group,
            Err(elsewhere::Nowhere::Missing) => {
                return Err(format!("it has no group /{DATA_GROUP}"));
            }
            Err(elsewhere::Nowhere::Elsewhere(problem)) => return Err(problem),
        };
        let links = self
            .file
            .root_group()
            .group(&group)
            .and_then(|group| group.link_names())
            .map_err(|_| format!("it has no group /{DATA_GROUP}"))?;
        let is_data = |name: &String| name == "data" || name.starts_with("data_");
        let mut names: Vec<String> = links.into_iter().filter(is_data).collect();
        names.sort();
        // `data` is either the only block or a view of the others.
        if names.first().is_some_and(|name| name == "data") {
            names.truncate(1);
        }
        let mut blocks = Vec::new();
        let mut shape = None;
        let mut frames = 0_usize;
        for name in names {
            let path = format!("{DATA_GROUP}/{name}");
            let dataset = self
                .dataset(&path)?
                .ok_or_else(|| format!("/{path} leads nowhere"))?;
            let (count, frame) = self.frames_of(&dataset, &path)?;
            if *shape.get_or_insert(frame) != frame {
                return Err(format!(
                    "/{path} has frames of {} x {} pixels, those before it others",
                    frame.1, frame.0
                ));
            }
            frames = frames.saturating_add(count);
            blocks.push((dataset, count));
        }
        let shape = shape.unwrap_or_default();
        match frames {
            0 => Err(format!("/{DATA_GROUP} has no images")),
            1..=MOST_FRAMES => Ok((blocks, shape, self.camera(shape)?)),
            _ => Err(format!(
                "it claims {frames} images, more than the {MOST_FRAMES} that are read"
            )),
        }
    }

    /// A dataset whose numbers lie in this file; `None` when there is none of that name.
    fn dataset(&self, path: &str) -> Result<Option<H5Dataset>, String> {
        let local = match elsewhere::resolve(&self.file, path) {
            Ok(local) => local,
            Err(elsewhere::Nowhere::Missing) => return Ok(None),
            Err(elsewhere::Nowhere::Elsewhere(problem)) => return Err(problem),
        };
        match self.file.dataset(&local) {
            Ok(dataset) => {
                elsewhere::check_storage(&dataset, path)?;
                Ok(Some(dataset))
            }
            Err(Hdf5Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Number of frames, and pixels (slow, fast) of each, of a dataset that may be read.
    fn frames_of(
        &self,
        dataset: &H5Dataset,
        path: &str,
    ) -> Result<(usize, (usize, usize)), String> {
        let dimensions = dataset.shape();
        let [frames, slow, fast] = dimensions[..] else {
            return Err(format!(
                "/{path} has {} dimensions, not frame, slow, fast",
                dimensions.len()
            ));
        };
        self.check_size(dataset, (slow, fast))
            .map_err(|problem| format!("/{path}: {problem}"))?;
        Ok((frames, (slow, fast)))
    }

    /// Bounds what a frame takes to read: its own pixels, and those of a chunk.
    fn check_size(&self, dataset: &H5Dataset, frame: (usize, usize)) -> Result<(), String> {
        if dataset.element_size() > WIDEST_NUMBER_BYTES {
            return Err(format!(
                "its elements of {} bytes are no numbers",
                dataset.element_size()
            ));
        }
        let bits = 8 * dataset.element_size() as u64;
        extent::packed_pixels(frame, bits, self.file_bytes)?;
        let chunk = dataset.chunk_dims().unwrap_or_default();
        let numbers = chunk
            .iter()
            .try_fold(1_usize, |numbers, &length| numbers.checked_mul(length));
        extent::packed_pixels((1, numbers.unwrap_or(usize::MAX)), bits, self.file_bytes)
            .map_err(|_| format!("it is stored in chunks of {chunk:?} numbers"))?;
        Ok(())
    }

    fn camera(&self, (slow_pixels, fast_pixels): (usize, usize)) -> Result<CameraHeader, String> {
        let detector = |name: &str| self.number(&format!("{DETECTOR}/{name}"));
        let omega = |name: &str| self.number(&format!("entry/sample/transformations/{name}"));
        let pixel_size_mm = detector("x_pixel_size")?.map(|metres| metres * 1e3);
        let center = [detector("beam_center_x")?, detector("beam_center_y")?];
        let mosflm_mm = |axis: usize| Some((center[axis]? - 0.5) * pixel_size_mm?);
        let phi_deg = omega("omega")?;
        Ok(CameraHeader {
            fast_pixels,
            slow_pixels,
            pixel_size_mm,
            distance_mm: detector("distance")?.map(|metres| metres * 1e3),
            close_distance_mm: None,
            wavelength_angstrom: self.number("entry/instrument/beam/incident_wavelength")?,
            beam_center_mm: [mosflm_mm(1), mosflm_mm(0)],
            org_pixels: center.map(|pixels| Some(pixels? + 0.5)),
            phi_deg,
            osc_range_deg: omega("omega_end")?
                .zip(phi_deg)
                .map(|(end, start)| end - start),
        })
    }

    /// The first number of a dataset, in metres, degrees or whatever else its unit is short for; `None` where there is no number.
    ///
    /// # Errors
    /// When it lies in another file.
    fn number(&self, path: &str) -> Result<Option<f64>, String> {
        let Some(dataset) = self.dataset(path)? else {
            return Ok(None);
        };
        let numbers = dataset
            .shape()
            .iter()
            .try_fold(1_usize, |numbers, &length| numbers.checked_mul(length));
        let is_list = numbers.is_some_and(|numbers| (1..=LONGEST_LIST).contains(&numbers));
        if !is_list || self.check_size(&dataset, (1, 1)).is_err() {
            return Ok(None);
        }
        let whole = || dataset.read_numeric_as::<i64>().ok();
        let whole = || whole()?.first().map(|&value| value as f64);
        let value = match dataset.read_numeric_as::<f64>() {
            Ok(values) => values.first().copied(),
            Err(_) => whole(),
        };
        let unit = dataset
            .attr("units")
            .and_then(|unit| unit.read_string())
            .unwrap_or_default();
        let factor = match unit.as_str() {
            "mm" => 1e-3,
            "um" | "µm" => 1e-6,
            "nm" => 1e-9,
            "rad" => 180.0 / std::f64::consts::PI,
            _ => 1.0,
        };
        Ok(value.map(|value| value * factor))
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
    dataset
        .read_numeric_slice_as::<i64>(starts, counts)
        .map(narrow)
}
