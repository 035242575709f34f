//! `-options FILE`: options that are kept in a file.
//!
//! One or more options a line. `#` at the beginning of a word opens a comment; quotes, single or double, hold a word with blanks
//! together or one that begins with `#`; a backslash stands for itself, and at the end of a line it joins the next.

use std::{fs::File, io::Read, path::Path};

use super::UsageError;

/// A longer file is no file of options.
const MOST_BYTES: u64 = 1 << 20;

/// A line with its words.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    pub words: Vec<String>,
}

/// The lines of a file that hold words.
///
/// # Errors
/// [`UsageError::OptionsFile`] when it cannot be read, [`UsageError::InFile`] for what is wrong in it.
pub fn read(path: &Path) -> Result<Vec<Line>, UsageError> {
    let unreadable = |problem: String| UsageError::OptionsFile {
        path: path.to_owned(),
        problem,
    };
    let wrong = |line: usize, problem: UsageError| UsageError::InFile {
        path: path.to_owned(),
        line,
        problem: Box::new(problem),
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MOST_BYTES {
        let problem = "is longer than 1 MiB, and no file of options";
        return Err(unreadable(problem.to_owned()));
    }
    let text = str::from_utf8(&bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()]
            .split(|&byte| byte == b'\n')
            .count();
        wrong(line, UsageError::NotText)
    })?;
    lines(text.trim_start_matches('\u{feff}')).map_err(|line| wrong(line, UsageError::OpenQuote))
}

/// Fails with the number of a line whose quote stays open.
fn lines(text: &str) -> Result<Vec<Line>, usize> {
    let mut lines: Vec<Line> = Vec::new();
    let mut is_joined = false;
    for (number, line) in (1..).zip(text.lines()) {
        let (line, joins) = match line.trim_end().strip_suffix('\\') {
            Some(before) if before.is_empty() || before.ends_with(char::is_whitespace) => {
                (before, true)
            }
            _ => (line, false),
        };
        let words = words(line).ok_or(number)?;
        match lines.last_mut() {
            Some(last) if is_joined => last.words.extend(words),
            _ => lines.push(Line { number, words }),
        }
        is_joined = joins;
    }
    lines.retain(|line| !line.words.is_empty());
    Ok(lines)
}

/// The words of a line; `None` when a quote is not closed.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut letters = line.chars().peekable();
    loop {
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        if matches!(letters.peek(), None | Some('#')) {
            return Some(words);
        }
        let mut word = String::new();
        while let Some(letter) = letters.next_if(|letter| !letter.is_whitespace()) {
            if letter != '"' && letter != '\'' {
                word.push(letter);
                continue;
            }
            loop {
                match letters.next()? {
                    end if end == letter => break,
                    inside => word.push(inside),
                }
            }
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: usize, words: &[&str]) -> Line {
        let words = words.iter().map(|&word| word.to_owned()).collect();
        Line { number, words }
    }

    #[test]
    fn comments_quotes_and_joined_lines() {
        let text = "# a run\r\n-N 5 -cell 70 80 90  # Å\n\n  -hkl \"my file.hkl\" -intfile img_###.img\n\
                    -noisefile '#1 \"a\".img' -adapter \"\"\n-misset 10 \\\n  20 30\nC:\\data\\\n";
        let found = lines(text).unwrap();
        let expected = [
            line(2, &["-N", "5", "-cell", "70", "80", "90"]),
            line(4, &["-hkl", "my file.hkl", "-intfile", "img_###.img"]),
            line(5, &["-noisefile", "#1 \"a\".img", "-adapter", ""]),
            line(6, &["-misset", "10", "20", "30"]),
            line(8, &["C:\\data\\"]),
        ];
        assert_eq!(found, expected);
        assert_eq!(lines("-N 5\n-hkl \"a.hkl\n"), Err(2));
    }

    #[test]
    fn what_is_no_file_of_options_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let problem = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            read(&path).unwrap_err().to_string()
        };
        let said = problem("a", b"-N 5\n\n\xff\n");
        assert!(said.ends_with("a:3: it is not text in UTF-8"), "{said}");
        assert!(problem("b", &[b' '; (1 << 20) + 1]).contains("1 MiB"));
        assert!(read(folder.path()).is_err());
        assert_eq!(
            {
                std::fs::write(folder.path().join("c"), "\u{feff}-N 5").unwrap();
                read(&folder.path().join("c"))
            },
            Ok(vec![line(1, &["-N", "5"])])
        );
    }
}
