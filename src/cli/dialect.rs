//! The classic single-dash dialect: words in, [`Options`] out.
//!
//! The order of the words decides (the last word wins, also between different options that write one field, and the
//! detector's pivot follows whichever option came last), and values may begin with a dash, so the words are read
//! here, from the table, and clap only sees the words of subcommands.

use std::{ffi::OsStr, ffi::OsString, path::PathBuf};

use super::options::{self, Action, OptionSpec, Spelling};
use crate::options::{Misset, Options};

/// What is wrong with a command line.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum UsageError {
    #[error("unknown option {word}{}", suggestion(.nearest))]
    Unknown {
        word: String,
        /// Documented names, with their dash, the nearest first.
        nearest: Vec<String>,
    },
    #[error("unexpected word \"{word}\": options begin with a dash{after}")]
    Stray {
        word: String,
        /// " (-distance takes one value)", where that may explain it.
        after: String,
    },
    #[error("{option} needs {expected}, and got {got}")]
    MissingValue {
        option: String,
        expected: String,
        got: String,
    },
    #[error("{option}: \"{word}\" is not {expected}")]
    BadValue {
        option: String,
        word: String,
        expected: String,
    },
    #[error("{} and {} would both write {}; give one of them another name", .options[0], .options[1], .path.display())]
    SameFile {
        options: [&'static str; 2],
        path: PathBuf,
    },
}

fn suggestion(nearest: &[String]) -> String {
    match nearest {
        [] => "; --help lists them all".to_owned(),
        [one] => format!("; did you mean {one}?"),
        [others @ .., last] => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}

/// Reads the words after the program's name.
///
/// # Errors
/// [`UsageError`], which names the word, for unknown options and for missing or unparsable values.
pub fn parse<I>(words: I) -> Result<Options, UsageError>
where
    I: IntoIterator,
    I::Item: Into<OsString>,
{
    let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
    let mut options = Options::default();
    let mut rest = Words {
        words: &words,
        last_option: None,
    };
    while let Some(word) = rest.next() {
        let text = word.to_string_lossy();
        let spec = option_of(&text).ok_or_else(|| rest.not_an_option(&text))?;
        let given = Given { name: &text, spec };
        given.apply(&mut options, &mut rest)?;
        rest.last_option = Some(spec);
    }
    Ok(options)
}

/// The row that a word of the command line means: the documented names first, with one dash or two, then, for classic
/// options, the longest documented name that the word begins with.
pub fn option_of(word: &str) -> Option<&'static OptionSpec> {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    let exact = options::all().find(|spec| spec.names.contains(&name));
    exact.or_else(|| {
        options::all()
            .filter(|spec| spec.spelling == Spelling::Classic)
            .flat_map(|spec| spec.names.iter().map(move |documented| (spec, documented)))
            .filter(|(_, documented)| name.starts_with(**documented))
            .max_by_key(|(_, documented)| documented.len())
            .map(|(spec, _)| spec)
    })
}

/// The documented names nearest to a word, nearest first, with their dash.
fn nearest_names(word: &str) -> Vec<String> {
    let typed = word.trim_start_matches('-').to_lowercase();
    let limit = (typed.chars().count() / 3).max(1);
    let mut ranked: Vec<(usize, &str)> = options::all()
        .flat_map(|spec| spec.names)
        .map(|name| {
            let distance = strsim::osa_distance(&typed, &name.to_lowercase());
            (distance, *name)
        })
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    ranked.sort();
    ranked
        .into_iter()
        .take(3)
        .map(|(_, name)| format!("-{name}"))
        .collect()
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
            return UsageError::Unknown {
                word: word.to_owned(),
                nearest: nearest_names(word),
            };
        }
        let after = self.last_option.map(|spec| match &spec.action {
            Action::Flag(_) => format!(" (-{} takes no value)", spec.name()),
            _ => format!(" (-{} takes {})", spec.name(), spec.usage()),
        });
        UsageError::Stray {
            word: word.to_owned(),
            after: after.unwrap_or_default(),
        }
    }
}

