//! The words of a command, arranged as clap reads them.
//!
//! Options have one dash everywhere, and two will do: clap wants two. Commands that render take the options of the run behind
//! `--` or among their own; where both have a name, one dash means the run's and two the command's.

use std::ffi::OsString;

use crate::classic::dialect::option_of;

/// The words after the program's name, the command's first, for `command`.
pub fn arranged(command: &clap::Command, words: &[OsString]) -> Vec<OsString> {
    let mut own = words[..1].to_vec();
    let mut rest = &words[1..];
    let mut command = command;
    if let [first, others @ ..] = rest
        && let Some(inner) = command.find_subcommand(first)
    {
        command = inner;
        own.push(first.clone());
        rest = others;
    }
    let renders = command.get_arguments().any(|arg| arg.is_last_set());
    let mut of_run = Vec::new();
    let mut is_of_run = false;
    while let [word, others @ ..] = rest {
        rest = others;
        if word == "--" {
            of_run.extend_from_slice(others);
            let mut all = own;
            all.push(word.clone());
            all.extend(of_run);
            return all;
        }
        let word = match whose(command, renders, word) {
            Some(Owner::Run) => {
                is_of_run = true;
                word.clone()
            }
            Some(Owner::Command(written)) => {
                is_of_run = false;
                written
            }
            None => word.clone(),
        };
        if is_of_run { &mut of_run } else { &mut own }.push(word);
    }
    if !of_run.is_empty() {
        own.push("--".into());
        own.append(&mut of_run);
    }
    own
}

enum Owner {
    /// The word as clap wants it.
    Command(OsString),
    Run,
}

/// Whose option a word is; `None` for a value.
fn whose(command: &clap::Command, renders: bool, word: &OsString) -> Option<Owner> {
    let text = word.to_str()?;
    let single = text.strip_prefix('-')?;
    let name = single.strip_prefix('-').unwrap_or(single);
    let has_two = name.len() < single.len();
    let bare = name.split('=').next().unwrap_or(name);
    let is_own = bare == "help"
        || command
            .get_arguments()
            .any(|arg| arg.get_long() == Some(bare));
    let is_of_run = renders && option_of(text).is_some();
    let own = || Some(Owner::Command(format!("--{name}").into()));
    match (is_own, is_of_run) {
        (true, true) if has_two => own(),
        (_, true) => Some(Owner::Run),
        (true, false) => own(),
        // A number, or one letter that clap knows.
        (false, false)
            if single.len() < 2 || single.starts_with(|c: char| c.is_ascii_digit() || c == '.') =>
        {
            (single == "h").then(|| Owner::Command(word.clone()))
        }
        // Each says what is wrong in its own way.
        (false, false) if renders && !has_two => Some(Owner::Run),
        (false, false) => Some(Owner::Command(word.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::COMMANDS;

    fn line(words: &str) -> String {
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        let command = COMMANDS.iter().find(|command| words[0] == command.name);
        let arranged = arranged(&(command.unwrap().command)(), &words);
        let arranged: Vec<_> = arranged.iter().map(|word| word.to_str().unwrap()).collect();
        arranged.join(" ")
    }

    #[test]
    fn options_of_a_run_need_no_dashes_before_them() {
        for (typed, arranged) in [
            (
                "trace --pixel 3 4 -cell 70 -misset -1 -.5 3 -pixel 0.1 --engine gpu -N 5",
                "trace --pixel 3 4 --engine gpu -- -cell 70 -misset -1 -.5 3 -pixel 0.1 -N 5",
            ),
            (
                "compare gpu cpu -roi 0 9 0 9 --roi 1 2 3 4 -explain --cell 70",
                "compare gpu cpu --roi 1 2 3 4 --explain -- -roi 0 9 0 9 --cell 70",
            ),
            ("compare a.img b.img -log", "compare a.img b.img --log"),
            (
                "compare --explain -- -explain",
                "compare --explain -- -explain",
            ),
            ("compare -distanse 5", "compare -- -distanse 5"),
            ("compare -cell 70 -h", "compare -h -- -cell 70"),
            ("compare --nosuch -cell=70", "compare --nosuch -- -cell=70"),
            ("trace diff a b -rtol 1e-8", "trace diff a b --rtol 1e-8"),
            ("bench -iterations 3 -N 5", "bench --iterations 3 -- -N 5"),
            (
                "noise -gain 2 -adc -5 -help in out",
                "noise --gain 2 --adc -5 --help in out",
            ),
            ("noise -nosuch in", "noise -nosuch in"),
        ] {
            assert_eq!(line(typed), arranged, "{typed}");
        }
    }
}
