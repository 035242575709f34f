//! Writing a sweep frame by frame.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rust_hdf5::format::messages::filter::apply_filters;
use rust_hdf5::types::VarLenUnicode;
use rust_hdf5::{
    DatatypeMessage, FilterPipeline, H5Dataset, H5File, H5Group, H5Type, Hdf5Error, LibverBound,
};
use tempfile::NamedTempFile;

use crate::files::{FileError, atomic_file};
use crate::formats::{Acquisition, Form, History, PixelType, Pixels};
use crate::vector::Vector;
use crate::vector::{norm, scale, subtract};

/// Bit 8 of a NeXus pixel mask: left out by the user.
const LEFT_OUT: u32 = 1 << 8;
/// The fastest; photon noise does not compress much further.
const DEFLATE_LEVEL: u32 = 1;
const CHUNK_ALIGNMENT: usize = 8;
/// What the library writes at the end of a file, at most: its own, and for each frame its place and its angles.
const END_BYTES: u64 = 1 << 16;
const FRAME_END_BYTES: u64 = 128;
/// NXmx asks for a date. A simulation has none, and the same run is to give the same file.
const START: Timestamp = Timestamp::UNIX_EPOCH;
const OMEGA_PATH: &str = "/entry/sample/transformations/omega";
const DISTANCE_PATH: &str = "/entry/instrument/detector/transformations/distance";
const MODULE_OFFSET_PATH: &str = "/entry/instrument/detector/module/module_offset";

/// A file that takes the frames of a sweep one after the other. It appears under its name when it is finished.
///
/// Frames are compressed with the filters that every HDF5 library has, shuffle and deflate.
pub struct Writer {
    /// Goes first, so that the library has room to end the file even where the disk is full.
    reserve: Option<NamedTempFile>,
    path: PathBuf,
    target: PathBuf,
    temporary: NamedTempFile,
    file: H5File,
    entry: H5Group,
    data: H5Dataset,
    acquisition: Acquisition,
    frames: usize,
    form: Form,
    written: usize,
}

/// A frame as the file holds it.
#[derive(Debug)]
pub struct CompressedFrame {
    form: Form,
    bytes: Vec<u8>,
}

impl CompressedFrame {
    /// Compresses an image, on the thread that asks, for a file of this name. Counts where the mask is 0 become the largest number
    /// of their type, as in the files of an Eiger.
    ///
    /// # Errors
    /// [`FileError::Write`] when it cannot be compressed.
    pub fn of(path: &Path, frame: &Pixels<'_>, mask: Option<&[u8]>) -> Result<Self, FileError> {
        let form = frame.form();
        let mut raw = Vec::new();
        frame
            .write(mask, &mut raw)
            .map_err(FileError::write(path))?;
        let mut bytes = apply_filters(&filters(form.pixel), &raw)
            .map_err(|error| FileError::write(path)(io::Error::other(error)))?;
        // The library places chunks of odd sizes the more slowly the more there are; readers stop at the end of the stream.
        bytes.resize(bytes.len().next_multiple_of(CHUNK_ALIGNMENT), 0);
        Ok(Self { form, bytes })
    }
}

fn filters(pixel: PixelType) -> FilterPipeline {
    FilterPipeline::shuffle_deflate(pixel.bytes() as u32, DEFLATE_LEVEL)
}

