//! What was asked for and has no effect, or another one than it seems: every such request is told in a line.

use super::{
    ClassicBeam, ClassicCrystal, ClassicDetector, ClassicGoniometer, ClassicMosaic, Frame, Notices,
    Sources, Steps, camera,
};
use crate::{
    classic::{
        options::{Convention, DetectorOptions, EV_ANGSTROM, Misset, Options, Physics},
        plain, presets,
    },
    scene::Shape,
    vector::norm,
};

/// As far as the files that every run writes count.
const SMV_COUNTS: f64 = u16::MAX as f64;

/// What was made of the options.
pub(super) struct Made<'a> {
    pub frame: &'a Frame,
    pub beam: &'a ClassicBeam,
    pub sources: &'a Sources,
    pub detector: &'a ClassicDetector,
    pub crystal: &'a ClassicCrystal,
    pub goniometer: &'a ClassicGoniometer,
    pub mosaic: &'a ClassicMosaic,
    pub physics: Physics,
}

/// Tells which requests of the command line go unheard. `filled` are the options with what headers and presets say.
pub(super) fn tell(typed: &Options, filled: &Options, made: &Made<'_>, notices: &mut Notices) {
    tell_of_crystal(typed, made, notices);
    tell_of_rotation(filled, made, notices);
    tell_of_beam(typed, made, notices);
    tell_of_detector(typed, filled, made, notices);
    tell_of_axes(typed, made, notices);
    tell_of_outputs(typed, notices);
    tell_of_energy(typed, notices);
}

/// Tells when one of `-lambda` and `-energy` goes unheard, and they do not say the same.
fn tell_of_energy(typed: &Options, notices: &mut Notices) {
    let words = |name| {
        let option = typed.typed.last(name)?;
        Some((option, option.values.first()?.parse::<f64>().ok()?))
    };
    let (Some((lambda, angstrom)), Some((energy, ev))) = (words("lambda"), words("energy")) else {
        return;
    };
    let of_energy = EV_ANGSTROM / ev;
    if (of_energy / angstrom - 1.0).abs() < 1e-3 {
        return;
    }
    let used = typed.beam.wavelength_angstrom;
    let (dropped, value, later) = match used == Some(angstrom) {
        true => (energy, ev, lambda),
        false => (lambda, angstrom, energy),
    };
    notices.warn(format!(
        "{} {}: not used, because {} came later",
        dropped.word,
        plain(value),
        later.word
    ));
}

fn tell_of_crystal(typed: &Options, made: &Made<'_>, notices: &mut Notices) {
    const ALONG: [&str; 3] = ["-Na", "-Nb", "-Nc"];
    let (crystal, random) = (&typed.crystal, &typed.random);
    let named = |axes: [bool; 3]| match axes {
        [true, true, true] => "-N".to_owned(),
        _ => {
            let named = ALONG.into_iter().zip(axes).filter(|(_, named)| *named);
            named
                .map(|(option, _)| option)
                .collect::<Vec<_>>()
                .join(" ")
        }
    };
    let none = crystal.n_cells.map(|n| n.is_some_and(|n| n < 1));
    if none.contains(&true) {
        notices.warn(format!(
            "{}: a crystal has at least one cell along each edge, and 1 is taken",
            named(none)
        ));
    }
    let sized = [0, 1, 2].map(|axis| {
        crystal.n_cells[axis].is_some() && crystal.sample_mm[axis].is_some_and(|mm| mm > 0.0)
    });
    if sized.contains(&true) {
        notices.note(format!(
            "{}: the size in mm decides the number of cells",
            named(sized)
        ));
    }
    for (idle, note) in [
        (
            crystal.fudge.is_some() && made.crystal.shape == Shape::Square,
            "-fudge: without effect on a -square_xtal crystal",
        ),
        (
            random.mosaic_seed.is_some() && made.mosaic.domains == 1,
            "-mosaic_seed: without effect, there is one domain",
        ),
        (
            random.misset_seed.is_some() && crystal.misset != Some(Misset::Random),
            "-misset_seed: without effect, -misset is not random",
        ),
        (
            typed.structure_factors.interpolate == Some(true) && has_constant_f(typed),
            "-interpolate: without effect where every F is -default_F",
        ),
    ] {
        if idle {
            notices.note(note);
        }
    }
}

