//! Completion in bash: the script that is printed, run by bash.
#![cfg(unix)]

use std::{collections::HashMap, fs, process::Command};

use nanobragg::{
    classic::table::{self, Action},
    internals::cli::COMMANDS,
};

/// What bash offers for the last word of each line, in a folder that holds `here.hkl`. Words are parted by blanks; a line that ends
/// with one asks about a word that is still empty.
fn completed(lines: &[String]) -> HashMap<String, Vec<String>> {
    let [folder, elsewhere] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    fs::write(folder.path().join("here.hkl"), "").unwrap();
    let script = Command::new(env!("CARGO_BIN_EXE_nanobragg"))
        .args(["completions", "bash"])
        .output()
        .unwrap();
    assert!(script.status.success());
    let mut text = String::from_utf8(script.stdout).unwrap();
    text += "\ntry() {\n    COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) COMPREPLY=()\n    \
             complete -p nanobragg | grep -q -- '-F _nanobragg nanobragg' || exit 1\n    _nanobragg\n    \
             echo \"${COMPREPLY[*]}\"\n}\n";
    for line in lines {
        let words: Vec<_> = line.split(' ').map(|word| format!("'{word}'")).collect();
        text += &format!("try {}\n", words.join(" "));
    }
    let path = elsewhere.path().join("script");
    fs::write(&path, text).unwrap();
    let output = Command::new("bash")
        .args(["--norc", "--noprofile"])
        .arg(&path)
        .current_dir(folder.path())
        .output()
        .expect("there is bash");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && message.is_empty(), "{message}");
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Vec<String>> = answers
        .lines()
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect();
    assert_eq!(answers.len(), lines.len());
    lines.iter().cloned().zip(answers).collect()
}

#[test]
fn bash_completes_every_option_and_every_value() {
    let mut expected: Vec<(String, Vec<String>)> = Vec::new();
    for spec in table::all() {
        for name in spec.words() {
            // A spelling may begin a documented name, which is offered in its place.
            let offered = spec
                .names
                .iter()
                .find(|documented| documented.starts_with(name));
            for dash in ["-", "--"] {
                expected.push((
                    format!("nanobragg -N 5 {dash}{name}"),
                    vec![format!("{dash}{}", offered.unwrap_or(&name))],
                ));
            }
            let values = match &spec.action {
                Action::Choice(_) | Action::Text(_) if !spec.offered().is_empty() => {
                    spec.offered().into_iter().map(str::to_owned).collect()
                }
                Action::File(_) | Action::Options => vec!["here.hkl".to_owned()],
                _ => continue,
            };
            for before in [
                "nanobragg",
                "nanobragg compare gpu cpu",
                "nanobragg trace --pixel 3 4 --",
            ] {
                expected.push((format!("{before} -{name} "), values.clone()));
            }
        }
    }
    let lines: Vec<String> = expected.iter().map(|(line, _)| line.clone()).collect();
    let found = completed(&lines);
    for (line, wanted) in &expected {
        let offered: Vec<_> = found[line].iter().collect();
        if line.ends_with(' ') {
            assert_eq!(offered, wanted.iter().collect::<Vec<_>>(), "{line}");
        } else {
            assert!(offered.contains(&&wanted[0]), "{line}: {offered:?}");
        }
    }
}

#[test]
fn bash_completes_commands_and_what_they_take() {
    let lines = [
        (
            "nanobragg -mo",
            "-mosaic -mosaicity -mosaic_spread -mosaic_dom -mosaic_domains -mosflm -mosaic_seed -molecular_weight",
        ),
        ("nanobragg -hklf", "-hklfile"),
        ("nanobragg -device g", "gpu"),
        ("nanobragg -detector pilatus6", "pilatus6m"),
        ("nanobragg bench --engines ", "gpu cpu cpu-f32"),
        ("nanobragg -hkl h", "here.hkl"),
        ("nanobragg -cell ", ""),
        ("nanobragg -misset ", "random"),
        ("nanobragg comp", "compare completions"),
        ("nanobragg compare g", "gpu"),
        ("nanobragg compare h", "here.hkl"),
        ("nanobragg compare --max", "--max-rel-l2"),
        ("nanobragg compare -a c", "cpu cpu-f32"),
        ("nanobragg compare gpu cpu -phy", "-physics"),
        ("nanobragg trace ", "diff"),
        ("nanobragg trace --engine ", "gpu cpu cpu-f32"),
        ("nanobragg trace --engine gpu --ta", "--taps --tag --table"),
        ("nanobragg trace diff --r", "--rtol"),
        ("nanobragg trace diff h", "here.hkl"),
        ("nanobragg noise -psf ", "gaussian fiber"),
        ("nanobragg noise h", "here.hkl"),
        ("nanobragg sum -o h", "here.hkl"),
        ("nanobragg completions z", "zsh"),
        ("nanobragg man comp", "compare completions"),
        ("nanobragg help -phist", "-phistep -phisteps"),
    ];
    let words: Vec<String> = lines.iter().map(|(line, _)| (*line).to_owned()).collect();
    let found = completed(&words);
    for (line, wanted) in lines {
        assert_eq!(found[line].join(" "), wanted, "{line}");
    }
}

#[test]
fn bash_completes_every_option_of_the_commands_and_its_words() {
    let mut expected: Vec<(String, String)> = Vec::new();
    for command in COMMANDS {
        let described = (command.command)();
        for arg in described.get_arguments() {
            let Some(long) = arg.get_long() else { continue };
            expected.push((
                format!("nanobragg {} --{long}", command.name),
                format!("--{long}"),
            ));
            if arg.get_action().takes_values() {
                for value in arg.get_possible_values() {
                    expected.push((
                        format!("nanobragg {} --{long} ", command.name),
                        value.get_name().to_owned(),
                    ));
                }
            }
        }
    }
    let lines: Vec<String> = expected.iter().map(|(line, _)| line.clone()).collect();
    let found = completed(&lines);
    for (line, wanted) in &expected {
        assert!(found[line].contains(wanted), "{line}: {:?}", found[line]);
    }
}
