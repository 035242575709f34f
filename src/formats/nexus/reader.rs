//! Reading the frames of a sweep.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::Array2;
use num_traits::AsPrimitive;
use rust_hdf5::{DatatypeMessage, H5Dataset, Hdf5Error};

use super::{FORMAT, elsewhere, opened::Opened, placement::Placement};
use crate::files::FileError;
use crate::formats::{Acquisition, CameraHeader, sensor_material::formula, source::Source};

/// Where NXmx keeps its images.
const DATA_GROUP: &str = "entry/data";
const DETECTOR: &str = "entry/instrument/detector";
/// What stands for pixels that were not recorded, which whole numbers without a sign mark by the largest of their type, as in CBF.
const NOT_RECORDED: f32 = -1.0;
/// Images of one file: at ten a second those of a day.
const MOST_FRAMES: usize = 1 << 20;

/// The frames of an NXmx file, from this program or a detector.
pub struct Reader {
    path: PathBuf,
    /// Each with its number of frames.
    blocks: Vec<(H5Dataset, usize)>,
    shape: (usize, usize),
    camera: CameraHeader,
    acquisition: Acquisition,
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
        let read = || {
            let opened = Opened::of(path, file_bytes)?;
            let (blocks, shape) = opened.images()?;
            let placement = Placement::of_module(&opened)?;
            let camera = opened.camera(shape, placement.as_ref())?;
            Ok(Self {
                path: path.to_owned(),
                blocks,
                shape,
                acquisition: opened.acquisition(&camera, placement)?,
                camera,
            })
        };
        read().map_err(|problem: String| FileError::malformed(path, FORMAT, problem))
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

    /// How the first image was taken: with the axes of the file, or, where it has none, as [`Self::camera`] has it.
    pub fn acquisition(&self) -> &Acquisition {
        &self.acquisition
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

    fn acquisition(&self) -> Option<Acquisition> {
        Some(self.acquisition.clone())
    }

    fn read(&self, index: usize) -> Result<Array2<f32>, FileError> {
        self.read_frame(index)
    }
}

/// Datasets of frames, with the number of each, and pixels (slow, fast).
type Images = (Vec<(H5Dataset, usize)>, (usize, usize));

impl Opened {
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
            1..=MOST_FRAMES => Ok((blocks, shape)),
            _ => Err(format!(
                "it claims {frames} images, more than the {MOST_FRAMES} that are read"
            )),
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

    fn camera(
        &self,
        (slow_pixels, fast_pixels): (usize, usize),
        placement: Option<&Placement>,
    ) -> Result<CameraHeader, String> {
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
            exposure_s: detector("count_time")?,
            flux_per_s: self.number("entry/instrument/beam/total_flux")?,
            polarization_factor: self
                .numbers("entry/instrument/beam/incident_polarisation_stokes")?
                .and_then(|stokes| stokes.get(1).copied()),
            sensor_material: self
                .text(&format!("{DETECTOR}/sensor_material"))?
                .and_then(|word| formula(word.trim_end_matches('\0'))),
            sensor_thickness_m: detector("sensor_thickness")?,
            twotheta_deg: detector("polar_angle")?
                .or(detector("goniometer/two_theta")?)
                .or(placement.map(Placement::tilt_deg)),
        })
    }

    /// How the first image was taken.
    fn acquisition(
        &self,
        camera: &CameraHeader,
        placement: Option<Placement>,
    ) -> Result<Acquisition, String> {
        let flat = Acquisition::from_camera(camera);
        let placed = placement.map(|placement| Acquisition {
            origin_m: placement.origin_m,
            fast: placement.fast,
            slow: placement.slow,
            // The frame of NeXus itself.
            beam: [0.0, 0.0, 1.0],
            polarization_axis: [-1.0, 0.0, 0.0],
            spindle: placement.spindle.unwrap_or([-1.0, 0.0, 0.0]),
            ..flat.clone()
        });
        Ok(Acquisition {
            mask: self.mask((camera.slow_pixels, camera.fast_pixels))?,
            ..placed.unwrap_or(flat)
        })
    }

    /// Which pixels were recorded; `None` when all were, or the file does not say.
    fn mask(&self, (slow, fast): (usize, usize)) -> Result<Option<Arc<Vec<u8>>>, String> {
        let Some(dataset) = self.dataset(&format!("{DETECTOR}/pixel_mask"))? else {
            return Ok(None);
        };
        if dataset.shape() != [slow, fast] || self.check_size(&dataset, (slow, fast)).is_err() {
            return Ok(None);
        }
        let Ok(flags) = dataset.read_numeric_as::<i64>() else {
            return Ok(None);
        };
        let mask: Vec<u8> = flags.iter().map(|&flags| u8::from(flags == 0)).collect();
        Ok(mask.contains(&0).then(|| Arc::new(mask)))
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
