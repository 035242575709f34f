//! `nanobragg man [COMMAND]`: the manual pages, one for rendering and one for each command.

use std::{io::Write, process::ExitCode};

use clap::{Arg, ArgMatches};

use super::{CliError, Command, arguments, command::COMMON_STATUSES, help, roff::Page};
use crate::classic::table::GROUPS;

pub fn command() -> clap::Command {
    clap::Command::new("man")
        .about("Print a manual page (roff)")
        .after_help("To read one: nanobragg man compare | man -l -")
        .arg(
            Arg::new("command")
                .value_name("COMMAND")
                .help("Whose page [default: that of rendering]"),
        )
}

/// Prints a page.
pub fn run(matches: &ArgMatches, commands: &[Command]) -> Result<ExitCode, CliError> {
    let page = match matches.get_one::<String>("command") {
        None => of_rendering(commands),
        Some(name) => {
            let command = commands.iter().find(|command| command.name == name);
            let names = commands.iter().map(|command| command.name);
            of_command(command.ok_or_else(|| CliError::no_command(name, names))?)
        }
    };
    std::io::stdout().write_all(page.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The page of `nanobragg OPTIONS`.
pub fn of_rendering(commands: &[Command]) -> String {
    let mut page = Page::new("nanobragg");
    page.section("Name");
    page.paragraph(&format!("nanobragg - {}", lower_first(help::ABOUT)));
    page.section("Synopsis");
    page.example("nanobragg OPTIONS\nnanobragg COMMAND ARGUMENTS");
    page.section("Description");
    page.paragraph(
        "Renders the diffraction image of a crystal on a pixel detector, in photons per pixel, and writes it as raw \
         floats, as integers, with Poisson noise and as a preview. Options begin with one dash (two will do), names \
         are written in full, and values follow as words of their own. The last word wins. The options and the files \
         are those of the classic program nanoBragg.",
    );
    page.section("Options");
    for group in GROUPS {
        page.subsection(group.title);
        for spec in group.options {
            page.item(
                &format!("-{}", spec.name()),
                &spec.usage().replace(['<', '>'], ""),
                &help::one_line(spec),
            );
        }
    }
    page.subsection("About the program");
    page.item("-h", "", "The options most used.");
    page.item("-help", "", "All options.");
    page.item("-version", "", "The version.");
    page.section("Commands");
    for command in commands {
        let about = (command.command)().get_about().map(ToString::to_string);
        let term = format!("nanobragg {}", command.name);
        page.item(&term, "", &about.unwrap_or_default());
    }
    page.paragraph("Each has a page of its own, nanobragg man COMMAND, and answers --help.");
    statuses(&mut page, COMMON_STATUSES);
    page.section("Files");
    for (name, text) in [
        (
            "floatimage.bin",
            "Photons per pixel, raw 32-bit floats, fast axis first (-floatfile).",
        ),
        (
            "intimage.img",
            "Scaled integers without noise, SMV (-intfile).",
        ),
        (
            "noiseimage.img",
            "Photons with Poisson noise, SMV (-noisefile).",
        ),
        ("image.pgm", "Preview, a grey map (-pgmfile)."),
        (
            "Fdump.bin",
            "Structure factors of an -hkl run, for the next run (-dump).",
        ),
    ] {
        page.item(name, "", text);
    }
    page.paragraph(
        "They are written in the working directory unless other names are given, and appear together when the run is \
         complete. -nofloat, -noint, -nonoise, -nopgm and -dump none leave them out.",
    );
    page.section("Environment");
    page.item("NO_COLOR", "", "Help without colours, whatever its value.");
    page.item(
        "NB_C_BIN",
        "",
        "The classic program, for nanobragg compare --reference.",
    );
    page.section("Examples");
    page.paragraph("A still of a lattice without a structure, with a preview:");
    page.example("nanobragg -default_F 100 -cell 70 80 90 75 85 95 -N 20 -lambda 1 -distance 100 -pngfile lattice.png");
    page.paragraph("A degree of rotation, with structure factors and mosaicity:");
    page.example(
        "nanobragg -hkl f.hkl -cell 53.91 23.1 23.1 90 110.4 90 -misset 10 20 30 -N 20 -mosaic 0.5 -mosaic_dom 50 \
         -osc 1 -phisteps 20 -pngfile rotation.png",
    );
    page.paragraph("The same options kept in a file, and one of them changed:");
    page.example("nanobragg -options run.opt -distance 250");
    page.paragraph("A sweep of 90 images in one NeXus file:");
    page.example("nanobragg -options run.opt -osc 1 -frames 90 -nexusfile sweep.h5");
    page.section("See also");
    let others: Vec<_> = commands
        .iter()
        .map(|command| page_name(command.name))
        .collect();
    page.paragraph(&others.join(", "));
    page.finish()
}

/// The page of `nanobragg COMMAND`.
pub fn of_command(command: &Command) -> String {
    let name = format!("nanobragg-{}", command.name);
    let described = arguments::built(command);
    let mut page = Page::new(&name);
    let about = described
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    page.section("Name");
    page.paragraph(&format!("{name} - {}", lower_first(&about)));
    page.section("Synopsis");
    page.example(&arguments::usage(&described));
    page.section("Description");
    page.paragraph(&format!("{about}."));
    if let Some(more) = described.get_after_help() {
        page.paragraph(&more.to_string());
    }
    list_arguments(&mut page, &described);
    for inner in described
        .get_subcommands()
        .filter(|inner| inner.get_name() != "help")
    {
        page.section(&format!("nanobragg {} {}", command.name, inner.get_name()));
        page.paragraph(
            &inner
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default(),
        );
        list_arguments(&mut page, inner);
    }
    statuses(&mut page, command.statuses);
    page.section("See also");
    page.paragraph("nanobragg(1)");
    page.finish()
}

fn list_arguments(page: &mut Page, command: &clap::Command) {
    for (title, is_option) in [("Arguments", false), ("Options", true)] {
        let mut arguments = command
            .get_arguments()
            .filter(|arg| arg.get_long().is_some() == is_option)
            .peekable();
        if arguments.peek().is_some() {
            page.section(title);
        }
        for argument in arguments {
            page.item(
                &arguments::term(argument),
                &arguments::value(argument),
                &arguments::help(argument),
            );
        }
    }
}

fn statuses(page: &mut Page, statuses: &[(u8, &str)]) {
    page.section("Exit status");
    for (status, meaning) in statuses {
        page.item(&status.to_string(), "", meaning);
    }
}

fn page_name(command: &str) -> String {
    format!("nanobragg-{command}(1)")
}

/// How a sentence goes on behind a dash: `GPU` keeps its letters.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if !letters.as_str().starts_with(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{classic::table, cli::COMMANDS};

    /// What a page says behind a term in bold.
    fn told<'a>(page: &'a str, term: &str) -> Option<&'a str> {
        let term = format!("\\fB{}\\fR", term.replace('-', "\\-"));
        let mut lines = page.lines().skip_while(|line| !line.starts_with(&term));
        lines.next()?;
        lines.next()
    }

    #[test]
    fn every_option_has_its_text() {
        let page = of_rendering(COMMANDS);
        for spec in table::all() {
            let text = told(&page, &format!("-{}", spec.name()));
            let text = text
                .unwrap_or_else(|| panic!("-{}", spec.name()))
                .replace('\\', "");
            assert!(text.starts_with(spec.help), "-{}: {text}", spec.name());
            assert!(text.contains(spec.default), "-{}: {text}", spec.name());
            for name in &spec.names[1..] {
                assert!(text.contains(&format!("-{name}")), "-{name}: {text}");
            }
        }
    }

    #[test]
    fn every_command_has_a_page_with_all_its_arguments() {
        let program = of_rendering(COMMANDS);
        for command in COMMANDS {
            assert!(told(&program, &format!("nanobragg {}", command.name)).is_some());
            let page = of_command(command);
            let described = (command.command)();
            let inner = described
                .get_subcommands()
                .flat_map(clap::Command::get_arguments);
            for argument in described.get_arguments().chain(inner) {
                let term = arguments::term(argument);
                let text = told(&page, &term);
                let text = text
                    .unwrap_or_else(|| panic!("{}: {term}", command.name))
                    .replace('\\', "");
                let help = argument.get_help().unwrap().to_string().replace('"', "(dq");
                assert!(
                    text.starts_with(help.lines().next().unwrap()),
                    "{}: {term}: {text}",
                    command.name
                );
            }
            for (status, meaning) in command.statuses {
                assert!(
                    told(&page, &status.to_string())
                        .unwrap()
                        .replace('\\', "")
                        .contains(meaning),
                    "{}: {status}",
                    command.name
                );
            }
        }
    }

    #[test]
    fn pages_have_the_sections_that_readers_look_for() {
        let page = of_rendering(COMMANDS);
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "COMMANDS",
            "EXIT STATUS",
            "FILES",
            "EXAMPLES",
        ] {
            assert!(
                page.contains(&format!("\n.SH \"{section}\"\n")),
                "{section}"
            );
        }
    }
}
