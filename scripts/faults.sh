#!/bin/bash
# Breaks runs in every way that a machine can break them, and looks at what they leave behind. Prints a Markdown table
# (the one of docs/faults.md) and fails when a promise is broken.
#
# usage: [DEVICE=gpu] scripts/faults.sh [RUNS]      RUNS signalled and killed runs of each kind, 50 unless given
#
# A full disk and a read-only directory are small file systems of their own: where the caller may not mount one, the
# script starts again in a user namespace.
set -eu
runs=${1:-50}
cd "$(dirname "$0")/.."
[ -n "${NANOBRAGG:-}" ] || cargo build --release --quiet
nanobragg=${NANOBRAGG:-$PWD/target/release/nanobragg}
hkl=$PWD/golden/inputs/2erl_P1.hkl

if [ "$(id -u)" -ne 0 ]; then
    exec unshare --map-root-user --mount bash "$0" "$@"
fi

work=$(mktemp -d)
mounts=()
cleanup() {
    for mount in "${mounts[@]}"; do umount "$mount"; done
    rm -rf "$work"
}
trap cleanup EXIT

files="float.bin int.img noise.img image.pgm image.png F.bin"
render="-hkl $hkl -cell 53.91 23.1 23.1 90 110.4 90 -lambda 1 -N 12 -distance 80 -detpixels 512
 -mosaic 0.5 -mosaic_dom 20 -oversample 2 -seed 1 -device ${DEVICE:-cpu} -noprogress
 -floatfile float.bin -intfile int.img -noisefile noise.img -pgmfile image.pgm -pngfile image.png -dump F.bin"

broken=0
row() { echo "| $1 | $2 | $3 |"; }
promise() { # promise WHAT COMMAND...: the command must succeed
    local what=$1
    shift
    if ! "$@"; then
        echo "BROKEN PROMISE: $what" >&2
        broken=1
    fi
}
# A directory with an earlier run's files.
earlier() {
    rm -rf "$1"
    mkdir -p "$1"
    for file in $files; do echo "earlier $file" >"$1/$file"; done
}
is_earlier() { for file in $files; do [ "$(cat "$1/$file" | tr -d '\0' | head -c 100)" = "earlier $file" ] || return 1; done; }
is_new() { for file in $files; do cmp -s "$1/$file" "$work/whole/$file" || return 1; done; }
each_is_whole() {
    for file in $files; do
        [ "$(head -c 100 "$1/$file" | tr -d '\0')" = "earlier $file" ] || cmp -s "$1/$file" "$work/whole/$file" || return 1
    done
}
nothing_else() { [ "$(ls -A "$1" | wc -l)" -eq "$(echo $files | wc -w)" ]; }
one_message() { [ "$(grep -vc '^warning: ' "$1")" -eq 1 ] && ! grep -q panicked "$1"; }
# Runs in directory $1 with more options; sets $status.
run() {
    local directory=$1
    shift
    status=0
    (cd "$directory" && "$nanobragg" $render "$@" >"$work/stdout" 2>"$work/stderr") || status=$?
}

mkdir "$work/whole"
start=$(date +%s%N)
run "$work/whole"
milliseconds=$((($(date +%s%N) - start) / 1000000))
[ $status -eq 0 ] || { cat "$work/stderr"; exit 1; }

echo "| fault | runs | what was found |"
echo "|---|---|---|"

# Disk full: room for the earlier files, not for the new ones.
mkdir "$work/full"
mount -t tmpfs -o size=256k tmpfs "$work/full"
mounts+=("$work/full")
earlier "$work/full/run"
run "$work/full/run"
promise "disk full: exit status 1" [ $status -eq 1 ]
promise "disk full: one message" one_message "$work/stderr"
promise "disk full: earlier files intact" is_earlier "$work/full/run"
promise "disk full: nothing left behind" nothing_else "$work/full/run"
row "disk full" 1 "exit 1, \`$(tail -1 "$work/stderr")\`, earlier files intact, nothing else left"

