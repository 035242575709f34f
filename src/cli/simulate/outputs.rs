//! The files of a run: named, checked beforehand, and written together.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ndarray::{Array2, ArrayView2};

use crate::{
    classic::{dialect::UsageError, options::OutputOptions},
    cli::CliError,
    files::{Batch, FileError},
    formats::{
        self, Acquisition, ImageFormat, cbf, pgm,
        png::{self, Tone},
        raw_float, smv,
    },
    image::{Image, Statistics},
    noise::{NoiseImage, noise_image},
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
}

/// What is made of the float image before the first file is written.
pub struct Derived {
    pub statistics: Statistics,
    /// Where the last sub-pixel of the brightest pixel lies along fast and slow.
    max_at_m: [f64; 2],
    int_scale: f64,
    int: Array2<u16>,
    noise: Option<NoiseImage>,
    /// Of the grey map, where there is one.
    pgm_scale: Option<f64>,
    png: (Tone, f64),
}

impl Outputs {
    /// The names that were given, or the classic ones.
    pub fn new(options: &OutputOptions) -> Self {
        let named = |given: &Option<PathBuf>, classic: &str| {
            given.clone().unwrap_or_else(|| PathBuf::from(classic))
        };
        Self {
            float: (!options.no_float).then(|| named(&options.float_file, "floatimage.bin")),
            int: (!options.no_int).then(|| named(&options.int_file, "intimage.img")),
            noise: (!options.no_noise).then(|| named(&options.noise_file, "noiseimage.img")),
            pgm: (!options.no_pgm).then(|| named(&options.pgm_file, "image.pgm")),
            png: options.png_file.clone(),
            cbf: options.cbf_file.clone(),
            nexus: options.nexus_file.clone(),
            npy: options.npy_file.clone(),
            tiff: options.tiff_file.clone(),
            cache: None,
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
        }
    }

    fn named(&self) -> Vec<(&'static str, &Path)> {
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
        all.into_iter()
            .filter_map(|(option, path)| Some((option, path.as_deref()?)))
            .collect()
    }

    /// Finds out, before any time is spent, whether every file can be written.
    ///
    /// # Errors
    /// [`CliError::Usage`] when two options name one file, [`CliError::Format`] when a place cannot be written.
    pub fn check(&self) -> Result<(), CliError> {
        let named = self.named();
        for (index, (option, path)) in named.iter().enumerate() {
            Batch::check(path)?;
            let is_file = std::fs::metadata(path).map_or(true, |found| found.is_file());
            if let Some((other, _)) = named[..index].iter().find(|(_, earlier)| earlier == path)
                && is_file
            {
                return Err(UsageError::SameFile {
                    options: [other, option],
                    path: path.to_path_buf(),
                }
                .into());
            }
        }
        Ok(())
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
        if self.cbf.is_some() || formats.contains(&ImageFormat::Cbf) {
            cbf::shortcomings(acquisition)
        } else if formats.contains(&ImageFormat::Classic) {
            smv::shortcomings(acquisition)
        } else {
            Vec::new()
        }
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
        let adc = options.adc.unwrap_or(formats::DEFAULT_ADC);
        let int_scale = options
            .scale
            .unwrap_or_else(|| formats::automatic_scale(statistics.max));
        Derived {
            statistics,
            max_at_m: plan.last_subpixel_m(statistics.max_at),
            int_scale,
            int: formats::integer_image(image, region, int_scale, adc),
            noise: (!options.no_noise).then(|| noise_image(image, region, seed, adc)),
            pgm_scale: self.pgm.as_ref().map(|_| {
                options
                    .pgm_scale
                    .unwrap_or_else(|| pgm::automatic_scale(statistics.rmsd))
            }),
            png: match options.png_scale {
                Some(scale) => (Tone::Linear, scale),
                None if self.png.is_some() => (Tone::Log, png::automatic_scale(image.view())),
                None => (Tone::Log, 1.0),
            },
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
                batch.stage(path, write).map_err(CliError::from)
            };
        let pixels = image.as_slice().len();
        if let Some((path, table)) = &self.cache {
            stage(
                path,
                "structure-factor cache (-dump none for none)",
                &|beside| cache::write(table, beside),
            )?;
        }
        if let Some(path) = &self.float {
            stage(path, &format!("{pixels} 4-byte floats"), &|beside| {
                raw_float::write(beside, image.view())
            })?;
        }
        if let (Some(path), Some(scale)) = (&self.pgm, derived.pgm_scale) {
            stage(path, "1-byte integers", &|beside| {
                pgm::write(beside, image.view(), scale)
            })?;
        }
        if let Some(path) = &self.png {
            let (tone, scale) = derived.png;
            stage(path, "PNG preview", &|beside| {
                png::write(beside, image.view(), tone, scale)
            })?;
        }
        if let Some(path) = &self.int {
            stage(path, "2-byte integers", &|beside| {
                let int = derived.int.view();
                ImageFormat::of_name(path).write_counts(beside, int, header, acquisition)
            })?;
        }
        let noise = derived.noise.as_ref().map(|noise| noise.counts.view());
        if let (Some(path), Some(noise)) = (&self.noise, noise) {
            stage(path, "2-byte integers", &|beside| {
                ImageFormat::of_name(path).write_counts(beside, noise, header, acquisition)
            })?;
        }
        let measured = derived.measured();
        for (path, format, kind) in [
            (&self.cbf, ImageFormat::Cbf, "miniCBF"),
            (&self.nexus, ImageFormat::Nexus, "NXmx"),
        ] {
            if let Some(path) = path {
                stage(path, kind, &|beside| {
                    format.write_counts(beside, measured, header, acquisition)
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
        check()?;
        Ok(batch)
    }
}

impl Derived {
    /// What a detector would have read: the noise image, or under `-nonoise` the integer image.
    pub fn measured(&self) -> ArrayView2<'_, u16> {
        self.noise
            .as_ref()
            .map_or(self.int.view(), |noise| noise.counts.view())
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
            "max_I = {}  at {} {}\nmean= {} rms= {} rmsd= {}\nintfile_scale = {}\n",
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
            text += &format!(
                "{:.0} photons on noise image ({} overloads)\n",
                noise.photons, noise.overloads
            );
        }
        text
    }
}
