#!/bin/sh
# Every figure of docs/performance.md, measured here and now: scripts/performance.sh [PROGRAM]
# PROGRAM is target/release/nanobragg unless given. Takes about a minute, writes to a temporary folder, and wants a
# machine that does nothing else.
set -eu
cd "$(dirname "$0")/.."
program=$(realpath "${1:-target/release/nanobragg}")
table=$(realpath golden/inputs/2erl_P1.hkl)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mosaic="-cell 70 80 90 75 85 95 -N 10 -lambda 1 -distance 100 -mosaic 0.5 -mosaic_dom 100 -oversample 1"
still="-default_F 100 -cell 100 100 100 90 90 90 -N 5 -lambda 1 -distance 500 -pixel 0.05 -oversample 1"
quiet="-nonoise -noprogress -floatfile f.bin -intfile i.img -pgmfile p.pgm"

bench() {
    title=$1 size=$2 engines=$3
    shift 3
    echo "== $title"
    "$program" bench --no-cold --roofline --iterations 7 --sizes "$size" --engines "$engines" -- "$@" 2>/dev/null || echo "status $?"
    echo
}
# Seconds of the wall clock, of user time, and kB of memory at most.
whole() {
    title=$1
    shift
    echo "== $title"
    /usr/bin/time -f '%e s, user %U s, peak %M kB' "$program" "$@" $quiet 2>&1 >/dev/null | tail -n 1
    echo
}

bench "mosaic" 512 gpu,cpu,cpu-f32 -default_F 100 $mosaic
bench "mosaic, table of 2ERL" 512 gpu,cpu,cpu-f32 -hkl "$table" -dump /nonexistent/none $mosaic
bench "mosaic, round" 512 gpu,cpu,cpu-f32 -default_F 100 -round_xtal $mosaic
bench "mosaic, Gaussian" 512 gpu,cpu,cpu-f32 -default_F 100 -gauss_xtal $mosaic
bench "mosaic, top hat" 512 gpu,cpu,cpu-f32 -default_F 100 -tophat_spots $mosaic
bench "tricubic, table of 2ERL" 256 gpu,cpu,cpu-f32 -hkl "$table" -dump /nonexistent/none $mosaic -distance 300 -interpolate
bench "still" 2048,4096 gpu,cpu,cpu-f32 $still

whole "whole command, 256²" $still -detpixels 256 -device cpu
whole "whole command, 4096²" $still -detpixels 4096 -device cpu
echo "== as many bytes, written and brought to the disk"
/usr/bin/time -f '%e s' sh -c 'for f in f.bin i.img p.pgm; do
    dd if=/dev/zero of=copy bs=1M count=$(($(stat -c %s $f) / 1048576)) conv=fsync 2>/dev/null && rm copy
done'
echo
whole "16384²" $still -pixel 0.0125 -detpixels 16384 -device cpu
whole "100 000 mosaic domains, 64²" -default_F 100 $mosaic -mosaic_dom 100000 -detpixels 64 -device cpu
whole "1000 sources, 256²" $still -hdivrange 1 -vdivrange 1 -dispersion 1 -hdivsteps 10 -vdivsteps 10 -dispsteps 10 -detpixels 256 -device cpu
awk 'BEGIN { for (h = -200; h < 200; h += 2) for (k = -200; k < 200; k += 2) for (l = -200; l < 200; l += 2) print h, k, l, 100; print 199, 199, 199, 100 }' > large.hkl
whole "a table of 400 × 400 × 400, from 8 million lines of text" -hkl large.hkl -dump none.bin -cell 400 400 400 90 90 90 -N 5 -lambda 1 -distance 500 -detpixels 1024 -oversample 1 -device cpu
