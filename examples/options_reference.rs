//! Prints `docs/options.md`.

fn main() {
    print!("{}", nanobragg::cli::options_reference());
}
