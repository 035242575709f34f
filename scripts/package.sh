#!/bin/sh
# Makes the package and proves that it is whole: cargo verifies it, it is small, and where it is unpacked it builds with the oldest
# compiler that it promises, installs a small program, runs its documentation tests and renders the README's picture.
#
# usage: scripts/package.sh [CARGO PACKAGE'S OPTIONS]      such as --allow-dirty, --offline
set -eu
cd "$(dirname "$0")/.."
package_limit=1000000
program_limit=16000000

fail() {
    echo "package.sh: $*" >&2
    exit 1
}
# Fails when a file has more bytes than it may.
holds() {
    bytes=$(wc -c <"$1")
    echo "$bytes of at most $2 bytes: $1"
    [ "$bytes" -le "$2" ] || fail "$1 is too large"
}
manifest() {
    sed -n "s/^$1 = \"\(.*\)\"/\1/p" Cargo.toml | head -n 1
}

name=nanobragg-$(manifest version)
oldest=$(manifest rust-version)
CARGO_TARGET_DIR=$PWD/target
cargo package "$@"
package=$CARGO_TARGET_DIR/package/$name.crate
holds "$package" "$package_limit"

elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
tar -xzf "$package" -C "$elsewhere"
cd "$elsewhere/$name"
# Builds of the unpacked package are kept beside ours, so that dependencies are built once.
export CARGO_TARGET_DIR="$CARGO_TARGET_DIR/unpacked"

for file in $(grep -o '](docs/[^)#]*' README.md | cut -c 3-); do
    [ -s "$file" ] || fail "the README's $file is missing"
done

rustup toolchain install "$oldest" --profile minimal
cargo "+$oldest" check --locked

cargo install --locked --path . --root "$elsewhere/installed"
program=$elsewhere/installed/bin/nanobragg
holds "$program" "$program_limit"

cargo test --locked --release --doc

command=$(sed -n 's/^cargo run --release -- //p' README.md)
[ -n "$command" ] || fail "the README has no first command"
# The words are to be split.
# shellcheck disable=SC2086
"$program" $command
for file in 2erl.png floatimage.bin intimage.img noiseimage.img image.pgm; do
    [ -s "$file" ] || fail "the README's first command wrote no $file"
done
echo "$name.crate is whole"
