//! What the user described, in SI units and checked: beam, sources, detector, crystal, goniometer, sampling.

mod beam;
mod camera;
mod convention;
mod crystal;
mod detector;
mod error;
mod goniometer;
mod header;
mod idle;
mod matrix_file;
mod mosaic;
mod named_sensor;
mod notices;
mod pixel_sampling;
mod placement;
mod plausible;
mod sampling;
mod scene;
mod seeds;
mod sources;

use std::time::{SystemTime, UNIX_EPOCH};

pub use beam::ClassicBeam;
pub use camera::{Mask, with_headers};
pub use convention::Frame;
pub use crystal::ClassicCrystal;
pub use detector::ClassicDetector;
pub use error::ExperimentError;
pub use goniometer::ClassicGoniometer;
pub use mosaic::ClassicMosaic;
pub use notices::Notices;
pub use pixel_sampling::PixelSampling;
pub use placement::Placing;
pub use sampling::Steps;
pub use sources::{SourcePoint, Sources};

use crate::{
    classic::{
        options::{Options, Physics},
        structure_factors::farthest_corner,
    },
    scene::PerSampleFactors,
};

/// Everything about one simulation but the structure factors.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    pub frame: Frame,
    pub beam: ClassicBeam,
    pub sources: Sources,
    pub detector: ClassicDetector,
    pub crystal: ClassicCrystal,
    pub goniometer: ClassicGoniometer,
    pub mosaic: ClassicMosaic,
    pub sampling: PixelSampling,
    pub physics: Physics,
    /// Seed of the photon noise, and of a random misset without a seed of its own.
    pub seed: i64,
    /// What the user should know about this input.
    pub notices: Notices,
}

impl Experiment {
    /// Fills in every default and checks every value.
    ///
    /// # Errors
    /// [`ExperimentError`] names the option or the file and line that no image can be made of.
    pub fn from_options(options: &Options) -> Result<Self, ExperimentError> {
        let typed = options;
        let mut notices = Notices::default();
        let (options, mask) = camera::take_over_headers(typed, &mut notices)?;
        let options = &options;
        camera::warn_of_idle_distance(&typed.detector, &options.detector, &mut notices);
        sampling::warn_of_negative_values(typed, &mut notices);
        seeds::warn_of_odd_ones(&typed.random, &mut notices);
        plausible::warn_of_suspects(options, &mut notices);
        let physics = options.sampling.physics;
        let seed = options.random.seed.unwrap_or_else(seconds_since_1970);
        let frame = Frame::from_options(options, &mut notices)?;
        let beam = ClassicBeam::from_options(options, &mut notices)?;
        let detector = ClassicDetector::from_options(options, mask, &frame, &mut notices)?;
        detector.warn_of_idle_centres(&typed.detector, frame.convention, physics, &mut notices);
        let crystal = ClassicCrystal::from_options(options, &beam, seed, &mut notices)?;
        let goniometer = ClassicGoniometer::from_options(options, frame.spindle)?;
        let sources = Sources::from_options(options, &beam, &frame)?;
        plausible::warn_of_sources(options, &sources.points, &mut notices);
        let mosaic = ClassicMosaic::from_options(options, &mut notices)?;
        let sampling =
            PixelSampling::from_options(options, &beam, &detector, &crystal, &mut notices)?;
        let made = idle::Made {
            frame: &frame,
            beam: &beam,
            sources: &sources,
            detector: &detector,
            crystal: &crystal,
            goniometer: &goniometer,
            mosaic: &mosaic,
            physics,
        };
        idle::tell(typed, options, &made, &mut notices);
        let experiment = Self {
            frame,
            beam,
            sources,
            detector,
            crystal,
            goniometer,
            mosaic,
            sampling,
            physics,
            seed,
            notices,
        };
        experiment.checked()
    }

    /// The finest spacing that the camera of these options sees, Å, in the corner that is farthest from the beam; whatever the
    /// crystal. `None` when it sees nothing but the beam.
    ///
    /// # Errors
    /// [`ExperimentError`], as [`Experiment::from_options`].
    pub fn corner_angstrom(options: &Options) -> Result<Option<f64>, ExperimentError> {
        let unheard = &mut Notices::default();
        let (options, mask) = camera::take_over_headers(options, unheard)?;
        let frame = Frame::from_options(&options, unheard)?;
        let beam = ClassicBeam::from_options(&options, unheard)?;
        let detector = ClassicDetector::from_options(&options, mask, &frame, unheard)?;
        let sources = Sources::from_options(&options, &beam, &frame)?;
        let finest = farthest_corner(
            &detector.panel(&frame),
            &sources.seen(options.sampling.physics),
        );
        Ok(finest.map(f64::recip))
    }

    /// Checks what no single part can see.
    fn checked(mut self) -> Result<Self, ExperimentError> {
        if self.goniometer.has_stale_step() {
            self.notices
                .differ("c-parity leaves the cell of the step before in place at φ = 0");
        }
        if self.sources.has_unequal_weights() {
            self.notices
                .differ("corrected uses the weights of the sources");
            if self.physics != Physics::Corrected {
                self.notices.warn(
                    "-sourcefile: its sources differ in weight, and all count alike; -physics corrected uses the weights",
                );
            }
        }
        let orientations = self.goniometer.steps.count as f64 * self.mosaic.domains as f64;
        let sources = self.sources.points.len();
        let oversample = self.sampling.oversample;
        let multiplies_running_sum =
            self.sampling.per_sample != PerSampleFactors::default() && orientations > 1.0;
        if oversample > 1 || sources > 1 || multiplies_running_sum {
            self.notices
                .differ("corrected takes solid angle, polarisation and capture at every sample");
        }
        error::orientations_fit(orientations)?;
        error::samples_end(
            orientations
                * sources as f64
                * (oversample * oversample) as f64
                * self.detector.sensor.layers as f64,
        )?;
        Ok(self)
    }
}

fn seconds_since_1970() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(1, |elapsed| elapsed.as_secs() as i64)
}
