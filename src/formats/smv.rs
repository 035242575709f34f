//! SMV: a text header and 16-bit counts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::{Acquisition, CameraHeader, general, little_endian, source::Source};
use crate::files::{FileError, atomic_file, bounded::read_part};
use crate::image::Counts;

pub(super) const FORMAT: &str = "SMV";
const HEADER_BYTES: usize = 512;
/// No program of the field writes a longer header.
const LONGEST_HEADER_BYTES: usize = 1 << 20;

/// The numbers of the header that is written, in the units and conventions of its keys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Header {
    pub pixel_size_mm: f64,
    pub distance_mm: f64,
    pub wavelength_angstrom: f64,
    /// `BEAM_CENTER_X`, `BEAM_CENTER_Y`: the beam centre of the convention of the run.
    pub beam_center_mm: [f64; 2],
    pub adxv_center_mm: [f64; 2],
    pub mosflm_center_mm: [f64; 2],
    /// `DENZO_X_BEAM`, `DENZO_Y_BEAM`.
    pub denzo_beam_mm: [f64; 2],
    pub dials_origin_mm: [f64; 3],
    /// `XDS_ORGX`, `XDS_ORGY`: pixels, the first pixel's centre being 1.
    pub xds_org_pixels: [f64; 2],
    pub close_distance_mm: f64,
    pub phi_deg: f64,
    pub osc_start_deg: f64,
    pub osc_range_deg: f64,
    pub twotheta_deg: f64,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct SmvFile {
    /// Every `KEY=value;` of the header, without blanks around either.
    pub header: BTreeMap<String, String>,
    /// Counts, shape (slow, fast).
    pub counts: Array2<u16>,
}

/// Writes header and counts, those beyond 65535 as that.
///
/// # Errors
/// [`FileError::Write`].
pub fn write<'a>(
    path: &Path,
    header: &Header,
    counts: impl Into<Counts<'a>>,
) -> Result<(), FileError> {
    let counts = counts.into();
    let (slow, fast) = counts.dim();
    atomic_file::write(path, |out| {
        out.write_all(&header.to_bytes(fast, slow))?;
        counts.for_each_block(|block: &[u16]| little_endian::write_numbers(out, block))
    })
}

/// What readers will get wrong, because the header has no words for axes: they take the detector to be seen along the beam.
pub fn shortcomings(acquisition: &Acquisition) -> Vec<&'static str> {
    let is_mirrored = acquisition.normal_along_beam() < 0.0;
    let mirrored = "an SMV header takes the detector to be seen along the beam, which the axes of this run (-adxv has such) are not: \
                    readers will get the mirror image; -nexusfile says how the axes lie";
    is_mirrored.then_some(mirrored).into_iter().collect()
}

impl Header {
    /// The header of a flat detector across the beam, as far as `camera` tells, its beam centre in MOSFLM's convention.
    pub fn from_camera(camera: &CameraHeader) -> Self {
        let acquisition = Acquisition::from_camera(camera);
        let pixel_mm = acquisition.pixel_size_m * 1e3;
        let [fast_pixels, slow_pixels] = acquisition.beam_center_pixels();
        let [fast, slow] = [fast_pixels * pixel_mm, slow_pixels * pixel_mm];
        let mosflm_mm = [slow - pixel_mm / 2.0, fast - pixel_mm / 2.0];
        let distance_mm = acquisition.distance_m() * 1e3;
        Self {
            pixel_size_mm: pixel_mm,
            distance_mm,
            wavelength_angstrom: acquisition.wavelength_angstrom,
            beam_center_mm: mosflm_mm,
            adxv_center_mm: [fast, camera.slow_pixels as f64 * pixel_mm - slow],
            mosflm_center_mm: mosflm_mm,
            denzo_beam_mm: [slow, fast],
            // Subtracted, so that a coordinate of zero is not written as -0.
            dials_origin_mm: [0.0 - fast, slow, 0.0 - distance_mm],
            xds_org_pixels: [fast_pixels + 0.5, slow_pixels + 0.5],
            close_distance_mm: distance_mm,
            phi_deg: acquisition.start_deg,
            osc_start_deg: acquisition.start_deg,
            osc_range_deg: acquisition.range_deg,
            twotheta_deg: acquisition.twotheta_deg,
        }
    }

