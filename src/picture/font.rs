//! The few characters that stand on pictures, as strokes, so that they can be of any size.

/// Height of a digit in the units of the strokes.
const HEIGHT: f64 = 6.0;
/// From a character to the next.
const GAP: f64 = 2.0;

type Stroke = &'static [[f32; 2]];

/// Width of a character and its strokes: x to the right, y downwards from the top of a digit.
fn glyph(character: char) -> (f64, &'static [Stroke]) {
    match character {
        '0' => (
            4.0,
            &[&[
                [1.0, 0.0],
                [3.0, 0.0],
                [4.0, 1.0],
                [4.0, 5.0],
                [3.0, 6.0],
                [1.0, 6.0],
                [0.0, 5.0],
                [0.0, 1.0],
                [1.0, 0.0],
            ]],
        ),
        '1' => (2.0, &[&[[0.0, 1.5], [1.5, 0.0], [1.5, 6.0]]]),
        '2' => (
            4.0,
            &[&[
                [0.0, 1.0],
                [1.0, 0.0],
                [3.0, 0.0],
                [4.0, 1.0],
                [4.0, 2.0],
                [0.0, 6.0],
                [4.0, 6.0],
            ]],
        ),
        '3' => (
            4.0,
            &[
                &[
                    [0.0, 0.6],
                    [1.0, 0.0],
                    [3.0, 0.0],
                    [4.0, 0.9],
                    [4.0, 2.0],
                    [3.0, 2.8],
                    [1.6, 2.8],
                ],
                &[
                    [3.0, 2.8],
                    [4.0, 3.7],
                    [4.0, 5.0],
                    [3.0, 6.0],
                    [1.0, 6.0],
                    [0.0, 5.3],
                ],
            ],
        ),
        '4' => (4.0, &[&[[3.2, 6.0], [3.2, 0.0], [0.0, 4.2], [4.2, 4.2]]]),
        '5' => (
            4.0,
            &[&[
                [3.8, 0.0],
                [0.4, 0.0],
                [0.2, 2.6],
                [1.2, 2.2],
                [3.0, 2.2],
                [4.0, 3.2],
                [4.0, 4.9],
                [3.0, 6.0],
                [1.0, 6.0],
                [0.0, 5.3],
            ]],
        ),
        '6' => (
            4.0,
            &[&[
                [3.7, 0.5],
                [3.0, 0.0],
                [1.2, 0.0],
                [0.0, 1.4],
                [0.0, 5.0],
                [1.0, 6.0],
                [3.0, 6.0],
                [4.0, 5.0],
                [4.0, 3.6],
                [3.0, 2.6],
                [1.2, 2.6],
                [0.0, 3.6],
            ]],
        ),
        '7' => (4.0, &[&[[0.0, 0.0], [4.0, 0.0], [1.5, 6.0]]]),
        '8' => (
            4.0,
            &[
                &[
                    [1.0, 2.8],
                    [0.2, 2.0],
                    [0.2, 0.9],
                    [1.1, 0.0],
                    [2.9, 0.0],
                    [3.8, 0.9],
                    [3.8, 2.0],
                    [3.0, 2.8],
                    [1.0, 2.8],
                ],
                &[
                    [1.0, 2.8],
                    [0.0, 3.7],
                    [0.0, 5.0],
                    [1.0, 6.0],
                    [3.0, 6.0],
                    [4.0, 5.0],
                    [4.0, 3.7],
                    [3.0, 2.8],
                ],
            ],
        ),
        '9' => (
            4.0,
            &[&[
                [0.3, 5.5],
                [1.0, 6.0],
                [2.8, 6.0],
                [4.0, 4.6],
                [4.0, 1.0],
                [3.0, 0.0],
                [1.0, 0.0],
                [0.0, 1.0],
                [0.0, 2.4],
                [1.0, 3.4],
                [2.8, 3.4],
                [4.0, 2.4],
            ]],
        ),
        '.' => (0.4, &[&[[0.2, 5.8], [0.2, 6.0]]]),
        'm' => (
            5.0,
            &[
                &[[0.0, 2.0], [0.0, 6.0]],
                &[[0.0, 3.0], [1.0, 2.0], [1.7, 2.0], [2.5, 2.8], [2.5, 6.0]],
                &[[2.5, 3.0], [3.5, 2.0], [4.2, 2.0], [5.0, 2.8], [5.0, 6.0]],
            ],
        ),
        'Å' => (
            4.4,
            &[
                &[[0.0, 6.0], [2.2, 0.2], [4.4, 6.0]],
                &[[0.8, 4.1], [3.6, 4.1]],
                &[
                    [2.2, -1.8],
                    [2.9, -1.4],
                    [2.9, -0.6],
                    [2.2, -0.2],
                    [1.5, -0.6],
                    [1.5, -1.4],
                    [2.2, -1.8],
                ],
            ],
        ),
        _ => (1.0, &[]),
    }
}

/// Width of a text whose digits are so high.
pub(super) fn width(text: &str, height: f64) -> f64 {
    let widths: f64 = text.chars().map(|character| glyph(character).0 + GAP).sum();
    (widths - GAP).max(0.0) * height / HEIGHT
}

/// The strokes of a text that begins at a point, its digits so high downwards from there.
pub(super) fn strokes(text: &str, [left, top]: [f64; 2], height: f64) -> Vec<Vec<[f64; 2]>> {
    let unit = height / HEIGHT;
    let mut at = left;
    let mut all = Vec::new();
    for character in text.chars() {
        let (width, strokes) = glyph(character);
        let place = |[x, y]: &[f32; 2]| [at + unit * f64::from(*x), top + unit * f64::from(*y)];
        all.extend(
            strokes
                .iter()
                .map(|stroke| stroke.iter().map(place).collect()),
        );
        at += unit * (width + GAP);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_a_label_has_strokes_within_its_width() {
        for character in "0123456789.mÅ".chars() {
            let text = character.to_string();
            let wide = width(&text, 12.0);
            let points: Vec<[f64; 2]> = strokes(&text, [5.0, 7.0], 12.0).concat();
            assert!(points.len() > 1, "{character}");
            for [x, y] in points {
                assert!((5.0..=5.5 + wide).contains(&x), "{character}: {x}");
                assert!((3.0..=19.0).contains(&y), "{character}: {y}");
            }
        }
        assert_eq!(strokes("2 x", [0.0; 2], 12.0).len(), 1);
        assert_eq!(width("", 12.0), 0.0);
        assert_eq!(width("00", 12.0), 20.0);
    }
}