impl Writer {
    /// A file for `frames` images of one form, the first of them as `acquisition` says, each later one
    /// a range further.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn create(
        path: &Path,
        acquisition: &Acquisition,
        frames: usize,
        form: Form,
    ) -> Result<Self, FileError> {
        let target = atomic_file::resolve_links(path);
        let temporary = atomic_file::create_beside(&target).map_err(FileError::write(path))?;
        let reserve = (frames > 1)
            .then(|| reserve(&target, frames))
            .transpose()
            .map_err(FileError::write(path))?;
        let create = || -> Result<(H5File, H5Group, H5Dataset), Hdf5Error> {
            let file = H5File::options()
                .no_locking()
                .track_times(false)
                .libver(LibverBound::Earliest)
                .create(temporary.path())?;
            let entry = describe(&file, acquisition, form)?;
            let data = group(&entry, "data", "NXdata")?;
            data.set_attr_string("signal", "data")?;
            let images = match form.pixel {
                PixelType::U16 => images::<u16>(&data, frames, form),
                PixelType::U32 => images::<u32>(&data, frames, form),
                PixelType::F32 => images::<f32>(&data, frames, form),
            }?;
            Ok((file, entry, images))
        };
        let (file, entry, data) = create().map_err(|error| write_error(path, error))?;
        Ok(Self {
            reserve,
            path: path.to_owned(),
            target,
            temporary,
            file,
            entry,
            data,
            acquisition: acquisition.clone(),
            frames,
            form,
            written: 0,
        })
    }

    /// Writes the next frame.
    ///
    /// # Errors
    /// [`FileError::Write`], also when the frame has another form than the file or is one too many.
    pub fn push(&mut self, frame: &Pixels<'_>) -> Result<(), FileError> {
        let mask = self.acquisition.mask.as_deref().map(Vec::as_slice);
        let compressed = CompressedFrame::of(&self.path, frame, mask)?;
        self.push_compressed(&compressed)
    }

    /// Writes the next frame, which somebody else has compressed.
    ///
    /// # Errors
    /// [`FileError::Write`], also when the frame has another form than the file or is one too many.
    pub fn push_compressed(&mut self, frame: &CompressedFrame) -> Result<(), FileError> {
        let frames = self.frames;
        if frame.form != self.form || self.written == frames {
            let (slow, fast) = self.form.shape;
            let problem = format!("the file holds {frames} frames of {fast} x {slow} pixels");
            return Err(FileError::write(&self.path)(io::Error::other(problem)));
        }
        self.data
            .write_chunk_raw(self.written, &frame.bytes, 0)
            .map_err(|error| write_error(&self.path, error))?;
        self.written += 1;
        Ok(())
    }

    /// Lets the file end with its first `frames` frames, whatever was written after them.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn end_at(&mut self, frames: usize) -> Result<(), FileError> {
        self.reserve = None;
        (self.frames, self.written) = (frames, frames);
        let (slow, fast) = self.form.shape;
        self.data
            .set_extent(&[frames, slow, fast])
            .map_err(|error| write_error(&self.path, error))
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// [`FileError::Write`], also when a frame is missing.
    pub fn finish(self) -> Result<(), FileError> {
        let Self {
            reserve,
            path,
            target,
            temporary,
            file,
            entry,
            data,
            acquisition,
            frames,
            written,
            form: _,
        } = self;
        if written < frames {
            let problem = format!("{written} of {frames} frames were written");
            return Err(FileError::write(&path)(io::Error::other(problem)));
        }
        drop(reserve);
        describe_frames(&entry, &acquisition, frames).map_err(|error| write_error(&path, error))?;
        drop((entry, data));
        file.close_no_sync()
            .map_err(|error| write_error(&path, error))?;
        atomic_file::finish(temporary.into_temp_path(), &target).map_err(FileError::write(&path))
    }
}

/// A file as large as what the library writes at the end, beside the other: the places of all frames and their angles.
fn reserve(target: &Path, frames: usize) -> io::Result<NamedTempFile> {
    let mut reserve = atomic_file::create_beside(target)?;
    let bytes = END_BYTES + FRAME_END_BYTES * frames as u64;
    io::copy(&mut io::repeat(0).take(bytes), reserve.as_file_mut())?;
    Ok(reserve)
}

fn images<T: H5Type>(data: &H5Group, frames: usize, form: Form) -> Result<H5Dataset, Hdf5Error> {
    let (slow, fast) = form.shape;
    data.new_dataset::<T>()
        .shape([frames, slow, fast])
        .chunk(&[1, slow, fast])
        .filter_pipeline(filters(form.pixel))
        .create("data")
}

fn write_error(path: &Path, error: Hdf5Error) -> FileError {
    let source = match error {
        Hdf5Error::Io(source) => source,
        other => io::Error::other(other),
    };
    FileError::write(path)(source)
}

/// Everything but the images; returns the entry.
fn describe(file: &H5File, acquisition: &Acquisition, form: Form) -> Result<H5Group, Hdf5Error> {
    file.set_attr_string("NX_class", "NXroot")?;
    file.set_attr_string("default", "entry")?;
    let entry = file.create_group("entry")?;
    entry.set_attr_string("NX_class", "NXentry")?;
    entry.set_attr_string("default", "data")?;
    text(&entry, "definition", "NXmx")?;
    text(&entry, "start_time", &START.to_string())?;
    let source = group(&entry, "source", "NXsource")?;
    text(&source, "name", "nanobragg simulation")?;
    let instrument = group(&entry, "instrument", "NXinstrument")?;
    text(&instrument, "name", "simulated")?;
    describe_beam(&instrument, acquisition)?;
    describe_detector(&instrument, acquisition, form)?;
    describe_process(&entry, &acquisition.history)?;
    Ok(entry)
}

