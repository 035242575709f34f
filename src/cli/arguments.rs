//! What clap knows of a command's arguments, in words.

use clap::Arg;

use super::Command;

/// A command as clap completes it: its usage, and what numbers of values follow from.
pub fn built(command: &Command) -> clap::Command {
    let mut described = (command.command)()
        .name(command.name)
        .bin_name(format!("nanobragg {}", command.name));
    described.build();
    described
}

/// The usage without its heading, a way a line.
pub fn usage(command: &clap::Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let ways = usage.trim_start_matches("Usage:").lines().map(str::trim);
    ways.collect::<Vec<_>>().join("\n")
}

/// An option with its dashes, or the name of a value that has its place.
pub fn term(arg: &Arg) -> String {
    match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long}"),
        (None, Some(long)) => format!("--{long}"),
        _ => names(arg),
    }
}

/// The names of an option's values.
pub fn value(arg: &Arg) -> String {
    if arg.get_long().is_some() && arg.get_action().takes_values() {
        names(arg)
    } else {
        String::new()
    }
}

fn names(arg: &Arg) -> String {
    match arg.get_value_names() {
        Some(names) => names
            .iter()
            .map(|name| name.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        None => arg.get_id().as_str().to_uppercase(),
    }
}

/// What it does, its default and the words that it takes.
pub fn help(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        text += &format!(" [default: {}]", defaults.join(","));
    }
    let words = words(arg);
    if !words.is_empty() {
        text += &format!(" [one of: {}]", words.join(", "));
    }
    text
}

/// The words that it takes, where those are few.
pub fn words(arg: &Arg) -> Vec<String> {
    if !arg.get_action().takes_values() {
        return Vec::new();
    }
    let values = arg.get_possible_values();
    values
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect()
}
