#!/usr/bin/env python3
"""Writes small MTZ and CIF files in many space groups, and what each should become in P1.

Needs gemmi and numpy (pip install gemmi numpy). The expected lists are made the other way round from an expansion: every index of
the resolution sphere is carried into the asymmetric unit and its F looked up there.
"""

import gzip
import pathlib
import struct

import gemmi
import numpy as np

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests/data/reflections"
DMIN = 3.5
CELLS = {
    "P 1": (11, 12, 13, 80, 95, 105),
    "P -1": (11, 12, 13, 80, 95, 105),
    "C 1 2 1": (21, 11, 14, 90, 110, 90),
    "I 1 2 1": (21, 11, 14, 90, 95, 90),
    "P 1 21/c 1": (9, 14, 12, 90, 100, 90),
    "P 21 21 21": (11, 14, 17, 90, 90, 90),
    "F d d 2": (20, 24, 15, 90, 90, 90),
    "P 43 21 2": (15, 15, 19, 90, 90, 90),
    "I 41/a:2": (16, 16, 18, 90, 90, 90),
    "P 31 2 1": (14, 14, 20, 90, 90, 120),
    "R 3:H": (21, 21, 15, 90, 90, 120),
    "R 3 2:R": (15, 15, 15, 80, 80, 80),
    "P 61 2 2": (16, 16, 25, 90, 90, 120),
    "I 2 3": (19, 19, 19, 90, 90, 90),
    "F d -3 m:1": (26, 26, 26, 90, 90, 90),
}


def unique(group, cell):
    hkl = gemmi.make_miller_array(cell, group, DMIN)
    return np.asarray(hkl)


def in_p1(group, cell, plus, minus=None):
    """Every index of the sphere whose asymmetric-unit twin has an F; `minus` None means Friedel's law."""
    operations, asu = group.operations(), gemmi.ReciprocalAsu(group)
    found = {}
    for h in gemmi.make_miller_array(cell, gemmi.SpaceGroup("P 1"), DMIN, 0, False):
        for index in ([int(i) for i in h], [-int(i) for i in h]):
            twin, isym = asu.to_asu(index, operations)
            column = plus
            # Even operator numbers lead to the Friedel mate. A centric reflection is its own.
            if minus is not None and isym % 2 == 0 and not operations.is_reflection_centric(twin):
                column = minus
            f = column.get(tuple(twin), float("nan"))
            if not np.isnan(f):
                found[tuple(index)] = float(np.float32(f))
    return found


