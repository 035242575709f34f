//! `-detector NAME`: the pixels of cameras that exist.
//!
//! Numbers of pixels, pixel sizes and module gaps are those of pyFAI's detector classes (`_dectris.py`, `_rayonix.py`,
//! `_adsc.py`) and of dxtbx (`data/detectors.lib`, `FormatPilatusHelpers.py`), which agree; sensors with a thickness are pyFAI's.
//! A Pilatus counts to 20 bits. An Eiger adds its 12-bit frames to 32-bit images, whose largest value marks its gaps. CCDs have
//! 16 bits, and the overload of a mar345 is dxtbx's (`FormatMarIP.py`).

use super::plain;

/// A camera that has no preset.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("there is no {name:?}; {}-detector list shows all", .nearest.map_or(String::new(), |nearest| format!("is it {nearest}? ")))]
pub struct UnknownCamera {
    pub name: String,
    /// None where no name is like it.
    pub nearest: Option<&'static str>,
}

/// A camera of one flat panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    /// As it is typed.
    pub name: &'static str,
    /// Pixels along fast and slow.
    pub pixels: [usize; 2],
    pub pixel_mm: f64,
    pub surface: Surface,
    pub sensor: &'static PresetSensor,
    /// The largest count of a pixel.
    pub saturation: u32,
}

/// Where a camera has pixels that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// Everywhere.
    Whole,
    /// In modules of so many pixels along fast and slow, so many pixels apart.
    Modules { module: [usize; 2], gap: [usize; 2] },
    /// In the circle that touches the edges.
    Disc,
}

/// What stops the photons. Headers name it; an image has a sensor's depth only under `-detector_thick` and `-detector_abs`.
#[derive(Debug, PartialEq)]
pub struct PresetSensor {
    pub material: &'static str,
    /// The thicknesses that are sold, µm; none where the vendor tells none.
    pub thicknesses_um: &'static [f64],
}

const PILATUS_SI: PresetSensor = PresetSensor {
    material: "Si",
    thicknesses_um: &[320.0, 450.0, 1000.0],
};
const EIGER_SI: PresetSensor = PresetSensor {
    material: "Si",
    thicknesses_um: &[450.0],
};
const RAYONIX_PHOSPHOR: PresetSensor = PresetSensor {
    material: "Gd2O2S",
    thicknesses_um: &[40.0],
};
const ADSC_PHOSPHOR: PresetSensor = PresetSensor {
    material: "Gd2O2S",
    thicknesses_um: &[],
};
const IMAGE_PLATE: PresetSensor = PresetSensor {
    material: "BaFBr",
    thicknesses_um: &[],
};

const BITS_16: u32 = u16::MAX as u32;
const BITS_20: u32 = (1 << 20) - 1;
/// The value above it marks pixels that do not count.
const BITS_32: u32 = u32::MAX - 1;

const fn pilatus(name: &'static str, pixels: [usize; 2]) -> Preset {
    Preset {
        name,
        pixels,
        pixel_mm: 0.172,
        surface: Surface::Modules {
            module: [487, 195],
            gap: [7, 17],
        },
        sensor: &PILATUS_SI,
        saturation: BITS_20,
    }
}

const fn eiger(name: &'static str, pixels: [usize; 2]) -> Preset {
    Preset {
        name,
        pixels,
        pixel_mm: 0.075,
        surface: Surface::Modules {
            module: [1030, 514],
            gap: [10, 37],
        },
        sensor: &EIGER_SI,
        saturation: BITS_32,
    }
}

const fn eiger2(name: &'static str, pixels: [usize; 2]) -> Preset {
    Preset {
        surface: Surface::Modules {
            module: [1028, 512],
            gap: [12, 38],
        },
        ..eiger(name, pixels)
    }
}

const fn ccd(
    name: &'static str,
    edge: usize,
    pixel_mm: f64,
    sensor: &'static PresetSensor,
) -> Preset {
    Preset {
        name,
        pixels: [edge; 2],
        pixel_mm,
        surface: Surface::Whole,
        sensor,
        saturation: BITS_16,
    }
}

const fn mar345(name: &'static str, edge: usize, pixel_mm: f64) -> Preset {
    Preset {
        name,
        pixels: [edge; 2],
        pixel_mm,
        surface: Surface::Disc,
        sensor: &IMAGE_PLATE,
        saturation: 249_862,
    }
}