fn has_constant_f(typed: &Options) -> bool {
    let factors = &typed.structure_factors;
    let is_read = factors.hkl.is_some() || factors.pdb.is_some() || factors.dump.is_some();
    factors.default_f.is_some() && !is_read && typed.sampling.physics != Physics::CParity
}

fn tell_of_rotation(filled: &Options, made: &Made<'_>, notices: &mut Notices) {
    let typed = &filled.goniometer;
    let goniometer = &made.goniometer;
    let steps = goniometer.steps;
    let range_deg = goniometer.range_deg();
    let given = |value: Option<f64>| value.filter(|value| *value >= 0.0);
    let (range, step) = (given(typed.osc_deg), given(typed.phistep_deg));
    let count = typed.phisteps.filter(|n| *n > 0);
    match (count, range, step) {
        (None, Some(range), None) if range > 0.0 => notices.warn(format!(
            "-osc {} without -phisteps is seen at 2 angles, {} and {} deg; -phisteps N samples the rotation",
            plain(range),
            plain(goniometer.start_deg()),
            plain(goniometer.start_deg() + range_deg / 2.0)
        )),
        (Some(n), None, None) if n > 1 => notices.note(format!(
            "-phisteps without -osc: a rotation of {} deg",
            plain(range_deg)
        )),
        (_, None, Some(_)) => notices.note(format!(
            "-phistep without -osc: {} steps",
            steps.count
        )),
        (Some(n), Some(range), Some(step)) if (n as f64 * step / range - 1.0).abs() > 1e-6 => {
            notices.warn(format!(
                "{n} steps of -phistep {} do not make -osc {}; leave one of the three out",
                plain(step),
                plain(range)
            ));
        }
        _ => {}
    }
}

fn tell_of_beam(typed: &Options, made: &Made<'_>, notices: &mut Notices) {
    let beam = &typed.beam;
    let sources = &made.sources;
    let has_flux = beam.flux.is_some_and(|flux| flux != 0.0);
    if beam.flux == Some(0.0) {
        notices.warn("-flux 0 counts as not given; -fluence 0 turns the beam off");
    }
    if !has_flux && beam.exposure_s.is_some() {
        notices.note("-exposure: without -flux in the headers alone");
    }
    let is_sized = typed.crystal.sample_mm.iter().any(Option::is_some);
    if !has_flux && !is_sized && beam.beam_size_mm.is_some() {
        notices.note("-beamsize: without -flux or a size of the crystal in the headers alone");
    }
    if made.beam.polarization.is_none() && typed.sampling.oversample_polar {
        notices.note("-oversample_polar: without effect under -nopolar");
    }
    let spread = [
        beam.hdiv_range_mrad,
        beam.vdiv_range_mrad,
        beam.hdiv_step_mrad,
        beam.vdiv_step_mrad,
        beam.dispersion_percent,
    ];
    let counts = [beam.hdiv_steps, beam.vdiv_steps, beam.dispersion_steps];
    if beam.source_file.is_some() {
        if spread.iter().any(Option::is_some) || counts.iter().any(Option::is_some) {
            notices.note(
                "-sourcefile: its lines are the sources, divergence and dispersion are not added",
            );
        }
        return;
    }
    for (count_option, count, range_option, range, step, steps) in [
        (
            "-hdivsteps",
            beam.hdiv_steps,
            "-hdivrange",
            beam.hdiv_range_mrad,
            beam.hdiv_step_mrad,
            sources.horizontal,
        ),
        (
            "-vdivsteps",
            beam.vdiv_steps,
            "-vdivrange",
            beam.vdiv_range_mrad,
            beam.vdiv_step_mrad,
            sources.vertical,
        ),
        (
            "-dispsteps",
            beam.dispersion_steps,
            "-dispersion",
            Some(beam.dispersion_percent.unwrap_or(0.0)),
            None,
            sources.dispersion,
        ),
    ] {
        let count = count.filter(|n| *n > 0);
        let range = range.filter(|range| *range >= 0.0);
        let step = step.filter(|step| *step > 0.0);
        if count.is_some_and(|n| n > 1) && range.is_none() && step.is_none() {
            notices.warn(match count_option {
                "-dispsteps" => format!(
                    "{count_option} without {range_option}: the wavelengths spread by {} %",
                    plain(steps.range * 100.0)
                ),
                _ => format!(
                    "{count_option} without {range_option}: the beam diverges by {} mrad",
                    plain(steps.range * 1e3)
                ),
            });
        } else if let Some(n) = count {
            let why = match steps.count {
                1 => format!("without a {range_option} above 0"),
                _ if step.is_some() => format!("without {range_option}"),
                _ => "the edges of the range".to_owned(),
            };
            tell_of_count(count_option, n, &steps, &why, notices);
        } else if range.is_some_and(|range| range > 0.0) && step.is_none() {
            notices.note(format!(
                "{range_option} without {count_option}: its 2 edges alone"
            ));
        }
    }
    if beam.round_divergence == Some(false)
        && sources.horizontal.count * sources.vertical.count == 1
    {
        notices.note("-square_div: without effect, the beam does not diverge");
    }
}