/// Whether a word is meant as a number, well-formed or not: `-12`, `.5`, `1e-10x`, `inf`.
fn looks_like_a_number(word: &str) -> bool {
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
    fn apply(&self, options: &mut Options, rest: &mut Words<'_>) -> Result<(), UsageError> {
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
            Action::Cell(set) => set(options, self.cell(rest)?),
            Action::Misset(set) => set(options, self.misset(rest)?),
            Action::File(set) => set(options, self.file(rest)?),
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
            Action::File(_) => {
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
        self.value(rest).map(PathBuf::from)
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
        const EXACT: f64 = (1_u64 << 53) as f64;
        let number = self.extended(rest)?;
        if number.fract() == 0.0 && number.abs() <= EXACT {
            Ok(number as i64)
        } else {
            Err(self.bad(&word, "a whole number".to_owned()))
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

    fn cell(&self, rest: &mut Words<'_>) -> Result<[f64; 6], UsageError> {
        let a = self.number(rest)?;
        let mut cell = [a, a, a, 90.0, 90.0, 90.0];
        for parameter in &mut cell[1..] {
            let next = rest.peek().map(OsStr::to_string_lossy);
            if !next.is_some_and(|word| looks_like_a_number(&word)) {
                break;
            }
            *parameter = self.number(rest)?;
        }
        Ok(cell)
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
mod tests {
    use super::*;
    use crate::options::{Convention, Pivot};
    use proptest::prelude::*;

    fn line(text: &str) -> Result<Options, UsageError> {
        parse(text.split_whitespace())
    }

    fn message(text: &str) -> String {
        line(text).expect_err("the line is refused").to_string()
    }

    #[test]
    fn every_option_changes_something_under_each_of_its_names() {
        for spec in options::all() {
            for name in spec.names {
                for dash in ["-", "--"] {
                    let mut words = vec![format!("{dash}{name}")];
                    words.extend(spec.example.split_whitespace().map(str::to_owned));
                    let options =
                        parse(&words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
                    assert_ne!(options, Options::default(), "{words:?}");
                }
            }
        }
    }

    #[test]
    fn every_choice_is_accepted() {
        for spec in options::all() {
            if let Action::Choice(choices) = &spec.action {
                for (word, _) in *choices {
                    let option = format!("-{}", spec.name());
                    assert!(parse([option.as_str(), word]).is_ok(), "{option} {word}");
                }
            }
        }
    }

    #[test]
    fn no_name_is_documented_twice() {
        let mut names: Vec<_> = options::all().flat_map(|spec| spec.names).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn every_value_that_is_cut_short_is_missed() {
        for spec in options::all().filter(|spec| !spec.usage().is_empty()) {
            let option = format!("-{}", spec.name());
            let error = parse([&option]).expect_err("no value");
            assert!(
                matches!(&error, UsageError::MissingValue { option: named, .. } if *named == option),
                "{error}"
            );
            let followed = format!("-{} -nopgm", spec.name());
            assert!(
                matches!(line(&followed), Err(UsageError::MissingValue { .. })),
                "{followed}"
            );
        }
    }

    #[test]
    fn longer_spellings_mean_the_longest_documented_name() {
        for (word, name) in [
            ("-matrix", "mat"),
            ("-hklfile", "hkl"),
            ("-wavelength", "lambda"),
            ("-mosaic_spread", "mosaic"),
            ("-mosaicity", "mosaic"),
            ("-mosaic_domains", "mosaic_dom"),
            ("-detector_thicksteps", "detector_thicksteps"),
            ("-sample_height", "sample_z"),
            ("-phisteps", "phisteps"),
            ("-twotheta_axis", "twotheta_axis"),
            ("-misset_seed", "misset_seed"),
            ("-detpixels_fast", "detpixels_f"),
            ("-polarization", "polar"),
        ] {
            assert_eq!(option_of(word).map(OptionSpec::name), Some(name), "{word}");
        }
    }

    #[test]
    fn new_options_are_written_in_full() {
        assert!(option_of("-devices").is_none());
        assert!(option_of("-verbosity").is_none());
    }

    #[test]
    fn an_axis_does_not_set_the_angle() {
        let options = line("-twotheta_axis 1 0 0 -misset_seed 5").unwrap();
        assert_eq!(options.detector.twotheta_deg, None);
        assert_eq!(options.crystal.misset, None);
    }

    #[test]
    fn negative_and_exponent_values_are_values() {
        let options =
            line("-misset -89.9 -3e1 +1.5E+2 -phi -.5 -roi -1 -1 5 9 -fluence 1e24").unwrap();
        assert_eq!(
            options.crystal.misset,
            Some(Misset::Angles([-89.9, -30.0, 150.0]))
        );
        assert_eq!(options.goniometer.phi_deg, Some(-0.5));
        assert_eq!(options.sampling.roi, Some([-1, -1, 5, 9]));
        assert_eq!(options.beam.fluence, Some(1e24));
    }

    #[test]
    fn a_cell_is_completed() {
        assert_eq!(
            line("-cell 70").unwrap().crystal.cell,
            Some([70.0, 70.0, 70.0, 90.0, 90.0, 90.0])
        );
        assert_eq!(
            line("-cell 70 80 90 75 -N 5").unwrap().crystal.cell,
            Some([70.0, 80.0, 90.0, 75.0, 90.0, 90.0])
        );
    }

    #[test]
    fn a_sensor_may_absorb_nothing() {
        assert_eq!(
            line("-detector_abs inf").unwrap().detector.attenuation_um,
            Some(f64::INFINITY)
        );
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_point() {
        assert_eq!(
            line("-detpixels 1024.0").unwrap().detector.detpixels_fast,
            Some(1024)
        );
        assert_eq!(message("-N 5.5"), "-N: \"5.5\" is not a whole number");
    }

    #[test]
    fn the_last_word_decides() {
        let options =
            line("-energy 12398.42 -lambda 2 -N 5 -Na 3 -nonoise -noisefile n.img").unwrap();
        assert_eq!(options.beam.wavelength_angstrom, Some(2.0));
        assert_eq!(options.crystal.cells, [Some(3), Some(5), Some(5)]);
        assert!(!options.output.no_noise);
        let options = line("-Xclose 5 -distance 100").unwrap();
        assert_eq!(options.detector.implied_pivot, Some(Pivot::Beam));
        let options = line("-distance 100 -twotheta 5").unwrap();
        assert_eq!(options.detector.implied_pivot, Some(Pivot::Sample));
        let options = line("-xds -beam_vector 0 0 1").unwrap();
        assert_eq!(options.detector.convention, Some(Convention::Custom));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(
            message("-distanse 100"),
            "unknown option -distanse; did you mean -distance?"
        );
        assert_eq!(
            message("-lambda 1e-10x"),
            "-lambda: \"1e-10x\" is not a number"
        );
        assert_eq!(message("-lambda nan"), "-lambda: \"nan\" is not a number");
        assert_eq!(
            message("-pixel inf"),
            "-pixel: \"inf\" is not a finite number"
        );
        assert_eq!(
            message("-wave -1"),
            "-wave: \"-1\" is not a number above zero (Angstrom)"
        );
        assert_eq!(
            message("-pivot centre"),
            "-pivot: \"centre\" is not beam or sample"
        );
        assert_eq!(
            message("-distance 100 200"),
            "unexpected word \"200\": options begin with a dash (-distance takes <mm>)"
        );
        assert_eq!(
            message("-hkl -default_F 100"),
            "-hkl needs a file name (one that begins with a dash needs ./ before it), and got \"-default_F\""
        );
    }

    fn any_word() -> impl Strategy<Value = String> {
        let names: Vec<_> = options::all().flat_map(|spec| spec.names).collect();
        prop_oneof![
            proptest::sample::select(names).prop_map(|name| format!("-{name}")),
            any::<f64>().prop_map(|number| number.to_string()),
            any::<i64>().prop_map(|number| number.to_string()),
            "\\PC*",
            "-\\PC{0,12}",
        ]
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(words in proptest::collection::vec(any_word(), 0..12)) {
            if let Err(error) = parse(&words) {
                prop_assert!(!error.to_string().is_empty());
            }
        }

        #[test]
        fn a_number_is_read_to_the_last_bit(number in -1e300..1e300_f64) {
            let options = parse(["-phi", &number.to_string()]).unwrap();
            prop_assert_eq!(options.goniometer.phi_deg, Some(number));
        }
    }
}
