//! The 256 colours of a picture with marks: most are the map's own, some have ink over them.

use super::ColourMap;
use super::canvas::Dot;

/// Levels of the image that is not covered.
const BARE: usize = 232;
/// Levels of the image under ink, of each coverage.
const COVERED: usize = 6;
/// Shares of a pixel that ink covers, in quarters.
const COVERAGES: usize = 4;

/// The colours of the entries.
pub(super) fn of(colours: ColourMap) -> [[u8; 3]; BARE + COVERED * COVERAGES] {
    let levels = colours.palette();
    let step = |index: usize, steps: usize| {
        let level = (index as f64 / (steps - 1) as f64 * 255.0).round();
        levels[level as usize]
    };
    std::array::from_fn(|entry| match entry.checked_sub(BARE) {
        None => step(entry, BARE),
        Some(covered) => {
            let quarters = (covered / COVERED + 1) as f64;
            let below = step(covered % COVERED, COVERED);
            blend(below, colours.ink(), quarters / COVERAGES as f64)
        }
    })
}

/// The entry that comes nearest to a pixel.
pub(super) fn entry(dot: Dot) -> u8 {
    let nearest =
        |amount: u8, last: usize| (f64::from(amount) / 255.0 * last as f64).round() as usize;
    let entry = match nearest(dot.ink, COVERAGES) {
        0 => nearest(dot.level, BARE - 1),
        quarters => BARE + (quarters - 1) * COVERED + nearest(dot.level, COVERED - 1),
    };
    u8::try_from(entry).expect("there are 256 entries")
}

/// One colour over another.
fn blend(below: [u8; 3], above: [u8; 3], share: f64) -> [u8; 3] {
    std::array::from_fn(|channel| {
        let [from, to] = [below, above].map(|colour| f64::from(colour[channel]));
        (from + (to - from) * share).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_has_nearly_its_colour() {
        for colours in [
            ColourMap::Grey,
            ColourMap::Inverted,
            ColourMap::Viridis,
            ColourMap::Heat,
        ] {
            let (levels, palette) = (colours.palette(), of(colours));
            for level in 0..=255_u8 {
                for (ink, levels_off) in [(0, 1), (64, 26), (128, 26), (255, 26)] {
                    let drawn = palette[usize::from(entry(Dot { level, ink }))];
                    let share = f64::from(ink) / 255.0;
                    let is_near = |near: u8| {
                        let asked = blend(levels[usize::from(near)], colours.ink(), share);
                        drawn
                            .iter()
                            .zip(asked)
                            .all(|(drawn, asked)| drawn.abs_diff(asked) <= 2)
                    };
                    let mut nearby =
                        level.saturating_sub(levels_off)..=level.saturating_add(levels_off);
                    assert!(nearby.any(is_near), "{colours:?} {level} {ink}: {drawn:?}");
                }
            }
        }
    }
}
