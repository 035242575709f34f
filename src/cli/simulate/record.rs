//! What a run was and what came of it, as data: the shape of `-json`, which docs/json.md describes. The summary that people read is
//! printed from the same values.

use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Serialize;

use super::outputs::{Derived, Outputs, Overloads, is_standard_output};
use crate::{
    classic::{Experiment, Session, options::EV_ANGSTROM},
    cli::{CliError, pipes, say::say},
    files::{Batch, atomic_file},
    image::{Image, Pixel},
    measure::{PeakSearch, count_peaks, percentile},
    plan::Plan,
    scene::UnitCell,
};

/// Version of the shape: it grows when a field changes its meaning or goes, not when one is added.
pub const VERSION: u32 = 1;
/// Spots are counted where a pixel is brighter than the background by as many standard deviations of its noise.
const SPOT_DEVIATIONS: f64 = 5.0;
/// Pixels whose median is taken for the background.
const BACKGROUND_SAMPLE: usize = 1 << 16;

/// A whole run.
#[derive(Debug, Clone, Serialize)]
pub struct RunRecord {
    pub version: u32,
    /// Name and version.
    pub program: String,
    /// The words that were typed.
    pub command: Vec<String>,
    pub physics: &'static str,
    pub device: String,
    pub beam: BeamRecord,
    pub crystal: CrystalRecord,
    pub detector: DetectorRecord,
    pub seeds: SeedRecord,
    /// Samples of an image: crystals × sources × φ steps × domains × sub-pixels × sensor layers.
    pub samples: f64,
    /// One for each frame.
    pub images: Vec<ImageRecord>,
    /// Files of all frames.
    pub files: Vec<FileRecord>,
    pub warnings: Vec<String>,
    /// From the start of the program on.
    pub elapsed_s: f64,
}

/// The X-rays.
#[derive(Debug, Clone, Serialize)]
pub struct BeamRecord {
    pub wavelength_angstrom: f64,
    pub energy_ev: f64,
    pub fluence_photons_per_m2: f64,
    pub sources: usize,
    /// Kahn factor; none when the correction is off.
    pub polarization: Option<f64>,
}

/// The crystal at φ = 0.
#[derive(Debug, Clone, Serialize)]
pub struct CrystalRecord {
    /// a, b, c in Å, α, β, γ in degrees.
    pub cell: [f64; 6],
    /// Rotations about x, y and z.
    pub misset_deg: [f64; 3],
    /// Na, Nb, Nc.
    pub cells: [f64; 3],
    pub mosaic_spread_deg: f64,
    pub mosaic_domains: usize,
    pub phi_start_deg: f64,
    pub phi_range_deg: f64,
    pub phi_steps: usize,
}

/// The camera.
#[derive(Debug, Clone, Serialize)]
pub struct DetectorRecord {
    pub panels: Vec<PanelRecord>,
    /// From the sample along the beam.
    pub distance_mm: f64,
    /// From the sample along the normal of the first panel.
    pub close_distance_mm: f64,
    /// Where the beam meets the first panel.
    pub direct_beam_mm: OnPanel,
    /// The border's pixel of the largest spacing, within which resolution rings are whole, and that of the smallest.
    pub resolution_angstrom: ResolutionRecord,
}

/// A panel's pixels.
#[derive(Debug, Clone, Serialize)]
pub struct PanelRecord {
    pub fast_pixels: usize,
    pub slow_pixels: usize,
    pub pixel_mm: [f64; 2],
}

/// Along the axes of a panel.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct OnPanel {
    pub panel: usize,
    pub fast: f64,
    pub slow: f64,
}

/// Spacings at the border of the first panel.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ResolutionRecord {
    pub edge: f64,
    pub corner: f64,
}

/// What the run's random numbers began with.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SeedRecord {
    /// Of the photon noise; frame i of a sweep adds i.
    pub noise: i64,
    pub mosaic: i64,
}

/// One image.
#[derive(Debug, Clone, Serialize)]
pub struct ImageRecord {
    /// From 1 on.
    pub frame: usize,
    pub phi_start_deg: f64,
    pub photons: PhotonRecord,
    /// None in an image without light.
    pub brightest: Option<BrightestRecord>,
    /// Local maxima well above the background; counted where somebody is told.
    pub spots: Option<usize>,
    pub noise: Option<NoiseRecord>,
    /// Rendering alone.
    pub render_s: f64,
    pub pixels_per_s: f64,
    pub samples_per_s: f64,
    pub files: Vec<FileRecord>,
}