    /// The header as it stands in the file: 512 bytes, or a multiple of it where the numbers are too long.
    pub fn to_bytes(&self, fast_pixels: usize, slow_pixels: usize) -> Vec<u8> {
        let mut header_bytes = HEADER_BYTES;
        loop {
            let mut bytes = self
                .text(header_bytes, fast_pixels, slow_pixels)
                .into_bytes();
            if bytes.len() <= header_bytes {
                bytes.resize(header_bytes, b' ');
                return bytes;
            }
            header_bytes += HEADER_BYTES;
        }
    }

    /// Keys and values as a reader of the file finds them.
    pub fn entries(&self, fast_pixels: usize, slow_pixels: usize) -> BTreeMap<String, String> {
        let header_bytes = self.to_bytes(fast_pixels, slow_pixels).len();
        self.lines(header_bytes, fast_pixels, slow_pixels)
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    fn text(&self, header_bytes: usize, fast_pixels: usize, slow_pixels: usize) -> String {
        let lines = self.lines(header_bytes, fast_pixels, slow_pixels);
        let lines: String = lines
            .into_iter()
            .map(|(key, value)| {
                // The classic program writes this line without a semicolon.
                let end = if key == "DIALS_ORIGIN" { "" } else { ";" };
                format!("{key}={value}{end}\n")
            })
            .collect();
        format!("{{\n{lines}}}\u{c}")
    }

    fn lines(
        &self,
        header_bytes: usize,
        fast_pixels: usize,
        slow_pixels: usize,
    ) -> Vec<(&'static str, String)> {
        let g = |value| general(value, 6);
        let [beam_x, beam_y] = self.beam_center_mm.map(g);
        let [adxv_x, adxv_y] = self.adxv_center_mm.map(g);
        let [mosflm_x, mosflm_y] = self.mosflm_center_mm.map(g);
        let [denzo_x, denzo_y] = self.denzo_beam_mm.map(g);
        vec![
            ("HEADER_BYTES", header_bytes.to_string()),
            ("DIM", "2".to_owned()),
            ("BYTE_ORDER", "little_endian".to_owned()),
            ("TYPE", "unsigned_short".to_owned()),
            ("SIZE1", fast_pixels.to_string()),
            ("SIZE2", slow_pixels.to_string()),
            ("PIXEL_SIZE", g(self.pixel_size_mm)),
            ("DISTANCE", g(self.distance_mm)),
            ("WAVELENGTH", g(self.wavelength_angstrom)),
            ("BEAM_CENTER_X", beam_x),
            ("BEAM_CENTER_Y", beam_y),
            ("ADXV_CENTER_X", adxv_x),
            ("ADXV_CENTER_Y", adxv_y),
            ("MOSFLM_CENTER_X", mosflm_x),
            ("MOSFLM_CENTER_Y", mosflm_y),
            ("DENZO_X_BEAM", denzo_x),
            ("DENZO_Y_BEAM", denzo_y),
            ("DIALS_ORIGIN", self.dials_origin_mm.map(g).join(",")),
            ("XDS_ORGX", g(self.xds_org_pixels[0])),
            ("XDS_ORGY", g(self.xds_org_pixels[1])),
            ("CLOSE_DISTANCE", g(self.close_distance_mm)),
            ("PHI", g(self.phi_deg)),
            ("OSC_START", g(self.osc_start_deg)),
            ("OSC_RANGE", g(self.osc_range_deg)),
            ("TWOTHETA", g(self.twotheta_deg)),
            ("DETECTOR_SN", "000".to_owned()),
            ("BEAMLINE", "fake".to_owned()),
        ]
    }
}

impl SmvFile {
    /// The number of a key, `None` where it is missing or not a number.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.header.get(key)?.parse().ok()
    }

    /// What `-img` and `-mask` take over.
    pub fn camera(&self) -> CameraHeader {
        camera(&self.header, self.counts.dim())
    }
}

