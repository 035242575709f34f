//! Text files of `h k l F`.
//!
//! One reflection a line; columns after F are ignored, `#` starts a comment, blank lines are skipped. An index that is
//! not a whole number is rounded to the nearest one (½ down, as in the simulation) and warned about.

use std::path::Path;

use rayon::prelude::*;

use super::{Reflection, StructureFactorError};
use crate::files::columns;

/// Bytes parsed by one task.
const CHUNK_BYTES: usize = 1 << 20;
/// Warnings that are spelled out; the rest are counted.
const MAX_WARNINGS: usize = 10;
/// No crystal has indices beyond this.
const MAX_INDEX: f64 = 1e6;

/// Reads the text of an hkl file; `path` is for messages.
///
/// # Errors
/// The first line that is not `h k l F`, or a file without any.
pub fn parse(
    text: &[u8],
    path: &Path,
) -> Result<(Vec<Reflection>, Vec<String>), StructureFactorError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let chunks: Vec<Chunk> = split_at_line_ends(text)
        .par_iter()
        .map(|chunk| parse_chunk(chunk))
        .collect();

    let mut reflections = Vec::with_capacity(chunks.iter().map(|c| c.reflections.len()).sum());
    let mut rounded = Vec::new();
    let mut lines_before = 0;
    for chunk in chunks {
        if let Some((line, problem)) = chunk.problem {
            return Err(StructureFactorError::Line {
                path: path.to_owned(),
                line: lines_before + line,
                problem,
            });
        }
        reflections.extend(chunk.reflections);
        rounded.extend(chunk.rounded.iter().map(|line| lines_before + line));
        lines_before += chunk.lines;
    }
    if reflections.is_empty() {
        return Err(StructureFactorError::File {
            path: path.to_owned(),
            problem: "holds no reflection; each line should read h k l F".into(),
        });
    }
    let mut warnings: Vec<String> = rounded
        .iter()
        .take(MAX_WARNINGS)
        .map(|line| {
            format!(
                "{}:{line}: the index is not a whole number; rounded to the nearest",
                path.display()
            )
        })
        .collect();
    if rounded.len() > MAX_WARNINGS {
        warnings.push(format!(
            "{}: {} more lines have indices that are not whole numbers",
            path.display(),
            rounded.len() - MAX_WARNINGS
        ));
    }
    Ok((reflections, warnings))
}

/// What one stretch of the file held, with lines counted from its start at 1.
#[derive(Default)]
struct Chunk {
    reflections: Vec<Reflection>,
    lines: usize,
    /// Lines whose indices were rounded.
    rounded: Vec<usize>,
    problem: Option<(usize, String)>,
}

fn split_at_line_ends(mut text: &[u8]) -> Vec<&[u8]> {
    let mut chunks = Vec::new();
    while text.len() > CHUNK_BYTES {
        let Some(end) = text[CHUNK_BYTES..].iter().position(|&byte| byte == b'\n') else {
            break;
        };
        let (chunk, rest) = text.split_at(CHUNK_BYTES + end + 1);
        chunks.push(chunk);
        text = rest;
    }
    chunks.push(text);
    chunks
}

fn parse_chunk(text: &[u8]) -> Chunk {
    let mut chunk = Chunk::default();
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        chunk.lines += 1;
        match parse_line(line) {
            Ok(None) => {}
            Ok(Some((reflection, was_whole))) => {
                chunk.reflections.push(reflection);
                if !was_whole {
                    chunk.rounded.push(chunk.lines);
                }
            }
            Err(problem) => {
                chunk.problem = Some((chunk.lines, problem));
                break;
            }
        }
    }
    chunk
}

fn parse_line(line: &[u8]) -> Result<Option<(Reflection, bool)>, String> {
    let line = line.split(|&byte| byte == b'#').next().unwrap_or_default();
    let mut words = columns::of_numbers(line);
    let Some(first) = words.next() else {
        return Ok(None);
    };
    let mut hkl = [0; 3];
    let mut was_whole = true;
    for (axis, name) in ["h", "k", "l"].into_iter().enumerate() {
        let word = if axis == 0 { Some(first) } else { words.next() };
        let (index, whole) = parse_index(name, word)?;
        hkl[axis] = index;
        was_whole &= whole;
    }
    let f = parse_number("F", words.next())?;
    Ok(Some((Reflection { hkl, f }, was_whole)))
}

