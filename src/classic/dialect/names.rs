//! Which option a word means, and which ones it may have been meant to be.

use crate::classic::table::{self, Action, OptionSpec};

/// The row whose name the word is, with one dash or two.
pub fn option_of(word: &str) -> Option<&'static OptionSpec> {
    let name = undashed(word)?;
    table::all().find(|spec| spec.words().any(|known| known == name))
}

fn undashed(word: &str) -> Option<&str> {
    word.strip_prefix("--").or_else(|| word.strip_prefix('-'))
}

/// How the dialect writes `-name=value`, if the word is that.
pub fn without_equals_sign(word: &str) -> Option<String> {
    let (name, value) = word.split_once('=')?;
    let spec = option_of(name)?;
    Some(match &spec.action {
        Action::Flag(_) => name.to_owned(),
        _ if value.is_empty() => format!("{name} {}", spec.usage()),
        _ if spec.value_names().len() > 1 => format!("{name} {}", value.replace(',', " ")),
        _ => format!("{name} {value}"),
    })
}

/// Names that are suggested at most.
const SUGGESTIONS: usize = 3;

/// The names nearest to a word, nearest first, with their dash: the classic option that the word begins with, then those a few
/// letters away, then those that begin with the word.
pub fn nearest(word: &str) -> Vec<String> {
    let word = word.split_once('=').map_or(word, |(name, _)| name);
    let typed = word.trim_start_matches('-');
    let lower = typed.to_lowercase();
    let documented = || table::all().flat_map(|spec| spec.names).copied();
    let begun = table::all()
        .filter(|spec| spec.is_classic)
        .flat_map(|spec| spec.names)
        .copied()
        .filter(|name| typed.starts_with(name))
        .max_by_key(|name| name.len());
    let limit = (lower.chars().count() / 3).max(1);
    let mut close: Vec<(usize, &str)> = documented()
        .map(|name| (strsim::osa_distance(&lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    close.sort();
    if let [(0, name), ..] = close[..] {
        return vec![format!("-{name}")];
    }
    let cut_short =
        documented().filter(|name| lower.len() > 2 && name.to_lowercase().starts_with(&lower));
    let mut names: Vec<&str> = Vec::new();
    for name in begun
        .into_iter()
        .chain(close.into_iter().map(|(_, name)| name))
        .chain(cut_short)
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(SUGGESTIONS);
    names.iter().map(|name| format!("-{name}")).collect()
}