/// Tells when a count that was typed is not the one that is used.
fn tell_of_count(option: &str, typed: i64, used: &Steps, why: &str, notices: &mut Notices) {
    if typed != used.count as i64 {
        notices.note(format!("{option} {typed}: {} is used, {why}", used.count));
    }
}

fn tell_of_detector(typed: &Options, filled: &Options, made: &Made<'_>, notices: &mut Notices) {
    tell_of_preset(typed, filled, made.detector, notices);
    let detector = &made.detector;
    let pixel_mm = detector.pixel_size_m * 1e3;
    let by_count = [
        filled.detector.detpixels_fast,
        filled.detector.detpixels_slow,
    ];
    for (axis, size_option, count_option, size_mm, pixels) in [
        (
            0,
            "-detsize_f",
            "-detpixels_f",
            typed.detector.detsize_fast_mm,
            detector.fast_pixels,
        ),
        (
            1,
            "-detsize_s",
            "-detpixels_s",
            typed.detector.detsize_slow_mm,
            detector.slow_pixels,
        ),
    ] {
        let used_mm = pixels as f64 * pixel_mm;
        let differs = |mm: f64| (mm - used_mm).abs() > pixel_mm / 2.0;
        if let Some(mm) = size_mm.filter(|mm| by_count[axis].is_some() && differs(*mm)) {
            notices.warn(format!(
                "{size_option} {} mm gives way to {count_option}, from the command line or a header: {pixels} pixels of {} mm are {} mm",
                plain(mm),
                plain(pixel_mm),
                plain(used_mm)
            ));
        }
    }
    if let Some([_, fast_max, _, slow_max]) = typed.sampling.roi {
        let (fast_pixels, slow_pixels) = (detector.fast_pixels, detector.slow_pixels);
        if fast_max >= fast_pixels as i64 || slow_max >= slow_pixels as i64 {
            let region = detector.region;
            notices.warn(format!(
                "-roi: cut to {} {} {} {}, the edge of the {fast_pixels} x {slow_pixels} detector",
                region.fast_min, region.fast_max, region.slow_min, region.slow_max
            ));
        }
    }
    if detector.thickness_m == 0.0 {
        let options: &DetectorOptions = &typed.detector;
        let has_thickness = options.thickness_um.is_some_and(|um| um > 0.0);
        for (given, option) in [
            (
                options
                    .attenuation_um
                    .is_some_and(|um| um > 0.0 && um.is_finite()),
                "-detector_abs",
            ),
            (
                options.thick_steps.is_some_and(|n| n > 0),
                "-detector_thicksteps",
            ),
            (
                typed.sampling.oversample_thick && made.physics != Physics::CParity,
                "-oversample_thick",
            ),
        ] {
            if given && !has_thickness {
                notices.note(format!(
                    "{option}: without effect, there is no -detector_thick"
                ));
            }
        }
    } else if let Some(n) = typed.detector.thick_steps.filter(|n| *n > 0) {
        let used = detector.sensor.layers;
        if n != used as i64 {
            notices.note(format!(
                "-detector_thicksteps {n}: {used} are used, the two faces of the sensor"
            ));
        }
    }
}

