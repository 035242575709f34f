//! The completion script of bash, made from the option table and the commands.
//!
//! clap's own knows long options with two dashes alone, and no options of a run behind those of a command.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use clap::{Arg, ValueHint};

use crate::{
    classic::{
        dialect::option_of,
        table::{self, Action, OptionSpec},
    },
    cli::{Command, arguments},
    engine::EngineKind,
};

/// What stands behind an option, or in a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    /// Nothing that could be completed.
    Any,
    Words(String),
    Files,
    WordsOrFiles(String),
}

impl Value {
    /// `None` for an option without a value.
    fn of_option(spec: &OptionSpec) -> Option<Self> {
        let words = spec.offered();
        Some(match &spec.action {
            Action::Flag(_) => return None,
            Action::File(_) | Action::Options => Self::Files,
            _ if words.is_empty() => Self::Any,
            _ => Self::Words(words.join(" ")),
        })
    }

    fn of_argument(arg: &Arg) -> Option<Self> {
        if !arg.get_action().takes_values() {
            return None;
        }
        let words = arguments::words(arg);
        Some(match arg.get_value_hint() {
            ValueHint::ExecutablePath => {
                Self::WordsOrFiles(EngineKind::ALL.map(EngineKind::name).join(" "))
            }
            ValueHint::Unknown | ValueHint::Other if words.is_empty() => Self::Any,
            ValueHint::Unknown | ValueHint::Other => Self::Words(words.join(" ")),
            _ => Self::Files,
        })
    }

    /// The commands of the script that complete it.
    fn script(&self) -> String {
        match self {
            Self::Any => ":".to_owned(),
            Self::Words(words) => format!("_nanobragg_words \"{words}\""),
            Self::Files => "_nanobragg_files".to_owned(),
            Self::WordsOrFiles(words) => format!("_nanobragg_words \"{words}\"; _nanobragg_files"),
        }
    }
}

const HEAD: &str = r#"# bash completion of nanobragg: nanobragg completions bash > ~/.local/share/bash-completion/completions/nanobragg

_nanobragg_words() {
    local word
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -P "$2" -W "$1" -- "$cur")
}

_nanobragg_files() {
    local word
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
}

"#;

const TAIL: &str = "complete -F _nanobragg nanobragg\n";

/// The script.
pub fn script(commands: &[Command]) -> String {
    let names: Vec<_> = commands.iter().map(|command| command.name).collect();
    let names = names.join(" ");
    HEAD.to_owned() + &of_run() + &of_all(commands, &names) + TAIL
}

