//! The `nanobragg` command: reads the words, runs, and turns an error into an exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    nanobragg::internals::cli::main(std::env::args_os().skip(1))
}
