//! `-v`: the whole experiment in the lines of the classic program, which scripts look for.

use std::fmt::{self, Write};

use super::summary::{cell_text, convention_name};
use crate::{
    classic::{
        Experiment,
        options::{Options, Pivot},
    },
    formats::general,
    plan::Plan,
    scene::{Sensor, Shape, UnitCell},
    structure_factors::{Amplitudes, Loaded},
    vector::{Vector, cross, dot},
};

fn g(value: f64) -> String {
    general(value, 6)
}

fn vector([x, y, z]: Vector) -> String {
    format!("{} {} {}", g(x), g(y), g(z))
}

/// The classic description of the run.
pub fn geometry(
    experiment: &Experiment,
    options: &Options,
    loaded: &Loaded,
    plan: &Plan,
) -> String {
    let mut text = String::new();
    write_all(&mut text, experiment, options, loaded, plan)
        .expect("writing to a string does not fail");
    text
}

fn write_all(
    out: &mut String,
    experiment: &Experiment,
    options: &Options,
    loaded: &Loaded,
    plan: &Plan,
) -> fmt::Result {
    write_frame(out, experiment)?;
    write_crystal(out, experiment, options)?;
    write_samples(out, experiment)?;
    write_table(out, loaded)?;
    write_beam(out, experiment)?;
    write_detector(out, experiment, options)?;
    write_counts(out, experiment, options)?;
    writeln!(
        out,
        "\nsolid angle subtended by detector = {} steradian ( {}% sphere)",
        g(solid_angle(plan)),
        g(solid_angle(plan) / (4.0 * std::f64::consts::PI) * 100.0)
    )
}

fn write_frame(out: &mut String, experiment: &Experiment) -> fmt::Result {
    let Experiment {
        frame, detector, ..
    } = experiment;
    writeln!(
        out,
        "{} convention selected.",
        convention_name(frame.convention)
    )?;
    writeln!(
        out,
        "pivoting detector around {}",
        match detector.pivot {
            Pivot::Beam => "direct beam spot",
            Pivot::Sample => "sample",
        }
    )?;
    let seen = [detector.fast, detector.slow, detector.normal].map(|axis| dot(axis, frame.beam));
    writeln!(out, "XDS incident beam: {}", vector(seen))
}

fn write_crystal(out: &mut String, experiment: &Experiment, options: &Options) -> fmt::Result {
    let Experiment {
        crystal, sampling, ..
    } = experiment;
    if options.structure_factors.interpolate.is_none() {
        let how = if sampling.interpolate {
            "tricubic interpolation of structure factors"
        } else {
            "no interpolation"
        };
        writeln!(out, "auto-selected {how}")?;
    }
    if options.crystal.misset == Some(crate::classic::options::Misset::Random) {
        let [x, y, z] = crystal.misset_deg;
        writeln!(
            out,
            "random orientation misset angles: {x:.6} {y:.6} {z:.6} deg"
        )?;
    }
    writeln!(
        out,
        "Unit Cell: {}",
        cell_text(&UnitCell::of_vectors(&crystal.real_space))
    )?;
    writeln!(out, "Recp Cell: {}", cell_text(&crystal.reciprocal_cell()))?;
    writeln!(out, "volume = {} A^3", g(crystal.volume))?;
    writeln!(
        out,
        "real-space cell vectors (Angstrom):\n     a           b           c         "
    )?;
    write_columns(out, &crystal.real_space)?;
    writeln!(
        out,
        "reciprocal-space cell vectors (Angstrom^-1):\n     a_star      b_star      c_star    "
    )?;
    write_columns(out, &crystal.reciprocal_space)?;
    let [x, y, z] = crystal.size_m().map(|metres| g(metres * 1e6));
    writeln!(out, "crystal is {x} x {y} x {z} microns")?;
    if options.sampling.oversample.is_none_or(|typed| typed <= 0) {
        writeln!(
            out,
            "auto-selected {}-fold oversampling",
            sampling.oversample
        )?;
    }
    Ok(())
}

fn write_columns(out: &mut String, [a, b, c]: &[Vector; 3]) -> fmt::Result {
    for (axis, name) in ["X", "Y", "Z"].into_iter().enumerate() {
        writeln!(
            out,
            "{name}: {:11.8} {:11.8} {:11.8}",
            a[axis], b[axis], c[axis]
        )?;
    }
    Ok(())
}

