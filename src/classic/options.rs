//! What the user asked for, in the user's units: one field per classic option, `None` where nothing was said.
//!
//! Values are what was typed; every default and every rule that combines two options lives in
//! [`crate::classic::Experiment`]. Where several options write one field, the last word on the command line wins.

use std::path::{Path, PathBuf};

use crate::structure_factors::DEFAULT_CACHE;

pub use crate::{
    engine::{Precision, TablePrecision},
    picture::ColourMap,
    scene::Shape,
};

/// Photon energy times wavelength, eV·Å.
pub const EV_ANGSTROM: f64 = 12398.42;

/// Detector conventions of the field's programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Convention {
    #[default]
    Mosflm,
    Xds,
    Adxv,
    Denzo,
    Dials,
    Custom,
}

/// What the detector turns about when it is tilted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pivot {
    Beam,
    Sample,
}

/// `-misset`
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Misset {
    /// Rotations about x, then y, then z, degrees.
    Angles([f64; 3]),
    Random,
}

/// `-device`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    #[default]
    Auto,
    Gpu,
    Cpu,
}

/// `-physics`: which of the three readings of the physics a run follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Physics {
    /// The classic formulas, without the classic program's accidents.
    #[default]
    Spec,
    /// The classic program, accidents included.
    CParity,
    /// What the physics asks for: every factor multiplies its own term, source weights count.
    Corrected,
}

impl Physics {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::CParity => "c-parity",
            Self::Corrected => "corrected",
        }
    }
}

/// A whole command line.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Options {
    pub structure_factors: StructureFactorOptions,
    pub crystal: CrystalOptions,
    pub goniometer: GoniometerOptions,
    pub beam: BeamOptions,
    pub detector: DetectorOptions,
    pub sampling: SamplingOptions,
    pub random: RandomOptions,
    pub output: OutputOptions,
    pub run: RunOptions,
    #[serde(skip)]
    pub typed: TypedOptions,
}

/// An option as it was typed.
#[derive(Debug, Clone)]
pub struct TypedOption {
    /// The documented name, without its dash.
    pub name: &'static str,
    /// The name as it was typed, dashes included.
    pub word: String,
    pub values: Vec<String>,
}

/// The words that made these options, for the history of an image, and where they stood. Command lines that ask for the same in other
/// words are equal.
#[derive(Debug, Clone, Default)]
pub struct TypedOptions {
    pub words: Vec<TypedOption>,
    /// Those of `-options`.
    pub files: Vec<PathBuf>,
}

impl TypedOptions {
    /// The last option of this documented name.
    pub fn last(&self, name: &str) -> Option<&TypedOption> {
        self.words.iter().rfind(|option| option.name == name)
    }
}

impl PartialEq for TypedOptions {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Options {
    /// Every file that may be read or, as the cache, is read by the next run, and the option that names it.
    pub fn inputs(&self) -> Vec<(&'static str, PathBuf)> {
        let factors = &self.structure_factors;
        // A run of -default_F alone leaves the cache alone too.
        let cache = factors.cache().filter(|_| {
            factors.dump.is_some() || factors.default_f.is_none() || factors.hkl.is_some()
        });
        let named = [
            ("-hkl", factors.hkl.as_deref()),
            ("-pdb", factors.pdb.as_deref()),
            ("-dump", cache.as_deref()),
            ("-mat", self.crystal.matrix.as_deref()),
            ("-sourcefile", self.beam.source_file.as_deref()),
            ("-mask", self.detector.mask.as_deref()),
            ("-img", self.detector.image.as_deref()),
            ("-stol", self.output.stol.as_deref()),
        ];
        let named = named.into_iter();
        let files = self.typed.files.iter();
        named
            .filter_map(|(option, path)| Some((option, path?.to_owned())))
            .chain(files.map(|path| ("-options", path.clone())))
            .collect()
    }
}

/// Where F comes from.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct StructureFactorOptions {
    pub hkl: Option<PathBuf>,
    /// Electrons.
    pub default_f: Option<f64>,
    /// `-dump`: the binary F cache; the name `none` stands for no cache.
    pub dump: Option<PathBuf>,
    /// `-interpolate` true, `-nointerpolate` false.
    pub interpolate: Option<bool>,
    /// `-column`: where in an MTZ or CIF file F is taken from.
    pub column: Option<String>,
    /// `-spacegroup`: name or number; the operators of the file otherwise.
    pub space_group: Option<String>,
    /// `-F000`, electrons.
    pub f000: Option<f64>,
    /// `-pdb`: coordinates that F is computed from.
    pub pdb: Option<PathBuf>,
    /// `-resolution` of the F computed from coordinates, Å.
    pub resolution_angstrom: Option<f64>,
    /// `-k_sol`: density of the bulk solvent, electrons/Å³.
    pub k_sol: Option<f64>,
    /// `-B_sol` of the bulk solvent, Å².
    pub b_sol: Option<f64>,
}

