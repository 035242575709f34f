//! From the words of a command line to an image.

use std::path::{Path, PathBuf};

use nanobragg::{
    classic::{self, Experiment, Order, options::Options},
    image::{Image, Pixel},
    internals::measure::{self, Agreement, Peak, PeakSearch},
    plan::{Plan, Planner},
};
use ndarray::{Array2, ArrayView2};

use super::{Check, On};

/// An image and what it is an image of.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub experiment: Experiment,
    pub plan: Plan,
    pub order: Order,
    /// Photons, shape (slow, fast).
    pub image: Array2<f32>,
}

/// The folder of the images and inputs that tests read.
pub fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// Options of a command line; relative names of files are those of `golden/inputs`.
pub fn options(line: &str) -> Options {
    let mut options =
        classic::parse(line.split_whitespace()).unwrap_or_else(|error| panic!("{line}: {error}"));
    for path in [
        &mut options.structure_factors.hkl,
        &mut options.crystal.matrix,
        &mut options.beam.source_file,
    ]
    .into_iter()
    .flatten()
    {
        *path = golden().join("inputs").join(&*path);
    }
    options
}

/// What a command line describes.
pub fn experiment(line: &str) -> Experiment {
    Experiment::from_options(&options(line)).unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// The experiment and the plan of a command line.
pub fn plan(line: &str) -> (Experiment, Plan) {
    let (experiment, plan, _) = described(line);
    (experiment, plan)
}

/// The experiment of a command line, its plan, and the rules of raster order that its image follows.
pub fn described(line: &str) -> (Experiment, Plan, Order) {
    let options = options(line);
    let experiment = experiment(line);
    let physics = options.sampling.physics;
    let nowhere = Path::new("no-folder-has-a-cache-for-the-tests");
    let loaded = classic::load(&options.structure_factors, physics, nowhere)
        .unwrap_or_else(|error| panic!("{line}: {error}"));
    let scene = experiment.scene(&loaded.amplitudes, None);
    let plan = Planner::default()
        .plan(&scene)
        .unwrap_or_else(|error| panic!("{line}: {error}"));
    let order = Order::of(&experiment, &scene);
    (experiment, plan, order)
}

/// Renders a command line.
pub fn render(on: On, line: &str) -> Rendered {
    let (experiment, plan, order) = described(line);
    let image = on.render_in(&order, &plan).view().to_owned();
    assert!(
        image.iter().all(|v| v.is_finite()),
        "{line}: some pixels are no numbers"
    );
    Rendered {
        experiment,
        plan,
        order,
        image,
    }
}

impl Rendered {
    /// The same on another engine.
    pub fn again(&self, on: On) -> Image {
        on.render_in(&self.order, &self.plan)
    }

    /// Slow and fast position of the direct beam in pixels, the centre of the first pixel being 0.
    pub fn beam_pixel(&self) -> [f64; 2] {
        let detector = &self.experiment.detector;
        let [fast, slow] = detector
            .beam_spot_m
            .map(|metres| metres / detector.pixel_size_m - 0.5);
        [slow, fast]
    }

    /// Whether the direct beam falls on the detector.
    pub fn holds_the_beam(&self) -> bool {
        let [slow, fast] = self.beam_pixel();
        let detector = &self.experiment.detector;
        let within = |at: f64, pixels: usize| at > -0.5 && at < pixels as f64 - 0.5;
        within(slow, detector.slow_pixels) && within(fast, detector.fast_pixels)
    }

    /// All peaks, brightest first.
    pub fn peaks(&self) -> Vec<Peak> {
        peaks(self.image.view())
    }

    pub fn sum(&self) -> f64 {
        self.image.iter().map(|v| f64::from(*v)).sum()
    }
}

/// All peaks, brightest first.
pub fn peaks(image: ArrayView2<'_, f32>) -> Vec<Peak> {
    measure::find_peaks(image, &PeakSearch::default())
}

/// The brightest pixel.
pub fn brightest(image: ArrayView2<'_, f32>) -> Pixel {
    let ((slow, fast), _) = image
        .indexed_iter()
        .max_by(|x, y| x.1.total_cmp(y.1))
        .expect("the image has pixels");
    Pixel::at(slow, fast)
}

/// Distance of a peak from a point (slow, fast), pixels.
pub fn distance_px(peak: &Peak, to: [f64; 2]) -> f64 {
    (peak.slow - to[0]).hypot(peak.fast - to[1])
}

/// Correlation, 0 where there is none.
pub fn correlation(agreement: &Agreement) -> f64 {
    agreement.correlation.unwrap_or(0.0)
}

/// The largest difference over the brightest pixel of the reference.
pub fn worst(agreement: &Agreement) -> f64 {
    let worst = agreement.worst.map_or(0.0, |worst| worst.difference());
    worst / f64::from(agreement.max_b)
}

/// Holds an image to another of the same thing: |a − b| / |b|.
pub fn same(
    check: &mut Check,
    what: &'static str,
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    limit: f64,
) {
    let error = measure::agreement(a, b).relative_l2;
    check.at_most(what, error.unwrap_or(f64::INFINITY), limit);
}

/// [`same`] as the theory, for a crystal whose structure factors are all 100.
pub fn same_as_theory(check: &mut Check, on: On, ours: &Rendered) {
    let expected = super::theory::image(&ours.plan, |_| 100.0);
    let what = "relative L2 to theory";
    same(
        check,
        what,
        ours.image.view(),
        expected.view(),
        on.tolerance(),
    );
}