fn parse_index(name: &str, word: Option<&[u8]>) -> Result<(i32, bool), String> {
    if let Some(index) = word
        .and_then(|word| str::from_utf8(word).ok())
        .and_then(|word| word.parse::<i32>().ok())
        .filter(|index| f64::from(*index).abs() <= MAX_INDEX)
    {
        return Ok((index, true));
    }
    let value = parse_number(name, word)?;
    if value.abs() > MAX_INDEX {
        return Err(format!(
            "{name} = {value} is no Miller index of any crystal"
        ));
    }
    let nearest = (value - 0.5).ceil();
    Ok((nearest as i32, nearest == value))
}

fn parse_number(name: &str, word: Option<&[u8]>) -> Result<f64, String> {
    let word = word.ok_or_else(|| format!("{name} is missing; each line should read h k l F"))?;
    str::from_utf8(word)
        .ok()
        .and_then(|word| word.parse::<f64>().ok())
        .filter(|value| value.is_finite())
        .ok_or_else(|| {
            let word = String::from_utf8_lossy(&word[..word.len().min(40)]);
            format!("{name} is not a number: {word:?}; each line should read h k l F")
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<(Vec<Reflection>, Vec<String>), String> {
        parse(text.as_bytes(), Path::new("some.hkl")).map_err(|error| error.to_string())
    }

    #[test]
    fn comments_blank_lines_and_further_columns_are_skipped() {
        let text =
            "# h k l F\n\n 1 -2\t3 4.5 90.0 junk\r\n  # more\n0 0 0 1e2 # the origin\n-7 8 9 .5";
        let (reflections, warnings) = read(text).unwrap();
        let expected = [([1, -2, 3], 4.5), ([0, 0, 0], 100.0), ([-7, 8, 9], 0.5)]
            .map(|(hkl, f)| Reflection { hkl, f });
        assert_eq!(reflections, expected);
        assert!(warnings.is_empty());
    }

    #[test]
    fn columns_of_fixed_width_may_leave_no_blank_before_a_sign() {
        let (reflections, _) = read("-100-100-100 50\n1-10  2 50\n 1 2 3-4.5e-1+7\n").unwrap();
        let expected = [([-100; 3], 50.0), ([1, -10, 2], 50.0), ([1, 2, 3], -0.45)]
            .map(|(hkl, f)| Reflection { hkl, f });
        assert_eq!(reflections, expected);
    }

    #[test]
    fn an_index_that_is_no_whole_number_is_rounded_and_its_line_named() {
        let (reflections, warnings) = read("1.0 2 3 4\n\n1.4 -1.6 2.5 7\n").unwrap();
        assert_eq!(reflections[0].hkl, [1, 2, 3]);
        assert_eq!(reflections[1].hkl, [1, -2, 2]);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("some.hkl:3:"), "{warnings:?}");
    }

    #[test]
    fn a_thousand_bad_indices_do_not_fill_the_screen() {
        let (_, warnings) = read(&"0.5 0 0 1\n".repeat(1000)).unwrap();
        assert_eq!(warnings.len(), MAX_WARNINGS + 1);
        assert!(warnings[MAX_WARNINGS].contains("990 more"));
    }

    #[test]
    fn what_is_not_a_number_is_refused_with_its_line() {
        for (text, line) in [
            ("1 2 3\n", 1),
            ("\n1 2 3 4x\n", 2),
            ("1 2 3 4\n1 2 x 4\n", 2),
            ("1 2 3 inf\n", 1),
            ("1 2 3 NaN\n", 1),
            ("1e300 2 3 1\n", 1),
            ("2000000 2 3 1\n", 1),
            ("1,2,3,4\n", 1),
            ("\0\0\0\n", 1),
        ] {
            let message = read(text).unwrap_err();
            assert!(
                message.starts_with(&format!("some.hkl:{line}: ")),
                "{text:?}: {message}"
            );
        }
        assert!(read("# nothing\n").unwrap_err().contains("no reflection"));
        assert!(read("").is_err());
    }

    #[test]
    fn line_numbers_hold_in_a_file_of_many_chunks() {
        let mut text = "1 2 3 4.25\n".repeat(300_000);
        text.push_str("0 0 zero 1\n");
        let message = read(&text).unwrap_err();
        assert!(message.starts_with("some.hkl:300001: l "), "{message}");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes, Path::new("x"));
        }

        #[test]
        fn what_was_printed_is_what_is_read(
            list in proptest::collection::vec((any::<i16>(), any::<i16>(), any::<i16>(), 0.0..1e6), 1..50)
        ) {
            let text: String = list.iter().map(|(h, k, l, f)| format!("{h} {k} {l} {f}\n")).collect();
            let (reflections, _) = read(&text).unwrap();
            for (reflection, (h, k, l, f)) in reflections.iter().zip(list) {
                prop_assert_eq!(reflection.hkl, [h, k, l].map(i32::from));
                prop_assert_eq!(reflection.f, f);
            }
        }
    }
}
