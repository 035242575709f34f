"""A command line with the files that it reads, and how a shell would repeat it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Union


@dataclass(frozen=True)
class Option:
    """An option and the words behind it."""

    name: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(shlex.quote(word) for word in (self.name, *self.values))

    def numbers(self) -> list[float]:
        """The values, as far as they are numbers."""
        return [number for value in self.values if (number := number_of(value)) is not None]


@dataclass(frozen=True)
class Text:
    """An input file of text."""

    text: str

    def content(self) -> bytes:
        return self.text.encode("latin-1")

    def smaller(self) -> Iterator[Text]:
        """The text without half its lines, then without one."""
        lines = self.text.splitlines(keepends=True)
        if len(lines) > 3:
            yield Text("".join(lines[: len(lines) // 2]))
            yield Text("".join(lines[len(lines) // 2 :]))
        for left_out in range(len(lines)):
            yield Text("".join(lines[:left_out] + lines[left_out + 1 :]))

    def shell(self, name: str) -> str:
        return f"printf %b {escaped(self.text)} > {name}"


@dataclass(frozen=True)
class Smv:
    """An input image whose header sets the camera; every `dark`-th pixel is 0, the others 1."""

    keys: tuple[tuple[str, str], ...]
    fast: int
    slow: int
    header_bytes: int = 512
    dark: int = 0
    promised: int = field(default=512)

    def header(self) -> str:
        size = (("SIZE1", str(self.fast)), ("SIZE2", str(self.slow)))
        first = (("HEADER_BYTES", str(self.promised)), ("DIM", "2"), ("BYTE_ORDER", "little_endian"), ("TYPE", "unsigned_short"))
        return "{\n" + "".join(f"{key}={value};\n" for key, value in (*first, *size, *self.keys)) + "}\f"

    def content(self) -> bytes:
        header = self.header().ljust(self.header_bytes).encode()
        pixels = range(1, self.fast * self.slow + 1)
        return header + b"".join(b"\0\0" if self.dark and pixel % self.dark == 0 else b"\1\0" for pixel in pixels)

    def smaller(self) -> Iterator[Smv]:
        """The header without one of its keys, and the image without dark pixels."""
        for left_out in range(len(self.keys)):
            yield replace(self, keys=self.keys[:left_out] + self.keys[left_out + 1 :])
        if self.dark:
            yield replace(self, dark=0)

    def shell(self, name: str) -> str:
        header = escaped(self.header())
        dark = f"i % {self.dark} < {self.dark - 1}"
        count = self.fast * self.slow
        pixels = f"bytes(b for i in range({count}) for b in ({dark}, 0))" if self.dark else f"bytes((1, 0)) * {count}"
        return f"{{ printf %-{self.header_bytes}b {header}; python3 -c 'import os; os.write(1, {pixels})'; }} > {name}"


@dataclass(frozen=True)
class Cache:
    """A binary cache of structure factors as a program left it."""

    data: bytes

    def content(self) -> bytes:
        return self.data

    def smaller(self) -> Iterator[Cache]:
        return iter(())

    def shell(self, name: str) -> str:
        octal = "".join(f"\\{byte:03o}" for byte in self.data)
        return f"printf '{octal}' > {name}"


File = Union[Text, Smv, Cache]


@dataclass(frozen=True)
class Line:
    """Options in the order in which they are typed, and files by name."""

    options: tuple[Option, ...]
    files: dict[str, File] = field(default_factory=dict)

    def words(self) -> list[str]:
        return [word for option in self.options for word in (option.name, *option.values)]

    def last(self, *names: str) -> Option | None:
        """The last option of one of these names."""
        return next((option for option in reversed(self.options) if option.name in names), None)

    def has(self, *names: str) -> bool:
        return self.last(*names) is not None

    def numbers(self, *names: str) -> list[float]:
        """The values of the last option of one of these names, as far as they are numbers."""
        option = self.last(*names)
        return option.numbers() if option else []

    def number(self, *names: str) -> float | None:
        return next(iter(self.numbers(*names)), None)

    def text_of(self, *names: str) -> str:
        """The text of the file that the last option of one of these names reads."""
        option = self.last(*names)
        file = self.files.get(option.values[0]) if option and option.values else None
        return file.text if isinstance(file, Text) else ""

    def needed(self) -> Line:
        """The same line with the files that it names, and the cache that none names, alone."""
        words = {*self.words(), "Fdump.bin"}
        return Line(self.options, {name: file for name, file in self.files.items() if name in words})

    def shell(self, program: str) -> str:
        """What makes the files and runs the program."""
        files = [file.shell(name) for name, file in self.files.items()]
        return "\n".join([*files, " ".join([program, *map(str, self.options)])])


def number_of(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def escaped(text: str) -> str:
    """The argument that makes a shell's `printf %b` write a text."""
    for character, escape in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\f", "\\f"), ("\t", "\\t"), ("'", "'\\''")):
        text = text.replace(character, escape)
    return f"'{text}'"
