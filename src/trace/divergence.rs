//! Where two traces part.

use std::{collections::HashMap, fmt};

use super::{
    Tolerance,
    log::{Field, Line},
};

/// A quantity that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    pub name: String,
    /// Which line of that name, from 1.
    pub occurrence: usize,
    /// The word of the line that the numbers follow.
    pub label: String,
    pub a: Vec<f64>,
    pub b: Vec<f64>,
    pub relative_difference: f64,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if !self.name.ends_with(&self.label) {
            write!(f, ", {}", self.label)?;
        }
        if self.occurrence > 1 {
            write!(f, ", line {} of that name", self.occurrence)?;
        }
        if self.a.is_empty() && self.b.is_empty() {
            return write!(f, ": in one trace alone");
        }
        let words = |values: &[f64]| -> String {
            let words: Vec<String> = values.iter().map(f64::to_string).collect();
            words.join(" ")
        };
        write!(
            f,
            ": {} against {} (relative difference {:.2e})",
            words(&self.a),
            words(&self.b),
            self.relative_difference
        )
    }
}

/// What the lines of one name have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub name: String,
    /// Lines of that name in a and in b.
    pub lines: [usize; 2],
    /// Largest over the pairs of lines; infinite where their words differ.
    pub relative_difference: f64,
}

/// Two traces side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// One entry a name, in a's order, then what only b has.
    pub rows: Vec<Row>,
    /// The first quantity, in a's order, that differs by more than the tolerance. A name that only one of the traces has
    /// is no difference; another number of lines of one name is.
    pub first: Option<Divergence>,
}

/// Compares the n-th line of a name in `a` with the n-th in `b`.
pub fn compare(a: &[Line], b: &[Line], tolerance: &Tolerance) -> Comparison {
    let mut by_name: HashMap<&str, Vec<&Line>> = HashMap::new();
    for line in b {
        by_name.entry(&line.name).or_default().push(line);
    }
    let sum = a.iter().find(|line| line.name == "I_before_scaling");
    let sum = sum.and_then(|line| line.values().next());
    let mut rows: Vec<Row> = Vec::new();
    let mut row_of: HashMap<&str, usize> = HashMap::new();
    let mut first = None;
    for line in a {
        let others = by_name.get(line.name.as_str());
        let number = *row_of.entry(&line.name).or_insert_with(|| {
            rows.push(Row {
                name: line.name.clone(),
                lines: [0, others.map_or(0, Vec::len)],
                relative_difference: 0.0,
            });
            rows.len() - 1
        });
        let row = &mut rows[number];
        let occurrence = row.lines[0];
        row.lines[0] += 1;
        let Some(others) = others else { continue };
        let found = match others.get(occurrence) {
            Some(other) => compare_lines(line, other, tolerance, sum),
            None => Found::unlike(line),
        };
        row.relative_difference = row.relative_difference.max(found.relative_difference);
        if first.is_none() {
            first = found.divergence.map(|divergence| Divergence {
                occurrence: occurrence + 1,
                ..divergence
            });
        }
    }
    for line in b {
        match row_of.get(line.name.as_str()) {
            None => {
                row_of.insert(&line.name, rows.len());
                rows.push(Row {
                    name: line.name.clone(),
                    lines: [0, by_name[line.name.as_str()].len()],
                    relative_difference: 0.0,
                });
            }
            Some(&number) => {
                let Row { lines, .. } = rows[number];
                if first.is_none() && lines[0] > 0 && lines[1] > lines[0] {
                    first = Found::unlike(line).divergence.map(|divergence| Divergence {
                        occurrence: lines[0] + 1,
                        ..divergence
                    });
                }
            }
        }
    }
    Comparison { rows, first }
}

/// How two lines compare.
struct Found {
    relative_difference: f64,
    divergence: Option<Divergence>,
}

impl Found {
    /// Lines that say different things.
    fn unlike(line: &Line) -> Self {
        Self {
            relative_difference: f64::INFINITY,
            divergence: Some(Divergence {
                name: line.name.clone(),
                occurrence: 1,
                label: line.fields[0].label.clone(),
                a: Vec::new(),
                b: Vec::new(),
                relative_difference: f64::INFINITY,
            }),
        }
    }
}

