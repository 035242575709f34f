//! miniCBF: the text header of Dectris detectors and byte-offset compressed pixels.

use std::convert::Infallible;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use md5::{Digest, Md5};
use ndarray::Array2;

use crate::vector::dot;

use super::{
    Acquisition, CameraHeader, SILICON,
    byte_offset::{self, Compressor},
    extent, general,
    sensor_material::formula,
    source::Source,
};
use crate::files::{
    FileError, atomic_file,
    bounded::{read_beginning, read_part},
};
use crate::image::Counts;

pub(super) const FORMAT: &str = "CBF";
pub(super) const MAGIC: &[u8] = b"###CBF";
/// Between the header of the binary section and its data.
const BINARY_MARK: &[u8] = b"\x0c\x1a\x04\xd5";
/// Both headers end before that; Dectris writes 1 kB.
const LONGEST_HEADER_BYTES: u64 = 1 << 20;
/// Zeros that Dectris writes after the data.
const PADDING_BYTES: usize = 4095;
/// Pixels where nothing was recorded, as Dectris marks the gaps between modules.
const NOT_RECORDED: i32 = -1;

/// A file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct CbfFile {
    /// The lines `# key value` of the header, without the `# `.
    pub header: Vec<String>,
    /// Counts, shape (slow, fast); negative where nothing was recorded.
    pub counts: Array2<i32>,
}

/// Writes counts as 32-bit pixels, −1 where the mask is 0. The header knows no tilt: a tilted detector is described by its distance and
/// beam centre alone.
///
/// # Errors
/// [`FileError::Write`].
pub fn write<'a>(
    path: &Path,
    acquisition: &Acquisition,
    counts: impl Into<Counts<'a>>,
) -> Result<(), FileError> {
    let counts = counts.into();
    let (slow, fast) = counts.dim();
    let mut compressed = Compressor::with_capacity(fast * slow);
    let mut index = 0;
    let taken = counts.for_each_block(|block: &[i32]| {
        for &count in block {
            compressed.push(if acquisition.is_recorded(index) {
                count
            } else {
                NOT_RECORDED
            });
            index += 1;
        }
        Ok::<_, Infallible>(())
    });
    let data = match taken {
        Ok(()) => compressed.bytes,
    };
    let cutoff = counts.saturation().min(i32::MAX as u32);
    let name = path
        .file_stem()
        .map_or_else(|| "image".into(), |stem| stem.to_string_lossy());
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() { c } else { '_' })
        .collect();
    atomic_file::write(path, |out| {
        write!(
            out,
            "###CBF: VERSION 1.5, nanobragg\r\n\r\ndata_{name}\r\n\r\n\
             _array_data.header_convention \"GENERIC_MINI\"\r\n_array_data.header_contents\r\n;\r\n"
        )?;
        for line in header_lines(acquisition, cutoff) {
            write!(out, "# {line}\r\n")?;
        }
        write!(
            out,
            ";\r\n\r\n_array_data.data\r\n;\r\n--CIF-BINARY-FORMAT-SECTION--\r\n\
             Content-Type: application/octet-stream;\r\n     conversions=\"x-CBF_BYTE_OFFSET\"\r\n\
             Content-Transfer-Encoding: BINARY\r\n\
             X-Binary-Size: {}\r\n\
             X-Binary-ID: 1\r\n\
             X-Binary-Element-Type: \"signed 32-bit integer\"\r\n\
             X-Binary-Element-Byte-Order: LITTLE_ENDIAN\r\n\
             Content-MD5: {}\r\n\
             X-Binary-Number-of-Elements: {}\r\n\
             X-Binary-Size-Fastest-Dimension: {fast}\r\n\
             X-Binary-Size-Second-Dimension: {slow}\r\n\
             X-Binary-Size-Padding: {PADDING_BYTES}\r\n\r\n",
            data.len(),
            digest(&data),
            fast * slow,
        )?;
        out.write_all(BINARY_MARK)?;
        out.write_all(&data)?;
        out.write_all(&[0; PADDING_BYTES])?;
        out.write_all(b"\r\n--CIF-BINARY-FORMAT-SECTION----\r\n;\r\n")
    })
}

/// What readers will get wrong, because the header has no words for it: they take the detector to lie across the beam, to
/// be seen along the beam, and its fast axis to lie along the spindle.
pub fn shortcomings(acquisition: &Acquisition) -> Vec<&'static str> {
    const PARALLEL: f64 = 1.0 - 1e-9;
    let along_beam = acquisition.normal_along_beam();
    let mut found = Vec::new();
    // A header that was read may name an angle and know no axes.
    if along_beam
        .abs()
        .min(acquisition.twotheta_deg.to_radians().cos())
        < PARALLEL
    {
        found.push("a CBF header has no tilt: readers will place the detector across the beam, though the header names -twotheta");
    }
    if along_beam < 0.0 {
        found.push("a CBF header takes the detector to be seen along the beam: readers will get the mirror image");
    }
    if dot(acquisition.fast, acquisition.spindle) < PARALLEL && acquisition.range_deg != 0.0 {
        found.push("a CBF header takes the fast axis to be the spindle: readers will turn the crystal the wrong way");
    }
    found
}

