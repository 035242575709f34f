"""The differences between two runs of one line, what comes first in a run first."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .lines import Line
from .programs import Image, Run

# Relative L2 of float images that last bits explain: sums are added in another order.
LAST_BITS = 5e-7

NUMBER = r"([-+.\w]+)"
# What both programs print, in the order of the log: name and pattern. Those named `all …` are printed several times.
PRINTS = tuple(
    (name, re.compile(pattern.replace("#", NUMBER), re.MULTILINE))
    for name, pattern in (
        ("convention", r"^(\w+) convention selected"),
        ("pivot", r"^pivoting detector around (.*)$"),
        ("incident beam", r"^XDS incident beam: # # #"),
        ("interpolation", r"^auto-selected (no|tricubic) interpolation"),
        ("missetting angles", r"^random orientation misset angles: # # #"),
        ("cell", r"^Unit Cell: # # # # # #"),
        ("reciprocal cell", r"^Recp Cell: # # # # # #"),
        ("volume", r"^volume = #"),
        ("cell vectors", r"^real-space cell vectors .*\n.*\nX: (.*)\nY: (.*)\nZ: (.*)\n"),
        ("reciprocal vectors", r"^reciprocal-space cell vectors .*\n.*\nX: (.*)\nY: (.*)\nZ: (.*)\n"),
        ("crystal size", r"^crystal is # x # x # microns"),
        ("automatic oversample", r"^auto-selected #-fold oversampling"),
        ("recommended oversample", r"(?:recommend -oversample |of a crystal of .*; )#(?: to| would)"),
        ("all layers", r"^thick\d+ = # um"),
        ("all phi", r"^phi\d+ = #"),
        ("all divergence", r"^divergence deviation: # #"),
        ("all wavelengths", r"^lambda\d+ = #"),
        ("sources", r"created a total of # sources"),
        ("all sources", r"^# # #   # #$"),
        ("domains", r"created a total of # mosaic domains"),
        ("reflections", r"^  # initialized hkls \(all others =#\)"),
        ("cells", r"^  (\w\S*) xtal: #x#x# cells"),
        ("wavelength", r"^  wave=# meters \+/- #% in # steps"),
        ("polarization", r"^  (polarization effect disabled|Kahn polarization factor: .*)$"),
        ("curved", r"^  (curved detector): "),
        ("obliquity", r"^  (pixel obliquity effect disabled)"),
        ("fluence", r"^  incident fluence: #"),
        ("distance", r"^  distance=# detsize=#x#  pixel=# meters \(#x# pixels\)"),
        ("sensor", r"^  sensor is # m thick in # layers with mu= #"),
        ("beam centre", r"^  Xbeam=# Ybeam=#$"),
        ("beam spot", r"^  Fbeam=# Sbeam=#$"),
        ("close centre", r"^  Xclose=# Yclose=#$"),
        ("near point", r"^  Fclose=# Sclose=#$"),
        ("fast axis", r"^  DIRECTION_OF_DETECTOR_X-AXIS= # # #"),
        ("slow axis", r"^  DIRECTION_OF_DETECTOR_Y-AXIS= # # #"),
        ("normal", r"^  DIRECTION_OF_DETECTOR_Z-AXIS= # # #"),
        ("beam axis", r"^  INCIDENT_BEAM_DIRECTION= # # #"),
        ("spindle", r"^  spindle ROTATION_AXIS= # # #"),
        ("polarization normal", r"^  POLARIZATION_PLANE_NORMAL= # # #"),
        ("DIALS origin", r"^  dials origin= # # #"),
        ("region", r"^  roi: # < x < # && # < y < #"),
        ("horizontal divergence", r"^  hdivrange=# hdivstep=#"),
        ("vertical divergence", r"^  vdivrange=# vdivstep=#"),
        ("divergence steps", r"^  # divergence steps"),
        ("mosaic spread", r"^  # mosaic domains over mosaic spread of # degrees"),
        ("phi steps", r"^  # phi steps from # to # degrees"),
        ("oversample", r"^  #x# pixel oversample steps(.*)$"),
        ("seed", r"^  seed: #"),
        ("water", r"^  water droplet size: # m"),
        ("solid angle", r"^solid angle subtended by detector = # steradian \( #% sphere\)"),
        ("maximum", r"^max_I = #  at # #"),
        ("statistics", r"^mean= # rms= # rmsd= #"),
        ("scale", r"^intfile_scale = #"),
        ("grey scale", r"^pgm_scale = #"),
        ("photons", r"^# photons on noise image \(# overloads\)"),
    )
)
# What is told of a run and shapes no picture: looked at when nothing else differs.
TOLD = frozenset(
    f"print {name}"
    for name in (
        "reflections",
        "polarization normal",
        "sensor",
        "curved",
        "region",
        "seed",
        "solid angle",
        "maximum",
        "statistics",
        "photons",
    )
)
# Kinds that end so are looked at last.
SMALL = (" (sign of zero)", " (last digit)", " (rest of a zero)")


@dataclass(frozen=True)
class Difference:
    """A difference: its kind, and what either program says there."""

    kind: str
    classic: str
    ours: str

    def __str__(self) -> str:
        return f"{self.kind}: classic {self.classic}, ours {self.ours}"

    def is_small(self) -> bool:
        return self.kind.endswith(SMALL)

    def rank(self) -> int:
        """Of the differences of a line the first of the lowest rank is looked at."""
        return 2 if self.is_small() else int(self.kind in TOLD)


@dataclass(frozen=True)
class Case:
    """A line and what came of it."""

    line: Line
    classic: Run
    ours: Run

    def pixels(self, kind: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The pixels of both images; nothing where one is missing or they are of different sizes."""
        a, b = self.classic.images.get(kind), self.ours.images.get(kind)
        if a is None or b is None or a.pixels.size != b.pixels.size:
            return np.empty(0), np.empty(0)
        return a.pixels.astype(np.float64), b.pixels.astype(np.float64)

    @cached_property
    def float_error(self) -> float:
        """Relative L2 of the float images; infinite where one alone is finite."""
        a, b = self.pixels("float image")
        return relative_l2(a, b)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        return tuple(differences(self))


