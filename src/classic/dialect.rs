//! The classic single-dash dialect: words in, [`Options`] out.
//!
//! The order of the words decides (the last word wins, also between different options that write one field, and the
//! detector's pivot follows whichever option came last), and values may begin with a dash, so the words are read
//! here, from the table, and clap only sees the words of subcommands.

use std::{ffi::OsStr, ffi::OsString, path::PathBuf};

use super::table::{Action, OptionSpec};
use crate::classic::options::{Misset, Options, TypedOption};

mod names;
mod options_file;
mod usage_error;

pub use names::option_of;
pub use usage_error::UsageError;

/// Reads the words after the program's name, and before them the files that `-options` names.
///
/// # Errors
/// [`UsageError`], which names the word, for unknown options and for missing or unparsable values.
pub fn parse<I>(words: I) -> Result<Options, UsageError>
where
    I: IntoIterator,
    I::Item: Into<OsString>,
{
    let mut reading = Reading::default();
    for passage in passages(words.into_iter().map(Into::into))? {
        if let Some((file, _)) = &passage.line
            && !reading.options.typed.files.contains(file)
        {
            reading.options.typed.files.push(file.clone());
        }
        reading
            .take(&passage.words)
            .map_err(|problem| match passage.line {
                Some((path, line)) => UsageError::InFile {
                    path,
                    line,
                    problem: Box::new(problem),
                },
                None => problem,
            })?;
    }
    Ok(reading.options)
}

/// The same words with those of the files that `-options` names written out.
///
/// # Errors
/// When such a file cannot be read.
pub fn written_out(words: &[OsString]) -> Result<Vec<OsString>, UsageError> {
    let passages = passages(words.iter().cloned())?;
    Ok(passages
        .into_iter()
        .flat_map(|passage| passage.words)
        .collect())
}

/// Words that stand together.
struct Passage {
    /// The file and its line; `None` for the command line.
    line: Option<(PathBuf, usize)>,
    words: Vec<OsString>,
}

/// The lines of the files that `-options` names, wherever it stands, and then the other words, which therefore win.
fn passages(words: impl Iterator<Item = OsString>) -> Result<Vec<Passage>, UsageError> {
    let mut passages = Vec::new();
    let mut others = Vec::new();
    let words: Vec<OsString> = words.collect();
    let mut rest = Words {
        words: &words,
        last_option: None,
    };
    while let Some(word) = rest.next() {
        let text = word.to_string_lossy();
        match option_of(&text).filter(|spec| matches!(spec.action, Action::Options)) {
            None => others.push(word.to_owned()),
            Some(spec) => {
                let path = Given { name: &text, spec }.file(&mut rest)?;
                let lines = options_file::read(&path)?;
                passages.extend(lines.into_iter().map(|line| Passage {
                    line: Some((path.clone(), line.number)),
                    words: line.words.into_iter().map(OsString::from).collect(),
                }));
            }
        }
    }
    passages.push(Passage {
        line: None,
        words: others,
    });
    Ok(passages)
}

/// What the words so far have said.
#[derive(Default)]
struct Reading {
    options: Options,
    /// What -cell has named: a later one keeps what it does not name again.
    cell: [Option<f64>; 6],
}

impl Reading {
    fn take(&mut self, words: &[OsString]) -> Result<(), UsageError> {
        let mut rest = Words {
            words,
            last_option: None,
        };
        while let Some(word) = rest.next() {
            let text = word.to_string_lossy();
            let spec = option_of(&text).ok_or_else(|| rest.not_an_option(&text))?;
            let detector = &mut self.options.detector;
            detector.curved_is_followed |= detector.curved && spec.is_classic;
            let given = Given { name: &text, spec };
            let before = rest.words;
            given.apply(self, &mut rest)?;
            let values = &before[..before.len() - rest.words.len()];
            self.options.typed.words.push(TypedOption {
                name: spec.name(),
                word: text.to_string(),
                values: values
                    .iter()
                    .map(|word| word.to_string_lossy().into_owned())
                    .collect(),
            });
            rest.last_option = Some(spec);
        }
        Ok(())
    }
}

