#!/bin/bash
# Fuzzes every reader of what strangers write, one after the other, without a sanitizer: the code is safe Rust. Prints the Markdown
# table of docs/faults.md, and stops with the input that does it when one crashes, hangs or takes more than 2 GB.
#
# usage: scripts/fuzz.sh [SECONDS [TARGET...]]      SECONDS for each target, 600 unless given; all targets unless named
#
# Needs cargo-fuzz (`cargo install cargo-fuzz`) and a stable or nightly toolchain. What the runs add to the seeds stays in
# fuzz/corpus, what failed in fuzz/artifacts.
set -eu
seconds=${1:-600}
shift || true
cd "$(dirname "$0")/.."
export RUSTC_BOOTSTRAP=1
# File readers get their bytes through a file, best one in memory.
[ -d /dev/shm ] && export TMPDIR=/dev/shm
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cargo fuzz list)
# cargo-fuzz builds one target or all.
one=()
[ $# -ne 1 ] || one=("$1")
cargo fuzz build --sanitizer none --target-dir target/fuzz "${one[@]}" >&2
programs=target/fuzz/$(rustc -vV | sed -n 's/^host: //p')/release

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "| target | executions in $seconds s | largest memory (MB) | slowest input (s) |"
echo "|---|---|---|---|"
for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
    if ! nice "$programs/$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
        -report_slow_units=10 -artifact_prefix="fuzz/artifacts/$target/" -print_final_stats=1 2>"$log" >&2; then
        tail -40 "$log" >&2
        echo "$target: failed on $(grep -o 'fuzz/artifacts/[^ ]*' "$log" | tail -1)" >&2
        exit 1
    fi
    stat() { sed -n "s/^stat::$1: *//p" "$log"; }
    echo "| \`$target\` | $(stat number_of_executed_units) | $(stat peak_rss_mb) | $(stat slowest_unit_time_sec) |"
done