/// Every preset.
pub static PRESETS: &[Preset] = &[
    eiger("eiger500k", [1030, 514]),
    eiger("eiger1m", [1030, 1065]),
    eiger("eiger4m", [2070, 2167]),
    eiger("eiger9m", [3110, 3269]),
    eiger("eiger16m", [4150, 4371]),
    eiger2("eiger2_500k", [1028, 512]),
    eiger2("eiger2_1m", [1028, 1062]),
    eiger2("eiger2_4m", [2068, 2162]),
    eiger2("eiger2_9m", [3108, 3262]),
    eiger2("eiger2_16m", [4148, 4362]),
    pilatus("pilatus100k", [487, 195]),
    pilatus("pilatus200k", [487, 407]),
    pilatus("pilatus300k", [487, 619]),
    pilatus("pilatus1m", [981, 1043]),
    pilatus("pilatus2m", [1475, 1679]),
    pilatus("pilatus6m", [2463, 2527]),
    pilatus("pilatus3_300k", [487, 619]),
    pilatus("pilatus3_1m", [981, 1043]),
    pilatus("pilatus3_2m", [1475, 1679]),
    pilatus("pilatus3_6m", [2463, 2527]),
    ccd("rayonix_mx225hs", 5760, 0.0390625, &RAYONIX_PHOSPHOR),
    ccd("rayonix_mx225hs_2x2", 2880, 0.078125, &RAYONIX_PHOSPHOR),
    ccd("rayonix_mx300hs", 7680, 0.0390625, &RAYONIX_PHOSPHOR),
    ccd("rayonix_mx300hs_2x2", 3840, 0.078125, &RAYONIX_PHOSPHOR),
    ccd("rayonix_mx340hs", 7680, 0.0442708, &RAYONIX_PHOSPHOR),
    ccd("rayonix_mx340hs_2x2", 3840, 0.0885417, &RAYONIX_PHOSPHOR),
    ccd("adsc_q210", 4096, 0.051, &ADSC_PHOSPHOR),
    ccd("adsc_q210_2x2", 2048, 0.102, &ADSC_PHOSPHOR),
    ccd("adsc_q315r", 6144, 0.051, &ADSC_PHOSPHOR),
    ccd("adsc_q315r_2x2", 3072, 0.102, &ADSC_PHOSPHOR),
    mar345("mar345", 3450, 0.1),
    mar345("mar345_150", 2300, 0.15),
];

/// The word that asks for the table instead of a camera.
pub const LIST: &str = "list";

/// The words that `-detector` takes.
pub fn names() -> Vec<&'static str> {
    let cameras = PRESETS.iter().map(|preset| preset.name);
    cameras.chain([LIST]).collect()
}

/// The preset of a name; capitals, blanks, dashes and underscores do not matter.
///
/// # Errors
/// [`UnknownCamera`] names the nearest.
pub fn find(name: &str) -> Result<&'static Preset, UnknownCamera> {
    let bare = |name: &str| -> String {
        let letters = name.chars().filter(|letter| !"-_ ".contains(*letter));
        letters.flat_map(char::to_lowercase).collect()
    };
    let wanted = bare(name);
    if let Some(preset) = PRESETS.iter().find(|preset| bare(preset.name) == wanted) {
        return Ok(preset);
    }
    // A slip of the keyboard, or a name that is not finished; other words are like none.
    let most = wanted.chars().count() / 3 + 1;
    let distance = |preset: &Preset| strsim::osa_distance(&wanted, &bare(preset.name));
    let nearest = PRESETS
        .iter()
        .filter(|preset| distance(preset) <= most)
        .min_by_key(|preset| distance(preset));
    Err(UnknownCamera {
        name: name.to_owned(),
        nearest: nearest.map(|preset| preset.name),
    })
}

impl Preset {
    /// One byte per pixel, fast axis first, 0 where the camera has none; `None` when it has pixels everywhere.
    pub fn mask(&self) -> Option<Vec<u8>> {
        let [fast_pixels, slow_pixels] = self.pixels;
        let counts: Box<dyn Fn(usize, usize) -> bool> = match self.surface {
            Surface::Whole => return None,
            Surface::Modules { module, gap } => {
                if !self.has_gaps() {
                    return None;
                }
                Box::new(move |fast, slow| {
                    fast % (module[0] + gap[0]) < module[0]
                        && slow % (module[1] + gap[1]) < module[1]
                })
            }
            Surface::Disc => {
                let radius = fast_pixels as f64 / 2.0;
                let from_middle = move |pixel: usize| pixel as f64 + 0.5 - radius;
                Box::new(move |fast, slow| from_middle(fast).hypot(from_middle(slow)) <= radius)
            }
        };
        let rows = (0..slow_pixels).flat_map(|slow| (0..fast_pixels).map(move |fast| (fast, slow)));
        Some(
            rows.map(|(fast, slow)| u8::from(counts(fast, slow)))
                .collect(),
        )
    }

    /// How many pixels of which size.
    pub fn description(&self) -> String {
        let [fast, slow] = self.pixels;
        format!("{fast} x {slow} pixels of {} mm", plain(self.pixel_mm))
    }

    fn surface_text(&self) -> String {
        match self.surface {
            Surface::Modules { module, gap } if self.has_gaps() => format!(
                "modules {} x {}, gaps {} and {}",
                module[0], module[1], gap[0], gap[1]
            ),
            Surface::Disc => "a disc".to_owned(),
            _ => "one piece".to_owned(),
        }
    }

    /// Whether some of its pixels do not count.
    pub fn has_gaps(&self) -> bool {
        match self.surface {
            Surface::Whole => false,
            Surface::Modules { module, .. } => (0..2).any(|axis| self.pixels[axis] > module[axis]),
            Surface::Disc => true,
        }
    }