fn write_samples(out: &mut String, experiment: &Experiment) -> fmt::Result {
    let Experiment {
        beam,
        detector,
        goniometer,
        mosaic,
        sources,
        ..
    } = experiment;
    for layer in 0..detector.sensor.layers {
        let depth_um = layer as f64 * detector.sensor.layer_m * 1e6;
        writeln!(out, "thick{layer} = {} um", g(depth_um))?;
    }
    for (step, phi) in goniometer.phi_rad().enumerate() {
        writeln!(out, "phi{step} = {}", g(phi.to_degrees()))?;
    }
    for [horizontal, vertical] in &sources.divergence_rad {
        writeln!(
            out,
            "divergence deviation: {} {}",
            g(*horizontal),
            g(*vertical)
        )?;
    }
    if !sources.divergence_rad.is_empty() {
        for (index, metres) in sources
            .dispersion
            .wavelengths_m(beam.wavelength_m)
            .enumerate()
        {
            writeln!(out, "lambda{index} = {}", general(metres, 15))?;
        }
    }
    writeln!(
        out,
        "  created a total of {} sources:",
        sources.points.len()
    )?;
    for point in &sources.points {
        let position = vector(point.position_m);
        writeln!(
            out,
            "{position}   {} {}",
            g(point.weight),
            g(point.wavelength_m)
        )?;
    }
    writeln!(
        out,
        "  created a total of {} mosaic domains",
        mosaic.domains
    )
}

fn write_table(out: &mut String, loaded: &Loaded) -> fmt::Result {
    let (initialised, default_f) = match &loaded.amplitudes {
        Amplitudes::Constant(f) => (0, *f),
        Amplitudes::Table(table) => (table.nonzero(), table.default_f()),
    };
    writeln!(
        out,
        "  {initialised} initialized hkls (all others ={})",
        g(default_f)
    )
}

fn write_beam(out: &mut String, experiment: &Experiment) -> fmt::Result {
    let Experiment {
        beam,
        crystal,
        sources,
        ..
    } = experiment;
    let shape = match crystal.shape {
        Shape::Square => "parallelpiped",
        Shape::Round => "ellipsoidal",
        Shape::Gauss => "gaussian",
        Shape::Tophat => "tophat-spot",
    };
    let [na, nb, nc] = crystal.n_cells;
    writeln!(out, "  {shape} xtal: {na}x{nb}x{nc} cells")?;
    let dispersion = sources.dispersion;
    writeln!(
        out,
        "  wave={} meters +/- {}% in {} steps",
        g(beam.wavelength_m),
        g(dispersion.range * 100.0),
        dispersion.count
    )?;
    match beam.polarization {
        Some(factor) => writeln!(out, "  Kahn polarization factor: {factor:.6}")?,
        None => writeln!(out, "  polarization effect disabled")?,
    }
    writeln!(out, "  incident fluence: {} photons/m^2", g(beam.fluence))
}

fn write_detector(out: &mut String, experiment: &Experiment, options: &Options) -> fmt::Result {
    let Experiment {
        frame,
        detector,
        goniometer,
        ..
    } = experiment;
    if detector.curved {
        writeln!(
            out,
            "  curved detector: all pixels same distance from origin"
        )?;
    }
    if detector.point_pixel {
        writeln!(out, "  pixel obliquity effect disabled")?;
    }
    let [width_m, height_m] = detector.size_m.map(g);
    writeln!(
        out,
        "  distance={} detsize={width_m}x{height_m}  pixel={} meters ({}x{} pixels)",
        g(detector.distance_m),
        g(detector.pixel_size_m),
        detector.fast_pixels,
        detector.slow_pixels
    )?;
    let sensor = detector.sensor;
    writeln!(
        out,
        "  sensor is {} m thick in {} layers with mu= {}",
        g(detector.thickness_m),
        sensor.layers,
        g(attenuation_per_m(options, sensor))
    )?;
    for (names, [first, second]) in [
        (["Xbeam", "Ybeam"], detector.beam_centre_m),
        (["Fbeam", "Sbeam"], detector.beam_spot_m),
        (["Xclose", "Yclose"], detector.typed_near_point_m),
        (["Fclose", "Sclose"], detector.near_point_m),
    ] {
        writeln!(
            out,
            "  {}={} {}={}",
            names[0],
            g(first),
            names[1],
            g(second)
        )?;
    }
    for (name, axis) in [
        ("DIRECTION_OF_DETECTOR_X-AXIS", detector.fast),
        ("DIRECTION_OF_DETECTOR_Y-AXIS", detector.slow),
        ("DIRECTION_OF_DETECTOR_Z-AXIS", detector.normal),
        ("INCIDENT_BEAM_DIRECTION", frame.beam),
        ("spindle ROTATION_AXIS", goniometer.spindle),
        // Not one long where the electric field was not typed across the beam.
        ("POLARIZATION_PLANE_NORMAL", cross(frame.beam, frame.polar)),
    ] {
        writeln!(out, "  {name}= {}", vector(axis))?;
    }
    writeln!(
        out,
        "  dials origin= {}",
        vector(detector.dials_origin_mm())
    )
}

