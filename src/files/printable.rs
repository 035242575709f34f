//! Text from files and their names, safe to print on a terminal.

use std::borrow::Cow;

/// The text with its control characters spelled out (`\u{1b}`), which could move the cursor, change colours or reverse what stands
/// before them; ends of lines and tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unsafe(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

fn is_unsafe(character: char) -> bool {
    let turns_direction = matches!(
        character,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    turns_direction || character.is_control() && !matches!(character, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_spelled_out_and_the_rest_stays() {
        let plain = "a.mtz: F(+), Å\n\tnext";
        assert!(matches!(printable(plain), Cow::Borrowed(text) if text == plain));
        assert_eq!(
            printable("\u{1b}[2Jgone\r\u{9b}31m\u{7f}\u{202e}"),
            "\\u{1b}[2Jgone\\u{d}\\u{9b}31m\\u{7f}\\u{202e}"
        );
    }
}
