//! The X-rays.

use super::{Action, OptionSpec};
use crate::classic::options::EV_ANGSTROM;

pub static OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        &["lambda", "wavelength"],
        Action::Positive(|o, angstrom| o.beam.wavelength_angstrom = Some(angstrom)),
        "Angstrom",
        "1",
        "Wavelength",
        "0.9795",
    )
    .spelled(&["wave"]),
    OptionSpec::new(
        &["energy"],
        Action::Positive(|o, ev| o.beam.wavelength_angstrom = Some(EV_ANGSTROM / ev)),
        "eV",
        "",
        "Photon energy, instead of the wavelength",
        "12660",
    ),
    OptionSpec::new(
        &["dispersion"],
        Action::Number(|o, percent| o.beam.dispersion_percent = Some(percent)),
        "percent",
        "0",
        "Spread of the wavelength",
        "0.5",
    ),
    OptionSpec::new(
        &["dispsteps"],
        Action::Integer(|o, count| o.beam.dispersion_steps = Some(count)),
        "count",
        "",
        "Wavelengths across the spread",
        "5",
    ),
    OptionSpec::new(
        &["divergence"],
        Action::Number(|o, mrad| {
            o.beam.hdiv_range_mrad = Some(mrad);
            o.beam.vdiv_range_mrad = Some(mrad);
        }),
        "mrad",
        "0",
        "Divergence of the beam, horizontal and vertical",
        "2",
    ),
    OptionSpec::new(
        &["hdivrange"],
        Action::Number(|o, mrad| o.beam.hdiv_range_mrad = Some(mrad)),
        "mrad",
        "0",
        "Horizontal divergence",
        "2",
    ),
    OptionSpec::new(
        &["vdivrange"],
        Action::Number(|o, mrad| o.beam.vdiv_range_mrad = Some(mrad)),
        "mrad",
        "0",
        "Vertical divergence",
        "1",
    ),
    OptionSpec::new(
        &["hdivstep"],
        Action::Number(|o, mrad| o.beam.hdiv_step_mrad = Some(mrad)),
        "mrad",
        "",
        "Angle between two horizontal directions",
        "0.5",
    ),
    OptionSpec::new(
        &["vdivstep"],
        Action::Number(|o, mrad| o.beam.vdiv_step_mrad = Some(mrad)),
        "mrad",
        "",
        "Angle between two vertical directions",
        "0.5",
    ),
    OptionSpec::new(
        &["divsteps"],
        Action::Integer(|o, count| {
            o.beam.hdiv_steps = Some(count);
            o.beam.vdiv_steps = Some(count);
        }),
        "count",
        "",
        "Directions across the divergence, horizontal and vertical",
        "5",
    ),
    OptionSpec::new(
        &["hdivsteps"],
        Action::Integer(|o, count| o.beam.hdiv_steps = Some(count)),
        "count",
        "",
        "Directions across the horizontal divergence",
        "5",
    ),
    OptionSpec::new(
        &["vdivsteps"],
        Action::Integer(|o, count| o.beam.vdiv_steps = Some(count)),
        "count",
        "",
        "Directions across the vertical divergence",
        "5",
    ),
    OptionSpec::new(
        &["round_div"],
        Action::Flag(|o| o.beam.round_divergence = Some(true)),
        "",
        "the default",
        "Leave out the corners of the divergence grid",
        "",
    ),
    OptionSpec::new(
        &["square_div"],
        Action::Flag(|o| o.beam.round_divergence = Some(false)),
        "",
        "",
        "Keep the corners of the divergence grid",
        "",
    ),
    OptionSpec::new(
        &["sourcefile"],
        Action::File(|o, file| o.beam.source_file = Some(file)),
        "FILE",
        "",
        "Sources one by one: X Y Z weight wavelength (metres) on each line",
        "sources.txt",
    ),
    OptionSpec::new(
        &["fluence"],
        Action::Number(|o, fluence| o.beam.fluence = Some(fluence)),
        "photons/m^2",
        "1.25932e29",
        "Photons through a unit of area",
        "1e24",
    ),
    OptionSpec::new(
        &["flux"],
        Action::Number(|o, flux| o.beam.flux = Some(flux)),
        "photons/s",
        "",
        "With -exposure and -beamsize, replaces -fluence",
        "1e12",
    ),
    OptionSpec::new(
        &["exposure"],
        Action::Number(|o, seconds| o.beam.exposure_s = Some(seconds)),
        "s",
        "1",
        "Exposure time",
        "0.1",
    ),
    OptionSpec::new(
        &["beamsize"],
        Action::Number(|o, mm| o.beam.beam_size_mm = Some(mm)),
        "mm",
        "0.1",
        "Edge of the square beam; the sample is cut to it",
        "0.05",
    ),
    OptionSpec::new(
        &["polar"],
        Action::Number(|o, factor| {
            o.beam.polar_factor = Some(factor);
            o.beam.no_polar = false;
        }),
        "factor",
        "0, unpolarised",
        "Kahn polarisation factor",
        "0.95",
    ),
    OptionSpec::new(
        &["nopolar"],
        Action::Flag(|o| o.beam.no_polar = true),
        "",
        "",
        "No polarisation correction",
        "",
    ),
    OptionSpec::new(
        &["water"],
        Action::Number(|o, um| o.beam.water_um = Some(um)),
        "um",
        "0",
        "Edge of the water drop that scatters into the background",
        "5",
    ),
];
