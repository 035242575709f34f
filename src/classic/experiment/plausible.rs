//! Values that can be simulated and are hardly meant: most are in another unit than the option's.

use super::{Notices, SourcePoint};
use crate::classic::{
    options::{EV_ANGSTROM, Misset, Options},
    plain,
};

/// A spread that turns domains nearly anywhere, degrees.
const NEARLY_A_POWDER_DEG: f64 = 90.0;
/// Small-angle cameras are up to forty metres long.
const FARTHEST_DETECTOR_MM: f64 = 5e4;
/// Å; photons of a nuclear decay, 800 keV.
const SHORTEST_WAVELENGTH: f64 = 0.0155;
/// Metres; the longest X-rays are a thousand times shorter.
const LONGEST_SOURCE_WAVELENGTH_M: f64 = 1e-6;

/// A value that looks like a slip.
pub(super) struct Suspect {
    pub option: &'static str,
    /// What it is and what it may have been meant to be.
    pub text: String,
}

/// What is said of a value that lies outside the range of those that are meant.
struct Row {
    option: &'static str,
    value: Option<f64>,
    unit: &'static str,
    /// Below this the first advice is given, above it the second.
    range: (f64, f64),
    advice: (&'static str, &'static str),
}

/// The values of these options that look like slips, those first that spoil most.
pub(super) fn suspects(options: &Options) -> Vec<Suspect> {
    let (beam, detector, crystal) = (&options.beam, &options.detector, &options.crystal);
    let [size_x, size_y, size_z] = crystal.sample_mm.map(|mm| mm.filter(|mm| *mm > 0.0));
    // Edges that are alike are told of once.
    let [a, b, c] = [0, 1, 2].map(|edge| {
        let cell = crystal.cell?;
        (!cell[..edge].contains(&cell[edge])).then_some(cell[edge])
    });
    let row = |option, value, unit, range, advice| Row {
        option,
        value,
        unit,
        range,
        advice,
    };
    let edge = |value| {
        row(
            "-cell",
            value,
            "Å",
            (1.5, 20_000.0),
            ("the edges are in Å, not in nm", "the edges are in Å"),
        )
    };
    let size = |option, value| {
        row(
            option,
            value,
            "mm",
            (0.0, 10.0),
            ("", "the option takes mm: 0.1 for 100 µm"),
        )
    };
    let rows = [
        row(
            "-pixel",
            detector.pixel_mm,
            "mm",
            (1e-3, 20.0),
            (
                "the option takes mm: 0.075 for 75 µm or 7.5e-5 m",
                "the option takes mm: 0.075 for 75 µm",
            ),
        ),
        row(
            "-distance",
            detector.distance_mm,
            "mm",
            (5.0, FARTHEST_DETECTOR_MM),
            (
                "the option takes mm: 200 for 0.2 m",
                "the option takes mm: 200 for 0.2 m",
            ),
        ),
        row(
            "-close_distance",
            detector.close_distance_mm,
            "mm",
            (5.0, FARTHEST_DETECTOR_MM),
            (
                "the option takes mm: 200 for 0.2 m",
                "the option takes mm: 200 for 0.2 m",
            ),
        ),
        edge(a),
        edge(b),
        edge(c),
        size("-sample_x", size_x),
        size("-sample_y", size_y),
        size("-sample_z", size_z),
        row(
            "-beamsize",
            beam.beam_size_mm.filter(|mm| *mm > 0.0),
            "mm",
            (0.0, 20.0),
            ("", "the option takes mm: 0.05 for 50 µm"),
        ),
        row(
            "-mosaic",
            crystal.mosaic_spread_deg.filter(|deg| *deg > 0.0),
            "deg",
            (0.0, NEARLY_A_POWDER_DEG),
            (
                "",
                "the option takes degrees, and domains turned this far are nearly a powder",
            ),
        ),
        row(
            "-water",
            beam.water_um.filter(|um| *um > 0.0),
            "µm",
            (0.25, 2e4),
            ("the option takes µm: 100 for 0.1 mm", "the option takes µm"),
        ),
        row(
            "-detector_thick",
            detector.thickness_um.filter(|um| *um > 0.0),
            "µm",
            (2.0, 2e4),
            (
                "the option takes µm: 450 for 0.45 mm",
                "the option takes µm",
            ),
        ),
        row(
            "-osc",
            options.goniometer.osc_deg,
            "deg",
            (f64::NEG_INFINITY, 360.0),
            ("", "more than a turn in one image"),
        ),
    ];
    let wavelength = beam.wavelength_angstrom.and_then(odd_wavelength);
    wavelength
        .into_iter()
        .chain(rows.iter().filter_map(Row::suspect))
        .chain(centre_in_pixels(options))
        .chain(angles_in_radians(options))
        .collect()
}

