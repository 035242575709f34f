"""Random input files: structure factors, matrices, sources, S(q), and images whose headers set the camera."""

from __future__ import annotations

import math
import struct
from random import Random

from .lines import Cache, Smv, Text


def spelled(rng: Random, value: float) -> str:
    """A number as somebody may type it."""
    digits = rng.choice((1, 2, 3, 4, 6, 9))
    text = rng.choice((f"{value:.{digits}g}", f"{value:.{min(digits, 4)}f}", f"{value:.{digits}g}"))
    if "e" not in text and rng.random() < 0.03:
        text = f"{value:.{digits}e}"
    if rng.random() < 0.02 and not text.startswith("-"):
        text = f"+{text}"
    return text[1:] if text.startswith("0.") and rng.random() < 0.1 else text


def ended(rng: Random, lines: list[str]) -> Text:
    """Lines as an editor leaves them, seldom those of another system or without a last end of line."""
    end = "\r\n" if rng.random() < 0.04 else "\n"
    text = end.join(lines) + end
    return Text(text.rstrip("\r\n") if rng.random() < 0.05 else text)


def hkl(rng: Random) -> Text:
    """Structure factors of a small box of indices."""
    reach = [rng.choice((0, 1, 1, 2, 2, 3)) for _ in range(3)]
    low = [rng.choice((-r, -r, 0)) for r in reach]
    fill = rng.choice((1.0, 1.0, 0.5))
    tight = rng.random() < 0.15
    columns = rng.random() < 0.08
    lines = []
    for h in range(low[0], reach[0] + 1):
        for k in range(low[1], reach[1] + 1):
            for l in range(low[2], reach[2] + 1):
                if rng.random() > fill:
                    continue
                amplitude = spelled(rng, rng.uniform(0, 300))
                line = f"{h:4d}{k:4d}{l:4d} {amplitude}" if tight else f"{h} {k} {l} {amplitude}"
                lines.append(line + (f" {spelled(rng, rng.uniform(0, 9))}" if columns else ""))
    lines = lines or ["0 0 0 100"]
    if rng.random() < 0.05:
        lines.append(rng.choice(("1-10  2 50", "-1-1-1 50", "2 0 0 1e2", "1.0 0 0 30", "0 0 0 -20")))
    if rng.random() < 0.04:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(("", "# a comment")))
    return ended(rng, lines)


def cache(rng: Random) -> Cache:
    """A binary cache: bounds in text, and F with a plane of padding along each axis."""
    reach = [rng.randint(0, 1) for _ in range(3)]
    values = [0.0 if any(index == r * 2 + 1 for index, r in zip(at, reach)) else round(rng.uniform(1, 300)) for at in boxes(reach)]
    head = " ".join(f"{-r} {r}" for r in reach).encode() + b"\n\f"
    return Cache(head + struct.pack(f"<{len(values)}d", *values))


def boxes(reach: list[int]) -> list[tuple[int, int, int]]:
    h, k, l = (range(2 * r + 2) for r in reach)
    return [(a, b, c) for a in h for b in k for c in l]


def matrix(rng: Random, wavelength: float) -> Text:
    """A MOSFLM A matrix of a turned orthogonal or slightly oblique cell."""
    edges = [rng.uniform(20, 150) for _ in range(3)]
    turn = rotation(rng)
    rows = [[turn[i][j] / edges[j] * wavelength for j in range(3)] for i in range(3)]
    if rng.random() < 0.4:
        rows[0][1] += rng.uniform(-0.2, 0.2) * abs(rows[0][0])
    shape = rng.choice(("f", "f", "g", "tight", "row", "more"))
    if shape == "tight":
        return ended(rng, ["".join(f"{value:12.8f}" for value in row) for row in rows])
    if shape == "row":
        return ended(rng, [" ".join(f"{value:.7g}" for row in rows for value in row)])
    digits = rng.choice((5, 8, 12))
    lines = [" ".join(f"{value:.{digits}{'g' if shape == 'g' else 'f'}}" for value in row) for row in rows]
    if shape == "more":
        lines += ["       0.000       0.000       0.000", f"{edges[0]:.2f} {edges[1]:.2f} {edges[2]:.2f} 90 90 90"]
    return ended(rng, lines)


