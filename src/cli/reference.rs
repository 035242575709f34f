//! `docs/options.md`: the option table for people who read.

use std::fmt::Write;

use crate::classic::table::{GROUPS, OptionSpec, Spelling};

/// The reference of all options, in Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Options\n\n\
         Made from the option table by `cargo run --example options_reference > docs/options.md`.\n\n\
         Options begin with one dash (two will do), values follow as separate words, and the last word wins. A longer \
         word that begins with the name of a classic option means that option: `-hklfile` is `-hkl`. Options marked * \
         are not in the classic program and are written in full.\n",
    );
    for group in GROUPS {
        write!(
            text,
            "\n## {}\n\n| option | value | default | |\n|---|---|---|---|\n",
            group.title
        )
        .expect("writing to a string does not fail");
        for spec in group.options {
            text += &row(spec);
        }
    }
    text
}

fn row(spec: &OptionSpec) -> String {
    let names: Vec<_> = spec.names.iter().map(|name| format!("`-{name}`")).collect();
    let star = match spec.spelling {
        Spelling::Classic => "",
        Spelling::Exact => " *",
    };
    let value = spec.usage().replace(['<', '>'], "").replace('|', ", ");
    format!(
        "| {}{star} | {value} | {} | {} |\n",
        names.join(" "),
        spec.default,
        spec.help
    )
}
