//! `docs/options.md`: the option table for people who read.

use std::fmt::Write;

use crate::classic::table::{self, GROUPS, OptionSpec};

/// The reference of all options, in Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Options\n\n\
         Made from the option table by `cargo run --example options_reference > docs/options.md`.\n\n\
         Options begin with one dash (two will do), values follow as separate words, and the last word wins. Names \
         are written in full. Options marked * are not in the classic program.\n",
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
    text += "\n## Other spellings\n\nScripts for the classic program, which matches parts of words, use these too.\n\n| spelling | option |\n|---|---|\n";
    for spec in table::all().filter(|spec| !spec.spellings.is_empty()) {
        let spellings: Vec<_> = spec
            .spellings
            .iter()
            .map(|word| format!("`-{word}`"))
            .collect();
        text += &format!("| {} | `-{}` |\n", spellings.join(" "), spec.name());
    }
    text
}

fn row(spec: &OptionSpec) -> String {
    let names: Vec<_> = spec.names.iter().map(|name| format!("`-{name}`")).collect();
    let star = if spec.is_classic { "" } else { " *" };
    let value = spec.usage().replace(['<', '>'], "").replace('|', ", ");
    format!(
        "| {}{star} | {value} | {} | {} |\n",
        names.join(" "),
        spec.default,
        spec.help
    )
}
