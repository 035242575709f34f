//! `--help`, `-h`, `--version` and `nanobragg help`, and the clap description that they and the completions come from.

use std::{
    ffi::OsString,
    io::{IsTerminal, Write},
    process::ExitCode,
};

use clap::{Arg, ArgAction, ArgMatches, ValueHint};

use super::{CliError, Command, arguments};
use crate::classic::{
    dialect::option_of,
    parse,
    table::{Action, GROUPS, OptionSpec},
};

pub const ABOUT: &str = "Absolute-scale X-ray diffraction images of small crystals";

/// What stands on `-h`.
const SHORT: &[&str] = &[
    "hkl",
    "default_F",
    "cell",
    "mat",
    "misset",
    "N",
    "mosaic",
    "mosaic_dom",
    "lambda",
    "distance",
    "pixel",
    "detpixels",
    "phi",
    "osc",
    "phisteps",
    "oversample",
    "floatfile",
    "intfile",
    "noisefile",
    "pngfile",
    "device",
];

pub fn command() -> clap::Command {
    clap::Command::new("help")
        .about("Print what options and commands there are, or what one of them does")
        .arg(
            Arg::new("topic")
                .value_name("COMMAND|OPTION")
                .allow_hyphen_values(true)
                .help("What to explain"),
        )
}

/// `nanobragg help [TOPIC]`
pub fn run(matches: &ArgMatches, commands: &[Command]) -> Result<ExitCode, CliError> {
    let Some(topic) = matches.get_one::<String>("topic") else {
        return Request::ShortHelp.print(describe(commands));
    };
    let command = commands.iter().find(|command| command.name == topic);
    if let Some(command) = command {
        let text = arguments::built(command).render_long_help();
        print(&text, str::to_owned)?;
        return Ok(ExitCode::SUCCESS);
    }
    let name = topic.trim_start_matches('-');
    let Some(spec) = option_of(&format!("-{name}")) else {
        if topic.starts_with('-') {
            // The dialect says what is wrong with it.
            parse([topic])?;
        }
        let names = commands.iter().map(|command| command.name);
        return Err(CliError::no_command(topic, names));
    };
    let text = format!(
        "-{} {}\n    {}\n",
        spec.name(),
        spec.usage(),
        one_line(spec)
    );
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a text after a change, in colours on a terminal.
fn print(
    text: &clap::builder::StyledStr,
    change: impl FnOnce(&str) -> String,
) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    let coloured = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let text = if coloured {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    Ok(stdout.write_all(change(&text).as_bytes())?)
}

/// A question about the program instead of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Help,
    ShortHelp,
    Version,
}

/// The first question among the words, if there is one.
pub fn requested(words: &[OsString]) -> Option<Request> {
    words.iter().find_map(|word| match word.to_str()? {
        "--help" | "-help" => Some(Request::Help),
        "-h" => Some(Request::ShortHelp),
        "--version" | "-version" | "-V" => Some(Request::Version),
        _ => None,
    })
}

impl Request {
    /// Answers on standard output, in colours on a terminal.
    pub fn print(self, mut program: clap::Command) -> Result<ExitCode, CliError> {
        let text = match self {
            Self::Version => program.render_version().into(),
            Self::Help => program.render_long_help(),
            Self::ShortHelp => program.render_help(),
        };
        print(&text, single_dashed)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// clap knows long options with two dashes alone; users type the classic one.
pub fn single_dashed(text: &str) -> String {
    text.replace("--", "-")
}

/// The whole program as clap describes it: the option table and the commands.
pub fn describe(commands: &[Command]) -> clap::Command {
    let mut command = clap::Command::new("nanobragg")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .override_usage("nanobragg [OPTIONS]\n       nanobragg COMMAND [ARGUMENTS]")
        .after_help("-h lists the options most used, -help all of them, help -OPTION or help COMMAND explains one.")
        .after_long_help(
            "Options may be written with one dash or two, names are written in full, and values follow as words of their \
             own. The last word wins.",
        )
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .subcommands(
            commands
                .iter()
                .map(|subcommand| (subcommand.command)().name(subcommand.name)),
        )
        .arg(
            Arg::new("help")
                .long("help")
                .short('h')
                .action(ArgAction::SetTrue)
                .help("Print the options"),
        )
        .arg(
            Arg::new("version")
                .long("version")
                .short('V')
                .action(ArgAction::SetTrue)
                .help("Print the version"),
        );
    for group in GROUPS {
        command = command.next_help_heading(group.title);
        for spec in group.options {
            command = command.arg(describe_option(spec));
        }
    }
    command
}

fn describe_option(spec: &'static OptionSpec) -> Arg {
    let arg = Arg::new(spec.name())
        .long(spec.name())
        .aliases(spec.names[1..].iter().copied())
        .help(one_line(spec))
        .hide_short_help(!SHORT.contains(&spec.name()));
    match &spec.action {
        Action::Flag(_) => arg.action(ArgAction::SetTrue),
        Action::Choice(_) => arg
            .value_parser(spec.value_names())
            .hide_possible_values(true)
            .value_name(spec.value_names().join("|")),
        Action::Text(_) if !spec.offered().is_empty() => arg
            .value_parser(spec.offered())
            .hide_possible_values(true)
            .value_names(spec.value_names()),
        Action::File(_) | Action::Stream(_) | Action::Options => {
            arg.value_name("FILE").value_hint(ValueHint::FilePath)
        }
        _ => {
            let names = spec.value_names();
            arg.num_args(names.len()).value_names(names)
        }
    }
}

/// The help of an option with its default and its synonyms.
pub fn one_line(spec: &OptionSpec) -> String {
    let mut line = spec.help.to_owned();
    if !spec.default.is_empty() {
        line += &format!(" [default: {}]", spec.default);
    }
    if let [_, synonyms @ ..] = spec.names
        && !synonyms.is_empty()
    {
        line += &format!(" [also: -{}]", synonyms.join(", -"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{classic::table, cli::COMMANDS};

    #[test]
    fn clap_accepts_the_table() {
        describe(COMMANDS).debug_assert();
    }

    #[test]
    fn the_help_lists_every_option_with_one_dash() {
        let help = single_dashed(&describe(COMMANDS).render_long_help().to_string());
        for spec in table::all() {
            let listed = help
                .lines()
                .any(|line| line.split_whitespace().next() == Some(&format!("-{}", spec.name())));
            assert!(listed, "-{}", spec.name());
        }
    }

    #[test]
    fn the_short_help_lists_what_it_promises() {
        let help = single_dashed(&describe(COMMANDS).render_help().to_string());
        for name in SHORT {
            assert!(help.contains(&format!("  -{name}")), "-{name}");
        }
        assert!(!help.contains("-detector_rotx"));
    }
}
