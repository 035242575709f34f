#!/usr/bin/env python3
"""Writes the table of X-ray scattering factors of free atoms and ions.

The numbers are those of D. Waasmaier & A. Kirfel, Acta Cryst. A51, 416 (1995), as distributed with periodictable; but hydrogen is
the bonded one of R. F. Stewart, E. R. Davidson & W. T. Simpson, J. Chem. Phys. 42, 3175 (1965), in the fit of International Tables C,
table 6.1.1.4, as distributed with gemmi. Needs both (pip install periodictable gemmi).
"""

import pathlib

import gemmi
import periodictable

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/structure_factors/atoms/waasmaier_kirfel.tsv"


def bonded_hydrogen():
    fit = gemmi.Element("H").it92
    numbers = [*fit.a, 0.0, fit.c, *fit.b, 0.0]
    return [f"{number:.6f}" for number in numbers]


def main():
    source = pathlib.Path(periodictable.__file__).parent / "f0_WaasKirf.dat"
    rows = ["# D. Waasmaier & A. Kirfel, Acta Cryst. A51, 416 (1995): f(s) = sum a_i exp(-b_i s^2) + c, s = sin(theta)/lambda"]
    rows.append("# symbol\ta1\ta2\ta3\ta4\ta5\tc\tb1\tb2\tb3\tb4\tb5")
    symbol = None
    for line in source.read_text(errors="replace").splitlines():
        if line.startswith("#S"):
            symbol = line.split()[2]
        elif symbol and not line.startswith("#") and line.strip():
            numbers = line.split()
            assert len(numbers) == 11, line
            rows.append("\t".join([symbol, *(bonded_hydrogen() if symbol == "H" else numbers)]))
            symbol = None
    OUT.write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
