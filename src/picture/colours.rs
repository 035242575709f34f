//! The colours of a picture.

/// How levels become colours, from no photons to many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColourMap {
    /// Dark spots on white, as on film.
    #[default]
    Grey,
    /// Bright spots on black.
    Inverted,
    /// From dark blue by green to yellow; equal steps look equal, also to the colour-blind.
    Viridis,
    /// Glowing iron: black, red, yellow, white.
    Heat,
}

/// Viridis of matplotlib, in equal steps.
const VIRIDIS: &[[u8; 3]] = &[
    [0x44, 0x01, 0x54],
    [0x48, 0x25, 0x76],
    [0x41, 0x44, 0x87],
    [0x35, 0x60, 0x8d],
    [0x2a, 0x78, 0x8e],
    [0x21, 0x90, 0x8c],
    [0x22, 0xa8, 0x84],
    [0x43, 0xbf, 0x71],
    [0x7a, 0xd1, 0x51],
    [0xbb, 0xdf, 0x27],
    [0xfd, 0xe7, 0x25],
];

impl ColourMap {
    /// Colours in equal steps.
    fn steps(self) -> &'static [[u8; 3]] {
        const BLACK: [u8; 3] = [0; 3];
        const WHITE: [u8; 3] = [255; 3];
        match self {
            Self::Grey => &[WHITE, BLACK],
            Self::Inverted => &[BLACK, WHITE],
            Self::Viridis => VIRIDIS,
            Self::Heat => &[BLACK, [255, 0, 0], [255, 255, 0], WHITE],
        }
    }

    /// The colour of every level, from no photons to many.
    pub fn palette(self) -> [[u8; 3]; 256] {
        let steps = self.steps();
        std::array::from_fn(|level| {
            let at = level as f64 / 255.0 * (steps.len() - 1) as f64;
            let before = (at as usize).min(steps.len() - 2);
            let share = at - before as f64;
            std::array::from_fn(|channel| {
                let [from, to] = [0, 1].map(|next| f64::from(steps[before + next][channel]));
                (from + (to - from) * share).round() as u8
            })
        })
    }

    /// The colours of no photons and of many, in words.
    pub fn ends(self) -> &'static str {
        match self {
            Self::Grey => "white to black",
            Self::Inverted => "black to white",
            Self::Viridis => "dark blue to yellow",
            Self::Heat => "black over red to white",
        }
    }

    /// What rings and labels have: no colour of the map.
    pub(super) fn ink(self) -> [u8; 3] {
        match self {
            Self::Grey => [0, 70, 200],
            Self::Inverted | Self::Heat => [70, 200, 255],
            Self::Viridis => [255, 255, 255],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brightness(colour: [u8; 3]) -> f64 {
        let [red, green, blue] = colour.map(f64::from);
        0.299 * red + 0.587 * green + 0.114 * blue
    }

    #[test]
    fn maps_end_as_they_say_and_go_one_way() {
        for (map, first, last) in [
            (ColourMap::Grey, [255; 3], [0; 3]),
            (ColourMap::Inverted, [0; 3], [255; 3]),
            (ColourMap::Viridis, [0x44, 0x01, 0x54], [0xfd, 0xe7, 0x25]),
            (ColourMap::Heat, [0; 3], [255; 3]),
        ] {
            let palette = map.palette();
            assert_eq!((palette[0], palette[255]), (first, last), "{map:?}");
            let sign = (brightness(last) - brightness(first)).signum();
            // Over single levels a channel may be rounded against the others.
            for span in palette.windows(9) {
                let step = sign * (brightness(span[8]) - brightness(span[0]));
                assert!(step > 1.0 && step < 40.0, "{map:?}: {span:?}");
            }
        }
        assert_eq!(ColourMap::Grey.palette()[100], [155; 3]);
        assert_eq!(ColourMap::Heat.palette()[85], [255, 0, 0]);
    }
}