fn write_counts(out: &mut String, experiment: &Experiment, options: &Options) -> fmt::Result {
    let Experiment {
        beam,
        detector,
        goniometer,
        mosaic,
        sampling,
        sources,
        ..
    } = experiment;
    let region = detector.region;
    // The last pixel as it was typed, beyond the detector too; the size of the detector where none was.
    let [_, fast_end, _, slow_end] = options.sampling.roi.unwrap_or([-1; 4]);
    let [fast_end, slow_end] = [fast_end, slow_end].map(|end| usize::try_from(end).ok());
    writeln!(
        out,
        "  roi: {} < x < {} && {} < y < {}",
        region.fast_min,
        fast_end.unwrap_or(detector.fast_pixels),
        region.slow_min,
        slow_end.unwrap_or(detector.slow_pixels)
    )?;
    for (name, steps) in [("h", sources.horizontal), ("v", sources.vertical)] {
        writeln!(
            out,
            "  {name}divrange={} {name}divstep={}  radians",
            g(steps.range),
            g(steps.step)
        )?;
    }
    // The classic program counts none as -1, which is what it starts from.
    let directions = match sources.divergence_rad.len() {
        0 => "-1".to_owned(),
        count => count.to_string(),
    };
    writeln!(out, "  {directions} divergence steps")?;
    writeln!(out, "  {} sources", sources.points.len())?;
    writeln!(
        out,
        "  {} mosaic domains over mosaic spread of {} degrees",
        mosaic.domains,
        g(mosaic.spread_deg)
    )?;
    writeln!(
        out,
        "  {} phi steps from {} to {} degrees",
        goniometer.steps.count,
        g(goniometer.start_deg()),
        g(goniometer.start_deg() + goniometer.range_deg())
    )?;
    let per_sample = sampling.per_sample;
    let factors = [
        (per_sample.capture, " +thick"),
        (per_sample.polarization, " +polar"),
        (per_sample.omega, " +omega"),
    ];
    let factors: String = factors
        .iter()
        .filter_map(|(on, word)| on.then_some(*word))
        .collect();
    writeln!(
        out,
        "  {0}x{0} pixel oversample steps{factors}",
        sampling.oversample
    )?;
    if let Some(mask) = &options.detector.mask {
        writeln!(out, "  skipping zero-flagged pixels in {}", mask.display())?;
    }
    if !options.output.no_noise {
        writeln!(out, "\n  noise image paramters:")?;
        writeln!(out, "  seed: {}", experiment.seed.wrapping_neg())?;
        writeln!(out, "  water droplet size: {} m", g(beam.water_m))?;
    }
    Ok(())
}

/// μ as it is printed: that of `-detector_abs` even where there is no sensor for it, −1 where nothing says it.
fn attenuation_per_m(options: &Options, sensor: Sensor) -> f64 {
    match options.detector.attenuation_um {
        Some(um) if um == 0.0 || um.is_infinite() => 0.0,
        Some(um) => 1.0 / (um * 1e-6),
        None => sensor.attenuation_per_m.unwrap_or(-1.0),
    }
}