/// Photons of the rendered pixels.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PhotonRecord {
    pub pixels: u64,
    /// Pixels that have left the range of float32, and count for nothing.
    pub not_finite: u64,
    pub mean: f64,
    pub rms: f64,
    pub rmsd: f64,
    pub max: f64,
}

/// The brightest pixel.
#[derive(Debug, Clone, Serialize)]
pub struct BrightestRecord {
    /// Counted from 0.
    pub pixel: Pixel,
    pub photons: f64,
    /// The reflection that lies nearest to it in any orientation.
    pub hkl: Option<[i64; 3]>,
    pub resolution_angstrom: f64,
}

/// The noise image.
#[derive(Debug, Clone, Serialize)]
pub struct NoiseRecord {
    pub photons: f64,
    /// In the first of the files.
    pub overloads: u64,
    pub files: Vec<Overloads>,
}

/// A file that was written.
#[derive(Debug, Clone, Serialize)]
pub struct FileRecord {
    pub option: &'static str,
    pub path: PathBuf,
    /// None where it is not a file, but a pipe or a device.
    pub bytes: Option<u64>,
}

impl RunRecord {
    /// What is known before the first image.
    pub fn begin(session: &Session, plan: &Plan, command: &[String]) -> Self {
        let experiment = &session.prepared().experiment;
        let Experiment {
            beam,
            crystal,
            detector,
            goniometer,
            mosaic,
            sources,
            ..
        } = experiment;
        let wavelength_angstrom = beam.wavelength_angstrom();
        let [fast, slow] = detector.beam_spot_m.map(|metres| metres * 1e3);
        Self {
            version: VERSION,
            program: concat!("nanobragg ", env!("CARGO_PKG_VERSION")).to_owned(),
            command: command.to_vec(),
            physics: experiment.physics.name(),
            device: session.engine(),
            beam: BeamRecord {
                wavelength_angstrom,
                energy_ev: EV_ANGSTROM / wavelength_angstrom,
                fluence_photons_per_m2: beam.fluence,
                sources: sources.points.len(),
                polarization: beam.polarization,
            },
            crystal: CrystalRecord {
                cell: UnitCell::of_vectors(&crystal.real_space).parameters(),
                misset_deg: crystal.misset_deg,
                cells: crystal.n_cells,
                mosaic_spread_deg: mosaic.spread_deg,
                mosaic_domains: mosaic.domains,
                phi_start_deg: goniometer.start_deg(),
                phi_range_deg: goniometer.range_deg(),
                phi_steps: goniometer.steps.count,
            },
            detector: DetectorRecord {
                panels: plan
                    .detector
                    .panels
                    .iter()
                    .map(|panel| PanelRecord {
                        fast_pixels: panel.fast_pixels,
                        slow_pixels: panel.slow_pixels,
                        pixel_mm: panel.pixel_size_m.map(|metres| metres * 1e3),
                    })
                    .collect(),
                distance_mm: detector.distance_m * 1e3,
                close_distance_mm: detector.close_distance_m * 1e3,
                direct_beam_mm: OnPanel {
                    panel: 0,
                    fast,
                    slow,
                },
                resolution_angstrom: ResolutionRecord::of(plan),
            },
            seeds: SeedRecord {
                noise: experiment.seed,
                mosaic: mosaic.seed,
            },
            samples: plan.samples(),
            images: Vec::new(),
            files: Vec::new(),
            warnings: Vec::new(),
            elapsed_s: 0.0,
        }
    }
}

impl RunRecord {
    /// Writes the record as JSON, to standard output under the name -. `check` is asked whether to wait for the reader of a pipe.
    pub fn write(
        &self,
        path: &Path,
        check: impl Fn() -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let mut text = serde_json::to_string_pretty(self).expect("the record is plain data");
        text.push('\n');
        if is_standard_output(path) {
            say(&text)?;
        } else {
            let mut batch = Batch::default();
            pipes::stage(&mut batch, path, check, |beside| {
                atomic_file::write(beside, |out| out.write_all(text.as_bytes()))
            })?;
            batch.commit()?;
        }
        Ok(())
    }
}