/// The words that are still to be read.
struct Words<'a> {
    words: &'a [OsString],
    last_option: Option<&'static OptionSpec>,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a OsStr> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn peek(&self) -> Option<&'a OsStr> {
        self.words.first().map(OsString::as_os_str)
    }

    fn not_an_option(&self, word: &str) -> UsageError {
        if word.len() > 1 && word.starts_with('-') && !looks_like_a_number(word) {
            let word = word.to_owned();
            return match names::without_equals_sign(&word) {
                Some(instead) => UsageError::EqualsSign { word, instead },
                None => UsageError::Unknown {
                    nearest: names::nearest(&word),
                    word,
                },
            };
        }
        let after = self.last_option.map(|spec| match &spec.action {
            Action::Flag(_) => format!(" (-{} takes no value)", spec.name()),
            Action::Misset(_) => {
                " (-misset takes three angles, or the word random, whose seed is -misset_seed)"
                    .to_owned()
            }
            _ => format!(" (-{} takes {})", spec.name(), spec.usage()),
        });
        UsageError::Stray {
            word: word.to_owned(),
            after: after.unwrap_or_default(),
        }
    }
}

/// Whether a word is meant as a number, well-formed or not: `-12`, `.5`, `1e-10x`, `inf`; `-4stol` is an option.
fn looks_like_a_number(word: &str) -> bool {
    if option_of(word).is_some() {
        return false;
    }
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
    let digits = unsigned.strip_prefix('.').unwrap_or(unsigned);
    digits.starts_with(|first: char| first.is_ascii_digit()) || unsigned.parse::<f64>().is_ok()
}

/// An option as it was typed.
struct Given<'a> {
    name: &'a str,
    spec: &'static OptionSpec,
}