/// What follows from the number of frames, which a stopped sweep has fewer of.
fn describe_frames(
    entry: &H5Group,
    acquisition: &Acquisition,
    frames: usize,
) -> Result<(), Hdf5Error> {
    let seconds = acquisition.exposure_s * frames as f64;
    let end = Timestamp::from_second(seconds.ceil() as i64).unwrap_or(Timestamp::MAX);
    text(entry, "end_time_estimated", &end.to_string())?;
    describe_sample(entry, acquisition, frames)
}

fn describe_beam(instrument: &H5Group, acquisition: &Acquisition) -> Result<(), Hdf5Error> {
    let beam = group(instrument, "beam", "NXbeam")?;
    number(
        &beam,
        "incident_wavelength",
        acquisition.wavelength_angstrom,
        "angstrom",
    )?;
    number(&beam, "total_flux", acquisition.flux_per_s, "Hz")?;
    let stokes = [1.0, acquisition.polarization_factor, 0.0, 0.0];
    list(&beam, "incident_polarisation_stokes", &stokes)?;
    Ok(())
}

fn describe_detector(
    instrument: &H5Group,
    acquisition: &Acquisition,
    form: Form,
) -> Result<(), Hdf5Error> {
    let (slow, fast) = form.shape;
    let detector = group(instrument, "detector", "NXdetector")?;
    text(&detector, "description", "simulated")?;
    text(&detector, "type", "simulated")?;
    text(&detector, "depends_on", DISTANCE_PATH)?;
    text(&detector, "sensor_material", acquisition.sensor_material)?;
    let [center_fast, center_slow] = acquisition.beam_center_pixels();
    for (name, value, unit) in [
        ("sensor_thickness", acquisition.stated_thickness_m(), "m"),
        ("distance", acquisition.distance_m(), "m"),
        ("x_pixel_size", acquisition.pixel_size_m, "m"),
        ("y_pixel_size", acquisition.pixel_size_m, "m"),
        ("beam_center_x", center_fast, "pixel"),
        ("beam_center_y", center_slow, "pixel"),
        // What -twotheta was; where that brings the detector, the axes of the module say.
        ("polar_angle", acquisition.twotheta_deg, "deg"),
        ("count_time", acquisition.exposure_s, "s"),
        ("frame_time", acquisition.exposure_s, "s"),
    ] {
        number(&detector, name, value, unit)?;
    }
    scalar(&detector, "saturation_value", form.saturation)?;
    if let Some(mask) = &acquisition.mask {
        let left_out: Vec<u32> = mask
            .iter()
            .map(|&recorded| if recorded == 0 { LEFT_OUT } else { 0 })
            .collect();
        detector
            .new_dataset::<u32>()
            .shape([slow, fast])
            .chunk(&[slow, fast])
            .filter_pipeline(FilterPipeline::shuffle_deflate(4, DEFLATE_LEVEL))
            .create("pixel_mask")?
            .write_raw(&left_out)?;
    }

    let transformations = group(&detector, "transformations", "NXtransformations")?;
    let along_beam = acquisition.in_nexus_frame(acquisition.beam);
    let distance = acquisition.distance_m();
    let dataset = number(&transformations, "distance", distance, "m")?;
    axis(&dataset, "translation", along_beam, ".")?;

    let module = group(&detector, "module", "NXdetector_module")?;
    whole_numbers(&module, "data_origin", [0, 0])?;
    whole_numbers(&module, "data_size", [slow as i64, fast as i64])?;
    let origin = acquisition.in_nexus_frame(acquisition.origin_m);
    let offset = subtract(origin, scale(along_beam, distance));
    let length = norm(offset);
    let direction = if length > 0.0 {
        scale(offset, 1.0 / length)
    } else {
        along_beam
    };
    let dataset = number(&module, "module_offset", length, "m")?;
    axis(&dataset, "translation", direction, DISTANCE_PATH)?;
    for (name, vector) in [
        ("fast_pixel_direction", acquisition.fast),
        ("slow_pixel_direction", acquisition.slow),
    ] {
        let vector = acquisition.in_nexus_frame(vector);
        let dataset = number(&module, name, acquisition.pixel_size_m, "m")?;
        axis(&dataset, "translation", vector, MODULE_OFFSET_PATH)?;
    }
    Ok(())
}

