//! `nanobragg completions SHELL`

use std::process::ExitCode;

use clap::{Arg, ArgMatches, value_parser};
use clap_complete::Shell;

use super::{CliError, Command, help, say::say};

mod bash;
mod values;

pub fn command() -> clap::Command {
    clap::Command::new("completions")
        .about("Print the completion script of a shell")
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .value_parser(value_parser!(Shell))
                .help("Whose script"),
        )
}

/// Prints the script.
pub fn run(matches: &ArgMatches, commands: &[Command]) -> Result<ExitCode, CliError> {
    let shell = *matches.get_one::<Shell>("shell").expect("clap requires it");
    say(&script(shell, commands))?;
    Ok(ExitCode::SUCCESS)
}

fn script(shell: Shell, commands: &[Command]) -> String {
    match shell {
        Shell::Bash => bash::script(commands),
        Shell::Zsh => single_dashed_zsh(&by_clap(shell, commands)),
        Shell::Fish => single_dashed_fish(&by_clap(shell, commands), commands),
        Shell::Elvish => values::into_elvish(&by_clap(shell, commands), &program(commands)),
        Shell::PowerShell => values::into_powershell(&by_clap(shell, commands), &program(commands)),
        _ => by_clap(shell, commands),
    }
}

/// What clap completes, with the synonyms of options.
fn program(commands: &[Command]) -> clap::Command {
    help::describe(commands).mut_args(|arg| {
        let synonyms = arg.get_all_aliases().unwrap_or_default();
        let synonyms: Vec<String> = synonyms.iter().map(ToString::to_string).collect();
        arg.visible_aliases(synonyms)
    })
}

/// clap's script.
fn by_clap(shell: Shell, commands: &[Command]) -> String {
    let mut program = program(commands);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "nanobragg", &mut script);
    String::from_utf8(script).expect("a script is text")
}

/// clap knows long options with two dashes alone; those of a run have one, and their values are words of their own.
fn single_dashed_zsh(script: &str) -> String {
    let (run, commands) = script
        .split_once("case $state in")
        .expect("there are commands");
    let run: String = run
        .lines()
        .map(
            |line| match line.strip_prefix("'--").or(line.strip_prefix("'*--")) {
                Some(option) => format!("'-{}\n", option.replacen("=[", "[", 1)),
                None => line.replace("(-s ", "(") + "\n",
            },
        )
        .collect();
    format!("{run}case $state in{commands}")
}

/// As [`single_dashed_zsh`]. fish calls them old options, which clap's way to find the command among them does not read.
fn single_dashed_fish(script: &str, commands: &[Command]) -> String {
    const USING: &str = "function __fish_nanobragg_using_subcommand";
    let (_, rest) = script.split_once(USING).expect("there are commands");
    let names: Vec<_> = commands.iter().map(|command| command.name).collect();
    let head = format!(
        r#"function __fish_nanobragg_needs_command
    set -l cmd (commandline -opc)
    if contains -- "$cmd[2]" {}
        echo $cmd[2]
        return 1
    end
    return 0
end

"#,
        names.join(" ")
    );
    let lines = rest.lines().map(|line| {
        let is_of_run = line.contains("__fish_nanobragg_needs_command\"");
        let line = if is_of_run {
            line.replace(" -l ", " -o ")
        } else {
            line.to_owned()
        };
        line + "\n"
    });
    head + USING + &lines.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{classic::table, cli::COMMANDS};

    #[test]
    fn zsh_and_fish_offer_every_option_with_one_dash_and_its_values() {
        let zsh = script(Shell::Zsh, COMMANDS);
        let fish = script(Shell::Fish, COMMANDS);
        for spec in table::all() {
            for name in spec.names {
                let in_zsh = zsh
                    .lines()
                    .find(|line| line.starts_with(&format!("'-{name}[")));
                let in_fish = fish.lines().find(|line| {
                    line.contains("needs_command") && line.contains(&format!(" -o {name} "))
                });
                let in_zsh = in_zsh.expect(name);
                assert!(in_fish.is_some(), "-{name}");
                if matches!(spec.action, table::Action::Misset(_)) {
                    // An angle in most runs.
                    continue;
                }
                for word in spec.offered() {
                    assert!(in_zsh.contains(word), "-{name} {word}: {in_zsh}");
                    assert!(fish.contains(&format!("{word}\\t''")), "-{name} {word}");
                }
            }
        }
        assert!(!zsh.contains("'--hkl"));
        assert!(!fish.contains("-l hkl"));
        let zsh_engines = zsh.lines().find(|line| line.contains("--engines"));
        assert!(zsh_engines.is_some_and(|line| line.contains("cpu-f32")));
        // Its values may stand on lines of their own.
        let fish_engines = fish
            .split("\ncomplete ")
            .find(|row| row.contains("-l engines"));
        assert!(
            fish_engines.is_some_and(|row| row.contains("cpu-f32")),
            "{fish}"
        );
        // Those of the commands keep two.
        assert!(zsh.contains("'--psf=["), "{zsh}");
        assert!(fish.contains(" -l psf "));
    }

    #[test]
    fn elvish_and_powershell_offer_the_values_of_options() {
        let elvish = script(Shell::Elvish, COMMANDS);
        let powershell = script(Shell::PowerShell, COMMANDS);
        for (place, word) in [
            ("nanobragg;-detector", "eiger16m"),
            ("nanobragg;--detector", "list"),
            ("nanobragg;-pngcolour", "viridis"),
            ("nanobragg;bench;--engines", "cpu-f32"),
            ("nanobragg;noise;--psf", "fiber"),
        ] {
            for script in [&elvish, &powershell] {
                let line = script
                    .lines()
                    .find(|line| line.contains(&format!("'{place}'")));
                let line = line.unwrap_or_else(|| panic!("{place}: {script}"));
                assert!(line.contains(&format!("'{word}'")), "{line}");
            }
        }
    }
}