/// `sum` is that of the pixel of `a`.
fn compare_lines(a: &Line, b: &Line, tolerance: &Tolerance, sum: Option<f64>) -> Found {
    let are_alike = a.fields.len() == b.fields.len()
        && a.fields
            .iter()
            .zip(&b.fields)
            .all(|(a, b)| a.label == b.label && a.values.len() == b.values.len());
    if !are_alike {
        let mut found = Found::unlike(a);
        if let Some(divergence) = &mut found.divergence {
            (divergence.a, divergence.b) = (a.values().collect(), b.values().collect());
        }
        return found;
    }
    let mut found = Found {
        relative_difference: 0.0,
        divergence: None,
    };
    for (a_field, b_field) in a.fields.iter().zip(&b.fields) {
        let (difference, scale) = distance(a_field, b_field);
        let relative = if difference == 0.0 || difference.is_infinite() {
            difference
        } else {
            difference / scale
        };
        found.relative_difference = found.relative_difference.max(relative);
        // A NaN or an infinity on one side is a difference whatever the tolerance.
        let agrees = difference.is_finite()
            && difference <= tolerance.allowed(&a.name, &a_field.label, scale, sum);
        if !agrees && found.divergence.is_none() {
            found.divergence = Some(Divergence {
                name: a.name.clone(),
                occurrence: 1,
                label: a_field.label.clone(),
                a: a_field.values.clone(),
                b: b_field.values.clone(),
                relative_difference: relative,
            });
        }
    }
    found
}

/// Largest difference between components, and the largest component.
fn distance(a: &Field, b: &Field) -> (f64, f64) {
    let mut furthest = (0.0, 0.0_f64);
    for (&a, &b) in a.values.iter().zip(&b.values) {
        let difference = if a == b || (a.is_nan() && b.is_nan()) {
            0.0
        } else if a.is_finite() && b.is_finite() {
            (a - b).abs()
        } else {
            f64::INFINITY
        };
        furthest = (
            f64::max(furthest.0, difference),
            furthest.1.max(a.abs()).max(b.abs()),
        );
    }
    furthest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::log::parse;

    fn compare_text(a: &str, b: &str, rtol: f64) -> Comparison {
        compare(&parse(a), &parse(b), &Tolerance::relative(rtol))
    }

    const A: &str = "TRACE_C: hkl_frac 1 2 3\nTRACE_C: F_cell 100\nTRACE_C: hkl_frac 1 2 4\nTRACE_C: polar 0.5\n";

    #[test]
    fn the_first_difference_is_found_in_the_order_of_the_first_trace() {
        let b = "TRACE_RS: polar 0.6\nTRACE_RS: hkl_frac 1 2 3\nTRACE_RS: hkl_frac 1 2 4.001\nTRACE_RS: F_cell 100\n";
        let first = compare_text(A, b, 1e-9).first.unwrap();
        assert_eq!((first.name.as_str(), first.occurrence), ("hkl_frac", 2));
        assert!(
            first.to_string().contains("1 2 4 against 1 2 4.001"),
            "{first}"
        );
        assert_eq!(compare_text(A, b, 1e-3).first.unwrap().name, "polar");
        assert_eq!(compare_text(A, b, 0.5).first, None);
    }

    #[test]
    fn names_of_one_trace_alone_are_listed_and_missing_lines_differ() {
        let more = format!("{A}TRACE_RS: physics spec\n");
        let comparison = compare_text(A, &more, 0.0);
        assert_eq!(comparison.first, None);
        assert_eq!(comparison.rows.last().unwrap().lines, [0, 1]);
        let fewer = "TRACE_C: hkl_frac 1 2 3\n";
        for (a, b) in [(A, fewer), (fewer, A)] {
            let first = compare_text(a, b, 1.0).first.unwrap();
            assert_eq!((first.name.as_str(), first.occurrence), ("hkl_frac", 2));
        }
    }

    #[test]
    fn words_and_numbers_that_are_none_differ() {
        let differs = |a: &str, b: &str| compare_text(a, b, 1.0).first.is_some();
        assert!(differs("TRACE_C: n nan", "TRACE_C: n 1"));
        assert!(differs("TRACE_C: n inf", "TRACE_C: n 1"));
        assert!(!differs("TRACE_C: n nan", "TRACE_C: n nan"));
        assert!(differs("TRACE_C:c=MOSFLM", "TRACE_C:c=XDS"));
        assert!(differs("TRACE_C: v 1 2", "TRACE_C: v 1"));
    }
}