def relative_l2(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    finite = np.isfinite(a)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True) or not np.isfinite(b[finite]).all():
        return float("inf")
    difference = float(np.linalg.norm(a[finite] - b[finite]))
    return difference / max(float(np.linalg.norm(a[finite])), 1e-300) if difference else 0.0


def differences(case: Case) -> Iterator[Difference]:
    a, b = case.classic, case.ours
    if a.ended != b.ended:
        kind = f"ours {b.ended}" if b.ended != "image" else f"classic {a.ended}"
        if b.ended == "refused":
            kind += f": {template(b.message)}"
        yield Difference(kind, f"{a.ended} {a.message}".strip(), f"{b.ended} {b.message}".strip())
    if a.ended != "image" or b.ended != "image":
        return
    yield from prints(a.log, b.log)
    yield from images(case)
    if a.cache != b.cache:
        yield Difference("cache", size_of(a.cache), size_of(b.cache))


def template(message: str) -> str:
    """A message without its numbers and names, for counting."""
    return re.sub(r"(?<![\w-])[-+]?\.?\d[-+.\w]*", "#", re.sub(r"\"[^\"]*\"|\S+\.\w{2,4}\b", "…", message))


def size_of(content: bytes | None) -> str:
    return "none" if content is None else f"{len(content)} bytes"


def prints(classic: str, ours: str) -> Iterator[Difference]:
    for name, pattern in PRINTS:
        found = [pattern.findall(log) for log in (classic, ours)]
        if not name.startswith("all "):
            found = [values[:1] for values in found]
        if found[0] != found[1]:
            a, b = (" ".join(word for value in values for word in (value if isinstance(value, tuple) else (value,))) for values in found)
            yield Difference(f"print {name}{manner(a, b)}", shortened(a), shortened(b))


def manner(a: str, b: str) -> str:
    """How two texts of numbers differ, where it is little."""
    one, other = re.split(r"[\s,]+", a.strip()), re.split(r"[\s,]+", b.strip())
    if len(one) != len(other):
        return ""
    worst = ""
    for x, y in zip(one, other):
        if x == y:
            continue
        try:
            p, q = float(x), float(y)
        except ValueError:
            return ""
        if not (math.isfinite(p) and math.isfinite(q)):
            return ""
        if p == q:
            worst = worst or " (sign of zero)"
        elif abs(p - q) <= 1.01e-5 * max(abs(p), abs(q)):
            worst = " (last digit)"
        elif max(abs(p), abs(q)) < 1e-9:
            worst = " (rest of a zero)"
        else:
            return ""
    return worst


def shortened(text: str, most: int = 120) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def images(case: Case) -> Iterator[Difference]:
    a, b = case.classic.images, case.ours.images
    if a.keys() != b.keys():
        yield Difference("files", ", ".join(a) or "none", ", ".join(b) or "none")
    for kind in a:
        if kind in b and a[kind].pixels.size != b[kind].pixels.size:
            yield Difference(f"{kind}: size", str(a[kind].pixels.size), str(b[kind].pixels.size))
    seen: set[tuple[str, str, str]] = set()
    for kind in ("float image", "integer image", "noise image", "PGM"):
        if kind not in a or kind not in b:
            continue
        for key, one, other in headers(a[kind], b[kind]):
            if (key, one, other) not in seen:
                seen.add((key, one, other))
                yield Difference(f"header {key}{manner(one, other)}", one, other)
        yield from pixels(case, kind)


def headers(a: Image, b: Image) -> Iterator[tuple[str, str, str]]:
    for key in [*a.header, *(key for key in b.header if key not in a.header)]:
        one, other = a.header.get(key, "none"), b.header.get(key, "none")
        if one != other:
            yield key, one, other


def pixels(case: Case, kind: str) -> Iterator[Difference]:
    a, b = case.pixels(kind)
    if np.array_equal(a, b, equal_nan=True):
        return
    where = int(np.argmax(np.where(a == b, 0.0, np.nan_to_num(np.abs(a - b), nan=np.inf))))
    if kind == "float image":
        error = relative_l2(a, b)
        kind += " (last bits)" if error <= LAST_BITS else ""
        yield Difference(
            kind,
            f"sum {a.sum():.6g}",
            f"sum {b.sum():.6g}, relative L2 {error:.2g}, most at pixel {where}: {a[where]:.7g} and {b[where]:.7g}",
        )
    else:
        most = float(np.abs(a - b).max())
        kind += " (by one)" if most == 1.0 else ""
        yield Difference(kind, f"{a[where]:g} at pixel {where}", f"{b[where]:g}; {np.count_nonzero(a != b)} of {a.size} pixels differ")