/// The checksum of a binary section, as its header has it.
fn digest(data: &[u8]) -> String {
    BASE64_STANDARD.encode(Md5::digest(data))
}

fn header_lines(acquisition: &Acquisition, cutoff: u32) -> Vec<String> {
    let g = |value| general(value, 10);
    let pixel = g(acquisition.pixel_size_m);
    let [fast, slow] = acquisition.beam_center_pixels().map(g);
    let exposure = g(acquisition.exposure_s);
    let start = g(acquisition.start_deg);
    let mut lines = vec![
        "Detector: simulated, S/N 000".to_owned(),
        format!("Pixel_size {pixel} m x {pixel} m"),
        format!(
            "{} sensor, thickness {} m",
            match acquisition.sensor_material {
                SILICON => "Silicon",
                other => other,
            },
            g(acquisition.stated_thickness_m())
        ),
        format!("Exposure_time {exposure} s"),
        format!("Exposure_period {exposure} s"),
        "Tau = 0 s".to_owned(),
        format!("Count_cutoff {cutoff} counts"),
        "N_excluded_pixels = 0".to_owned(),
        format!("Wavelength {} A", g(acquisition.wavelength_angstrom)),
        format!("Detector_distance {} m", g(acquisition.distance_m())),
        format!("Beam_xy ({fast}, {slow}) pixels"),
        format!("Flux {}", g(acquisition.flux_per_s)),
        "Filter_transmission 1.0".to_owned(),
        format!("Start_angle {start} deg."),
        format!("Angle_increment {} deg.", g(acquisition.range_deg)),
        format!("Polarization {}", g(acquisition.polarization_factor)),
        format!("Detector_2theta {} deg.", g(acquisition.twotheta_deg)),
        format!("Phi {start} deg."),
    ];
    // No word that a reader looks for begins so.
    let history = acquisition.history.lines();
    lines.extend(
        history
            .iter()
            .flat_map(|line| folded(&format!("Simulation {line}"))),
    );
    lines
}

/// A line in as many as CIF asks for, which takes no more than 2048 characters each.
fn folded(line: &str) -> Vec<String> {
    const LONGEST: usize = 2000;
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let last = lines.last_mut().expect("there is a line");
        if last.is_empty() {
            last.push_str(word);
        } else if last.len() + 1 + word.len() <= LONGEST {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(format!("Simulation {word}"));
        }
    }
    lines
}

impl CbfFile {
    /// The first number of the header line that begins with `key`.
    pub fn number(&self, key: &str) -> Option<f64> {
        numbers(&self.header, key)?.first().copied()
    }

    /// What `-img` and `-mask` take over, the beam centre in MOSFLM's convention.
    pub fn camera(&self) -> CameraHeader {
        camera(&self.header, self.counts.dim())
    }
}

fn numbers(header: &[String], key: &str) -> Option<Vec<f64>> {
    let line = header
        .iter()
        .find_map(|line| line.strip_prefix(key).filter(|rest| !rest.starts_with('_')))?;
    Some(
        line.split(|c: char| c.is_whitespace() || "(),=:".contains(c))
            .filter_map(|word| word.parse().ok())
            .collect(),
    )
}

fn camera(header: &[String], (slow_pixels, fast_pixels): (usize, usize)) -> CameraHeader {
    let number = |key: &str| numbers(header, key)?.first().copied();
    let millimetres = |key: &str| number(key).map(|metres| metres * 1e3);
    let pixel_size_mm = millimetres("Pixel_size");
    let beam_pixels = |axis: usize| numbers(header, "Beam_xy")?.get(axis).copied();
    // MOSFLM's X runs along the slow axis, from the middle of the first pixel.
    let mosflm_mm = |axis| Some((beam_pixels(axis)? - 0.5) * pixel_size_mm?);
    // As Dectris has it: "Silicon sensor, thickness 0.000450 m".
    let sensor = header
        .iter()
        .find_map(|line| line.split_once(" sensor, thickness "));
    CameraHeader {
        fast_pixels,
        slow_pixels,
        pixel_size_mm,
        distance_mm: millimetres("Detector_distance"),
        close_distance_mm: None,
        wavelength_angstrom: number("Wavelength"),
        beam_center_mm: [mosflm_mm(1), mosflm_mm(0)],
        org_pixels: [0, 1].map(|axis| Some(beam_pixels(axis)? + 0.5)),
        phi_deg: number("Start_angle"),
        osc_range_deg: number("Angle_increment"),
        twotheta_deg: number("Detector_2theta"),
        exposure_s: number("Exposure_time"),
        flux_per_s: number("Flux"),
        polarization_factor: number("Polarization"),
        sensor_material: sensor.and_then(|(material, _)| formula(material)),
        sensor_thickness_m: sensor.and_then(|(_, thickness)| {
            let mut words = thickness.split_whitespace();
            words.next()?.parse().ok()
        }),
    }
}

