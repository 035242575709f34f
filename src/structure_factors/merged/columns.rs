//! Which column of a reflection file F is taken from.
//!
//! Calculated amplitudes come before measured ones, because they are complete and on an absolute scale; totals before parts;
//! amplitudes before intensities; a pair of Friedel mates before their mean. Map coefficients are never taken unless named.

use super::{Column, Quantity, Sign};

/// Amplitudes of a refined model, in the order they are preferred; compared without case and punctuation.
const CALCULATED: [&[&str]; 6] = [
    &["fmodel", "pdbxfcalcwithsolvent"],
    &["fcallls"],
    &["fcall"],
    &["fc", "fcalc"],
    &["fcalcau"],
    &["fsquaredcalc", "intensitycalc"],
];
/// Measured amplitudes that go before all others.
const MEASURED: &str = "fmeas";
/// Coefficients of electron density maps.
const MAP_COEFFICIENTS: [&str; 8] = [
    "fwt",
    "delfwt",
    "2fofcwt",
    "fofcwt",
    "2fofcwtfill",
    "2fofcwtnofill",
    "fan",
    "delfan",
];

/// A column, or a pair of Friedel mates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice<'a> {
    pub column: &'a Column,
    /// The column of F(−h), when `column` is that of F(h).
    pub minus: Option<&'a Column>,
}

impl Choice<'_> {
    /// As a person would name it.
    pub fn name(&self) -> String {
        match self.minus {
            Some(minus) => format!("{}, {}", self.column.label, minus.label),
            None => self.column.label.clone(),
        }
    }

    fn stem(&self) -> String {
        match self.minus {
            Some(_) => plain(stem(&self.column.label)),
            None => plain(&self.column.label),
        }
    }

    /// Smaller is preferred; `None` is not taken unless named.
    fn rank(&self) -> Option<usize> {
        let name = self.stem();
        let is_pair = self.minus.is_some();
        if MAP_COEFFICIENTS.contains(&name.as_str()) {
            return None;
        }
        let calculated = CALCULATED.iter().position(|names| names.contains(&&*name));
        let first_measured = 2 * CALCULATED.len();
        Some(match (calculated, self.column.quantity) {
            (Some(position), _) => 2 * position + usize::from(!is_pair),
            (None, Quantity::Amplitude) if is_pair => first_measured,
            (None, Quantity::Amplitude) if name == MEASURED => first_measured + 1,
            (None, Quantity::Amplitude) => first_measured + 2,
            (None, Quantity::Intensity) if is_pair => first_measured + 3,
            (None, Quantity::Intensity) => first_measured + 4,
        })
    }

    fn answers_to(&self, wanted: &str) -> bool {
        let labels = [Some(self.column), self.minus].into_iter().flatten();
        let mut names: Vec<&str> = labels.map(|column| column.label.as_str()).collect();
        if self.minus.is_some() {
            names.push(stem(&self.column.label));
        }
        names.iter().any(|name| name.eq_ignore_ascii_case(wanted))
    }
}

/// Takes the column that was asked for (a pair by either of its labels, or by what they share), or the preferred one.
///
/// # Errors
/// When there is none, or several that are equally good; the message lists the candidates.
pub fn choose<'a>(columns: &'a [Column], wanted: Option<&str>) -> Result<Choice<'a>, String> {
    let candidates = candidates(columns);
    let names = |list: &[Choice]| {
        let names: Vec<_> = list.iter().map(Choice::name).collect();
        names.join("; ")
    };
    if candidates.is_empty() {
        return Err("no column holds amplitudes or intensities".into());
    }
    let tied: Vec<Choice> = match wanted {
        Some(wanted) => {
            let wanted = wanted
                .strip_prefix("_refln.")
                .or(wanted.strip_prefix("_refln_"))
                .unwrap_or(wanted);
            let by_name = |choice: &&Choice| choice.answers_to(wanted);
            let answering: Vec<_> = candidates.iter().filter(by_name).copied().collect();
            let exact = |choice: &&Choice| choice.column.label == wanted;
            match answering.iter().find(exact) {
                Some(&exact) => vec![exact],
                None => answering,
            }
        }
        None => {
            let best = candidates.iter().filter_map(Choice::rank).min();
            let is_best = |choice: &&Choice| best.is_some() && choice.rank() == best;
            candidates.iter().filter(is_best).copied().collect()
        }
    };
    match (&tied[..], wanted) {
        ([choice], _) => Ok(*choice),
        ([], Some(wanted)) => Err(format!(
            "no amplitude or intensity column is called {wanted:?}; there are: {}",
            names(&candidates)
        )),
        ([], None) => Err(format!(
            "only map coefficients were found; name one with -column: {}",
            names(&candidates)
        )),
        (several, _) => Err(format!(
            "several columns could be meant; name one with -column: {}",
            names(several)
        )),
    }
}

