//! Prints `docs/options.md`.

fn main() {
    print!("{}", nanobragg::internals::cli::options_reference());
}
