//! What a run says about itself before it starts.

use super::record::{DetectorRecord, RunRecord};
use crate::{
    classic::{
        Experiment,
        options::{Convention, Pivot},
    },
    formats::general,
    plan::Plan,
    scene::{Shape, UnitCell},
};

fn g(value: f64) -> String {
    general(value, 6)
}

/// A few lines: crystal, beam, detector, sampling, seeds.
pub fn summary(experiment: &Experiment, plan: &Plan, record: &RunRecord) -> String {
    let Experiment {
        crystal,
        beam,
        detector,
        mosaic,
        goniometer,
        sampling,
        sources,
        ..
    } = experiment;
    let [na, nb, nc] = crystal.n_cells;
    let cell = cell_text(&UnitCell::of_vectors(&crystal.real_space));
    let domains = match mosaic.domains {
        1 => "one domain".to_owned(),
        count => format!("{count} domains over {} deg", g(mosaic.spread_deg)),
    };
    let rotation = match goniometer.steps.count {
        1 => format!("phi {} deg", g(goniometer.start_deg())),
        count => format!(
            "{count} steps of phi from {} to {} deg",
            g(goniometer.start_deg()),
            g(goniometer.start_deg() + goniometer.range_deg())
        ),
    };
    let DetectorRecord {
        direct_beam_mm: spot,
        resolution_angstrom: resolution,
        ..
    } = &record.detector;
    let [rx, ry, rz] = crystal.misset_deg.map(g);
    let samples = plan.samples();
    format!(
        "crystal: cell {cell}, {na}x{nb}x{nc} cells, {shape}, {domains}, {rotation}, misset {rx} {ry} {rz} deg\n\
         beam: {wavelength} A ({energy} eV), {fluence} photons/m^2, {sources}, {polarization}\n\
         detector: {width}x{height} pixels of {pixel} mm at {distance}, {convention} convention, pivot {pivot}, \
         direct beam at {fast} {slow} mm (fast, slow), \
         {edge} A at the edge, {corner} A in the corner\n\
         sampling: {oversample}x{oversample} sub-pixels a pixel, {layers}, {samples} samples\n\
         seeds: {noise_seed} for the photon noise, {mosaic_seed} for mosaic domains\n",
        shape = shape_name(crystal.shape),
        wavelength = g(beam.wavelength_angstrom()),
        fluence = g(beam.fluence),
        sources = counted(sources.points.len(), "source"),
        polarization = match beam.polarization {
            Some(factor) => format!("Kahn factor {}", g(factor)),
            None => "no polarisation correction".to_owned(),
        },
        width = detector.fast_pixels,
        height = detector.slow_pixels,
        pixel = g(detector.pixel_size_m * 1e3),
        distance = distance_text(experiment),
        convention = convention_name(experiment.frame.convention),
        pivot = match detector.pivot {
            Pivot::Beam => "beam",
            Pivot::Sample => "sample",
        },
        fast = g(spot.fast),
        slow = g(spot.slow),
        edge = general(resolution.edge, 4),
        corner = general(resolution.corner, 4),
        energy = g(record.beam.energy_ev),
        noise_seed = record.seeds.noise,
        mosaic_seed = record.seeds.mosaic,
        oversample = sampling.oversample,
        layers = counted(detector.sensor.layers, "sensor layer"),
        samples = g(samples),
    )
}

/// How far the detector is: with a 2θ swing along its normal and along the beam.
fn distance_text(experiment: &Experiment) -> String {
    let detector = &experiment.detector;
    if detector.twotheta_deg == 0.0 {
        return format!("{} mm", g(detector.distance_m * 1e3));
    }
    let along_beam = match detector.distance_along_beam_m(experiment.frame.beam) {
        Some(metres) => format!("{} mm along the beam", g(metres * 1e3)),
        None => "never met by the beam".to_owned(),
    };
    format!(
        "2theta {} deg, {} mm along its normal (close distance), {along_beam}",
        g(detector.twotheta_deg),
        g(detector.close_distance_m * 1e3)
    )
}

fn counted(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

pub(super) fn cell_text(cell: &UnitCell) -> String {
    let parameters = cell.lengths.iter().chain(&cell.angles_deg);
    parameters
        .map(|value| g(*value))
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn convention_name(convention: Convention) -> &'static str {
    match convention {
        Convention::Mosflm => "mosflm",
        Convention::Xds => "xds",
        Convention::Adxv => "adxv",
        Convention::Denzo => "denzo",
        Convention::Dials => "dials",
        Convention::Custom => "custom",
    }
}

fn shape_name(shape: Shape) -> &'static str {
    match shape {
        Shape::Square => "square",
        Shape::Round => "round",
        Shape::Gauss => "Gaussian",
        Shape::Tophat => "top-hat",
    }
}
