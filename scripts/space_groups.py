#!/usr/bin/env python3
"""Writes the table of space-group settings, and the operators that the tests expect of each.

Needs gemmi (pip install gemmi). Numbers, Hall symbols and Hermann-Mauguin names are those of International Tables
volumes A and B.
"""

import gzip
import pathlib

import gemmi

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    settings = list(gemmi.spacegroup_table())
    table = ["# number\tis the reference setting\tHall symbol\tHermann-Mauguin name\tshort name"]
    operators = []
    for s in settings:
        reference = "yes" if s.is_reference_setting() else "no"
        table.append("\t".join([str(s.number), reference, s.hall, s.xhm(), s.short_name()]))
        triplets = sorted(op.wrap().triplet() for op in s.operations())
        operators.append("\t".join([s.hall, *triplets]))
    (ROOT / "src/structure_factors/symmetry/space_groups.tsv").write_text("\n".join(table) + "\n")
    expected = ROOT / "tests/data/space_group_operators.tsv.gz"
    expected.parent.mkdir(exist_ok=True)
    expected.write_bytes(gzip.compress(("\n".join(operators) + "\n").encode(), mtime=0))


if __name__ == "__main__":
    main()