def rotation(rng: Random) -> list[list[float]]:
    """An orthogonal matrix of determinant 1, or the identity."""
    if rng.random() < 0.2:
        return [[float(i == j) for j in range(3)] for i in range(3)]
    w, x, y, z = (rng.gauss(0, 1) for _ in range(4))
    norm = math.sqrt(w * w + x * x + y * y + z * z)
    w, x, y, z = w / norm, x / norm, y / norm, z / norm
    return [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]


def sources(rng: Random) -> Text:
    """Sources of one to five columns, with every separator that the classic program knows."""
    separator = rng.choice((" ", " ", " ", "  ", "\t", ",", ", ", ";", ":", "!"))
    columns = rng.choice((5, 5, 4, 3, 2, 1))
    far = rng.choice((1, 10, 1e3))
    lines = []
    for _ in range(rng.randint(1, 4)):
        position = [far * value for value in rng.choice(((-1, 0, 0), (-1, 0, 0), (0, 0, -1)))]
        position = [value + far * rng.choice((0, 1e-2, 1e-3)) * rng.uniform(-1, 1) for value in position]
        values = [spelled(rng, value) for value in position]
        values.append(spelled(rng, rng.choice((1, 1, rng.uniform(0, 3)))))
        values.append(f"{rng.uniform(0.5, 2.5) * 1e-10:.{rng.choice((1, 3, 6))}g}")
        lines.append(separator.join(values[: columns if rng.random() > 0.1 else rng.randint(1, 5)]))
    if rng.random() < 0.06:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(("", "  ", "# X Y Z weight lambda")))
    if rng.random() < 0.1:
        lines = [" " * rng.randint(1, 3) + line + rng.choice(("", " ", "  # near")) for line in lines]
    return ended(rng, lines)


def stol(rng: Random) -> Text:
    """S(q) of an amorphous material."""
    return ended(rng, [f"{0.05 * i:.2f} {rng.uniform(1, 10):.3f}" for i in range(rng.randint(1, 6))])


def smv(rng: Random, fast: int, slow: int, mask: bool) -> Smv:
    """An image or a mask whose header holds some of the keys that set the camera."""
    pixel = rng.choice((0.1, 0.172, 0.5, rng.uniform(0.05, 3)))
    drawn = {
        "PIXEL_SIZE": pixel,
        "DISTANCE": rng.choice((100, rng.uniform(30, 400))),
        "CLOSE_DISTANCE": rng.uniform(30, 400),
        "WAVELENGTH": rng.choice((1, rng.uniform(0.5, 2.5))),
        "BEAM_CENTER_X": rng.uniform(-0.2, 1.2) * fast * pixel,
        "BEAM_CENTER_Y": rng.uniform(-0.2, 1.2) * slow * pixel,
        "ORGX": rng.uniform(-0.2, 1.2) * fast,
        "ORGY": rng.uniform(-0.2, 1.2) * slow,
        "XDS_ORGX": rng.uniform(-0.2, 1.2) * fast,
        "PHI": rng.uniform(-90, 90),
        "OSC_RANGE": rng.choice((0, 0.5, 1, rng.uniform(0, 5))),
        "TWOTHETA": rng.uniform(-20, 20),
        "DETECTOR_SN": 905,
        "OSC_START": rng.uniform(-90, 90),
    }
    likely = rng.choice((0.2, 0.5, 0.9))
    if rng.random() < 0.9:
        # The classic program takes it for ORGX.
        del drawn["XDS_ORGX"]
    keys = [(key, spelled(rng, value)) for key, value in drawn.items() if rng.random() < likely]
    if keys and rng.random() < 0.04:
        index = rng.randrange(len(keys))
        keys[index] = (keys[index][0], keys[index][1] + rng.choice((" mm", " ", "mm")))
    if rng.random() < 0.3:
        rng.shuffle(keys)
    image = Smv(tuple(keys), fast, slow, dark=rng.choice((0, 2, 3, 5)) if mask else 0)
    if rng.random() < 0.2:
        return Smv(image.keys, fast, slow, 1024, image.dark, 1024)
    if rng.random() < 0.1:
        # As the classic program writes it where the text outgrows 512 bytes.
        return Smv((*image.keys, ("COMMENT", "x" * rng.randint(200, 420))), fast, slow, 512, image.dark, 512)
    return image