impl StructureFactorOptions {
    /// The cache to read or to write; `None` under `-dump none`.
    pub fn cache(&self) -> Option<PathBuf> {
        match &self.dump {
            Some(none) if none == Path::new("none") => None,
            Some(named) => Some(named.clone()),
            None => Some(PathBuf::from(DEFAULT_CACHE)),
        }
    }

    /// The cache that a run of one image writes of what it reads from another file.
    pub fn cache_to_write(&self) -> Option<PathBuf> {
        let has_source = self.hkl.is_some() || self.pdb.is_some();
        self.cache().filter(|_| has_source)
    }
}

/// Cell, orientation, size and shape.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CrystalOptions {
    /// MOSFLM A matrix.
    pub matrix: Option<PathBuf>,
    /// a b c in Å, α β γ in degrees, already completed: b and c default to a, angles to 90.
    pub cell: Option<[f64; 6]>,
    pub misset: Option<Misset>,
    /// -Na -Nb -Nc, or -N for all three.
    pub n_cells: [Option<i64>; 3],
    /// -sample_x -sample_y -sample_z, or -samplesize for all three, mm.
    pub sample_mm: [Option<f64>; 3],
    pub shape: Option<Shape>,
    pub fudge: Option<f64>,
    /// Degrees.
    pub mosaic_spread_deg: Option<f64>,
    pub mosaic_domains: Option<i64>,
}

/// The spindle.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct GoniometerOptions {
    pub phi_deg: Option<f64>,
    pub osc_deg: Option<f64>,
    pub phistep_deg: Option<f64>,
    pub phisteps: Option<i64>,
    pub spindle_axis: Option<[f64; 3]>,
}

/// The X-rays.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct BeamOptions {
    /// From `-lambda` or `-energy` (λ = [`EV_ANGSTROM`] / E).
    pub wavelength_angstrom: Option<f64>,
    pub dispersion_percent: Option<f64>,
    pub dispersion_steps: Option<i64>,
    pub hdiv_range_mrad: Option<f64>,
    pub vdiv_range_mrad: Option<f64>,
    pub hdiv_step_mrad: Option<f64>,
    pub vdiv_step_mrad: Option<f64>,
    pub hdiv_steps: Option<i64>,
    pub vdiv_steps: Option<i64>,
    /// `-round_div` true, `-square_div` false.
    pub round_divergence: Option<bool>,
    pub source_file: Option<PathBuf>,
    /// Photons/m².
    pub fluence: Option<f64>,
    /// Photons/s.
    pub flux: Option<f64>,
    /// Seconds.
    pub exposure_s: Option<f64>,
    pub beam_size_mm: Option<f64>,
    /// `-polar`: Kahn factor.
    pub polar_factor: Option<f64>,
    /// `-nopolar`, unless `-polar` came after it.
    pub no_polar: bool,
    pub polar_vector: Option<[f64; 3]>,
    pub beam_vector: Option<[f64; 3]>,
    /// Thickness of the water that scatters into the background, µm.
    pub water_um: Option<f64>,
}

