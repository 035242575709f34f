//! The files of a run: named, checked beforehand, and written together.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Serialize;

use super::preview::Preview;
use crate::{
    classic::options::OutputOptions,
    cli::{
        CliError,
        amounts::photons,
        collisions::{self, Named},
        counting::Counting,
        pipes,
    },
    files::{Batch, FileError},
    formats::{self, Acquisition, ImageFormat, pgm, raw_float, smv},
    image::{Counts, Image, Region, Statistics},
    noise::{EXACT_ABOVE, NoiseImage, noise_image},
    plan::Plan,
    structure_factors::{Table, cache},
};

/// Where each kind of file goes; `None` is not written.
#[derive(Debug, Clone)]
pub struct Outputs {
    float: Option<PathBuf>,
    int: Option<PathBuf>,
    noise: Option<PathBuf>,
    pgm: Option<PathBuf>,
    png: Option<PathBuf>,
    cbf: Option<PathBuf>,
    nexus: Option<PathBuf>,
    npy: Option<PathBuf>,
    tiff: Option<PathBuf>,
    /// The F cache of a table that was read from `-hkl`.
    cache: Option<(PathBuf, Arc<Table>)>,
    counting: Counting,
}

/// What is made of the float image before the first file is written.
pub struct Derived {
    pub statistics: Statistics,
    /// Where the last sub-pixel of the brightest pixel lies along fast and slow.
    max_at_m: [f64; 2],
    region: Region,
    int_scale: f64,
    pub noise: Option<NoiseImage>,
    /// Of the noise image, in each file that has it.
    pub overloads: Vec<Overloads>,
    counting: Counting,
    /// Of the grey map, where there is one.
    pgm_scale: Option<f64>,
    /// Of the PNG file, where there is one.
    preview: Option<(PathBuf, Preview)>,
}

/// Pixels of the noise image that a file counts no further.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overloads {
    pub path: PathBuf,
    /// The largest count of the file.
    pub saturation: u32,
    pub pixels: u64,
}

/// Share of the pixels from which an overloaded file is warned of.
const NEARLY_ALL: f64 = 0.9;

/// What is written unless something else is named.
const CLASSIC_NAMES: [&str; 2] = ["intimage.img", "noiseimage.img"];

/// `-adc`, `-saturation`, and the counter of `-detector`.
pub fn counting(options: &OutputOptions) -> Counting {
    Counting {
        offset: options.adc,
        saturation: options.saturation,
        camera_saturation: options.camera_saturation,
        saturation_option: "-saturation",
    }
}

/// The mean above which photons are drawn exactly: where SMV, which has the classic program's numbers, is saturated anyway. The
/// noise is then the same in all files, as far as they hold it.
fn exact_above(smv_offset: f64) -> f32 {
    const STANDARD_DEVIATIONS: f64 = 10.0;
    let brightest = f64::from(u16::MAX) + 1.0 - smv_offset.min(0.0);
    EXACT_ABOVE.max((brightest + STANDARD_DEVIATIONS * brightest.sqrt()) as f32)
}

