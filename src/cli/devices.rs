//! `nanobragg devices`

use std::{fmt::Write as _, io::Write as _, process::ExitCode};

use clap::ArgMatches;

use super::CliError;
use crate::engine::gpu::adapters::{self, AdapterSummary};

pub fn command() -> clap::Command {
    clap::Command::new("devices")
        .about("List the GPU adapters, and say which engine -device auto takes")
}

pub fn run(_: &ArgMatches) -> Result<ExitCode, CliError> {
    let found = adapters::summaries();
    let mut text = String::new();
    for adapter in &found {
        describe(adapter, &mut text);
    }
    if found.is_empty() {
        text.push_str("no GPU adapter\n");
    }
    let choice = match adapters::auto_reason_for_cpu(|| found.clone()) {
        None => format!("{} ({})", found[0].name, found[0].backend),
        Some(reason) => format!("the CPU engine: {reason}"),
    };
    writeln!(text, "-device auto takes {choice}").expect("a string takes any text");
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn describe(adapter: &AdapterSummary, text: &mut String) {
    const MIB: u64 = 1 << 20;
    let timestamps = if adapter.has_timestamps { "yes" } else { "no" };
    write!(
        text,
        "{}\n  type            {}\n  backend         {}\n  driver          {}\n  \
         largest buffer  {} MiB\n  storage binding {} MiB\n  workgroups      {} along an axis\n  \
         timestamps      {timestamps}\n\n",
        adapter.name,
        adapter.kind,
        adapter.backend,
        adapter.driver,
        adapter.max_buffer / MIB,
        adapter.max_storage_binding / MIB,
        adapter.max_workgroups,
    )
    .expect("a string takes any text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_names_the_adapter_and_its_limits() {
        let mut text = String::new();
        describe(
            &AdapterSummary {
                name: "A Card".to_owned(),
                backend: "Vulkan".to_owned(),
                driver: "driver 1.2".to_owned(),
                kind: "discrete GPU",
                is_software: false,
                max_storage_binding: 128 << 20,
                max_buffer: 256 << 20,
                max_workgroups: 65535,
                has_timestamps: true,
            },
            &mut text,
        );
        for part in [
            "A Card",
            "Vulkan",
            "driver 1.2",
            "discrete GPU",
            "128 MiB",
            "256 MiB",
            "65535",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
