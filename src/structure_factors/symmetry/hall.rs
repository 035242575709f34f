//! Space groups from Hall symbols: S. R. Hall, Acta Cryst. A37, 517 (1981); International Tables B, appendix 1.4.2.

use super::operator::{Operator, TRANSLATION_UNIT};

const HALF: i32 = TRANSLATION_UNIT / 2;
const THIRD: i32 = TRANSLATION_UNIT / 3;
const QUARTER: i32 = TRANSLATION_UNIT / 4;

/// The axis of a rotation.
#[derive(Clone, Copy, PartialEq)]
enum Axis {
    /// 0 x, 1 y, 2 z.
    Cell(usize),
    /// a − b when the rotation before was about c, and cyclically: `'`.
    Difference(usize),
    /// a + b when the rotation before was about c, and cyclically: `"`.
    Sum(usize),
    /// a + b + c: `*`.
    BodyDiagonal,
}

/// Generators of the space group that a Hall symbol names, centring translations among them.
///
/// # Errors
/// What in the symbol is not understood.
pub fn generators(symbol: &str) -> Result<Vec<Operator>, String> {
    let problem = || format!("{symbol:?} is no Hall symbol");
    let (body, shift) = match symbol.split_once('(') {
        Some((body, shift)) => (body, Some(shift.strip_suffix(')').ok_or_else(problem)?)),
        None => (symbol, None),
    };
    let mut words = body.split_ascii_whitespace();
    let lattice = words.next().ok_or_else(problem)?;
    let mut found = Vec::new();
    let letter = match lattice.strip_prefix('-') {
        Some(letter) => {
            found.push(Operator {
                rotation: negated(Operator::IDENTITY.rotation),
                ..Operator::IDENTITY
            });
            letter
        }
        None => lattice,
    };
    let centring = centring_translations(letter).ok_or_else(problem)?;
    found.extend(centring.iter().map(|&translation| Operator {
        translation,
        ..Operator::IDENTITY
    }));
    let mut previous = None;
    for word in words {
        let (operator, order, axis) = parse_matrix(word, previous).ok_or_else(problem)?;
        found.push(operator);
        previous = Some((order, axis));
    }
    if let Some(shift) = shift {
        let change = parse_shift(shift).ok_or_else(problem)?;
        let back = change.inverse();
        for operator in &mut found {
            *operator = change.after(&operator.after(&back));
        }
    }
    Ok(found)
}

fn centring_translations(letter: &str) -> Option<&'static [[i32; 3]]> {
    Some(match letter {
        "P" => &[],
        "A" => &[[0, HALF, HALF]],
        "B" => &[[HALF, 0, HALF]],
        "C" => &[[HALF, HALF, 0]],
        "I" => &[[HALF, HALF, HALF]],
        "R" => &[[2 * THIRD, THIRD, THIRD]],
        "F" => &[[0, HALF, HALF], [HALF, 0, HALF]],
        _ => return None,
    })
}

/// One matrix symbol, such as `-2yc` or `41`, given the order and axis of the one before it.
fn parse_matrix(word: &str, previous: Option<(u8, Axis)>) -> Option<(Operator, u8, Axis)> {
    let (is_improper, word) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let mut letters = word.chars().peekable();
    let order = match letters.next()? {
        digit @ ('1' | '2' | '3' | '4' | '6') => digit as u8 - b'0',
        _ => return None,
    };
    let previous_axis = match previous {
        Some((_, Axis::Cell(axis))) => axis,
        _ => 2,
    };
    let explicit = letters.peek().and_then(|letter| {
        Some(match letter {
            'x' => Axis::Cell(0),
            'y' => Axis::Cell(1),
            'z' => Axis::Cell(2),
            '\'' => Axis::Difference(previous_axis),
            '"' => Axis::Sum(previous_axis),
            '*' => Axis::BodyDiagonal,
            _ => return None,
        })
    });
    if explicit.is_some() {
        letters.next();
    }
    let implied = match (previous, order) {
        (None, _) | (_, 1) => Axis::Cell(2),
        (Some((2 | 4, _)), 2) => Axis::Cell(0),
        (Some((3 | 6, _)), 2) => Axis::Difference(previous_axis),
        (_, 3) => Axis::BodyDiagonal,
        _ => Axis::Cell(2),
    };
    let axis = explicit.unwrap_or(implied);
    let mut translation = [0; 3];
    for letter in letters {
        let step = match letter {
            'a' => [HALF, 0, 0],
            'b' => [0, HALF, 0],
            'c' => [0, 0, HALF],
            'n' => [HALF; 3],
            'u' => [QUARTER, 0, 0],
            'v' => [0, QUARTER, 0],
            'w' => [0, 0, QUARTER],
            'd' => [QUARTER; 3],
            '1'..='5' => {
                let Axis::Cell(along) = axis else {
                    return None;
                };
                let mut screw = [0; 3];
                screw[along] = (letter as i32 - '0' as i32) * TRANSLATION_UNIT / i32::from(order);
                screw
            }
            _ => return None,
        };
        for (sum, step) in translation.iter_mut().zip(step) {
            *sum = (*sum + step) % TRANSLATION_UNIT;
        }
    }
    let proper = rotation(order, axis)?;
    let rotation = if is_improper { negated(proper) } else { proper };
    let operator = Operator {
        rotation,
        translation,
    };
    Some((operator, order, axis))
}

fn rotation(order: u8, axis: Axis) -> Option<[[i32; 3]; 3]> {
    let (about_z, axis) = match (order, axis) {
        (1, _) => return Some(Operator::IDENTITY.rotation),
        (2, Axis::Cell(axis)) => ([[-1, 0, 0], [0, -1, 0], [0, 0, 1]], axis),
        (3, Axis::Cell(axis)) => ([[0, -1, 0], [1, -1, 0], [0, 0, 1]], axis),
        (4, Axis::Cell(axis)) => ([[0, -1, 0], [1, 0, 0], [0, 0, 1]], axis),
        (6, Axis::Cell(axis)) => ([[1, -1, 0], [1, 0, 0], [0, 0, 1]], axis),
        (2, Axis::Difference(axis)) => ([[0, -1, 0], [-1, 0, 0], [0, 0, -1]], axis),
        (2, Axis::Sum(axis)) => ([[0, 1, 0], [1, 0, 0], [0, 0, -1]], axis),
        (3, Axis::BodyDiagonal) => return Some([[0, 0, 1], [1, 0, 0], [0, 1, 0]]),
        _ => return None,
    };
    // x, y, z in the roles of one another: the rotation about z, carried round to the axis that was asked for.
    let role = |i: usize| (i + 2 - axis) % 3;
    Some(std::array::from_fn(|i| {
        std::array::from_fn(|j| about_z[role(i)][role(j)])
    }))
}

/// A change of origin, in twelfths: `0 0 -1`.
fn parse_shift(text: &str) -> Option<Operator> {
    let mut words = text.split_ascii_whitespace();
    let mut translation = [0; 3];
    for shift in &mut translation {
        let twelfths: i32 = words.next()?.parse().ok()?;
        *shift = (twelfths.checked_mul(TRANSLATION_UNIT / 12)?).rem_euclid(TRANSLATION_UNIT);
    }
    words.next().is_none().then_some(Operator {
        translation,
        ..Operator::IDENTITY
    })
}

fn negated(rotation: [[i32; 3]; 3]) -> [[i32; 3]; 3] {
    rotation.map(|row| row.map(|value| -value))
}
