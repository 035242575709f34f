//! What tells people where on the picture they are: rings of resolution, the beam, and a scale bar.

use rayon::prelude::*;

use super::canvas::{Canvas, Dot, Pen, coverage};
use super::{Geometry, font};

/// Pixels of the shortest edge of a picture that marks would not cover.
const SMALLEST: f64 = 16.0;
/// Pixels of the shortest edge of a picture on which there is room for writing.
const WRITABLE: f64 = 150.0;
/// How much of the image a ring hides.
const RING_OPACITY: f64 = 0.65;
/// How much of the image the paper about writing hides.
const PAPER_OPACITY: f64 = 0.8;
/// Directions from the middle in which labels are tried, eighths of a turn from fast towards slow.
const LABEL_DIRECTIONS: [f64; 8] = [7.0, 1.0, 3.0, 5.0, 0.0, 6.0, 4.0, 2.0];

/// Rings of resolution with their spacings in Å, a cross where the beam goes through, and a scale bar in mm.
#[derive(Debug, Clone)]
pub struct Marks {
    geometry: Geometry,
    /// Of the rings, Å, from the middle outwards.
    pub spacings: Vec<f64>,
}

/// Sizes that go with the size of the picture, pixels.
struct Sizes {
    line: f64,
    digit: f64,
    margin: f64,
    cross: f64,
}

/// A text in a place of its own: left, top, right, bottom.
struct Label {
    text: String,
    place: [f64; 4],
}

impl Marks {
    /// Rings at round numbers, evenly spread over the panel; `None` for panels on which they would be all that is seen.
    pub fn of(geometry: Geometry) -> Option<Self> {
        let has_room = geometry.size().iter().all(|pixels| *pixels >= SMALLEST);
        has_room.then(|| Self {
            spacings: geometry.ring_spacings(),
            geometry,
        })
    }

    /// Draws on the picture of the panel.
    pub(super) fn draw(&self, dots: &mut [Dot], (slow_pixels, fast_pixels): (usize, usize)) {
        let edge = fast_pixels.min(slow_pixels) as f64;
        let sizes = Sizes {
            line: (edge / 1500.0).max(1.0),
            digit: (edge / 56.0).max(9.0),
            margin: edge / 40.0,
            cross: (edge / 60.0).max(3.0),
        };
        self.draw_rings(dots, fast_pixels, sizes.line);
        let mut canvas = Canvas {
            dots,
            fast_pixels,
            slow_pixels,
        };
        if let Some([fast, slow]) = self.geometry.beam_spot {
            let arm = sizes.cross;
            canvas.stroke(
                &[[fast - arm, slow], [fast + arm, slow]],
                sizes.line,
                Pen::Ink,
                1.0,
            );
            canvas.stroke(
                &[[fast, slow - arm], [fast, slow + arm]],
                sizes.line,
                Pen::Ink,
                1.0,
            );
        }
        if edge < WRITABLE {
            return;
        }
        let mut labels = Vec::new();
        if let Some((bar, label)) = self.scale_bar(&sizes) {
            for (width, pen, opacity) in [
                (5.0 * sizes.line, Pen::Paper, PAPER_OPACITY),
                (2.0 * sizes.line, Pen::Ink, 1.0),
            ] {
                canvas.stroke(&bar, width, pen, opacity);
            }
            labels.push(label);
        }
        for spacing in &self.spacings {
            let label = self.ring_label(*spacing, &sizes, &labels);
            labels.extend(label);
        }
        for Label { text, place } in labels {
            let strokes = font::strokes(&text, [place[0], place[1]], sizes.digit);
            let stroke = (sizes.digit / 8.0).max(1.2);
            for (width, pen, opacity) in [
                (3.5 * stroke, Pen::Paper, PAPER_OPACITY),
                (stroke, Pen::Ink, 1.0),
            ] {
                for points in &strokes {
                    canvas.stroke(points, width, pen, opacity);
                }
            }
        }
    }