fn kind_of(counts: &Counts<'_>) -> &'static str {
    match counts.saturation() {
        0..=0xffff => "2-byte integers",
        _ => "4-byte integers",
    }
}

impl Outputs {
    /// The names that were given, or the classic ones.
    pub fn new(options: &OutputOptions) -> Self {
        let named = |given: &Option<PathBuf>, classic: &str| {
            given.clone().unwrap_or_else(|| PathBuf::from(classic))
        };
        Self {
            float: (!options.no_float).then(|| named(&options.float_file, "floatimage.bin")),
            int: (!options.no_int).then(|| named(&options.int_file, CLASSIC_NAMES[0])),
            noise: (!options.no_noise).then(|| named(&options.noise_file, CLASSIC_NAMES[1])),
            pgm: (!options.no_pgm).then(|| named(&options.pgm_file, "image.pgm")),
            png: options.png_file.clone(),
            cbf: options.cbf_file.clone(),
            nexus: options.nexus_file.clone(),
            npy: options.npy_file.clone(),
            tiff: options.tiff_file.clone(),
            cache: None,
            counting: counting(options),
        }
    }

    /// The files of one frame of a sweep: those that were named, under the names that `number` makes.
    pub fn of_frame(options: &OutputOptions, number: impl Fn(&Path) -> PathBuf) -> Self {
        let named = |given: &Option<PathBuf>| given.as_deref().map(&number);
        Self {
            float: named(&options.float_file).filter(|_| !options.no_float),
            int: named(&options.int_file).filter(|_| !options.no_int),
            noise: named(&options.noise_file).filter(|_| !options.no_noise),
            pgm: named(&options.pgm_file).filter(|_| !options.no_pgm),
            png: named(&options.png_file),
            cbf: named(&options.cbf_file),
            nexus: None,
            npy: named(&options.npy_file),
            tiff: named(&options.tiff_file),
            cache: None,
            counting: counting(options),
        }
    }

    /// Every file and the option that names it.
    pub fn named(&self) -> Vec<(&'static str, &Path)> {
        let all = [
            ("-floatfile", &self.float),
            ("-intfile", &self.int),
            ("-noisefile", &self.noise),
            ("-pgmfile", &self.pgm),
            ("-pngfile", &self.png),
            ("-cbffile", &self.cbf),
            ("-nexusfile", &self.nexus),
            ("-npyfile", &self.npy),
            ("-tiffile", &self.tiff),
        ];
        let cache = self.cache.iter().map(|(path, _)| ("-dump", path.as_path()));
        all.into_iter()
            .filter_map(|(option, path)| Some((option, path.as_deref()?)))
            .chain(cache)
            .collect()
    }

    /// Finds out, before any time is spent, whether every file can be written without destroying another of the run. `others` are
    /// files that are written beside these.
    ///
    /// # Errors
    /// [`CliError::Usage`] when two options name one file or a file that is read, [`CliError::Format`] when a place cannot be
    /// written.
    pub fn check(
        &self,
        others: &[Named<'_>],
        inputs: &[(&'static str, PathBuf)],
    ) -> Result<(), CliError> {
        self.check_counting()?;
        let mut named = self.named();
        named.extend(others);
        collisions::refuse(&named, inputs)?;
        for (_, path) in named {
            if !is_standard_output(path) {
                Batch::check(path)?;
            }
        }
        Ok(())
    }

    /// Where counts go that begin as photons, and in which format.
    fn noise_files(&self) -> impl Iterator<Item = (&Path, ImageFormat)> {
        let noise = self.noise.as_deref();
        let noise = noise.map(|path| (path, ImageFormat::of_name(path)));
        let cbf = self.cbf.as_deref().map(|path| (path, ImageFormat::Cbf));
        let nexus = self.nexus.as_deref().map(|path| (path, ImageFormat::Nexus));
        noise.into_iter().chain(cbf).chain(nexus)
    }

    /// Files that nobody named are SMV, and keep to what SMV holds as long as another file holds what was asked for.
    fn check_counting(&self) -> Result<(), CliError> {
        let int = self.int.as_deref();
        let int = int.map(|path| (path, ImageFormat::of_name(path)));
        let files: Vec<_> = self.noise_files().chain(int).collect();
        let asked = self.counting.saturation.unwrap_or(0);
        let is_held = |(_, format): &(&Path, ImageFormat)| asked <= format.largest_count().into();
        let is_unnamed = |path: &Path| CLASSIC_NAMES.iter().any(|name| path == Path::new(name));
        let any_holds = files.iter().any(is_held);
        let checked = files
            .into_iter()
            .filter(|(path, _)| !(any_holds && is_unnamed(path)));
        self.counting.check(checked)
    }

    /// Also writes the F cache. Where nobody named it (`-dump`) and it cannot be written, a warning is returned instead.
    ///
    /// # Errors
    /// [`CliError::Format`].
    pub fn add_cache(
        &mut self,
        path: PathBuf,
        table: Arc<Table>,
        is_named: bool,
    ) -> Result<Option<String>, CliError> {
        match Batch::check(&path) {
            Ok(()) => {
                self.cache = Some((path, table));
                Ok(None)
            }
            Err(error) if is_named => Err(error.into()),
            Err(error) => Ok(Some(format!("no F cache: {error}"))),
        }
    }

    /// What the readers of these files will not be told.
    pub fn shortcomings(&self, acquisition: &Acquisition) -> Vec<&'static str> {
        let counts = [&self.int, &self.noise].into_iter().flatten();
        let formats: Vec<_> = counts.map(|path| ImageFormat::of_name(path)).collect();
        let has_cbf = self.cbf.is_some() || formats.contains(&ImageFormat::Cbf);
        let format = match has_cbf {
            true => Some(ImageFormat::Cbf),
            false => formats
                .into_iter()
                .find(|format| *format == ImageFormat::Classic),
        };
        format.map_or(Vec::new(), |format| format.shortcomings(acquisition))
    }

    /// Integers, noise and scales.
    pub fn derive(
        &self,
        options: &OutputOptions,
        image: &Image,
        plan: &Plan,
        seed: i64,
    ) -> Derived {
        let region = plan.panel().region;
        let statistics = plan.statistics(image);
        // A scale of 0 or less counts as not given.
        let typed = |scale: Option<f64>| scale.filter(|scale| *scale > 0.0);
        let int_scale =
            typed(options.scale).unwrap_or_else(|| formats::automatic_int_scale(statistics.max));
        let counting = self.counting;
        let exact_above = exact_above(counting.offset(ImageFormat::Classic));
        let noise = (!options.no_noise).then(|| noise_image(image, region, seed, exact_above));
        // The NeXus file of a sweep holds all frames, and is not among those of one.
        let stacked = options.nexus_file.as_deref();
        let stacked = stacked.filter(|_| self.nexus.is_none());
        let stacked = stacked.map(|path| (path, ImageFormat::Nexus));
        let files: Vec<_> = self.noise_files().chain(stacked).collect();
        let overloads = noise.iter().flat_map(|noise| {
            files.iter().map(move |(path, format)| {
                let (offset, saturation) = (counting.offset(*format), counting.saturation(*format));
                Overloads {
                    path: (*path).to_owned(),
                    saturation,
                    pixels: noise.overloads(offset, saturation),
                }
            })
        });
        let overloads = overloads.collect();
        // The picture counts as far as the files do.
        let most = files
            .iter()
            .map(|(_, format)| f64::from(counting.saturation(*format)) - counting.offset(*format))
            .reduce(f64::max)
            .map_or(u32::MAX, |most| most.max(1.0) as u32);
        let preview = self.png.as_ref().map(|path| {
            (
                path.clone(),
                Preview::of(options, plan, image, noise.as_ref(), most),
            )
        });
        Derived {
            statistics,
            max_at_m: plan.last_subpixel_m(statistics.max_at),
            region,
            int_scale,
            noise,
            overloads,
            counting,
            pgm_scale: self.pgm.as_ref().map(|_| {
                typed(options.pgm_scale)
                    .unwrap_or_else(|| pgm::automatic_pgm_scale(statistics.rmsd, int_scale))
            }),
            preview,
        }
    }

    /// Writes every file beside its name; committing the batch names them all. `check` is asked between two files whether
    /// to go on, and `note` is told what is written.
    ///
    /// # Errors
    /// [`CliError::Format`], or what `check` or `note` returns; no file is left then.
    pub fn stage(
        &self,
        image: &Image,
        derived: &Derived,
        header: &smv::Header,
        acquisition: &Acquisition,
        check: impl Fn() -> Result<(), CliError>,
        mut note: impl FnMut(&str) -> Result<(), CliError>,
    ) -> Result<Batch, CliError> {
        let mut batch = Batch::default();
        let mut stage =
            |path: &Path, kind: &str, write: &dyn Fn(&Path) -> Result<(), FileError>| {
                check()?;
                note(&format!("writing {} as {kind}\n", path.display()))?;
                pipes::stage(&mut batch, path, &check, write)
            };
        let pixels = image.as_slice().len();
        if let Some((path, table)) = &self.cache {
            stage(
                path,
                "structure-factor cache (-dump none for none)",
                &|beside| cache::write(table, beside),
            )?;
        }
        let float = self.float.as_deref();
        if let Some(path) = float.filter(|path| !is_standard_output(path)) {
            stage(path, &format!("{pixels} 4-byte floats"), &|beside| {
                raw_float::write(beside, image.view())
            })?;
        }
        if let (Some(path), Some(scale)) = (&self.pgm, derived.pgm_scale) {
            stage(path, "1-byte integers", &|beside| {
                pgm::write(beside, image.view(), scale)
            })?;
        }
        if let Some((path, preview)) = &derived.preview {
            stage(path, "PNG picture", &|beside| {
                preview.write(beside, image, &acquisition.history)
            })?;
        }
        if let Some(path) = &self.int {
            let format = ImageFormat::of_name(path);
            let counts = derived.integers(image, format);
            stage(path, kind_of(&counts), &|beside| {
                format.write_counts(beside, &counts, header, acquisition)
            })?;
        }
        if let (Some(path), Some(noise)) = (&self.noise, &derived.noise) {
            let format = ImageFormat::of_name(path);
            let counts = derived.noisy(noise, format);
            stage(path, kind_of(&counts), &|beside| {
                format.write_counts(beside, &counts, header, acquisition)
            })?;
        }
        for (path, format, kind) in [
            (&self.cbf, ImageFormat::Cbf, "miniCBF"),
            (&self.nexus, ImageFormat::Nexus, "NXmx"),
        ] {
            if let Some(path) = path {
                stage(path, kind, &|beside| {
                    let counts = derived.measured(image, format);
                    format.write_counts(beside, counts, header, acquisition)
                })?;
            }
        }
        for (path, format, kind) in [
            (&self.npy, ImageFormat::Npy, "NumPy array"),
            (&self.tiff, ImageFormat::Tiff, "float TIFF"),
        ] {
            if let Some(path) = path {
                stage(path, kind, &|beside| {
                    format.write_photons(beside, image.view(), acquisition)
                })?;
            }
        }
        if float.is_some_and(is_standard_output) {
            check()?;
            note(&format!(
                "writing {pixels} 4-byte floats to standard output\n"
            ))?;
            let mut bytes = Vec::new();
            raw_float::encode(&mut bytes, image.view())?;
            pipes::patiently(&check, move || io::stdout().lock().write_all(&bytes))??;
        }
        check()?;
        Ok(batch)
    }
}

/// Whether a name means standard output.
pub fn is_standard_output(path: &Path) -> bool {
    path == Path::new("-")
}

impl Derived {
    /// What a detector would have read: the noise image, or under `-nonoise` the integer image.
    pub fn measured<'a>(&'a self, image: &'a Image, format: ImageFormat) -> Counts<'a> {
        match &self.noise {
            Some(noise) => self.noisy(noise, format),
            None => self.integers(image, format),
        }
    }

    fn noisy<'a>(&self, noise: &'a NoiseImage, format: ImageFormat) -> Counts<'a> {
        noise.counts(
            self.counting.offset(format),
            self.counting.saturation(format),
        )
    }

    fn integers<'a>(&self, image: &'a Image, format: ImageFormat) -> Counts<'a> {
        formats::integer_image(
            image,
            self.region,
            self.int_scale,
            self.counting.offset(format),
            self.counting.saturation(format),
        )
    }

    /// Warns of files in which nearly every pixel is saturated; of one that nobody named only where there is no other.
    pub fn saturation_warning(&self) -> Option<String> {
        let is_unnamed = |file: &&Overloads| {
            CLASSIC_NAMES
                .iter()
                .any(|name| file.path == Path::new(name))
        };
        let any_named = !self.overloads.iter().all(|file| is_unnamed(&file));
        let of = self.statistics.pixels;
        let full = self.overloads.iter().find(|file| {
            file.pixels > 0
                && file.pixels as f64 >= NEARLY_ALL * of as f64
                && !(any_named && is_unnamed(file))
        })?;
        Some(format!(
            "{} of {of} pixels are saturated in {}, which counts to {}; less -fluence or -water leaves room{}",
            full.pixels,
            full.path.display(),
            full.saturation,
            match ImageFormat::of_name(&full.path) {
                ImageFormat::Classic => ", and -cbffile and -nexusfile count further",
                _ => "",
            }
        ))
    }

    /// The classic lines about the image.
    pub fn report(&self) -> String {
        let g = |value| formats::general(value, 6);
        let Statistics {
            max,
            mean,
            rms,
            rmsd,
            ..
        } = self.statistics;
        let [fast, slow] = self.max_at_m;
        let mut text = format!(
            "max_I = {}  at {} {} m (fast, slow)\nmean= {} rms= {} rmsd= {} photons/pixel\nintfile_scale = {}\n",
            g(max),
            g(fast),
            g(slow),
            g(mean),
            g(rms),
            g(rmsd),
            g(self.int_scale),
        );
        if let Some(scale) = self.pgm_scale {
            text += &format!("pgm_scale = {}\n", g(scale));
        }
        if let Some(noise) = &self.noise {
            let photons = photons(noise.photons);
            let overloads = match self.overloads.as_slice() {
                [] => String::new(),
                [one] => format!(" ({} overloads)", one.pixels),
                several => {
                    let each = several.iter();
                    let each =
                        each.map(|file| format!("{} in {}", file.pixels, file.path.display()));
                    format!(" (overloads: {})", each.collect::<Vec<_>>().join(", "))
                }
            };
            text += &format!("{photons} photons on noise image{overloads}\n");
        }
        if let Some((path, preview)) = &self.preview {
            text += &format!("{}: {preview}\n", path.display());
        }
        text
    }
}
