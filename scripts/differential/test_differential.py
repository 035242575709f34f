"""Tests without a classic program: python3 -m unittest discover -t scripts -s scripts/differential

Shell scripts stand for the two programs.
"""

from __future__ import annotations

import re
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from .compare import Case, manner, template
from .draw import line_of
from .lines import Line, Option
from .programs import Program
from .shrink import shrunk

ROOT = Path(__file__).resolve().parents[2]
# Writes a float image of one pixel, 1 without and 2 with -osc, and prints the cells that -N names.
FAKE = r"""#!/bin/sh
value='\0\0\200\077'
cells=1
while [ $# -gt 0 ]; do
    case $1 in
    -osc) value=OSC ;;
    -N) cells=$2 ;;
    esac
    shift
done
printf "$value" > floatimage.bin
echo "  parallelpiped xtal: ${cells}x${cells}x${cells} cells"
"""


class Lines(unittest.TestCase):
    def test_every_option_of_the_classic_program_is_drawn(self) -> None:
        rows = re.findall(r"^\| ((?:`-\w+` ?)+)\|", (ROOT / "docs/options.md").read_text(), re.MULTILINE)
        known = {name for row in rows for name in re.findall(r"-\w+", row)} - {"-detector_thickness"}
        drawn = {option.name for number in range(4000) for option in line_of(1, number).options}
        self.assertGreater(len(known), 150)
        self.assertEqual(known - drawn, set())

    def test_a_line_depends_on_its_seed_and_number_alone(self) -> None:
        self.assertEqual(line_of(3, 17), line_of(3, 17))
        self.assertNotEqual(line_of(3, 17), line_of(3, 18))
        self.assertTrue(line_of(3, 17, "-curved_det").has("-curved_det"))

    def test_a_shell_writes_the_files_of_a_line(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for number in range(60):
                line = line_of(5, number)
                subprocess.run(["sh", "-c", line.shell("true")], cwd=folder, check=True)
                for name, file in line.files.items():
                    self.assertEqual((Path(folder) / name).read_bytes(), file.content(), f"line {number}, {name}")


class Differences(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def program(self, name: str, script: str) -> Program:
        path = self.folder / name
        path.write_text(script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return Program(path, limit_s=2.0)

    def case(self, line: Line, classic: Program, ours: Program) -> Case:
        return Case(line, classic.run(line, self.folder / "a"), ours.run(line, self.folder / "b"))

    def test_a_difference_is_found_and_shrunk_to_its_option(self) -> None:
        classic, ours = (
            self.program(name, FAKE.replace("OSC", value)) for name, value in (("a.sh", r"'\0\0\200\077'"), ("b.sh", r"'\0\0\0\100'"))
        )
        words = {"-N": "30", "-osc": "1.2345", "-phi": "12", "-detpixels": "8", "-seed": "77", "-lambda": "1.5"}
        line = Line(tuple(Option(name, (value,)) for name, value in words.items()))
        found = self.case(line, classic, ours).differences
        self.assertEqual([difference.kind for difference in found], ["float image"])

        def same(smaller: Line) -> bool:
            return [difference.kind for difference in self.case(smaller, classic, ours).differences] == ["float image"]

        smallest = shrunk(line, same, 200)
        self.assertEqual({option.name for option in smallest.options} - {"-cell", "-default_F"}, {"-osc", "-detpixels", "-seed"})
        last = smallest.last("-osc")
        self.assertEqual(last and last.values, ("1",))

    def test_a_print_a_crash_and_a_program_that_hangs_are_differences(self) -> None:
        line = Line((Option("-N", ("3",)),))
        good = self.program("good.sh", FAKE)
        for script, kind in (
            (FAKE.replace("cells=$2", "cells=4"), "print cells"),
            ("#!/bin/sh\nkill -SEGV $$\n", "ours crashed"),
            ("#!/bin/sh\nsleep 60\n", "ours hung"),
            ("#!/bin/sh\necho 'nanobragg: -N: 3 is no number'; exit 2\n", "ours refused: nanobragg: -N: # is no number"),
        ):
            found = self.case(line, good, self.program("bad.sh", script)).differences
            self.assertEqual([difference.kind for difference in found], [kind])
        self.assertEqual(self.case(line, good, good).differences, ())

    def test_small_differences_of_printed_numbers_are_told_apart(self) -> None:
        self.assertEqual(manner("1 -0 2", "1 0 2"), " (sign of zero)")
        self.assertEqual(manner("13.1059", "13.106"), " (last digit)")
        self.assertEqual(manner("1e-17", "0"), " (rest of a zero)")
        self.assertEqual(manner("1.0 2", "1.1 2"), "")
        self.assertEqual(manner("5e+10", "inf"), "")
        self.assertEqual(template('-osc: "x" is not 12.5 deg'), "-osc: … is not # deg")

    def test_the_command_reports_what_it_finds(self) -> None:
        self.program("a.sh", FAKE)
        self.program("b.sh", FAKE.replace("cells=$2", "cells=-$2"))
        script, a, b = ROOT / "scripts/differential.py", self.folder / "a.sh", self.folder / "b.sh"
        words = [sys.executable, str(script), str(a), str(b), "--seed", "1", "--lines", "9", "--only", "N"]
        run = subprocess.run(words, capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn("9 lines with -N of seed 1", run.stdout)
        self.assertRegex(run.stdout, r"\| print cells, with -N \| \d \| `nanoBragg .*-N")


if __name__ == "__main__":
    unittest.main()