fn describe_sample(
    entry: &H5Group,
    acquisition: &Acquisition,
    frames: usize,
) -> Result<(), Hdf5Error> {
    let sample = group(entry, "sample", "NXsample")?;
    text(&sample, "name", "simulated crystal")?;
    text(&sample, "depends_on", OMEGA_PATH)?;
    let transformations = group(&sample, "transformations", "NXtransformations")?;
    let angle = |frame: usize| acquisition.start_deg + acquisition.range_deg * frame as f64;
    let starts: Vec<f64> = (0..frames).map(angle).collect();
    let ends: Vec<f64> = (1..=frames).map(angle).collect();
    let omega = list(&transformations, "omega", &starts)?;
    attribute(&omega, "units", "deg")?;
    let spindle = acquisition.in_nexus_frame(acquisition.spindle);
    axis(&omega, "rotation", spindle, ".")?;
    let omega_end = list(&transformations, "omega_end", &ends)?;
    attribute(&omega_end, "units", "deg")
}

/// What made the images, with what it takes to make them again.
fn describe_process(entry: &H5Group, history: &History) -> Result<(), Hdf5Error> {
    let process = group(entry, "process", "NXprocess")?;
    text(&process, "program", History::PROGRAM)?;
    text(&process, "version", History::VERSION)?;
    let note = group(&process, "note", "NXnote")?;
    text(&note, "type", "text/plain")?;
    let lines = history.lines();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    note.write_vlen_strings_ascii("data", &lines)?;
    Ok(())
}

fn group(parent: &H5Group, name: &str, class: &str) -> Result<H5Group, Hdf5Error> {
    let group = parent.create_group(name)?;
    group.set_attr_string("NX_class", class)?;
    Ok(group)
}

fn axis(
    dataset: &H5Dataset,
    transformation: &str,
    vector: Vector,
    depends_on: &str,
) -> Result<(), Hdf5Error> {
    attribute(dataset, "transformation_type", transformation)?;
    attribute(dataset, "depends_on", depends_on)?;
    dataset
        .new_attr::<f64>()
        .shape([3])
        .create("vector")?
        .write_array(&vector)
}

fn attribute(dataset: &H5Dataset, name: &str, value: &str) -> Result<(), Hdf5Error> {
    dataset
        .new_attr::<VarLenUnicode>()
        .shape(())
        .create(name)?
        .write_string(value)
}

fn scalar(parent: &H5Group, name: &str, value: f64) -> Result<H5Dataset, Hdf5Error> {
    let dataset = parent.new_dataset::<f64>().scalar().create(name)?;
    dataset.write_raw(&[value])?;
    Ok(dataset)
}

fn number(parent: &H5Group, name: &str, value: f64, unit: &str) -> Result<H5Dataset, Hdf5Error> {
    let dataset = scalar(parent, name, value)?;
    attribute(&dataset, "units", unit)?;
    Ok(dataset)
}

fn list(parent: &H5Group, name: &str, values: &[f64]) -> Result<H5Dataset, Hdf5Error> {
    let dataset = parent
        .new_dataset::<f64>()
        .shape([values.len()])
        .create(name)?;
    dataset.write_raw(values)?;
    Ok(dataset)
}

fn whole_numbers(parent: &H5Group, name: &str, values: [i64; 2]) -> Result<(), Hdf5Error> {
    parent
        .new_dataset::<i64>()
        .shape([2])
        .create(name)?
        .write_raw(&values)
}

/// A scalar string: readers of NXmx do not expect arrays of one string.
fn text(parent: &H5Group, name: &str, value: &str) -> Result<(), Hdf5Error> {
    let mut bytes = value.as_bytes().to_vec();
    bytes.resize(Text::element_size(), 0);
    parent
        .new_dataset::<Text>()
        .scalar()
        .create(name)?
        .write_raw_bytes(&bytes)
}

/// A string of 64 bytes, the rest zeros.
#[derive(Clone, Copy)]
struct Text;

impl H5Type for Text {
    fn hdf5_type() -> DatatypeMessage {
        DatatypeMessage::FixedString {
            size: Self::element_size() as u32,
            padding: 1,
            charset: 0,
        }
    }

    fn element_size() -> usize {
        64
    }
}