    /// Where 1/d of a pixel is that of a ring, by the distance that its gradient makes of the difference.
    fn draw_rings(&self, dots: &mut [Dot], fast_pixels: usize, width: f64) {
        let corners = |slow: usize| -> Vec<f64> {
            (0..=fast_pixels)
                .map(|fast| self.geometry.inverse_spacing([fast as f64, slow as f64]))
                .collect()
        };
        let rings: Vec<f64> = self.spacings.iter().map(|d| 1.0 / d).collect();
        dots.par_chunks_mut(fast_pixels)
            .enumerate()
            .for_each(|(slow, row)| {
                let (above, below) = (corners(slow), corners(slow + 1));
                for (fast, dot) in row.iter_mut().enumerate() {
                    let [a, b, c, d] = [above[fast], above[fast + 1], below[fast], below[fast + 1]];
                    let here = (a + b + c + d) / 4.0;
                    let gradient = (b + d - a - c).hypot(c + d - a - b) / 2.0;
                    for ring in &rings {
                        let distance = (here - ring).abs() / gradient;
                        // Not so where it is no number.
                        if distance <= width {
                            dot.cover(Pen::Ink, RING_OPACITY * coverage(distance, width));
                        }
                    }
                }
            });
    }

    /// A place for the spacing on its ring, where it hides no other label.
    fn ring_label(&self, spacing: f64, sizes: &Sizes, others: &[Label]) -> Option<Label> {
        let text = format!("{spacing} Å");
        let [width, height] = [font::width(&text, sizes.digit), sizes.digit];
        let middle = self.geometry.middle();
        LABEL_DIRECTIONS.iter().find_map(|eighths| {
            let (sin, cos) = (eighths * std::f64::consts::FRAC_PI_4).sin_cos();
            let along = |pixels: f64| [middle[0] + pixels * cos, middle[1] + pixels * sin];
            let [fast, slow] = self.crossing(1.0 / spacing, along)?;
            let place = [
                fast - width / 2.0,
                slow - height / 2.0,
                fast + width / 2.0,
                slow + height / 2.0,
            ];
            let label = Label {
                text: text.clone(),
                place,
            };
            let size = self.geometry.size();
            let fits = place[0] > sizes.margin
                && place[1] > sizes.margin
                && place[2] < size[0] - sizes.margin
                && place[3] < size[1] - sizes.margin;
            (fits && !others.iter().any(|other| label.touches(other, sizes.digit))).then_some(label)
        })
    }

    /// Where a line from the middle outwards first crosses a ring.
    fn crossing(&self, ring: f64, along: impl Fn(f64) -> [f64; 2]) -> Option<[f64; 2]> {
        let beyond = |pixels: f64| self.geometry.inverse_spacing(along(pixels)) - ring;
        let mut before = beyond(0.0);
        for pixels in (1..).map(f64::from) {
            if !self.geometry.holds(along(pixels)) {
                return None;
            }
            let here = beyond(pixels);
            if (before < 0.0) != (here < 0.0) {
                return Some(along(pixels - here / (here - before)));
            }
            before = here;
        }
        None
    }

    /// A bar of a round length below a quarter of the picture's width, and its length in mm above it.
    fn scale_bar(&self, sizes: &Sizes) -> Option<([[f64; 2]; 2], Label)> {
        let [fast, slow] = self.geometry.size();
        let pixel_mm = self.geometry.pixel_m() * 1e3;
        let longest_mm = fast * pixel_mm / 4.0;
        let magnitude = 10_f64.powf(longest_mm.log10().floor());
        let length_mm = [5.0, 2.0, 1.0]
            .map(|digit| digit * magnitude)
            .into_iter()
            .find(|length| *length <= longest_mm)?;
        let (left, bottom) = (2.0 * sizes.margin, slow - 2.0 * sizes.margin);
        let bar = [[left, bottom], [left + length_mm / pixel_mm, bottom]];
        let text = format!("{} mm", (length_mm * 1e6).round() / 1e6);
        let middle = (bar[0][0] + bar[1][0]) / 2.0;
        let half = font::width(&text, sizes.digit) / 2.0;
        let base = bottom - 0.8 * sizes.digit;
        let place = [
            (middle - half).max(left),
            base - sizes.digit,
            middle + half,
            base,
        ];
        Some((bar, Label { text, place }))
    }
}

impl Label {
    /// Whether two labels come closer than this.
    fn touches(&self, other: &Self, gap: f64) -> bool {
        (0..2).all(|axis| {
            self.place[axis] < other.place[axis + 2] + gap
                && other.place[axis] < self.place[axis + 2] + gap
        })
    }
}