    /// The sensor and its thicknesses.
    pub fn sensor_text(&self) -> String {
        let PresetSensor {
            material,
            thicknesses_um,
        } = self.sensor;
        let sold: Vec<String> = thicknesses_um.iter().map(|um| plain(*um)).collect();
        match sold.as_slice() {
            [] => (*material).to_owned(),
            [one] => format!("{material} {one} µm"),
            [others @ .., last] => format!("{material} {} or {last} µm", others.join(", ")),
        }
    }
}

/// All presets, one a line.
pub fn table() -> String {
    let mut text = format!(
        "{:<20} {:<28} {:<35} {:<22} {}\n",
        "-detector", "pixels (fast x slow)", "pixels that count", "sensor", "largest count"
    );
    for preset in PRESETS {
        text += &format!(
            "{:<20} {:<28} {:<35} {:<22} {}\n",
            preset.name,
            preset.description().replace("pixels of", "of"),
            preset.surface_text(),
            preset.sensor_text(),
            preset.saturation
        );
    }
    text + "Sources: pyFAI's detector classes and dxtbx. _2x2: binned.\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_gaps_fill_every_camera_of_modules() {
        for preset in PRESETS {
            let Surface::Modules { module, gap } = preset.surface else {
                continue;
            };
            for axis in 0..2 {
                let modules = (preset.pixels[axis] + gap[axis]) / (module[axis] + gap[axis]);
                let filled = modules * module[axis] + (modules - 1) * gap[axis];
                assert_eq!(preset.pixels[axis], filled, "{}", preset.name);
            }
        }
    }

    #[test]
    fn gaps_lie_where_the_vendors_have_them() {
        // dxtbx counts them from 1: fast 488..494 and slow 196..212 of a Pilatus.
        let mask = find("pilatus6m").unwrap().mask().unwrap();
        let counts = |fast: usize, slow: usize| mask[slow * 2463 + fast] == 1;
        assert!(counts(486, 0) && !counts(487, 0) && !counts(493, 0) && counts(494, 0));
        assert!(counts(0, 194) && !counts(0, 195) && !counts(0, 211) && counts(0, 212));
        assert!(counts(2462, 2526));
        assert_eq!(
            mask.iter().filter(|count| **count == 1).count(),
            60 * 487 * 195
        );
        let eiger = find("eiger16m").unwrap().mask().unwrap();
        assert_eq!(
            eiger.iter().filter(|count| **count == 1).count(),
            32 * 1030 * 514
        );
        assert_eq!(find("pilatus100k").unwrap().mask(), None);
        assert_eq!(find("rayonix_mx340hs").unwrap().mask(), None);
        let plate = find("mar345").unwrap().mask().unwrap();
        let share = plate.iter().filter(|count| **count == 1).count() as f64 / plate.len() as f64;
        assert!(
            (share - std::f64::consts::FRAC_PI_4).abs() < 1e-4,
            "{share}"
        );
    }

    #[test]
    fn sizes_are_those_of_the_cameras() {
        for (name, edges_mm) in [
            ("pilatus6m", [423.6, 434.6]),
            ("pilatus2m", [253.7, 288.8]),
            ("eiger16m", [311.2, 327.8]),
            ("eiger2_9m", [233.1, 244.7]),
            ("rayonix_mx340hs", [340.0, 340.0]),
            ("rayonix_mx225hs_2x2", [225.0, 225.0]),
            ("adsc_q315r_2x2", [313.3, 313.3]),
            ("mar345", [345.0, 345.0]),
        ] {
            let preset = find(name).unwrap();
            for (pixels, edge_mm) in preset.pixels.into_iter().zip(edges_mm) {
                let mm = pixels as f64 * preset.pixel_mm;
                assert!((mm - edge_mm).abs() < 0.1, "{name}: {mm}");
            }
        }
    }

    #[test]
    fn counts_end_where_the_counters_do() {
        for (name, saturation) in [
            ("pilatus3_6m", 1_048_575),
            ("eiger9m", 4_294_967_294),
            ("adsc_q210", 65_535),
        ] {
            assert_eq!(find(name).unwrap().saturation, saturation);
        }
    }

    #[test]
    fn names_are_found_however_they_are_written_and_the_nearest_is_named() {
        for name in ["eiger2_16m", "Eiger2-16M", "EIGER2 16M"] {
            assert_eq!(find(name).unwrap().name, "eiger2_16m");
        }
        let message = find("pilatus7m").unwrap_err().to_string();
        assert!(
            message.contains("pilatus6m") || message.contains("pilatus"),
            "{message}"
        );
        assert!(message.contains("-detector list"), "{message}");
        let message = find("foo").unwrap_err().to_string();
        assert_eq!(message, "there is no \"foo\"; -detector list shows all");
    }

    #[test]
    fn the_table_has_a_line_for_each() {
        let table = table();
        assert_eq!(table.lines().count(), PRESETS.len() + 2);
        for preset in PRESETS {
            assert!(table.contains(preset.name));
        }
    }
}
