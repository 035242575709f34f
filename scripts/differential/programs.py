"""Runs a program in a directory of its own and reads what it left there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .lines import Line

MEMORY_KIB = 4 << 20
FILE_BLOCKS = 1 << 19
LOG_BYTES = 1 << 23
# Images larger than this are not read: no line asks for them.
IMAGE_BYTES = 1 << 26

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Image:
    """Header and pixels of a file: raw floats, SMV or PGM."""

    header: dict[str, str]
    pixels: Array
    header_bytes: int = 0


@dataclass(frozen=True)
class Run:
    """What came of a run: `ended` is image, refused, crashed or hung."""

    ended: str
    message: str
    log: str
    images: dict[str, Image] = field(default_factory=dict)
    cache: bytes | None = None


@dataclass(frozen=True)
class Program:
    """A program and the words that precede those of a line."""

    path: Path
    words: tuple[str, ...] = ()
    limit_s: float = 5.0

    def run(self, line: Line, directory: Path) -> Run:
        """Runs a line in a fresh directory, which stays."""
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        for name, file in line.files.items():
            (directory / name).write_bytes(file.content())
        log = directory / ".log"
        limited = f'ulimit -v {MEMORY_KIB} 2>/dev/null; ulimit -f {FILE_BLOCKS}; ulimit -c 0; exec "$@"'
        command = ["sh", "-c", limited, "sh", str(self.path), *self.words, *line.words()]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "LC_ALL": "C"}
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=directory, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
                start_new_session=True,
            )  # fmt: skip
            try:
                status = process.wait(self.limit_s)
            except subprocess.TimeoutExpired:
                return Run("hung", f"ran longer than {self.limit_s:g} s", "")
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        with log.open("rb") as output:
            text = output.read(LOG_BYTES).decode("utf-8", "replace")
        if status < 0 or status in (101, 134, 136, 139):
            return Run("crashed", f"status {status}: {last_line(text)}", text)
        if status != 0:
            return Run("refused", complaint(text), text)
        images = {
            kind: image for kind, (names, default) in IMAGES.items() if (image := read(kind, directory / name_of(line, names, default)))
        }
        cache = directory / name_of(line, ("-dump",), "Fdump.bin")
        return Run("image", "", text, images, cache.read_bytes() if cache.is_file() else None)


IMAGES: dict[str, tuple[tuple[str, ...], str]] = {
    "float image": (("-floatfile", "-floatimage"), "floatimage.bin"),
    "integer image": (("-intfile", "-intimage"), "intimage.img"),
    "noise image": (("-noisefile", "-noiseimage"), "noiseimage.img"),
    "PGM": (("-pgmfile", "-pgmimage"), "image.pgm"),
}


def name_of(line: Line, names: Sequence[str], default: str) -> str:
    option = line.last(*names)
    return option.values[0] if option and option.values else default


def last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def complaint(text: str) -> str:
    """The line of a log that says why nothing came of the run."""
    found = re.search(r"^nanobragg: .*$|^ERROR: .*$", text, re.MULTILINE)
    return found.group(0).strip() if found else last_line(text)


def read(kind: str, path: Path) -> Image | None:
    if not path.is_file() or path.stat().st_size > IMAGE_BYTES:
        return None
    content = path.read_bytes()
    if kind == "float image":
        return Image({}, np.frombuffer(content[: len(content) // 4 * 4], "<f4"))
    return pgm(content) if kind == "PGM" else smv(content)


def smv(content: bytes) -> Image | None:
    """An SMV image; where the header says fewer bytes than it has, the pixels follow at once, as in the classic program."""
    end = content.find(b"}\f")
    if end < 0:
        return None
    lines = content[:end].decode("latin-1").splitlines()
    header = {key: value.rstrip(";") for line in lines if "=" in line for key, value in [line.split("=", 1)]}
    start = max(int(header.get("HEADER_BYTES", "512")), end + 2)
    return Image(header, np.frombuffer(content[start : start + (len(content) - start) // 2 * 2], "<u2"), start)


def pgm(content: bytes) -> Image | None:
    found = re.match(rb"P5\n(\d+ \d+)\n# pixels scaled by (\S+)\n255\n", content)
    if not found:
        return None
    header = {"size": found.group(1).decode(), "scale": found.group(2).decode()}
    return Image(header, np.frombuffer(content[found.end() :], np.uint8))
