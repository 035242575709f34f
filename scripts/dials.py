#!/usr/bin/env python3
"""Renders a sweep of 2ERL as SMV, CBF and NeXus, lets DIALS import it, find its spots and index them, and prints a
Markdown table (the one of docs/formats.md). Fails when the geometry that DIALS reads is not the simulated one, when a spot
stays unindexed, or when the cell is more than 0.5 % off.

Needs dials.import, dials.find_spots and dials.index, of Debian's package `dials` or of https://dials.github.io.

usage: scripts/dials.py [DIRECTORY [OPTIONS]]      DIRECTORY keeps images and logs, a temporary one does not; OPTIONS go to
nanobragg after the script's own
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from math import acos, degrees
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NANOBRAGG = Path(os.environ.get("NANOBRAGG", ROOT / "target/release/nanobragg"))
CELL = [53.91, 23.1, 23.1, 90, 110.4, 90]
SPACE_GROUP = "C2"
FRAMES, STEP_DEG = 30, 0.5
DISTANCE_MM, PIXEL_MM, PIXELS, WAVELENGTH_A = 100, 0.1, 1024, 1
# Of the detector's corners.
FINEST_A = 1.6

# A crystal that is round, so that the fringes of its shape stay below the noise, and of 50 mosaic domains no further
# apart than a spot is wide; rotation in steps finer than a spot; air and water behind the spots.
OPTIONS = f"""-hkl {ROOT}/golden/inputs/2erl.mtz -misset 10 20 30 -round_xtal -N 50 -mosaic 0.15 -mosaic_dom 50
    -lambda {WAVELENGTH_A} -fluence 1e25 -water 200 -osc {STEP_DEG} -phisteps 10 -frames {FRAMES} -oversample 2
    -distance {DISTANCE_MM} -detpixels {PIXELS} -pixel {PIXEL_MM} -seed 1 -precision f32 -noprogress
    -noisefile smv_#####.img -cbffile cbf_#####.cbf -nexusfile sweep.h5""".split()


def run(directory, *words):
    result = subprocess.run([str(word) for word in words], cwd=directory, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, words))}\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    return result.stdout


def experiment(path):
    """The models of beam, detector, scan, goniometer and crystal in a file of DIALS."""
    content = json.loads(path.read_text())
    return {name: models[0] for name, models in content.items() if isinstance(models, list) and models}


def smv_header(path):
    return dict(re.findall(r"^(\w+)=([^;\n]*)", path.read_bytes()[:512].decode("ascii", "replace"), re.MULTILINE))


def geometry_error_mm(models, origin_mm):
    """How far off the first pixel is; everything else has to be right."""
    panel = models["detector"]["panels"][0]
    exact = {
        "wavelength": (models["beam"]["wavelength"], WAVELENGTH_A),
        "beam": (models["beam"]["direction"], [0, 0, 1]),
        "fast axis": (panel["fast_axis"], [1, 0, 0]),
        "slow axis": (panel["slow_axis"], [0, -1, 0]),
        "pixel": (panel["pixel_size"], [PIXEL_MM, PIXEL_MM]),
        "rotation axis": (models["goniometer"]["rotation_axis"], [1, 0, 0]),
        "oscillation": (models["scan"]["oscillation"], [0, STEP_DEG]),
        "images": (models["scan"]["image_range"], [1, FRAMES]),
    }
    for what, (found, expected) in exact.items():
        if found != expected:
            sys.exit(f"DIALS reads {what} {found}, simulated was {expected}")
    return max(abs(a - b) for a, b in zip(panel["origin"], origin_mm))


def cell(crystal):
    axes = [crystal[f"real_space_{name}"] for name in "abc"]
    dot = lambda a, b: sum(x * y for x, y in zip(a, b))
    lengths = [dot(a, a) ** 0.5 for a in axes]
    pairs = [(1, 2), (0, 2), (0, 1)]
    return lengths + [degrees(acos(dot(axes[i], axes[j]) / lengths[i] / lengths[j])) for i, j in pairs]


def process(directory, images, origin_mm, *geometry):
    """Imports, finds and indexes; a row of the table."""
    directory.mkdir(exist_ok=True)
    imported = run(directory, "dials.import", *images, *geometry)
    reader = re.search(r"dxtbx\.format\.(\w+)", imported)[1]
    error_mm = geometry_error_mm(experiment(directory / "imported.expt"), origin_mm)
    run(directory, "dials.find_spots", "imported.expt", "nproc=1")
    # Without a start, DIALS leaves out what is finer than the finest spot rounded to 0.01 Å: that spot itself.
    indexed = run(
        directory,
        *("dials.index", "imported.expt", "strong.refl", f"space_group={SPACE_GROUP}"),
        f"refinement_protocol.d_min_start={FINEST_A}",
    )
    found = int(re.search(r"Saved (\d+) reflections to strong", (directory / "dials.find_spots.log").read_text())[1])
    indexed_spots = int(re.findall(r"\|\s+0 \|\s+(\d+) \|\s+\d+ \|", indexed)[-1])
    rmsds = re.findall(r"\|\s+0 \|\s+\d+ \|((?: +[\d.]+ \|){3})", indexed)[-1]
    x, y, images = [float(word) for word in rmsds.split("|")[:3]]
    found_cell = cell(experiment(directory / "indexed.expt")["crystal"])
    deviation = max(abs(a / b - 1) for a, b in zip(found_cell, CELL))
    print(
        f"| {reader} | {error_mm / PIXEL_MM:.2f} | {found} | {indexed_spots} "
        f"| {' '.join(f'{value:.2f}' for value in found_cell)} | {100 * deviation:.2f} % "
        f"| {x:.3f} {y:.3f} px, {images:.3f} images |",
        flush=True,
    )
    return error_mm < 1e-4 and 0 < found == indexed_spots and deviation < 0.005


def main(directory, *options):
    if "NANOBRAGG" not in os.environ:
        run(ROOT, "cargo", "build", "--release", "--quiet")
    run(directory, NANOBRAGG, *OPTIONS, *options)
    smv, cbf = sorted(directory.glob("smv_*.img")), sorted(directory.glob("cbf_*.cbf"))
    origin_mm = [float(number) for number in smv_header(smv[0])["DIALS_ORIGIN"].split(",")]
    # DIALS takes the beam centre of these headers for ADXV's, and adds a pixel; DIALS_ORIGIN is exact.
    origin = f"geometry.detector.panel.origin={','.join(map(str, origin_mm))}"
    print("| read by | first pixel off by (pixels) | spots | indexed | cell | largest deviation | rmsd |")
    print("|---|---|---|---|---|---|---|")
    rows = [
        process(directory / "smv", smv, origin_mm, origin),
        process(directory / "cbf", cbf, origin_mm),
        process(directory / "nexus", [directory / "sweep.h5"], origin_mm),
    ]
    sys.exit(0 if all(rows) else "not every spot is indexed, or the geometry or the cell is off")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        kept = Path(sys.argv[1]).resolve()
        kept.mkdir(parents=True, exist_ok=True)
        main(kept, *sys.argv[2:])
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