impl ResolutionRecord {
    fn of(plan: &Plan) -> Self {
        let panel = plan.panel();
        let (last_slow, last_fast) = (panel.slow_pixels - 1, panel.fast_pixels - 1);
        let across = (0..=last_fast).flat_map(|fast| [(0, fast), (last_slow, fast)]);
        let along = (0..=last_slow).flat_map(|slow| [(slow, 0), (slow, last_fast)]);
        let spacings = across
            .chain(along)
            .map(|(slow, fast)| plan.resolution_angstrom(Pixel::at(slow, fast)));
        let (edge, corner) = spacings.fold((0.0, f64::INFINITY), |(edge, corner), spacing| {
            (f64::max(edge, spacing), f64::min(corner, spacing))
        });
        Self { edge, corner }
    }
}

impl ImageRecord {
    /// What came of an image, before its files are written.
    pub fn of(
        frame: usize,
        phi_start_deg: f64,
        plan: &Plan,
        image: &Image,
        derived: &Derived,
        rendering: Duration,
        counts_spots: bool,
    ) -> Self {
        let statistics = derived.statistics;
        let render_s = rendering.as_secs_f64();
        let [fast, slow] = statistics.max_at;
        let brightest = (statistics.max > 0.0).then(|| BrightestRecord {
            pixel: Pixel::at(slow, fast),
            photons: statistics.max,
            hkl: nearest_reflection(plan, Pixel::at(slow, fast)),
            resolution_angstrom: plan.resolution_angstrom(Pixel::at(slow, fast)),
        });
        Self {
            frame,
            phi_start_deg,
            photons: PhotonRecord {
                pixels: statistics.pixels,
                not_finite: statistics.not_finite,
                mean: statistics.mean,
                rms: statistics.rms,
                rmsd: statistics.rmsd,
                max: statistics.max,
            },
            brightest,
            spots: counts_spots.then(|| spots(plan, image)),
            noise: derived.noise.as_ref().map(|noise| NoiseRecord {
                photons: noise.photons,
                overloads: derived.overloads.first().map_or(0, |file| file.pixels),
                files: derived.overloads.clone(),
            }),
            render_s,
            pixels_per_s: statistics.pixels as f64 / render_s,
            samples_per_s: plan.samples() / render_s,
            files: Vec::new(),
        }
    }
}

impl FileRecord {
    /// The files of an image, which are there.
    pub fn of(outputs: &Outputs) -> Vec<Self> {
        let named = outputs.named().into_iter();
        named
            .map(|(option, path)| Self::written(option, path.to_owned()))
            .collect()
    }

    /// A file that is there.
    pub fn written(option: &'static str, path: PathBuf) -> Self {
        let found = std::fs::metadata(&path).ok();
        Self {
            option,
            bytes: found
                .filter(|found| found.is_file())
                .map(|found| found.len()),
            path,
        }
    }
}

/// The reflection that a pixel's centre comes nearest to in any orientation of the first crystal.
fn nearest_reflection(plan: &Plan, pixel: Pixel) -> Option<[i64; 3]> {
    let distance = |index: &[f64; 3]| {
        let off = index.map(|component| component - component.round());
        off.iter()
            .map(|component| component * component)
            .sum::<f64>()
    };
    let cells = &plan.crystal().orientations.cells;
    cells
        .iter()
        .filter_map(|cell| plan.miller_index(pixel, cell))
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .map(|index| index.map(|component| component.round() as i64))
}

/// Spots that stand out of the noise of the background, which is the median of the rendered pixels.
fn spots(plan: &Plan, image: &Image) -> usize {
    let panel = plan.panel();
    let view = image.view();
    let stride = (panel.pixels() / BACKGROUND_SAMPLE).max(1);
    let sample = panel.rendered_pixels().step_by(stride);
    let Some(background) = percentile(sample.map(|pixel| view[pixel]), 50.0).map(f64::from) else {
        return 0;
    };
    let search = PeakSearch {
        above: (background + SPOT_DEVIATIONS * background.max(1.0).sqrt()) as f32,
        ..PeakSearch::default()
    };
    count_peaks(view, &search)
}
