#!/usr/bin/env python3
"""Writes small models as PDB and mmCIF files, and the structure factors that gemmi computes from them.

Needs gemmi and numpy (pip install gemmi numpy). gemmi sums directly, with the scattering factors of International Tables C (1992),
which differ from those of Waasmaier & Kirfel by a few parts in a thousand.
"""

import gzip
import pathlib

import gemmi
import numpy as np

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests/data/models"
DMIN = 2.0
CELLS = {
    "P 1": (14, 15, 16, 80, 95, 105),
    "P 1 21 1": (15, 17, 19, 90, 105, 90),
    "P 21 21 21": (16, 19, 22, 90, 90, 90),
    "R 3": (26, 26, 18, 90, 90, 120),
    "P 61 2 2": (24, 24, 30, 90, 90, 120),
    "I 2 3": (30, 30, 30, 90, 90, 90),
}
ELEMENTS = ["C", "C", "C", "N", "O", "O", "S", "H", "Zn"]


def random_model(random, group, cell, count=24):
    structure = gemmi.Structure()
    structure.cell = cell
    structure.spacegroup_hm = group.hm
    residue = gemmi.Residue()
    residue.name, residue.seqid = "UNK", gemmi.SeqId("1")
    for i in range(count):
        atom = gemmi.Atom()
        element = ELEMENTS[i % len(ELEMENTS)]
        atom.name, atom.element = f"{element}{i}"[:4], gemmi.Element(element)
        place = cell.orthogonalize(gemmi.Fractional(*random.uniform(0.02, 0.31, 3)))
        atom.pos = gemmi.Position(*(round(x, 3) for x in place.tolist()))
        atom.occ = [1.0, 1.0, 0.5][i % 3]
        atom.b_iso = round(random.uniform(8, 40), 2)
        if i % 4 == 0:
            spread = random.normal(0, 0.15, (3, 3))
            u = spread @ spread.T + 0.15 * np.eye(3)
            parts = [u[0, 0], u[1, 1], u[2, 2], u[0, 1], u[0, 2], u[1, 2]]
            atom.aniso = gemmi.SMat33f(*(round(x, 4) for x in parts))
        residue.add_atom(atom)
    chain = gemmi.Chain("A")
    chain.add_residue(residue)
    model = gemmi.Model(1)
    model.add_chain(chain)
    structure.add_model(model)
    structure.setup_cell_images()
    structure.setup_entities()
    structure.assign_serial_numbers()
    return structure


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(2026)
    for name, parameters in CELLS.items():
        group, cell = gemmi.SpaceGroup(name), gemmi.UnitCell(*parameters)
        structure = random_model(random, group, cell)
        stem = name.replace(" ", "")
        structure.write_pdb(str(OUT / f"{stem}.pdb"))
        structure.make_mmcif_document().write_file(str(OUT / f"{stem}.cif"))
        # What was written is what is summed.
        structure = gemmi.read_structure(str(OUT / f"{stem}.pdb"))
        calculator = gemmi.StructureFactorCalculatorX(structure.cell)
        lines = []
        for hkl in gemmi.make_miller_array(cell, group, DMIN):
            hkl = [int(i) for i in hkl]
            f = abs(calculator.calculate_sf_from_model(structure[0], hkl))
            lines.append("%d %d %d %.4f\n" % (*hkl, f))
        (OUT / f"{stem}.hkl.gz").write_bytes(gzip.compress("".join(lines).encode(), mtime=0))


if __name__ == "__main__":
    main()