/// Steradians of the rendered pixels, each taken at its centre.
fn solid_angle(plan: &Plan) -> f64 {
    let panel = plan.panel();
    panel
        .rendered_pixels()
        .map(|(slow, fast)| panel.solid_angle_sr(slow, fast))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic;
    use std::path::Path;

    /// Beginnings of classic lines that are said in another way: the title, what is read and written, warnings, and
    /// what this program does not compute.
    const OTHERWISE: &[&str] = &[
        "nanoBragg",
        "counting entries",
        "re-reading",
        "reading",
        "writing",
        "WARNING",
        "         ",
        "approximate MW",
        "solid angle",
        "max_I",
        "mean=",
        "intfile_scale",
        "pgm_scale",
    ];

    fn classic_lines(text: &str) -> impl Iterator<Item = &str> {
        text.lines()
            .filter(|line| {
                !line.is_empty() && !OTHERWISE.iter().any(|start| line.starts_with(start))
            })
            .filter(|line| !line.contains("photons on noise image"))
    }

    /// The same words, and numbers that differ by no more than the last printed digit or the sign of a zero.
    fn says_the_same(ours: &str, classic: &str) -> bool {
        let words = |line| -> Vec<&str> { str::split(line, [' ', '=', 'x']).collect() };
        let (ours, classic) = (words(ours), words(classic));
        ours.len() == classic.len()
            && ours.iter().zip(&classic).all(|(ours, classic)| {
                let close = |a: f64, b: f64| (a - b).abs() <= 1.1e-5 * b.abs() + 2e-8;
                let number = |word: &str| word.parse::<f64>();
                match (number(ours), number(classic)) {
                    (Ok(a), Ok(b)) => close(a, b),
                    _ => ours == classic,
                }
            })
    }

    fn geometry_of(options: &Options, inputs: &Path) -> String {
        let experiment = Experiment::from_options(options).unwrap();
        let factors = &options.structure_factors;
        let loaded = classic::load(factors, experiment.physics, inputs).unwrap();
        let plan = experiment.plan(&loaded.amplitudes).unwrap();
        geometry(&experiment, options, &loaded, &plan)
    }

    #[test]
    fn what_golden_lines_leave_out_is_said_as_by_the_classic_program() {
        for (args, line) in [
            (
                "-N 1000000 -oversample 1",
                "  parallelpiped xtal: 1000000x1000000x1000000 cells",
            ),
            (
                "-N 3 -detector_abs 300",
                "  sensor is 0 m thick in 1 layers with mu= 3333.33",
            ),
            (
                "-N 3 -detector_abs 0",
                "  sensor is 0 m thick in 1 layers with mu= 0",
            ),
            ("-N 3", "  sensor is 0 m thick in 1 layers with mu= -1"),
            (
                "-N 3 -detector_thick 100",
                "  sensor is 0.0001 m thick in 2 layers with mu= 10000",
            ),
            (
                "-N 3 -polar_vector 1 0 1",
                "  POLARIZATION_PLANE_NORMAL= 0 -0.707107 0",
            ),
            ("-N 3 -roi 0 7 1 -1", "  roi: 0 < x < 7 && 1 < y < 8"),
            ("-N 3 -roi 0 2 1 11", "  roi: 0 < x < 2 && 1 < y < 11"),
            (
                "-N 3 -detector_rotz 180",
                "  DIRECTION_OF_DETECTOR_X-AXIS= 0 0 1",
            ),
            (
                "-N 3 -detector_rotz -180",
                "  DIRECTION_OF_DETECTOR_X-AXIS= 0 -0 1",
            ),
            (
                "-N 3 -xds -detector_rotx -180",
                "  DIRECTION_OF_DETECTOR_X-AXIS= 1 0 0",
            ),
        ] {
            let args = format!("-cell 50 -default_F 10 -detpixels 8 -seed 1 {args}");
            let options = classic::parse(args.split_whitespace()).unwrap();
            let ours = geometry_of(&options, Path::new("."));
            assert!(
                ours.lines().any(|our| our == line),
                "{args}: {line}\n{ours}"
            );
        }
    }

    #[test]
    fn the_lines_of_the_classic_program_are_there() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
        let text = std::fs::read_to_string(golden.join("cases.json")).unwrap();
        let cases: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut compared = 0;
        for case in cases["cases"].as_array().unwrap() {
            if !case["before"].is_null() || !case["inputs"].is_null() {
                continue;
            }
            let name = case["name"].as_str().unwrap();
            let mut options =
                classic::parse(case["args"].as_str().unwrap().split_whitespace()).unwrap();
            // The classic runs were asked for noise only where it is among the results.
            let outputs = case["outputs"].as_array().unwrap();
            options.output.no_noise = !outputs.contains(&"noise".into());
            let ours = geometry_of(&options, &golden.join("inputs"));
            let stdout = golden.join("expected").join(name).join("stdout.txt");
            for line in classic_lines(&std::fs::read_to_string(stdout).unwrap()) {
                assert!(
                    ours.lines().any(|our| says_the_same(our, line)),
                    "{name}: {line}\n{ours}"
                );
                compared += 1;
            }
        }
        assert!(compared > 1000, "{compared} lines compared");
    }
}