impl Row {
    fn suspect(&self) -> Option<Suspect> {
        let value = self.value?;
        let advice = match self.range {
            (least, _) if value < least => self.advice.0,
            (_, most) if value > most => self.advice.1,
            _ => return None,
        };
        Some(Suspect {
            option: self.option,
            text: format!("{} {}: {advice}", plain(value), self.unit),
        })
    }
}

/// Neither `-lambda` nor `-energy` is known to have been typed, so both are told.
fn odd_wavelength(angstrom: f64) -> Option<Suspect> {
    let (option, advice) = match angstrom {
        ..SHORTEST_WAVELENGTH => ("-lambda", "takes Å, not metres or nm; -energy takes eV"),
        50.0..1000.0 => ("-energy", "takes eV: 12400 for 12.4 keV; -lambda takes Å"),
        1000.0.. => (
            "-lambda",
            "takes Å, and -energy takes eV: -energy 12400 for 12400 eV or 12.4 keV",
        ),
        _ => return None,
    };
    Some(Suspect {
        option,
        text: format!(
            "{} Å, photons of {} eV: {option} {advice}",
            plain(angstrom),
            plain(EV_ANGSTROM / angstrom)
        ),
    })
}

/// A beam centre that lies far off the detector and would lie on it as a number of pixels.
fn centre_in_pixels(options: &Options) -> Option<Suspect> {
    let detector = &options.detector;
    let pixel_mm = detector.pixel_mm?;
    let pixels = detector.detpixels_fast?.max(detector.detpixels_slow?) as f64;
    let centres = [("-Xbeam", detector.xbeam_mm), ("-Ybeam", detector.ybeam_mm)];
    centres.into_iter().find_map(|(option, mm)| {
        let mm = mm.filter(|mm| *mm > 2.0 * pixels * pixel_mm && *mm <= pixels)?;
        Some(Suspect {
            option,
            text: format!(
                "{} mm is far off a detector of {} mm: the option takes mm, {} for pixel {}",
                plain(mm),
                plain(pixels * pixel_mm),
                plain(mm * pixel_mm),
                plain(mm)
            ),
        })
    })
}

/// Angles that are typed in degrees and are all those of a cell or a turn in radians.
fn angles_in_radians(options: &Options) -> Option<Suspect> {
    let quarter_turn = |angle: f64| (angle - std::f64::consts::FRAC_PI_2).abs() < 1e-3;
    let suspect = |option, angle: f64| Suspect {
        option,
        text: format!(
            "an angle of {} deg: the option takes degrees, 90 for a right angle",
            plain(angle)
        ),
    };
    let of_cell = options.crystal.cell.iter().flat_map(|cell| &cell[3..]);
    let of_misset = options
        .crystal
        .misset
        .iter()
        .filter_map(|misset| match misset {
            Misset::Angles(angles) => Some(angles),
            Misset::Random => None,
        });
    of_cell
        .map(|angle| ("-cell", *angle))
        .chain(of_misset.flatten().map(|angle| ("-misset", *angle)))
        .find(|(_, angle)| quarter_turn(*angle))
        .map(|(option, angle)| suspect(option, angle))
}

/// Warns of every value that looks like a slip.
pub(super) fn warn_of_suspects(options: &Options, notices: &mut Notices) {
    for Suspect { option, text } in suspects(options) {
        notices.warn(match option {
            // The wavelength may have come from either.
            "-lambda" | "-energy" => format!("a wavelength of {text}"),
            _ => format!("{option} {text}"),
        });
    }
}

/// Warns of what in a source file looks like a slip.
pub(super) fn warn_of_sources(options: &Options, points: &[SourcePoint], notices: &mut Notices) {
    let Some(path) = &options.beam.source_file else {
        return;
    };
    let longest = points.iter().map(|point| point.wavelength_m);
    let longest = longest.fold(0.0, f64::max);
    if longest > LONGEST_SOURCE_WAVELENGTH_M {
        notices.warn(format!(
            "{}: a wavelength of {} m: the fifth column takes metres, 1e-10 for 1 Å",
            path.display(),
            plain(longest)
        ));
    }
}