fn camera(
    header: &BTreeMap<String, String>,
    (slow_pixels, fast_pixels): (usize, usize),
) -> CameraHeader {
    let number = |key: &str| -> Option<f64> { Some(leading_number(header.get(key)?)?.0) };
    CameraHeader {
        fast_pixels,
        slow_pixels,
        pixel_size_mm: number("PIXEL_SIZE"),
        distance_mm: number("DISTANCE"),
        close_distance_mm: number("CLOSE_DISTANCE"),
        wavelength_angstrom: number("WAVELENGTH"),
        beam_center_mm: ["BEAM_CENTER_X", "BEAM_CENTER_Y"].map(number),
        org_pixels: [["XDS_ORGX", "ORGX"], ["XDS_ORGY", "ORGY"]]
            .map(|keys| keys.into_iter().find_map(number)),
        phi_deg: number("PHI"),
        osc_range_deg: number("OSC_RANGE"),
        twotheta_deg: number("TWOTHETA"),
        ..CameraHeader::default()
    }
}

/// Keys of the camera that hold a number, and its unit, which a value may name.
const NUMBERS: [(&str, &[&str]); 12] = [
    ("PIXEL_SIZE", &["mm"]),
    ("DISTANCE", &["mm"]),
    ("CLOSE_DISTANCE", &["mm"]),
    ("WAVELENGTH", &["A", "Å", "angstrom"]),
    ("BEAM_CENTER_X", &["mm"]),
    ("BEAM_CENTER_Y", &["mm"]),
    ("XDS_ORGX", &["pixels", "px"]),
    ("XDS_ORGY", &["pixels", "px"]),
    ("PHI", &["deg", "degrees"]),
    ("OSC_START", &["deg", "degrees"]),
    ("OSC_RANGE", &["deg", "degrees"]),
    ("TWOTHETA", &["deg", "degrees"]),
];

/// What a value begins with, and what stands behind the number.
fn leading_number(value: &str) -> Option<(f64, &str)> {
    if let Ok(number) = value.parse() {
        return Some((number, ""));
    }
    let is_part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    let longest = value.find(|c| !is_part(c)).unwrap_or(value.len());
    (1..=longest).rev().find_map(|end| {
        let (number, rest) = value.split_at(end);
        Some((number.parse().ok()?, rest.trim()))
    })
}

/// What of the camera is not understood as it stands.
fn misunderstood(header: &BTreeMap<String, String>) -> Vec<String> {
    let told = |&(key, units): &(&str, &[&str])| {
        let value = header.get(key)?;
        match leading_number(value) {
            None => Some(format!(
                "its {key} is '{value}', which is no number, and is not used"
            )),
            Some((number, rest)) => {
                let is_known =
                    rest.is_empty() || units.iter().any(|unit| rest.eq_ignore_ascii_case(unit));
                let read = || {
                    format!(
                        "its {key} is '{value}', and is read as {number} {}",
                        units[0]
                    )
                };
                (!is_known).then(read)
            }
        }
    };
    NUMBERS.iter().filter_map(told).collect()
}

/// Reads a file of any program, in either byte order.
///
/// # Errors
/// [`FileError::Read`], or [`FileError::Malformed`] when the header is not one, when the pixels are not unsigned
/// 16-bit numbers, or when the file is shorter than it says.
pub fn read(path: &Path) -> Result<SmvFile, FileError> {
    let reader = Reader::open(path)?;
    Ok(SmvFile {
        counts: reader.counts()?,
        header: reader.header,
    })
}

/// A file whose header is read.
pub(super) struct Reader {
    path: PathBuf,
    header: BTreeMap<String, String>,
    header_bytes: usize,
    /// Pixels (slow, fast).
    shape: (usize, usize),
    outgrown: Option<Outgrown>,
}

/// A header that is longer than it states: the classic program states 512 bytes whatever it writes.
struct Outgrown {
    stated_bytes: usize,
    header: Vec<u8>,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let malformed = |problem: String| FileError::malformed(path, FORMAT, problem);
        let read_error = |source| FileError::read(path)(source);
        let file = File::open(path).map_err(read_error)?;
        let file_bytes = file.metadata().map_err(read_error)?.len();

