//! Columns of numbers in text.

/// The words of a line. A sign behind a digit begins a word of its own: programs that write columns of fixed width leave no blank
/// before a number that fills its column, as in `-100-100-100`.
pub fn of_numbers(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace)
        .flat_map(|word| word.chunk_by(|before, byte| !is_joint(*before, *byte)))
}

fn is_joint(before: u8, byte: u8) -> bool {
    matches!(byte, b'+' | b'-') && (before.is_ascii_digit() || before == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_behind_a_digit_begins_a_number() {
        for (line, words) in [
            ("-100-100-100 50", vec!["-100", "-100", "-100", "50"]),
            ("1-10  2 50", vec!["1", "-10", "2", "50"]),
            ("0.5-.25+1.-2", vec!["0.5", "-.25", "+1.", "-2"]),
            ("1e-5 -2E+3-1e-1", vec!["1e-5", "-2E+3", "-1e-1"]),
            (" \t--1 x-y\r", vec!["--1", "x-y"]),
            ("", vec![]),
        ] {
            let found: Vec<_> = of_numbers(line.as_bytes())
                .map(|word| str::from_utf8(word).unwrap())
                .collect();
            assert_eq!(found, words, "{line:?}");
        }
    }
}