# Read-only directory.
mkdir "$work/readonly"
mount -t tmpfs -o size=4m tmpfs "$work/readonly"
mounts+=("$work/readonly")
earlier "$work/readonly/run"
mount -o remount,ro "$work/readonly"
run "$work/readonly/run"
promise "read-only: exit status 1" [ $status -eq 1 ]
promise "read-only: one message" one_message "$work/stderr"
promise "read-only: earlier files intact" is_earlier "$work/readonly/run"
row "read-only directory" 1 "exit 1 before the image is computed, \`$(tail -1 "$work/stderr")\`"

# Output path that is a directory.
earlier "$work/directory"
rm "$work/directory/int.img"
mkdir "$work/directory/int.img"
run "$work/directory"
promise "directory: exit status 1" [ $status -eq 1 ]
promise "directory: one message" one_message "$work/stderr"
promise "directory: no file written" grep -q earlier "$work/directory/float.bin"
row "output path is a directory" 1 "exit 1 before the image is computed, \`$(tail -1 "$work/stderr")\`"

# Input replaced while it is read: by another file under its name, and in place.
head -7000 "$hkl" >"$work/half.hkl"
(while :; do
    cp "$work/half.hkl" "$work/next.hkl" && mv "$work/next.hkl" "$work/input.hkl"
    cat "$hkl" >"$work/input.hkl"
    : >"$work/input.hkl"
    cat "$hkl" >"$work/input.hkl"
done) &
replacing=$!
declare -A seen=()
for _ in $(seq "$runs"); do
    rm -rf "$work/replaced"
    mkdir "$work/replaced"
    run "$work/replaced" -hkl "$work/input.hkl" -detpixels 16
    promise "replaced input: success or failure" [ $status -le 1 ]
    if [ $status -eq 0 ]; then
        promise "replaced input: all files" nothing_else "$work/replaced"
    else
        promise "replaced input: one message" one_message "$work/stderr"
        promise "replaced input: no file" [ -z "$(ls -A "$work/replaced")" ]
    fi
    seen[$status]=$((${seen[$status]:-0} + 1))
done
kill $replacing
wait $replacing 2>/dev/null || true
row "input replaced while it is read" "$runs" "${seen[0]:-0} complete images, ${seen[1]:-0} refusals with one message, no partial files"

# Signals at random moments.
signalled() { # signalled SIGNAL DIRECTORY
    earlier "$2"
    (cd "$2" && exec "$nanobragg" $render >"$work/stdout" 2>"$work/stderr") &
    local run=$!
    local moment=$((RANDOM * milliseconds * 11 / 10 / 32768))
    sleep "$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))"
    kill "-$1" $run 2>/dev/null || true
    status=0
    wait $run 2>/dev/null || status=$?
}
for signal in INT TERM; do
    seen=()
    for _ in $(seq "$runs"); do
        signalled $signal "$work/signalled"
        case $status in
            0) promise "SIG$signal too late: new files" is_new "$work/signalled" ;;
            130)
                promise "SIG$signal: earlier files intact" is_earlier "$work/signalled"
                promise "SIG$signal: one message" one_message "$work/stderr"
                ;;
            # Before the handler stands, the system's own ends the process.
            $((128 + $(kill -l $signal)))) promise "SIG$signal at once: earlier files intact" is_earlier "$work/signalled" ;;
            *) promise "SIG$signal: exit status $status" false ;;
        esac
        promise "SIG$signal: nothing left behind" nothing_else "$work/signalled"
        seen[$status]=$((${seen[$status]:-0} + 1))
    done
    text=""
    for status in "${!seen[@]}"; do text+="${seen[$status]} with status $status, "; done
    row "SIG$signal at a random moment" "$runs" "${text}earlier files intact unless complete, nothing else left"
done

# kill -9 at random moments.
finished=0 left=0
for _ in $(seq "$runs"); do
    signalled KILL "$work/killed"
    promise "kill -9: every file whole" each_is_whole "$work/killed"
    [ $status -ne 0 ] || finished=$((finished + 1))
    nothing_else "$work/killed" || left=$((left + 1))
done
row "kill -9 at a random moment" "$runs" "$((runs - finished)) killed, every file either the earlier one or complete; $left left a hidden \`.tmp\` file"

exit $broken