/// Reads a file of any program that stores byte-offset compressed 32-bit pixels.
///
/// # Errors
/// [`FileError::Read`], or [`FileError::Malformed`] when the file is damaged, as its checksum may tell, or stores its pixels
/// otherwise.
pub fn read(path: &Path) -> Result<CbfFile, FileError> {
    let reader = Reader::open(path)?;
    Ok(CbfFile {
        counts: reader.counts()?,
        header: reader.header,
    })
}

/// A file whose headers are read.
pub(super) struct Reader {
    path: PathBuf,
    header: Vec<String>,
    /// Pixels (slow, fast).
    shape: (usize, usize),
    /// Where the packed pixels begin, and how many bytes they are.
    start: u64,
    size: usize,
    checksum: Option<String>,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let (beginning, file_bytes) = read_beginning(path, LONGEST_HEADER_BYTES)?;
        Self::parse(path, &beginning, file_bytes)
            .map_err(|problem| FileError::malformed(path, FORMAT, problem))
    }

    fn parse(path: &Path, bytes: &[u8], file_bytes: u64) -> Result<Self, String> {
        if !bytes.starts_with(MAGIC) {
            return Err("it does not begin with ###CBF".to_owned());
        }
        let mark = bytes
            .windows(BINARY_MARK.len())
            .position(|window| window == BINARY_MARK)
            .ok_or("it has no binary section")?;
        let text = String::from_utf8_lossy(&bytes[..mark]);
        let start = (mark + BINARY_MARK.len()) as u64;
        if !text.contains("x-CBF_BYTE_OFFSET") {
            return Err(
                "its pixels are not byte-offset compressed, the one way that is read".into(),
            );
        }
        if !text.contains("signed 32-bit integer") || text.contains("unsigned 32-bit integer") {
            return Err(
                "its pixels are not signed 32-bit integers, the one kind that is read".into(),
            );
        }
        let word = |key: &str| {
            let value = |line: &'_ str| {
                Some(
                    line.trim()
                        .strip_prefix(key)?
                        .strip_prefix(':')?
                        .trim()
                        .to_owned(),
                )
            };
            text.lines().find_map(value)
        };
        let field = |key: &str| -> Result<usize, String> {
            let value = word(key).ok_or_else(|| format!("its binary section has no {key}"))?;
            value
                .parse()
                .map_err(|_| format!("its {key} is '{value}', not a whole number"))
        };
        let size = field("X-Binary-Size")?;
        let fast = field("X-Binary-Size-Fastest-Dimension")?;
        let slow = field("X-Binary-Size-Second-Dimension")?;
        let there = file_bytes - start;
        if size as u64 > there {
            return Err(format!(
                "its binary section should hold {size} bytes, {there} are there"
            ));
        }
        // A pixel is a byte at least.
        if extent::pixels((slow, fast))? > size {
            return Err(does_not_hold(size, (slow, fast)));
        }
        let header = text
            .lines()
            .filter_map(|line| line.trim_end().strip_prefix("# "))
            .map(str::to_owned)
            .collect();
        Ok(Self {
            path: path.to_owned(),
            header,
            shape: (slow, fast),
            start,
            size,
            checksum: word("Content-MD5"),
        })
    }

    fn counts(&self) -> Result<Array2<i32>, FileError> {
        let malformed = |problem: String| FileError::malformed(&self.path, FORMAT, problem);
        let packed = read_part(&self.path, self.start, self.size)?;
        if self
            .checksum
            .as_ref()
            .is_some_and(|stated| *stated != digest(&packed))
        {
            let problem = "its pixels are not those that its Content-MD5 was made of";
            return Err(malformed(problem.into()));
        }
        let (slow, fast) = self.shape;
        let counts = byte_offset::decompress(&packed, slow * fast)
            .ok_or_else(|| malformed(does_not_hold(self.size, self.shape)))?;
        Ok(Array2::from_shape_vec(self.shape, counts).expect("there are as many counts as pixels"))
    }
}

impl Source for Reader {
    fn shape(&self) -> (usize, usize) {
        self.shape
    }

    fn camera(&self) -> Option<CameraHeader> {
        Some(camera(&self.header, self.shape))
    }

    fn read(&self, _: usize) -> Result<Array2<f32>, FileError> {
        Ok(self.counts()?.mapv(|count| count as f32))
    }
}

fn does_not_hold(size: usize, (slow, fast): (usize, usize)) -> String {
    format!("its {size} bytes do not hold {fast} x {slow} pixels")
}