/// Pairs of mates, then what stands alone.
fn candidates(columns: &[Column]) -> Vec<Choice<'_>> {
    let mut choices = Vec::new();
    let mut is_paired = vec![false; columns.len()];
    for (i, plus) in columns.iter().enumerate() {
        let is_mate = |minus: &Column| {
            minus.sign == Sign::Minus
                && minus.quantity == plus.quantity
                && plain(stem(&minus.label)) == plain(stem(&plus.label))
        };
        if plus.sign != Sign::Plus {
            continue;
        }
        let mate = (0..columns.len()).find(|&j| !is_paired[j] && is_mate(&columns[j]));
        if let Some(j) = mate {
            is_paired[i] = true;
            is_paired[j] = true;
            choices.push(Choice {
                column: plus,
                minus: Some(&columns[j]),
            });
        }
    }
    let alone = columns
        .iter()
        .zip(&is_paired)
        .filter(|(_, paired)| !**paired);
    choices.extend(alone.map(|(column, _)| Choice {
        column,
        minus: None,
    }));
    choices
}

/// A label without the sign at its end.
fn stem(label: &str) -> &str {
    let lower = label.to_ascii_lowercase();
    ["(+)", "(-)", "_plus", "_minus", "plus", "minus", "+", "-"]
        .iter()
        .find_map(|end| lower.strip_suffix(end))
        .map_or(label, |stem| &label[..stem.len()])
}

fn plain(label: &str) -> String {
    label
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(labels: &[(&str, Quantity)]) -> Vec<Column> {
        labels
            .iter()
            .map(|&(label, quantity)| Column {
                label: label.into(),
                quantity,
                sign: Sign::of_label(label),
                cell: None,
                values: Vec::new(),
            })
            .collect()
    }

    fn chosen(labels: &[(&str, Quantity)], wanted: Option<&str>) -> Result<String, String> {
        choose(&columns(labels), wanted).map(|choice| choice.name())
    }

    use Quantity::{Amplitude as F, Intensity as I};

    #[test]
    fn totals_of_a_model_come_before_parts_before_measurements_before_intensities() {
        let refined = [
            ("IMEAN", I),
            ("FP", F),
            ("FC", F),
            ("FWT", F),
            ("FC_ALL", F),
            ("FC_ALL_LS", F),
        ];
        assert_eq!(chosen(&refined, None).unwrap(), "FC_ALL_LS");
        assert_eq!(chosen(&refined[..5], None).unwrap(), "FC_ALL");
        assert_eq!(chosen(&refined[..4], None).unwrap(), "FC");
        assert_eq!(chosen(&refined[..2], None).unwrap(), "FP");
        assert_eq!(chosen(&refined[..1], None).unwrap(), "IMEAN");
    }

    #[test]
    fn a_pair_of_friedel_mates_comes_before_their_mean() {
        let measured = [("F", F), ("F(+)", F), ("F(-)", F), ("I(+)", I), ("I(-)", I)];
        assert_eq!(chosen(&measured, None).unwrap(), "F(+), F(-)");
        for wanted in ["F(+)", "F(-)"] {
            assert_eq!(chosen(&measured, Some(wanted)).unwrap(), "F(+), F(-)");
        }
        assert_eq!(chosen(&measured, Some("F")).unwrap(), "F");
        assert_eq!(chosen(&measured, Some("I")).unwrap(), "I(+), I(-)");
    }

    #[test]
    fn equally_good_columns_are_listed_instead_of_guessed_at() {
        let two = [("F_native", F), ("F_soak", F)];
        let message = chosen(&two, None).unwrap_err();
        assert!(message.contains("F_native; F_soak") && message.contains("-column"));
        assert_eq!(chosen(&two, Some("f_SOAK")).unwrap(), "F_soak");
        let message = chosen(&two, Some("FP")).unwrap_err();
        assert!(message.contains("\"FP\"") && message.contains("F_native; F_soak"));
    }

    #[test]
    fn map_coefficients_are_taken_only_when_named() {
        let maps = [("FWT", F), ("DELFWT", F)];
        assert!(
            chosen(&maps, None)
                .unwrap_err()
                .contains("map coefficients")
        );
        assert_eq!(chosen(&maps, Some("FWT")).unwrap(), "FWT");
        assert!(chosen(&[], None).is_err());
    }
}