/// Says what a preset stands for, and what of it an image does not have.
fn tell_of_preset(
    typed: &Options,
    filled: &Options,
    made: &ClassicDetector,
    notices: &mut Notices,
) {
    let Some(Ok(preset)) = typed.detector.preset.as_deref().map(presets::find) else {
        return;
    };
    let pixel_mm = made.pixel_size_m * 1e3;
    let is_changed = [made.fast_pixels, made.slow_pixels] != preset.pixels
        || plain(pixel_mm) != plain(preset.pixel_mm);
    let pixels = match is_changed {
        false => preset.description(),
        true => format!(
            "{} x {} pixels of {} mm, by other options",
            made.fast_pixels,
            made.slow_pixels,
            plain(pixel_mm)
        ),
    };
    let mut note = format!("-detector {}: {pixels}", preset.name);
    if typed.detector.thickness_um.is_none() {
        note += &format!(
            "; its sensor ({}) is named in the headers, and the image has none of its depth, which -detector_thick and -detector_abs give",
            preset.sensor_text()
        );
    }
    notices.note(note);
    if !camera::has_pixels_of(&filled.detector, preset) && preset.has_gaps() {
        notices.warn(format!(
            "-detector {}: without its gaps, since other options change the number of pixels",
            preset.name
        ));
    }
}

fn tell_of_axes(typed: &Options, made: &Made<'_>, notices: &mut Notices) {
    let (detector, beam) = (&typed.detector, &typed.beam);
    let is_custom = made.frame.convention == Convention::Custom;
    let vectors = [
        ("-fdet_vector", detector.fdet_vector),
        ("-sdet_vector", detector.sdet_vector),
        ("-odet_vector", detector.odet_vector),
        ("-beam_vector", beam.beam_vector),
        ("-polar_vector", beam.polar_vector),
        ("-spindle_axis", typed.goniometer.spindle_axis),
        ("-twotheta_axis", detector.twotheta_axis),
    ];
    let given = vectors.iter().filter(|(_, vector)| vector.is_some());
    let given: Vec<&str> = given.map(|(option, _)| *option).collect();
    if !is_custom && !given.is_empty() {
        notices.warn(format!(
            "{}: not used, because a convention was named later",
            given.join(" ")
        ));
    }
    let odet = detector.odet_vector.filter(|normal| norm(*normal) != 1.0);
    if is_custom && odet.is_some() {
        notices.warn("-odet_vector: its length is not 1, and -fdet_vector × -sdet_vector is taken");
    }
    if is_custom && detector.twotheta_axis.is_some() && made.detector.twotheta_deg == 0.0 {
        notices.note("-twotheta_axis: selects the CUSTOM convention, and there is no -twotheta");
    }
    if detector.pix0_vector_m.is_some() {
        notices.note(
            "-pix0_vector: selects the CUSTOM convention; its numbers are not used, distance and centre place the detector",
        );
    }
}

fn tell_of_outputs(typed: &Options, notices: &mut Notices) {
    let output = &typed.output;
    let most = output.saturation.filter(|counts| *counts > 0);
    let most = most.map_or(SMV_COUNTS, |counts| (counts as f64).min(SMV_COUNTS));
    if let Some(offset) = output.adc.filter(|offset| *offset >= most) {
        notices.warn(format!(
            "-adc {}: SMV files count to {}, and the offset alone saturates all their pixels",
            plain(offset),
            plain(most)
        ));
    }
    for (idle, note) in [
        (
            output.png_scale.is_some() && output.png_file.is_none(),
            "-pngscale: without effect, there is no -pngfile",
        ),
        (
            typed.typed.last("pngcolour").is_some() && output.png_file.is_none(),
            "-pngcolour: without effect, there is no -pngfile",
        ),
        (
            output.pgm_scale.is_some() && output.no_pgm,
            "-pgmscale: without effect, -nopgm writes no grey map",
        ),
        (
            output.no_noise && output.noise_file.is_some(),
            "-noisefile: not written, because -nonoise came later",
        ),
        (
            output.no_pgm && output.pgm_file.is_some(),
            "-pgmfile: not written, because -nopgm came later",
        ),
    ] {
        if idle {
            notices.note(note);
        }
    }
}
