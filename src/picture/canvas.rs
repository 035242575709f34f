//! Lines on a picture, their edges softened.

use std::ops::Range;

/// A pixel of a picture that is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dot {
    /// Of the image: 0 for paper.
    pub level: u8,
    /// How much of it is covered by ink, 255 for all.
    pub ink: u8,
}

/// What a line is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pen {
    Ink,
    /// Takes away image and ink.
    Paper,
}

/// A picture that is drawn on. Points are pixels along fast and slow from the corner of the first one.
pub(super) struct Canvas<'a> {
    pub dots: &'a mut [Dot],
    pub fast_pixels: usize,
    pub slow_pixels: usize,
}

impl Canvas<'_> {
    /// Straight lines from each point to the next, so many pixels wide.
    pub fn stroke(&mut self, points: &[[f64; 2]], width: f64, pen: Pen, opacity: f64) {
        let reach = width / 2.0 + 1.0;
        let range = |axis: usize, pixels: usize| -> Range<usize> {
            let along = points.iter().map(|point| point[axis]);
            let (low, high) = along.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| {
                (low.min(at), high.max(at))
            });
            // The casts clip.
            let end = ((high + reach).ceil() + 1.0).max(0.0) as usize;
            let first = (low - reach).floor().max(0.0) as usize;
            first..end.min(pixels)
        };
        let (fast, slow) = (range(0, self.fast_pixels), range(1, self.slow_pixels));
        for slow in slow {
            for fast in fast.clone() {
                let centre = [fast as f64 + 0.5, slow as f64 + 0.5];
                let distance = points
                    .windows(2)
                    .map(|ends| distance_to(centre, ends[0], ends[1]))
                    .fold(f64::INFINITY, f64::min);
                let dot = &mut self.dots[slow * self.fast_pixels + fast];
                dot.cover(pen, opacity * coverage(distance, width));
            }
        }
    }
}

/// How much of a pixel is covered by a line whose middle passes so many pixels from its centre.
pub(super) fn coverage(distance: f64, width: f64) -> f64 {
    ((width + 1.0) / 2.0 - distance).clamp(0.0, 1.0) * width.min(1.0)
}

impl Dot {
    /// Draws over a share of the pixel.
    pub fn cover(&mut self, pen: Pen, share: f64) {
        let left = |amount: u8| (f64::from(amount) * (1.0 - share)).round() as u8;
        match pen {
            Pen::Ink => self.ink = 255 - left(255 - self.ink),
            Pen::Paper => (self.level, self.ink) = (left(self.level), left(self.ink)),
        }
    }
}

/// How far a point lies from a straight line between two ends.
fn distance_to(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let length_squared = along[0] * along[0] + along[1] * along[1];
    let seen = [point[0] - from[0], point[1] - from[1]];
    let share = if length_squared > 0.0 {
        ((seen[0] * along[0] + seen[1] * along[1]) / length_squared).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (seen[0] - share * along[0]).hypot(seen[1] - share * along[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_covers_the_pixels_that_it_runs_through() {
        let mut dots = vec![Dot { level: 9, ink: 0 }; 10 * 6];
        let mut canvas = Canvas {
            dots: &mut dots,
            fast_pixels: 10,
            slow_pixels: 6,
        };
        canvas.stroke(&[[2.5, 3.5], [6.5, 3.5]], 1.0, Pen::Ink, 1.0);
        // Lines that leave the picture, or never reach it, are cut.
        canvas.stroke(&[[-9.0, 0.5], [2.5, 0.5]], 1.0, Pen::Ink, 1.0);
        canvas.stroke(&[[-9.0, -9.0], [-5.0, -5.0]], 1.0, Pen::Ink, 1.0);
        canvas.stroke(&[[90.0, 90.0], [95.0, 95.0]], 1.0, Pen::Ink, 1.0);
        canvas.stroke(&[[5.5, 3.5], [6.5, 3.5]], 1.0, Pen::Paper, 1.0);
        let of = |dot: Dot| -> Vec<usize> { (0..60).filter(|at| dots[*at] == dot).collect() };
        assert_eq!(of(Dot { level: 9, ink: 255 }), [0, 1, 2, 32, 33, 34]);
        assert_eq!(of(Dot { level: 0, ink: 0 }), [35, 36]);
    }
}
