//! Values of options in elvish and PowerShell, for which clap writes scripts that know options and commands alone.

/// Where elvish answers.
const ELVISH_ANSWER: &str = "    $completions[$command]\n";
/// What PowerShell's answer begins with.
const POWERSHELL_ANSWER: &str = "    $completions = @(switch ($command) {";

/// clap's script of elvish, which offers values behind options that have some.
pub fn into_elvish(script: &str, program: &clap::Command) -> String {
    let list = |words: &[String]| words.join(" ");
    let cases: String = offered(program)
        .iter()
        .map(|(place, words)| format!("        &'{place}'= [{}]\n", list(words)))
        .collect();
    let answer = format!(
        r#"    var values = [
{cases}    ]
    var behind = $command';'$words[-2]
    if (has-key $values $behind) {{
        all $values[$behind]
    }} else {{
    {ELVISH_ANSWER}    }}
"#
    );
    script.replace(ELVISH_ANSWER, &answer)
}

/// The same of PowerShell.
pub fn into_powershell(script: &str, program: &clap::Command) -> String {
    let cases: String = offered(program)
        .iter()
        .map(|(place, words)| format!("        '{place}' {{ {}; break }}\n", words.join(", ")))
        .collect();
    let values = format!(
        r#"    # The word before the one that is completed, which is no element while it is empty.
    $last = $commandElements.Count - 1
    if ($wordToComplete) {{ $last-- }}
    $values = @(switch -CaseSensitive -Exact ("$command;$($commandElements[$last])") {{
{cases}    }})
    if ($values) {{
        return $values.Where{{ $_ -like "$wordToComplete*" }} | ForEach-Object {{
            [CompletionResult]::new($_, $_, [CompletionResultType]::ParameterValue, $_)
        }}
    }}

"#
    );
    script.replacen(POWERSHELL_ANSWER, &(values + POWERSHELL_ANSWER), 1)
}

/// The words that are offered, in single quotes, behind each option: its command and its name, parted by semicolons.
fn offered(program: &clap::Command) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    of_command(program, "nanobragg", true, &mut found);
    found
}

fn of_command(
    command: &clap::Command,
    place: &str,
    is_run: bool,
    found: &mut Vec<(String, Vec<String>)>,
) {
    // Options of a run have one dash, and two are allowed.
    let dashes: &[&str] = if is_run { &["-", "--"] } else { &["--"] };
    for arg in command.get_arguments() {
        let words = quoted_values(arg);
        let names = arg.get_long_and_visible_aliases().unwrap_or_default();
        if words.is_empty() {
            continue;
        }
        for name in names {
            let places = dashes.iter().map(|dash| format!("{place};{dash}{name}"));
            found.extend(places.map(|place| (place, words.clone())));
        }
    }
    for inner in command.get_subcommands() {
        let place = format!("{place};{}", inner.get_name());
        of_command(inner, &place, false, found);
    }
}

fn quoted_values(arg: &clap::Arg) -> Vec<String> {
    let words = crate::cli::arguments::words(arg).into_iter();
    words.map(|word| format!("'{word}'")).collect()
}
