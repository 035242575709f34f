//! The flattened description of one image that every engine reads.
//!
//! Lengths of the detector are metres, everything in reciprocal space is Å⁻¹ and everything about the crystal is Å, so
//! that Miller indices are plain dot products of numbers near one. Large parts lie behind `Arc`: an engine that meets the
//! same allocation again has it already.

pub(crate) mod fringes;
mod growth;
mod pixel;
mod planes;
mod planner;

use std::sync::Arc;

pub use planes::Planes;
pub use planner::{ELECTRON_RADIUS_SQUARED_M2, PlanError, Planner, oriented_cells};

use crate::{
    image::{Image, Pixel, Region, Statistics},
    scene::{Detector, Domain, Panel, Polarization, Sampling, Source, Spectrum, StructureFactors},
    vector::CellVectors,
};

/// Everything that decides the pixels of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub detector: Arc<Detector>,
    pub sampling: Sampling,
    pub spectrum: Arc<Spectrum>,
    /// `None` when the polarisation correction is off.
    pub polarization: Option<Polarization>,
    /// The outermost sum.
    pub crystals: Vec<PlannedCrystal>,
    /// Intensity that every pixel starts from, before `scale`. When every term carries its own factors the background
    /// carries their mean over sources and sub-pixels, summed over layers.
    pub background: f64,
    /// True when there is water: samples with a zero lattice transform are then not skipped.
    pub has_water: bool,
    /// r_e² · fluence / steps: what turns a pixel's sum into photons.
    pub scale: f64,
}

/// A crystal as the engines sum it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedCrystal {
    pub domain: Domain,
    /// a*, b*, c* in Å⁻¹ before any rotation about the spindle.
    pub reciprocal_space: CellVectors,
    pub orientations: Arc<Orientations>,
    /// One for all sources, or one for each.
    pub structure_factors: Vec<StructureFactors>,
    /// Multiplies its intensity: its scale, times the first crystal's number of orientations over its own.
    pub weight: f64,
}

/// The rotated cells: φ outermost, mosaic domain innermost.
#[derive(Debug, Clone, PartialEq)]
pub struct Orientations {
    pub phi_steps: usize,
    pub domains: usize,
    /// `phi_steps · domains` entries, index `phi_step · domains + domain`.
    pub cells: Vec<CellVectors>,
    /// One for every cell, of mean 1; `None` counts all alike.
    pub weights: Option<Vec<f64>>,
}

impl PlannedCrystal {
    /// F as a source sees it.
    pub fn structure_factors_of(&self, source: usize) -> &StructureFactors {
        match self.structure_factors.as_slice() {
            [same] => same,
            each => &each[source],
        }
    }
}

impl Plan {
    /// The panel of a camera that has one.
    pub fn panel(&self) -> &Panel {
        &self.detector.panels[0]
    }

    /// The first crystal.
    pub fn crystal(&self) -> &PlannedCrystal {
        &self.crystals[0]
    }

    /// The sources.
    pub fn sources(&self) -> &[Source] {
        &self.spectrum.sources
    }

    /// Whether any crystal's structure factors are interpolated.
    pub fn interpolates(&self) -> bool {
        self.crystals
            .iter()
            .flat_map(|crystal| &crystal.structure_factors)
            .any(|factors| matches!(factors, StructureFactors::Tricubic(_)))
    }

    /// Samples summed into one pixel of a panel: crystals × sources × φ steps × domains × sub-pixels × sensor layers.
    pub fn samples_per_pixel(&self, panel: &Panel) -> u64 {
        let oversample = self.sampling.oversample as u64;
        let orientations: u64 = self
            .crystals
            .iter()
            .map(|crystal| crystal.orientations.cells.len() as u64)
            .sum();
        self.sources().len() as u64
            * orientations
            * oversample
            * oversample
            * panel.sensor.layers as u64
    }

    /// Samples of the whole image, masked pixels included.
    pub fn samples(&self) -> f64 {
        let of_panel = |panel: &Panel| {
            panel.region.fast_len() as f64
                * panel.region.slow_len() as f64
                * self.samples_per_pixel(panel) as f64
        };
        self.detector.panels.iter().map(of_panel).sum()
    }

    /// The numbers that a run prints about the first panel's image.
    pub fn statistics(&self, image: &Image) -> Statistics {
        let panel = self.panel();
        let mask = panel.mask.as_ref().map(|mask| mask.as_slice());
        Statistics::of(image, panel.region, mask)
    }

    /// Where the last sub-pixel of a pixel (fast, slow) of the first panel lies along both axes, metres.
    pub fn last_subpixel_m(&self, pixel: [usize; 2]) -> [f64; 2] {
        let oversample = self.sampling.oversample;
        let subpixel_m = self
            .panel()
            .pixel_size_m
            .map(|pixel_m| pixel_m / oversample as f64);
        std::array::from_fn(|axis| {
            subpixel_m[axis] * (((pixel[axis] + 1) * oversample) as f64 - 0.5)
        })
    }

    /// Rendered pixels, in order.
    pub fn rendered_pixels(&self) -> impl Iterator<Item = Pixel> + '_ {
        let panels = self.detector.panels.iter().enumerate();
        panels.flat_map(|(number, panel)| {
            panel.rendered_pixels().map(move |(slow, fast)| Pixel {
                panel: number,
                slow,
                fast,
            })
        })
    }

    /// Whether the image holds a pixel's intensity, and not 0.
    pub fn renders(&self, pixel: Pixel) -> bool {
        let panel = &self.detector.panels[pixel.panel];
        panel.region.contains(pixel.slow, pixel.fast) && panel.is_unmasked(pixel.slow, pixel.fast)
    }

    /// The plan of an image of one pixel alone, which may be one that this plan leaves out, and that pixel in it.
    pub fn of_pixel(&self, pixel: Pixel) -> (Self, Pixel) {
        let mut panel = self.detector.panels[pixel.panel].clone();
        panel.region = Region {
            fast_min: pixel.fast,
            fast_max: pixel.fast,
            slow_min: pixel.slow,
            slow_max: pixel.slow,
        };
        panel.mask = None;
        let alone = Self {
            detector: Arc::new(Detector::of(panel)),
            ..self.clone()
        };
        (alone, Pixel { panel: 0, ..pixel })
    }

    /// The same with the nearest structure factor in place of interpolated ones.
    pub fn without_interpolation(&self) -> Self {
        let mut plan = self.clone();
        for crystal in &mut plan.crystals {
            for factors in &mut crystal.structure_factors {
                *factors = factors.nearest();
            }
        }
        plan
    }
}
