//! Records which sources and compiler a build comes from. A build without git or outside a checkout works all the same.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if let Some(commit) = git_commit() {
        println!("cargo:rustc-env=NANOBRAGG_GIT_COMMIT={commit}");
    }
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    if let Some(version) = first_line(Command::new(rustc).arg("--version")) {
        println!("cargo:rustc-env=NANOBRAGG_RUSTC={version}");
    }
}

/// The commit of the checkout that this package is the root of.
fn git_commit() -> Option<String> {
    let root = env::var("CARGO_MANIFEST_DIR").ok()?;
    if !Path::new(&root).join(".git").exists() {
        return None;
    }
    let git =
        |arguments: &[&str]| first_line(Command::new("git").arg("-C").arg(&root).args(arguments));
    let commit = git(&["rev-parse", "--verify", "HEAD"])?;
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])
        .map(|log| Path::new(&root).join(log))
        .filter(|log| log.exists());
    if let Some(log) = log {
        println!("cargo:rerun-if-changed={}", log.display());
    }
    Some(commit)
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next()?.trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}
