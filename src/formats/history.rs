//! How an image was made, for whoever wants to make it again.

/// What decided the pixels of an image, in words of printable ASCII. The names of files that were written are not in it: one image
/// has one history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// Name and value, as ("options", "-lambda 1 …"), ("misset", "10 20 30 deg").
    pub entries: Vec<(&'static str, String)>,
}

impl History {
    /// Name of the program that writes these files.
    pub const PROGRAM: &str = env!("CARGO_PKG_NAME");
    /// Its version.
    pub const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// Program and version, then a line for each entry.
    pub fn lines(&self) -> Vec<String> {
        let program = format!("{} {}", Self::PROGRAM, Self::VERSION);
        let entries = self.entries.iter();
        let entries = entries.map(|(name, value)| format!("{name}: {value}"));
        std::iter::once(program).chain(entries).collect()
    }

    /// Words as a shell takes them, in printable ASCII.
    pub fn words<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> String {
        let quoted: Vec<String> = words
            .into_iter()
            .map(|word| quoted(word.as_ref()))
            .collect();
        quoted.join(" ")
    }
}

/// The word itself, or, where it holds anything but plain characters, in quotes.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-+._/,:=@%#".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let escaped: String = word.chars().flat_map(char::escape_default).collect();
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_printable_whatever_was_typed() {
        let words = ["-hkl", "my data/a\n.hkl", "", "Å.hkl", "a=1"];
        let expected = r#"-hkl "my data/a\n.hkl" "" "\u{c5}.hkl" a=1"#;
        assert_eq!(History::words(words), expected);
    }
}