/// The detector and where it stands.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct DetectorOptions {
    /// `-detector`: a name of [`presets`](crate::classic::presets).
    pub preset: Option<String>,
    pub convention: Option<Convention>,
    pub distance_mm: Option<f64>,
    pub close_distance_mm: Option<f64>,
    pub pixel_mm: Option<f64>,
    pub detpixels_fast: Option<i64>,
    pub detpixels_slow: Option<i64>,
    pub detsize_fast_mm: Option<f64>,
    pub detsize_slow_mm: Option<f64>,
    pub xbeam_mm: Option<f64>,
    pub ybeam_mm: Option<f64>,
    pub xclose_mm: Option<f64>,
    pub yclose_mm: Option<f64>,
    /// Pixels.
    pub orgx: Option<f64>,
    pub orgy: Option<f64>,
    pub rotx_deg: Option<f64>,
    pub roty_deg: Option<f64>,
    pub rotz_deg: Option<f64>,
    pub twotheta_deg: Option<f64>,
    pub twotheta_axis: Option<[f64; 3]>,
    /// An explicit `-pivot`.
    pub pivot: Option<Pivot>,
    /// What the last of -distance, -Xbeam, -Ybeam, -mosflm, -denzo, -adxv, -dials (beam), -close_distance, -Xclose, -Yclose, -ORGX,
    /// -ORGY, -twotheta, -xds (sample) and -pivot asked for.
    pub implied_pivot: Option<Pivot>,
    pub fdet_vector: Option<[f64; 3]>,
    pub sdet_vector: Option<[f64; 3]>,
    pub odet_vector: Option<[f64; 3]>,
    /// Selects the CUSTOM convention; the value itself is recomputed, as in the classic program. Metres.
    pub pix0_vector_m: Option<[f64; 3]>,
    pub curved: bool,
    /// Whether another option of the classic program stands behind a `-curved_det`.
    pub curved_is_followed: bool,
    pub point_pixel: bool,
    /// Attenuation length in µm; infinite or 0 for none.
    pub attenuation_um: Option<f64>,
    pub thickness_um: Option<f64>,
    /// Whether a `-detector_abs` of inf or 0 came after `-detector_thick`: in c-parity it takes the sensor away, whatever follows.
    pub sensor_taken_away: bool,
    pub thick_steps: Option<i64>,
    pub mask: Option<PathBuf>,
    /// `-img`: an SMV file whose header sets the camera.
    pub image: Option<PathBuf>,
}

/// How finely and what is rendered.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct SamplingOptions {
    pub oversample: Option<i64>,
    pub oversample_thick: bool,
    pub oversample_polar: bool,
    pub oversample_omega: bool,
    /// xmin xmax ymin ymax, pixels, inclusive; negative: the default.
    pub roi: Option<[i64; 4]>,
    pub dmin_angstrom: Option<f64>,
    pub physics: Physics,
}

/// Seeds as typed, before their sign is turned.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct RandomOptions {
    pub seed: Option<i64>,
    pub mosaic_seed: Option<i64>,
    pub misset_seed: Option<i64>,
}

/// The files that are written.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct OutputOptions {
    pub float_file: Option<PathBuf>,
    pub int_file: Option<PathBuf>,
    pub noise_file: Option<PathBuf>,
    pub pgm_file: Option<PathBuf>,
    pub png_file: Option<PathBuf>,
    /// Counts: the noise image, or without one the integer image.
    pub cbf_file: Option<PathBuf>,
    /// Counts, as `cbf_file`.
    pub nexus_file: Option<PathBuf>,
    /// Images of a sweep, `None` for a single one.
    pub frames: Option<i64>,
    /// Photons.
    pub npy_file: Option<PathBuf>,
    /// Photons.
    pub tiff_file: Option<PathBuf>,
    /// `-nofloat`
    pub no_float: bool,
    /// `-noint`
    pub no_int: bool,
    /// `-nonoise`
    pub no_noise: bool,
    /// `-nopgm`
    pub no_pgm: bool,
    pub scale: Option<f64>,
    pub adc: Option<f64>,
    /// `-saturation`: the largest count.
    pub saturation: Option<i64>,
    /// The largest count of the camera of `-detector`, where `-saturation` gives none.
    pub camera_saturation: Option<u32>,
    pub pgm_scale: Option<f64>,
    pub png_scale: Option<f64>,
    pub png_colours: ColourMap,
    /// `-pngrings`
    pub png_rings: bool,
    /// `-stol -4stol -Q`: as in the classic program, not used.
    pub stol: Option<PathBuf>,
    /// `-coherent`: not used.
    pub coherent: bool,
    /// `-density`, g/cm³: not used.
    pub density: Option<f64>,
    /// `-MW`, g/mol: not used.
    pub molecular_weight: Option<f64>,
    /// `-stolout`: as in the classic program, not written.
    pub stol_out: Option<PathBuf>,
    /// `-printout`
    pub printout: bool,
    /// `-printout_pixel` fast, slow.
    pub printout_pixel: Option<[i64; 2]>,
    /// `-json`: what the run was and what came of it.
    pub json_file: Option<PathBuf>,
}

/// How the run itself goes.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct RunOptions {
    pub device: Device,
    pub adapter: Option<String>,
    /// Float64 on the CPU unless given.
    pub precision: Option<Precision>,
    pub table: TablePrecision,
    pub threads: Option<usize>,
    /// `-noprogress` false.
    pub progress: Option<bool>,
    pub verbose: bool,
    /// `-quiet`: no lines but warnings and what is asked for by itself.
    pub quiet: bool,
}
