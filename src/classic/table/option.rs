//! A row of the table.

use std::path::{Path, PathBuf};

use super::FileFormat;
use crate::classic::options::{Misset, Options};

/// One option: a row of the table.
#[derive(Debug)]
pub struct OptionSpec {
    /// The documented name, without its dash, then its synonyms.
    pub names: &'static [&'static str],
    pub action: Action,
    /// Unit of the value, or what stands for it in the help.
    pub unit: &'static str,
    /// What holds when the option is not given; empty when that is nothing.
    pub default: &'static str,
    /// One line.
    pub help: &'static str,
    /// Words that may follow the name, for the documentation and the tests.
    pub example: &'static str,
    /// Spellings of scripts in the wild, which are accepted and which the help leaves out.
    pub spellings: &'static [&'static str],
    /// Whether the classic program has it.
    pub is_classic: bool,
    /// The formats of the file that it writes, by the extension of its name; `None` when it writes none.
    pub writes: Option<&'static [FileFormat]>,
    /// Words that a shell offers for a value that may be any word.
    pub suggestions: fn() -> Vec<&'static str>,
    /// Whether counts or photons depend on it: not so the names of files, and how a run goes.
    pub decides_pixels: bool,
}

/// The values an option takes, and what they change.
#[derive(Debug)]
pub enum Action {
    /// No value.
    Flag(fn(&mut Options)),
    /// A finite number.
    Number(fn(&mut Options, f64)),
    /// A finite number above zero.
    Positive(fn(&mut Options, f64)),
    /// A number, which may be infinite.
    Extended(fn(&mut Options, f64)),
    /// A whole number.
    Integer(fn(&mut Options, i64)),
    /// A whole number from 1 to 4096.
    Threads(fn(&mut Options, usize)),
    /// Three numbers.
    Vector(fn(&mut Options, [f64; 3])),
    /// Two whole numbers.
    Pixel(fn(&mut Options, [i64; 2])),
    /// Four whole numbers.
    Region(fn(&mut Options, [i64; 4])),
    /// One to six numbers: b and c default to a, the angles to 90.
    Cell(fn(&mut Options, [f64; 6])),
    /// `random`, or three numbers.
    Misset(fn(&mut Options, Misset)),
    /// A file name.
    File(fn(&mut Options, PathBuf)),
    /// The name of a file that is written, or - for standard output.
    Stream(fn(&mut Options, PathBuf)),
    /// The name of a file that holds options.
    Options,
    /// Any word.
    Text(fn(&mut Options, String)),
    /// One word of a list.
    Choice(&'static [Choice]),
}

/// A word, and what it changes.
pub type Choice = (&'static str, fn(&mut Options));

impl OptionSpec {
    pub(super) const fn new(
        names: &'static [&'static str],
        action: Action,
        unit: &'static str,
        default: &'static str,
        help: &'static str,
        example: &'static str,
    ) -> Self {
        Self {
            names,
            action,
            unit,
            default,
            help,
            example,
            spellings: &[],
            is_classic: true,
            writes: None,
            suggestions: Vec::new,
            decides_pixels: true,
        }
    }

    /// An option on which no pixel depends.
    pub(super) const fn aside(mut self) -> Self {
        self.decides_pixels = false;
        self
    }

    /// Further words that mean it: the classic program, which matches parts of words, has taught them to scripts.
    pub(super) const fn spelled(mut self, spellings: &'static [&'static str]) -> Self {
        self.spellings = spellings;
        self
    }

    /// An option whose value is most often one of these words.
    pub(super) const fn suggests(mut self, words: fn() -> Vec<&'static str>) -> Self {
        self.suggestions = words;
        self
    }

    /// An option that the classic program does not have.
    pub(super) const fn ours(mut self) -> Self {
        self.is_classic = false;
        self
    }

    /// An option that names a file to write, in one of these formats.
    pub(super) const fn writes(mut self, formats: &'static [FileFormat]) -> Self {
        self.writes = Some(formats);
        self
    }

    /// The format that the name of a file promises and that this option does not write.
    pub fn breaks_promise(&self, path: &Path) -> Option<FileFormat> {
        let promised = FileFormat::of_name(path)?;
        let is_written = self.writes?.contains(&promised);
        // Users of the classic program call any of its files .bin, which no reader goes by.
        let is_common = promised == FileFormat::RawFloat;
        let is_kept = is_written || is_common && self.is_classic;
        (!is_kept).then_some(promised)
    }

    /// Every word that means it, without its dash: names first.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().chain(self.spellings).copied()
    }

    /// The documented name, without its dash.
    pub fn name(&self) -> &'static str {
        self.names[0]
    }

    /// The names of the values, for usage lines.
    pub fn value_names(&self) -> Vec<&'static str> {
        match &self.action {
            Action::Flag(_) => vec![],
            Action::Choice(choices) => choices.iter().map(|(word, _)| *word).collect(),
            _ => self.unit.split(' ').collect(),
        }
    }

    /// The words that a shell offers for its value.
    pub fn offered(&self) -> Vec<&'static str> {
        match &self.action {
            Action::Choice(_) => self.value_names(),
            Action::Misset(_) => vec!["random"],
            _ => (self.suggestions)(),
        }
    }

    /// The values as a usage line shows them.
    pub fn usage(&self) -> String {
        match &self.action {
            Action::Flag(_) => String::new(),
            Action::Choice(_) => self.value_names().join("|"),
            _ => format!("<{}>", self.value_names().join("> <")),
        }
    }
}