impl Given<'_> {
    fn apply(&self, reading: &mut Reading, rest: &mut Words<'_>) -> Result<(), UsageError> {
        let Reading { options, cell } = reading;
        match &self.spec.action {
            Action::Flag(set) => set(options),
            Action::Number(set) => set(options, self.number(rest)?),
            Action::Positive(set) => set(options, self.positive(rest)?),
            Action::Extended(set) => set(options, self.extended(rest)?),
            Action::Integer(set) => set(options, self.integer(rest)?),
            Action::Threads(set) => set(options, self.threads(rest)?),
            Action::Vector(set) => set(options, self.numbers(rest)?),
            Action::Pixel(set) => set(options, self.integers(rest)?),
            Action::Region(set) => set(options, self.integers(rest)?),
            Action::Cell(set) => set(options, self.cell(cell, rest)?),
            Action::Misset(set) => set(options, self.misset(rest)?),
            Action::File(set) => set(options, self.file(rest)?),
            Action::Stream(set) if rest.peek().is_some_and(|word| word == "-") => {
                rest.next();
                set(options, PathBuf::from("-"));
            }
            Action::Stream(set) => set(options, self.file(rest)?),
            // Those of the command line are written out already.
            Action::Options => return Err(UsageError::NestedOptions),
            Action::Text(set) => {
                let word = self.value(rest)?;
                set(options, word.to_string_lossy().into_owned());
            }
            Action::Choice(choices) => {
                let word = self.value(rest)?.to_string_lossy();
                let (_, set) = choices
                    .iter()
                    .find(|(name, _)| *name == word)
                    .ok_or_else(|| self.bad(&word, self.expected()))?;
                set(options);
            }
        }
        Ok(())
    }

    /// What the option's values are, in words.
    fn expected(&self) -> String {
        let unit = self.spec.unit;
        match &self.spec.action {
            Action::Flag(_) => "no value".to_owned(),
            Action::Number(_) => format!("a number ({unit})"),
            Action::Positive(_) => format!("a number above zero ({unit})"),
            Action::Extended(_) => format!("a number or inf ({unit})"),
            Action::Integer(_) => format!("a whole number ({unit})"),
            Action::Threads(_) => format!("a whole number from 1 to {MAX_THREADS} ({unit})"),
            Action::Vector(_) => format!("three numbers ({unit})"),
            Action::Pixel(_) => format!("two whole numbers ({unit})"),
            Action::Region(_) => format!("four whole numbers ({unit})"),
            Action::Cell(_) => format!("one to six numbers ({unit})"),
            Action::Misset(_) => format!("the word random or three numbers ({unit})"),
            Action::File(_) | Action::Stream(_) | Action::Options => {
                "a file name (one that begins with a dash needs ./ before it)".to_owned()
            }
            Action::Text(_) => format!("a word ({unit})"),
            Action::Choice(_) => match self.spec.value_names().as_slice() {
                [others @ .., last] => format!("{} or {last}", others.join(", ")),
                [] => String::new(),
            },
        }
    }

    fn bad(&self, word: &str, expected: String) -> UsageError {
        UsageError::BadValue {
            option: self.name.to_owned(),
            word: word.to_owned(),
            expected,
        }
    }

    fn missing(&self, found: Option<&OsStr>) -> UsageError {
        UsageError::MissingValue {
            option: self.name.to_owned(),
            expected: self.expected(),
            got: match found {
                Some(word) => format!("\"{}\"", word.to_string_lossy()),
                None => "nothing".to_owned(),
            },
        }
    }

    /// The next word, which must not look like an option.
    fn value<'a>(&self, rest: &mut Words<'a>) -> Result<&'a OsStr, UsageError> {
        let word = rest.peek();
        match word {
            Some(value) if !value.is_empty() && !value.as_encoded_bytes().starts_with(b"-") => {
                rest.next();
                Ok(value)
            }
            _ => Err(self.missing(word)),
        }
    }

    fn file(&self, rest: &mut Words<'_>) -> Result<PathBuf, UsageError> {
        let path = PathBuf::from(self.value(rest)?);
        match self.spec.breaks_promise(&path) {
            Some(format) => Err(UsageError::other_format(self.name, path, format)),
            None => Ok(path),
        }
    }

    /// The next word as a number, infinities included.
    fn extended(&self, rest: &mut Words<'_>) -> Result<f64, UsageError> {
        let found = rest.peek();
        let word = found.map(OsStr::to_string_lossy).unwrap_or_default();
        if word.is_empty() || (word.starts_with('-') && !looks_like_a_number(&word)) {
            return Err(self.missing(found));
        }
        rest.next();
        let number = word.parse::<f64>().ok().filter(|number| !number.is_nan());
        number.ok_or_else(|| self.bad(&word, "a number".to_owned()))
    }

    fn number(&self, rest: &mut Words<'_>) -> Result<f64, UsageError> {
        let number = self.extended(rest)?;
        if number.is_finite() {
            Ok(number)
        } else {
            Err(self.bad(&number.to_string(), "a finite number".to_owned()))
        }
    }

    fn positive(&self, rest: &mut Words<'_>) -> Result<f64, UsageError> {
        let number = self.number(rest)?;
        if number > 0.0 {
            Ok(number)
        } else {
            Err(self.bad(&number.to_string(), self.expected()))
        }
    }

    fn numbers<const COUNT: usize>(
        &self,
        rest: &mut Words<'_>,
    ) -> Result<[f64; COUNT], UsageError> {
        let mut numbers = [0.0; COUNT];
        for number in &mut numbers {
            *number = self.number(rest)?;
        }
        Ok(numbers)
    }

    /// A whole number; `1024.0` and `1e3` are whole numbers too.
    fn integer(&self, rest: &mut Words<'_>) -> Result<i64, UsageError> {
        let word = rest.peek().map(OsStr::to_string_lossy).unwrap_or_default();
        if let Ok(integer) = word.parse::<i64>() {
            rest.next();
            return Ok(integer);
        }
        const LARGEST: f64 = i64::MAX as f64;
        let number = self.extended(rest)?;
        if number.fract() != 0.0 {
            Err(self.bad(&word, "a whole number".to_owned()))
        } else if number.abs() >= LARGEST {
            Err(self.bad(&word, "a whole number below 9e18".to_owned()))
        } else {
            Ok(number as i64)
        }
    }

    fn integers<const COUNT: usize>(
        &self,
        rest: &mut Words<'_>,
    ) -> Result<[i64; COUNT], UsageError> {
        let mut integers = [0; COUNT];
        for integer in &mut integers {
            *integer = self.integer(rest)?;
        }
        Ok(integers)
    }

    fn threads(&self, rest: &mut Words<'_>) -> Result<usize, UsageError> {
        let count = self.integer(rest)?;
        usize::try_from(count)
            .ok()
            .filter(|count| (1..=MAX_THREADS).contains(count))
            .ok_or_else(|| self.bad(&count.to_string(), self.expected()))
    }

    /// Reads what is named, into `named`, and completes it.
    fn cell(
        &self,
        named: &mut [Option<f64>; 6],
        rest: &mut Words<'_>,
    ) -> Result<[f64; 6], UsageError> {
        let a = self.number(rest)?;
        named[0] = Some(a);
        for parameter in &mut named[1..] {
            let next = rest.peek().map(OsStr::to_string_lossy);
            if !next.is_some_and(|word| looks_like_a_number(&word)) {
                break;
            }
            *parameter = Some(self.number(rest)?);
        }
        let defaults = [a, a, a, 90.0, 90.0, 90.0];
        Ok(std::array::from_fn(|i| named[i].unwrap_or(defaults[i])))
    }

    fn misset(&self, rest: &mut Words<'_>) -> Result<Misset, UsageError> {
        if rest.peek().is_some_and(|word| word == "random") {
            rest.next();
            return Ok(Misset::Random);
        }
        self.numbers(rest).map(Misset::Angles)
    }
}

const MAX_THREADS: usize = 4096;

#[cfg(test)]
mod tests;