def write_expected(name, reflections):
    lines = "".join(f"{h} {k} {l} {f!r}\n" for (h, k, l), f in sorted(reflections.items()))
    (OUT / f"{name}.hkl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))


def new_mtz(group, cell, columns, hkl, values):
    mtz = gemmi.Mtz(with_base=True)
    mtz.title = "random amplitudes"
    mtz.spacegroup = group
    mtz.set_cell_for_all(cell)
    dataset = mtz.add_dataset("random")
    dataset.wavelength = 1.0
    for label, kind in columns:
        mtz.add_column(label, kind)
    mtz.set_data(np.column_stack([hkl, values]).astype(np.float32))
    return mtz


def check_against_gemmi(mtz, expected):
    """The same by gemmi's own expansion, which changes `mtz`; for files without pairs of mates."""
    mtz.expand_to_p1()
    theirs = {}
    for row in np.array(mtz):
        h = tuple(int(i) for i in row[:3])
        if not np.isnan(row[3]):
            theirs[h] = theirs[tuple(-i for i in h)] = float(row[3])
    assert theirs == expected, len(set(theirs) ^ set(expected))


def big_endian(little):
    """The same file with its bytes in the other order."""
    header = struct.unpack_from("<i", little, 4)[0]
    end = (header - 1) * 4
    words = np.frombuffer(little[80:end], "<f4").astype(">f4").tobytes()
    return little[:4] + struct.pack(">i", header) + b"\x11\x11\0\0" + bytes(68) + words + little[end:]


def long_offset(little):
    """The same file with its header's position as a 64-bit number."""
    header = struct.unpack_from("<i", little, 4)[0]
    return little[:4] + struct.pack("<i", -1) + little[8:12] + struct.pack("<q", header) + little[20:]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(2026)
    for name, parameters in CELLS.items():
        group, cell = gemmi.SpaceGroup(name), gemmi.UnitCell(*parameters)
        hkl = unique(group, cell)
        f = random.uniform(1, 1000, len(hkl)).astype(np.float32)
        f[random.random(len(hkl)) < 0.05] = np.nan
        columns = [("FP", "F"), ("SIGFP", "Q"), ("FreeR_flag", "I")]
        values = np.column_stack([f, f / 20, np.arange(len(f)) % 20])
        mtz = new_mtz(group, cell, columns, hkl, values)
        stem = group.xhm().replace(" ", "").replace("/", "_over_").replace(":", "_")
        mtz.write_to_file(str(OUT / f"{stem}.mtz"))
        expected = in_p1(group, cell, dict(zip(map(tuple, hkl.tolist()), f)))
        write_expected(stem, expected)
        if name in ("C 1 2 1", "R 3:H", "P 61 2 2"):
            text = gemmi.MtzToCif().write_cif_to_string(mtz)
            (OUT / f"{stem}.cif.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
        if name == "C 1 2 1":
            plain = (OUT / f"{stem}.mtz").read_bytes()
            (OUT / "big_endian.mtz").write_bytes(big_endian(plain))
            (OUT / "long_offset.mtz").write_bytes(long_offset(plain))
            numbered = new_mtz(group, cell, columns, hkl, np.nan_to_num(values, nan=-999))
            numbered.valm = -999.0
            numbered.write_to_file(str(OUT / "missing_is_a_number.mtz"))
        check_against_gemmi(mtz, expected)

    group, cell = gemmi.SpaceGroup("P 21 21 21"), gemmi.UnitCell(*CELLS["P 21 21 21"])
    hkl = unique(group, cell)
    plus = random.uniform(1, 1000, len(hkl)).astype(np.float32)
    minus = (plus * random.uniform(0.9, 1.1, len(hkl))).astype(np.float32)
    centric = group.operations().centric_flag_array(hkl)
    minus[centric] = np.nan
    plus[~centric & (random.random(len(hkl)) < 0.1)] = np.nan
    acentric = np.flatnonzero(~centric)
    plus[acentric[::5]] = np.nan
    minus[acentric[1::5]] = np.nan
    columns = [("F", "F"), ("F(+)", "G"), ("SIGF(+)", "L"), ("F(-)", "G"), ("SIGF(-)", "L")]
    values = np.column_stack([np.fmax(plus, minus), plus, plus / 20, minus, minus / 20])
    pairs = new_mtz(group, cell, columns, hkl, values)
    pairs.write_to_file(str(OUT / "anomalous.mtz"))
    keys = list(map(tuple, hkl.tolist()))
    # A mate that was not measured has the F of the other.
    plus, minus = np.where(np.isnan(plus), minus, plus), np.where(np.isnan(minus), plus, minus)
    write_expected("anomalous", in_p1(group, cell, dict(zip(keys, plus)), dict(zip(keys, minus))))

    group, cell = gemmi.SpaceGroup("P 43 21 2"), gemmi.UnitCell(*CELLS["P 43 21 2"])
    hkl = unique(group, cell)
    intensity = random.normal(300, 200, len(hkl)).astype(np.float32)
    columns = [("IMEAN", "J"), ("SIGIMEAN", "Q")]
    new_mtz(group, cell, columns, hkl, np.column_stack([intensity, intensity / 10])).write_to_file(
        str(OUT / "intensities.mtz")
    )
    roots = np.sqrt(np.maximum(intensity.astype(float), 0))
    write_expected("intensities", in_p1(group, cell, dict(zip(map(tuple, hkl.tolist()), roots))))


if __name__ == "__main__":
    main()
