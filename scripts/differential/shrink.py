"""The smallest line, as far as a bounded search finds it, that has the same difference."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from .lines import File, Line, Option, number_of

# Without a seed a line is another one every second.
KEPT = ("-seed",)
# What gives a detector its size, without which it has a million pixels.
SIZES = (
    "-detpixels",
    "-detpixels_f",
    "-detpixels_x",
    "-detpixels_s",
    "-detpixels_y",
    "-detsize",
    "-detsize_f",
    "-detsize_s",
    "-img",
    "-mask",
)
# Plain words in the place of files and of several options.
PLAIN = (
    (SIZES, Option("-detpixels", ("8",))),
    (("-mat", "-matrix", "-cell"), Option("-cell", ("50",))),
    (("-hkl", "-hklfile", "-hkl_file", "-default_F"), Option("-default_F", ("10",))),
)


def shrunk(line: Line, same: Callable[[Line], bool], tries: int) -> Line:
    """The line after every simplification that keeps `same` true, found in at most so many tries."""
    search = Search(line, same, tries)
    search.plainer_inputs()
    while search.tries > 0:
        before = search.line
        search.fewer_options()
        search.smaller_files()
        search.simpler_numbers()
        if search.line == before:
            break
    return search.line


class Search:
    """The smallest line so far."""

    def __init__(self, line: Line, same: Callable[[Line], bool], tries: int) -> None:
        self.line, self.same, self.tries = line, same, tries

    def takes(self, options: tuple[Option, ...], **files: File) -> bool:
        """Whether a line has the same difference; if so it is the line."""
        if self.tries <= 0:
            return False
        self.tries -= 1
        smaller = Line(options, {**self.line.files, **files}).needed()
        if not bounded(smaller) or not self.same(smaller):
            return False
        self.line = smaller
        return True

    def plainer_inputs(self) -> None:
        for names, plain in PLAIN:
            self.takes((*(option for option in self.line.options if option.name not in names), plain))

    def fewer_options(self) -> None:
        """Leaves out options: half of them, a quarter, …, each."""
        size = max(1, len(self.line.options) // 2)
        while True:
            for start in range(len(self.line.options) - size, -size, -size):
                options = self.line.options
                chosen = options[max(start, 0) : start + size]
                if all(option.name in KEPT for option in chosen):
                    continue
                kept = tuple(option for option in chosen if option.name in KEPT)
                self.takes(options[: max(start, 0)] + kept + options[start + size :])
            if size == 1:
                return
            size //= 2

    def smaller_files(self) -> None:
        for name in self.line.files:
            while name in self.line.files and any(
                self.takes(self.line.options, **{name: file}) for file in self.line.files[name].smaller()
            ):
                pass

    def simpler_numbers(self) -> None:
        for index, option in enumerate(self.line.options):
            if option.name == "-cell":
                while len(self.line.options[index].values) > 1 and self.replaces(index, self.line.options[index].values[:-1]):
                    pass
            for at in range(len(self.line.options[index].values)):
                values = self.line.options[index].values
                for word in simpler(values[at]):
                    if self.replaces(index, (*values[:at], word, *values[at + 1 :])):
                        break

    def replaces(self, index: int, values: tuple[str, ...]) -> bool:
        options = self.line.options
        return self.takes((*options[:index], Option(options[index].name, values), *options[index + 1 :]))


def bounded(line: Line) -> bool:
    """Whether something gives the detector a size along both axes."""
    both = line.has("-detpixels_f", "-detpixels_x", "-detsize_f") and line.has("-detpixels_s", "-detpixels_y", "-detsize_s")
    return both or line.has("-detpixels", "-detsize", "-img", "-mask")


def simpler(word: str) -> Iterator[str]:
    """Shorter spellings of numbers near a number, the plainest first."""
    number = number_of(word)
    if number is None or not math.isfinite(number):
        return
    seen = {word}
    for digits in (0, 1, 2, 3, 4, 6):
        text = f"{number:.{digits}g}" if digits else ("1" if word != "0" else word)
        text = f"{float(text):.0f}" if "e" in text and 1 <= abs(float(text)) < 1e9 else text
        if text not in seen and (len(text) < len(word) or len(text) == len(word) and text < word):
            seen.add(text)
            yield text