/// Completes the options of a run and their values.
fn of_run() -> String {
    let values = table::all().filter_map(|spec| Some((Value::of_option(spec)?, spec)));
    let values = values.flat_map(|(value, spec)| {
        let words = spec.words();
        words.map(move |word| (value.clone(), format!("-{word}")))
    });
    let listed = |words: &mut dyn Iterator<Item = &'static str>| {
        let dashed: Vec<_> = words.map(|word| format!("-{word}")).collect();
        dashed.join(" ")
    };
    let names = listed(&mut table::all().flat_map(|spec| spec.names).copied());
    let spellings = listed(&mut table::all().flat_map(|spec| spec.spellings).copied());
    format!(
        r#"# The value of an option of a run, if the word before is one.
_nanobragg_value() {{
    local name=${{prev#-}}
    case -${{name#-}} in
{}    esac
    return 1
}}

# An option of a run.
_nanobragg_option() {{
    local cur=$cur dash= before=${{#COMPREPLY[@]}}
    case $cur in --*) dash=- cur=${{cur#-}} ;; esac
    _nanobragg_words "{names} -h -help -version" "$dash"
    # Spellings of old scripts are not shown where there are names.
    [ "${{#COMPREPLY[@]}}" -gt "$before" ] || _nanobragg_words "{spellings}" "$dash"
}}

"#,
        cases(values)
    )
}

/// Completes whatever stands there.
fn of_all(commands: &[Command], names: &str) -> String {
    let mut text = format!(
        r#"_nanobragg() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} at= word
    COMPREPLY=()
    if [ "$COMP_CWORD" -gt 1 ]; then at=${{COMP_WORDS[1]}}; fi
    if [ "$COMP_CWORD" -gt 2 ]; then
        case "$at ${{COMP_WORDS[2]}}" in {inner}) at="$at ${{COMP_WORDS[2]}}" ;; esac
    fi
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case $word in --) at=run ;; esac
    done
    case $at in
"#,
        inner = inner_commands(commands).join("|"),
    );
    for command in commands {
        let described = arguments::built(command);
        text += &of_command(command.name, &described, names);
        for inner in described
            .get_subcommands()
            .filter(|inner| inner.get_name() != "help")
        {
            let place = format!("{} {}", command.name, inner.get_name());
            text += &of_command(&place, inner, names);
        }
    }
    write!(
        text,
        r#"    *)
        _nanobragg_value && return
        if [ "$COMP_CWORD" -eq 1 ]; then _nanobragg_words "{names}"; fi
        [ "${{#COMPREPLY[@]}}" -gt 0 ] || _nanobragg_option
        ;;
    esac
}}

"#
    )
    .expect("a string takes any text");
    text
}

/// The case of a command.
fn of_command(place: &str, command: &clap::Command, names: &str) -> String {
    let renders = command.get_arguments().any(Arg::is_last_set);
    let values = command
        .get_arguments()
        .filter(|arg| arg.get_long().is_some())
        .filter_map(|arg| Some((Value::of_argument(arg)?, arg)));
    let values = values.flat_map(|(value, arg)| {
        // One dash will do, unless that is an option of the run.
        let single = dashed(arg).into_iter().map(|word| word.replace("--", "-"));
        let single = single.filter(|word| !renders || option_of(word).is_none());
        let words: BTreeSet<String> = dashed(arg).into_iter().chain(single).collect();
        words.into_iter().map(move |word| (value.clone(), word))
    });
    let mut text = format!(
        "    \"{place}\")\n        case $prev in\n{}        esac\n",
        cases(values)
    );
    if renders {
        text += "        _nanobragg_value && return\n";
    }
    let own: Vec<_> = command.get_arguments().flat_map(dashed).collect();
    let of_run = if renders || place == "help" {
        "; _nanobragg_option"
    } else {
        ""
    };
    text += &format!(
        "        case $cur in\n        -*) _nanobragg_words \"{}\"{of_run} ;;\n        *) {} ;;\n        esac\n        ;;\n",
        own.join(" "),
        of_places(command, names)
    );
    text
}

/// The options of an argument, with their dashes.
fn dashed(arg: &Arg) -> Vec<String> {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    short.into_iter().chain(long).collect()
}

/// Completes a word that is no option.
fn of_places(command: &clap::Command, names: &str) -> String {
    let inner: Vec<_> = command
        .get_subcommands()
        .map(clap::Command::get_name)
        .filter(|name| *name != "help")
        .collect();
    let mut scripts: Vec<String> = command
        .get_positionals()
        .filter(|arg| !arg.is_last_set())
        .filter_map(|arg| match arg.get_id().as_str() {
            "command" | "topic" => Some(Value::Words(names.to_owned())),
            _ => Value::of_argument(arg),
        })
        .map(|value| value.script())
        .collect();
    if !inner.is_empty() {
        let words = inner.join(" ");
        scripts.push(format!(
            "[ \"$COMP_CWORD\" -ne 2 ] || _nanobragg_words \"{words}\""
        ));
    }
    scripts.dedup();
    if scripts.is_empty() {
        ":".to_owned()
    } else {
        scripts.join("; ")
    }
}

fn inner_commands(commands: &[Command]) -> Vec<String> {
    let inner = commands.iter().flat_map(|command| {
        let described = (command.command)();
        let inner: Vec<_> = described
            .get_subcommands()
            .map(|inner| format!("\"{} {}\"", command.name, inner.get_name()))
            .collect();
        inner
    });
    inner.collect()
}

/// Arms of a `case`, one a kind of value.
fn cases(options: impl Iterator<Item = (Value, String)>) -> String {
    let mut arms = BTreeMap::<Value, Vec<String>>::new();
    for (value, option) in options {
        arms.entry(value).or_default().push(option);
    }
    let arms = arms.iter().map(|(value, options)| {
        let options = options.join("|");
        format!("        {options}) {}; return ;;\n", value.script())
    });
    arms.collect()
}