        let mut raw_header = Vec::new();
        let mut beginning = BufReader::new(file).take(LONGEST_HEADER_BYTES as u64);
        beginning
            .read_until(b'}', &mut raw_header)
            .map_err(read_error)?;
        let mut behind = [0];
        let is_ended = beginning.read(&mut behind).map_err(read_error)? == 1 && behind == *b"\x0c";
        if !raw_header.starts_with(b"{") || !raw_header.ends_with(b"}") {
            return Err(malformed(
                "it does not begin with a header in braces".to_owned(),
            ));
        }
        let header = parse_header(&String::from_utf8_lossy(&raw_header));
        let whole = |key: &str| -> Result<usize, FileError> {
            let text = header
                .get(key)
                .ok_or_else(|| malformed(format!("its header has no {key}")))?;
            text.parse()
                .map_err(|_| malformed(format!("its {key} is '{text}', not a whole number")))
        };
        let (header_bytes, fast, slow) = (whole("HEADER_BYTES")?, whole("SIZE1")?, whole("SIZE2")?);
        if let Some(kind) = header.get("TYPE").filter(|kind| !is_unsigned_short(kind)) {
            return Err(malformed(format!(
                "its pixels are of type {kind}; only unsigned_short is read"
            )));
        }
        let pixels = fast.saturating_mul(slow);
        let pixel_bytes = (pixels as u64).saturating_mul(2);
        let written_bytes = raw_header.len() + 1;
        if pixels > 0
            && is_ended
            && header_bytes < written_bytes
            && file_bytes == pixel_bytes.saturating_add(written_bytes as u64)
        {
            return Ok(Self {
                path: path.to_owned(),
                header,
                header_bytes: written_bytes,
                shape: (slow, fast),
                outgrown: Some(Outgrown {
                    stated_bytes: header_bytes,
                    header: raw_header,
                }),
            });
        }
        if header_bytes < raw_header.len() || header_bytes > LONGEST_HEADER_BYTES {
            return Err(malformed(format!(
                "HEADER_BYTES={header_bytes} does not fit its header of {} bytes",
                raw_header.len()
            )));
        }
        let needed = pixel_bytes.saturating_add(header_bytes as u64);
        if pixels == 0 || needed > file_bytes {
            return Err(malformed(format!(
                "{fast} x {slow} pixels need {needed} bytes, the file has {file_bytes}"
            )));
        }
        Ok(Self {
            path: path.to_owned(),
            header,
            header_bytes,
            shape: (slow, fast),
            outgrown: None,
        })
    }

    fn counts(&self) -> Result<Array2<u16>, FileError> {
        let (slow, fast) = self.shape;
        let data = read_part(&self.path, self.header_bytes as u64, slow * fast * 2)?;
        let from_bytes = match self.header.get("BYTE_ORDER") {
            Some(order) if order.to_ascii_lowercase().starts_with("big") => u16::from_be_bytes,
            _ => u16::from_le_bytes,
        };
        let (numbers, _) = data.as_chunks();
        let counts = numbers.iter().copied().map(from_bytes).collect();
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

    fn warnings(&self) -> Vec<String> {
        let outgrown = self.outgrown.iter().map(|outgrown| {
            let (stated, written) = (outgrown.stated_bytes, outgrown.header.len() + 1);
            let begin = self.header_bytes;
            format!("its header of {written} bytes says that it has {stated}; its pixels are read from byte {begin} on")
        });
        outgrown.chain(misunderstood(&self.header)).collect()
    }

    fn outgrows_header(&self) -> bool {
        self.outgrown.is_some()
    }

    fn believe_header(&mut self) {
        if let Some(outgrown) = &self.outgrown {
            let stated = &outgrown.header[..outgrown.stated_bytes.min(outgrown.header.len())];
            self.header = parse_header(&String::from_utf8_lossy(stated));
            self.header_bytes = outgrown.stated_bytes;
        }
    }

    fn read(&self, _: usize) -> Result<Array2<f32>, FileError> {
        Ok(self.counts()?.mapv(f32::from))
    }
}

fn is_unsigned_short(kind: &str) -> bool {
    matches!(
        kind.to_ascii_lowercase().as_str(),
        "unsigned_short" | "unsigned short" | "unsigned_short_int" | "unsigned short int"
    )
}

/// `KEY=value` entries, each ended by a semicolon or the end of the line; the last of equal keys counts.
fn parse_header(text: &str) -> BTreeMap<String, String> {
    text.trim_matches(['{', '}'])
        .split([';', '\n'])
        .filter_map(|entry| entry.split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect()
}
