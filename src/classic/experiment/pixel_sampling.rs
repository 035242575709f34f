//! How finely a pixel is sampled, and which samples count.

use super::{
    ClassicBeam, ClassicCrystal, ClassicDetector, ExperimentError, Notices,
    error::not_negative,
    plausible::{Suspect, suspects},
};
use crate::{
    classic::{
        options::{Options, Physics},
        plain,
    },
    scene::PerSampleFactors,
};

/// Most sub-pixels along an edge.
const LARGEST_OVERSAMPLE: f64 = 10_000.0;
/// Crystals of fewer cells than this along any axis have their structure factors interpolated.
const FEWEST_CELLS_WITHOUT_INTERPOLATION: f64 = 3.0;

/// Sampling inside a pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PixelSampling {
    /// Sub-pixels along each edge.
    pub oversample: usize,
    /// Sub-pixels along each edge that resolve the crystal's fringes.
    pub recommended_oversample: usize,
    pub per_sample: PerSampleFactors,
    /// Finest spacing, Å; 0 for no limit.
    pub dmin_angstrom: f64,
    /// Whether structure factors are interpolated where there is a table of them.
    pub interpolate: bool,
}

impl PixelSampling {
    pub(super) fn from_options(
        options: &Options,
        beam: &ClassicBeam,
        detector: &ClassicDetector,
        crystal: &ClassicCrystal,
        notices: &mut Notices,
    ) -> Result<Self, ExperimentError> {
        let typed = &options.sampling;
        let interpolate = interpolate(options, crystal, notices);
        let factors = &options.structure_factors;
        if interpolate && (factors.hkl.is_some() || factors.default_f.is_none()) {
            notices.differ("corrected leaves interpolation only where the table ends");
        }
        let (oversample, recommended_oversample) =
            oversample(options, beam, detector, crystal, notices)?;
        Ok(Self {
            oversample,
            recommended_oversample,
            per_sample: PerSampleFactors {
                capture: typed.oversample_thick,
                polarization: typed.oversample_polar,
                omega: typed.oversample_omega,
            },
            dmin_angstrom: not_negative("-dmin", typed.dmin_angstrom.unwrap_or(0.0))?,
            interpolate,
        })
    }
}

fn oversample(
    options: &Options,
    beam: &ClassicBeam,
    detector: &ClassicDetector,
    crystal: &ClassicCrystal,
    notices: &mut Notices,
) -> Result<(usize, usize), ExperimentError> {
    let typed = options.sampling.oversample.filter(|n| *n > 0);
    let largest_edge_m = crystal.size_m().into_iter().fold(0.0, f64::max);
    // Width of a fringe of the crystal on the detector, in pixels: λ·distance/edge.
    let fringe_m = beam.wavelength_m * detector.distance_m / detector.pixel_size_m;
    let recommended = match detector.is_edge_on() {
        // Its distance is a rounding error, and no fringe has a width there.
        true => 1.0,
        false => (3.0 * largest_edge_m / fringe_m).ceil().max(1.0),
    };
    let chosen = typed.map_or(recommended, |n| n as f64);
    if chosen > LARGEST_OVERSAMPLE {
        let too_many = format!(
            "{} sub-pixels along an edge are more than the {LARGEST_OVERSAMPLE} that can be rendered",
            plain(chosen)
        );
        return Err(match (typed, suspects(options).into_iter().next()) {
            (Some(_), _) => ExperimentError::option("-oversample", too_many),
            (None, Some(Suspect { option, text })) => {
                ExperimentError::option(option, format!("{text}; {too_many}"))
            }
            (None, None) => ExperimentError::option(
                size_option(options, crystal),
                format!(
                    "{too_many}; a crystal of {} Å asks for them, {} mm from pixels of {} mm; make it smaller, or -oversample says how many there are",
                    plain(largest_edge_m * 1e10),
                    plain(detector.distance_m * 1e3),
                    plain(detector.pixel_size_m * 1e3)
                ),
            ),
        });
    }
    if chosen < recommended {
        notices.warn(format!(
            "-oversample {} is coarser than the fringes of a crystal of {} Å; {} would resolve them",
            plain(chosen),
            plain(largest_edge_m * 1e10),
            plain(recommended)
        ));
    }
    Ok((chosen as usize, recommended as usize))
}

/// The option that makes the crystal as long as its longest edge is.
fn size_option(options: &Options, crystal: &ClassicCrystal) -> &'static str {
    let sizes = crystal.size_m();
    let longest = (0..3).max_by(|a, b| sizes[*a].total_cmp(&sizes[*b]));
    let axis = longest.unwrap_or_default();
    let typed = &options.crystal;
    if typed.sample_mm[axis].is_some_and(|mm| mm > 0.0) {
        return ["-sample_x", "-sample_y", "-sample_z"][axis];
    }
    match typed.n_cells {
        cells if cells[axis].is_none() => "-oversample",
        [a, b, c] if a == b && b == c => "-N",
        _ => ["-Na", "-Nb", "-Nc"][axis],
    }
}

/// The classic program decides before `-samplesize` has set the number of cells.
fn interpolate(options: &Options, crystal: &ClassicCrystal, notices: &mut Notices) -> bool {
    let is_small = |n_cells: [f64; 3]| {
        n_cells
            .iter()
            .any(|n| *n < FEWEST_CELLS_WITHOUT_INTERPOLATION)
    };
    if let Some(asked) = options.structure_factors.interpolate {
        return asked;
    }
    let by_typed = is_small(options.crystal.n_cells.map(|n| n.unwrap_or(1) as f64));
    let by_crystal = is_small(crystal.n_cells);
    if by_typed != by_crystal {
        notices.differ("corrected decides on interpolation by the cells that -samplesize gives");
        notices.note("-samplesize does not turn interpolation off, -nointerpolate does");
    }
    if options.sampling.physics == Physics::Corrected {
        by_crystal
    } else {
        by_typed
    }
}
