"""Random command lines over all options of the classic program."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from . import inputs
from .inputs import spelled
from .lines import File, Line, Option

# Samples of a line: pixels, sub-pixels, layers, sources, steps and domains multiplied. A second or less on either side.
MOST_SAMPLES = 3e5
CELLS = ((50,), (40, 50, 60), (40, 25, 31.2, 80, 95, 105), (30, 40, 60), (70, 80, 90, 75, 85, 95), (100, 100, 40, 90, 90, 120))
MISSPELT = (
    "-NA",
    "-Np",
    "-NOISE",
    "-polarization",
    "-phi0",
    "-detector_thickness",
    "-mosaic_d",
    "-lamda",
    "-cel",
    "-detpixel",
    "-Oversample",
)


class Draw:
    """Draws the parts of one line."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.options: list[Option] = []
        self.files: dict[str, File] = {}
        self.likely = rng.choice((0.08, 0.2, 0.45))
        self.size = (rng.randint(1, 14), rng.randint(1, 14))
        self.pixel = rng.choice((0.1, 0.1, 0.172, 1.0, math.exp(rng.uniform(math.log(0.01), math.log(50)))))
        self.wavelength = rng.choice((1.0, 1.0, rng.uniform(0.5, 3)))
        self.cell: tuple[float, ...] = (100,)

    def add(self, name: str, *values: object) -> None:
        """An option; numbers are spelled at random."""
        words = tuple(spelled(self.rng, value) if isinstance(value, float) else str(value) for value in values)
        self.options.append(Option(name, words))

    def of(self, *names: str) -> str:
        return self.rng.choice(names)

    def file(self, option: str, name: str, file: File) -> None:
        self.files[name] = file
        self.add(option, name)

    def maybe(self, part: Callable[[Draw], None], weight: float = 1.0) -> None:
        if self.rng.random() < min(1.0, self.likely * weight):
            part(self)

    def any_of(self, *parts: Callable[[], None]) -> None:
        """Every part as likely as not."""
        for part in parts:
            if self.rng.random() < 0.5:
                part()


def structure_factors(draw: Draw) -> None:
    rng = draw.rng
    kind = rng.choice(("constant", "constant", "constant", "hkl", "hkl", "both", "cache", "none" if rng.random() < 0.1 else "hkl"))
    if kind in ("constant", "both", "cache"):
        draw.add("-default_F", rng.choice((10, 100, rng.uniform(1, 300), 0 if rng.random() < 0.1 else 50)))
    if kind in ("hkl", "both"):
        draw.file(draw.of("-hkl", "-hkl", "-hklfile", "-hkl_file"), "table.hkl", inputs.hkl(rng))
        if rng.random() < 0.1:
            draw.add("-dump", "cache.bin")
    if kind == "cache":
        draw.add("-dump", draw.of("nosuch.bin", "Fdump.bin"))
    if rng.random() < 0.2:
        draw.add(draw.of("-interpolate", "-nointerpolate"))


def crystal(draw: Draw) -> None:
    rng = draw.rng
    if rng.random() < 0.15:
        draw.file(draw.of("-mat", "-matrix"), "a.mat", inputs.matrix(rng, draw.wavelength))
        if rng.random() < 0.7:
            return
    draw.cell = rng.choice(CELLS)
    if rng.random() < 0.5:
        edges, angles = [rng.uniform(8, 200) for _ in range(3)], [rng.uniform(72, 108) for _ in range(3)]
        draw.cell = tuple([*edges, *angles][: rng.choice((1, 3, 6, 6, 2, 4, 5))])
    draw.add("-cell", *draw.cell)
    if rng.random() < 0.01:
        draw.add("-cell", rng.choice((30, 40)))


def crystal_size(draw: Draw) -> None:
    rng = draw.rng
    kind = rng.choice(("N", "N", "Na", "size", "exact", "exact"))
    if kind == "N":
        draw.add("-N", rng.choice((1, 2, 3, 5, 7, 10, rng.randint(-2, 30))))
    elif kind == "Na":
        draw.any_of(*(lambda name=name: draw.add(name, rng.randint(0, 12)) for name in ("-Na", "-Nb", "-Nc")))
    else:
        names = {
            0: ("-sample_x", "-sample_thick", "-xtal_x", "-xtal_thick", "-sample_thickness", "-xtal_thickness"),
            1: ("-sample_y", "-sample_width", "-width", "-xtal_y", "-xtal_width"),
            2: ("-sample_z", "-sample_height", "-height", "-xtal_z", "-xtal_height"),
        }
        edges = (draw.cell * 3)[:3] if len(draw.cell) < 3 else draw.cell[:3]

        def sized(axis: int) -> float:
            # Å in mm.
            return (rng.randint(1, 12) if kind == "exact" else rng.uniform(0.2, 12)) * edges[axis] * 1e-7

        if rng.random() < 0.3:
            draw.add(draw.of("-samplesize", "-sample_size", "-xtalsize", "-xtal_size"), f"{sized(rng.randrange(3)):.{rng.choice((4, 9))}g}")
        for axis in range(3):
            if rng.random() < 0.7:
                draw.add(draw.of(*names[axis]), f"{sized(axis):.{rng.choice((4, 6, 9))}g}")


def shape(draw: Draw) -> None:
    draw.add(draw.of("-square_xtal", "-round_xtal", "-gauss_xtal", "-gauss_xtal", "-tophat_spots", "-binary_spots"))
    if draw.rng.random() < 0.3:
        draw.add("-fudge", draw.rng.choice((1, 0.5, draw.rng.uniform(0, 3))))


def mosaicity(draw: Draw) -> None:
    rng = draw.rng
    names = ("-mosaic", "-mosaic", "-mosaicity", "-mosaic_spread", "-mosaici", "-mosaic_spr")
    draw.any_of(
        lambda: draw.add(draw.of(*names), rng.choice((0, 1, rng.uniform(0, 2), rng.uniform(0, 180)))),
        lambda: draw.add(draw.of("-mosaic_dom", "-mosaic_dom", "-mosaic_domains", "-mosaic_domain"), rng.randint(0, 6)),
        lambda: draw.add("-mosaic_seed", seed(rng)),
    )


def seed(rng: Random) -> int:
    if rng.random() < 0.06:
        return rng.choice((0, -5, -1, 2147483646, 2147483647, 2147483648, 4294967297, -2147483648))
    return rng.choice((1, rng.randint(1, 1000), rng.randint(1, 2**31 - 2)))


def missetting(draw: Draw) -> None:
    rng = draw.rng
    if rng.random() < 0.25:
        draw.add("-misset", "rand" if rng.random() < 0.05 else "random")
        if rng.random() < 0.95:
            draw.add("-misset_seed", seed(rng))
        return
    draw.add("-misset", *(rng.choice((0, 10, 90, rng.uniform(-180, 180))) for _ in range(3)))


def spindle(draw: Draw) -> None:
    rng = draw.rng
    draw.any_of(
        lambda: draw.add("-phi", rng.choice((0, 0, 90, rng.uniform(-180, 180)))),
        lambda: draw.add("-osc", rng.choice((0, 1, rng.uniform(0, 10), -1))),
        lambda: draw.add("-phistep", rng.choice((0, 0.5, rng.uniform(1, 5), -1))),
        lambda: draw.add("-phisteps", rng.randint(-1, 5)),
    )


def wavelength(draw: Draw) -> None:
    if draw.rng.random() < 0.3:
        draw.add("-energy", draw.rng.choice((12398.42, 12000, 12398.42 / draw.wavelength)))
    else:
        draw.add(draw.of("-lambda", "-lambda", "-wavelength", "-wave"), draw.wavelength)


def dispersion(draw: Draw) -> None:
    rng = draw.rng
    draw.any_of(
        lambda: draw.add("-dispersion", rng.choice((0, 1, rng.uniform(0, 10), -1))),
        lambda: draw.add("-dispsteps", rng.randint(-1, 5)),
    )


def divergence(draw: Draw) -> None:
    rng = draw.rng
    milliradians = (0, 1, rng.uniform(0, 20), -1)
    draw.any_of(
        lambda: draw.add("-divergence", rng.choice(milliradians)),
        lambda: draw.add("-hdivrange", rng.choice(milliradians)),
        lambda: draw.add("-vdivrange", rng.choice(milliradians)),
        lambda: draw.add("-divsteps", rng.randint(-1, 5)),
        lambda: draw.add(draw.of("-hdivsteps", "-vdivsteps"), rng.randint(-1, 5)),
        lambda: draw.add(draw.of("-hdivstep", "-vdivstep"), rng.choice((0, 1, rng.uniform(2, 9), -1))),
        lambda: draw.add(draw.of("-round_div", "-square_div")),
    )


def source_file(draw: Draw) -> None:
    draw.file("-sourcefile", "sources.txt", inputs.sources(draw.rng))


def flux(draw: Draw) -> None:
    rng = draw.rng
    draw.any_of(
        lambda: draw.add("-fluence", rng.choice(("1e24", "1.25e29", rng.uniform(1e20, 1e30)))),
        lambda: draw.add("-flux", rng.choice(("1e12", rng.uniform(1e9, 1e19), 0))),
        lambda: draw.add("-exposure", rng.choice((1, 0.1, rng.uniform(0.01, 10)))),
        lambda: draw.add("-beamsize", rng.choice((0.1, 1, rng.uniform(1e-5, 0.2), "1e-6"))),
    )


def polarization(draw: Draw) -> None:
    draw.any_of(lambda: draw.add("-polar", draw.rng.choice((0, 1, 0.99, -1, draw.rng.uniform(-1, 1)))), lambda: draw.add("-nopolar"))


def water(draw: Draw) -> None:
    draw.add("-water", draw.rng.choice((0, 1, 10, draw.rng.uniform(0, 50))))


def distance(draw: Draw) -> None:
    rng = draw.rng
    mm = rng.choice((100, 200, rng.uniform(20, 600), rng.uniform(1, 3000)))
    draw.any_of(lambda: draw.add("-distance", mm), lambda: draw.add("-close_distance", mm))


def pixels(draw: Draw) -> None:
    """Size of the pixels and of the detector, which an image in its place may give."""
    rng, (fast, slow) = draw.rng, draw.size
    if rng.random() < 0.7:
        draw.add(draw.of("-pixel", "-pixel", "-pixelsize", "-pixel_size"), draw.pixel)
    kind = rng.choice(("square", "square", "square", "both", "both", "size", "image", "mask", "header"))
    if kind == "square":
        draw.add("-detpixels", fast)
        draw.size = (fast, fast)
    if kind == "both" or kind in ("image", "mask", "header") and rng.random() < 0.3:
        draw.add(draw.of("-detpixels_f", "-detpixels_x"), fast)
        draw.add(draw.of("-detpixels_s", "-detpixels_y"), slow)
    if kind == "size":
        draw.add("-pixel", draw.pixel)
        edge = rng.choice((fast, fast + 0.5, rng.uniform(0.6, 14))) * draw.pixel
        draw.add("-detsize", f"{edge:.{rng.choice((4, 9))}g}")
        if rng.random() < 0.4:
            draw.add(draw.of("-detsize_f", "-detsize_s"), f"{slow * draw.pixel:.{rng.choice((3, 9))}g}")
    if kind in ("image", "header"):
        draw.file("-img", "camera.img", inputs.smv(rng, fast, slow, False))
    if kind in ("mask", "header"):
        draw.file("-mask", "mask.img", inputs.smv(rng, fast, slow, True))


def centre(draw: Draw) -> None:
    rng = draw.rng
    for axis, name in enumerate(("-Xbeam", "-Ybeam", "-Xclose", "-Yclose", "-ORGX", "-ORGY")):
        if rng.random() < 0.35:
            middle = draw.size[axis % 2] * rng.choice((0.5, rng.uniform(-1, 2)))
            draw.add(name, middle if name.startswith("-ORG") else middle * draw.pixel)


def tilts(draw: Draw) -> None:
    rng = draw.rng
    for name in ("-detector_rotx", "-detector_roty", "-detector_rotz", "-twotheta"):
        if rng.random() < 0.5:
            draw.add(name, rng.choice((rng.uniform(-80, 80), rng.uniform(-10, 10), 10, 45, rng.choice((0, 90, 180)))))


def pivot(draw: Draw) -> None:
    draw.add("-pivot", draw.of("beam", "sample"))


def convention(draw: Draw) -> None:
    draw.add(draw.of("-mosflm", "-xds", "-adxv", "-denzo", "-dials"))


def frame(draw: Draw) -> None:
    """Some or all axes of a frame of one's own: turned, of any length, seldom skew."""
    rng = draw.rng
    turn = rng.choice((inputs.rotation(rng), inputs.rotation(rng), [[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]))
    axes = {
        "-fdet_vector": turn[0], "-sdet_vector": turn[1], "-odet_vector": turn[2], "-beam_vector": turn[2],
        "-polar_vector": turn[0], "-spindle_axis": turn[1],
    }  # fmt: skip
    if rng.random() < 0.5:
        axes = {name: axis for name, axis in axes.items() if rng.random() < 0.4}
    for name, axis in axes.items():
        length = rng.choice((1, 1, 1, 2, rng.uniform(0.1, 5)))
        off = [value * length + (rng.uniform(-0.2, 0.2) if rng.random() < 0.1 else 0) for value in axis]
        draw.add(name, *(f"{value:.{rng.choice((3, 9))}g}" for value in off))
    if rng.random() < 0.3:
        length = rng.choice((1, rng.uniform(0.5, 3)))
        draw.add("-twotheta_axis", *(f"{value * length:.6g}" for value in rng.choice(turn)))
        draw.add("-twotheta", rng.choice((0, rng.uniform(-60, 60))))
    if rng.random() < 0.1:
        draw.add("-pix0_vector", rng.uniform(-0.1, 0.1), rng.uniform(-0.1, 0.1), 0.1)


def pixel_shape(draw: Draw) -> None:
    draw.any_of(lambda: draw.add("-curved_det"), lambda: draw.add("-point_pixel"))


def sensor(draw: Draw) -> None:
    rng = draw.rng
    draw.any_of(
        lambda: draw.add("-detector_thick", rng.choice((0, 100, 450, rng.uniform(1, 900)))),
        lambda: draw.add(
            draw.of("-detector_abs", "-detector_abs", "-detector_absorb", "-detector_absorption"),
            rng.choice((300, "inf", 0, rng.uniform(20, 900))),
        ),
        lambda: draw.add(draw.of("-thicksteps", "-detector_thicksteps"), rng.randint(-1, 5)),
    )


def oversampled(draw: Draw) -> None:
    draw.any_of(*(lambda name=name: draw.add(name) for name in ("-oversample_thick", "-oversample_polar", "-oversample_omega")))


def region(draw: Draw) -> None:
    rng, (fast, slow) = draw.rng, draw.size
    bounds = [sorted(rng.randint(0, size + 1) for _ in range(2)) for size in (fast, slow)]
    words = [value if rng.random() > 0.1 else -1 for pair in bounds for value in pair]
    draw.add("-roi", *words)


def cutoff(draw: Draw) -> None:
    draw.add("-dmin", draw.rng.choice((0, 2, draw.rng.uniform(0.5, 20))))


def output(draw: Draw) -> None:
    rng = draw.rng
    draw.any_of(
        lambda: draw.add("-scale", rng.choice((0, -1)) if rng.random() < 0.1 else rng.choice((1, rng.uniform(0.01, 1e4)))),
        lambda: draw.add(
            draw.of("-adc", "-adc", "-adcoffset", "-adc_offset"),
            rng.choice((0, 10, 100, rng.uniform(0, 200), -10 if rng.random() < 0.1 else 20)),
        ),
        lambda: draw.add("-pgmscale", rng.choice((0, -1)) if rng.random() < 0.1 else rng.choice((1, rng.uniform(0.01, 1e3)))),
        lambda: draw.add(draw.of("-nonoise", "-nopgm")),
        lambda: draw.add(draw.of("-floatfile", "-floatimage"), "f.bin"),
        lambda: draw.add(draw.of("-intfile", "-intimage"), "i.img"),
        lambda: draw.add(draw.of("-noisefile", "-noiseimage"), "n.img"),
        lambda: draw.add(draw.of("-pgmfile", "-pgmimage"), "p.pgm"),
    )


def printing(draw: Draw) -> None:
    draw.any_of(
        lambda: draw.add("-printout"),
        lambda: draw.add("-printout_pixel", draw.rng.randint(0, 5), draw.rng.randint(0, 5)),
        lambda: draw.add(draw.of("-progress", "-noprogress")),
    )


def without_effect(draw: Draw) -> None:
    rng = draw.rng
    draw.any_of(
        lambda: draw.file(draw.of("-stol", "-4stol", "-Q"), "water.stol", inputs.stol(rng)),
        lambda: draw.add(draw.of("-stol", "-Q"), "nosuch.stol") if rng.random() < 0.1 else None,
        lambda: draw.add("-stolout", "out.stol"),
        lambda: draw.add("-coherent"),
        lambda: draw.add(draw.of("-density", "-sample_density"), rng.uniform(0.5, 3)),
        lambda: draw.add(draw.of("-MW", "-molecular_weight", "-molecular"), 18),
    )


def left_over(draw: Draw) -> None:
    """A cache of an earlier run."""
    draw.files["Fdump.bin"] = inputs.cache(draw.rng)


# What a line may hold beside detector, crystal and structure factors, and how likely it is next to the others.
PARTS: tuple[tuple[Callable[[Draw], None], float], ...] = (
    (crystal_size, 3), (shape, 1), (mosaicity, 1), (missetting, 2), (spindle, 1), (wavelength, 1), (dispersion, 0.7), (divergence, 0.7),
    (source_file, 0.5), (flux, 0.7), (polarization, 0.7), (water, 0.5), (distance, 1.5), (centre, 1), (tilts, 1), (pivot, 0.5),
    (convention, 1), (frame, 0.6), (pixel_shape, 0.5), (sensor, 0.7), (oversampled, 0.5), (region, 0.5), (cutoff, 0.4), (output, 0.7),
    (printing, 0.3), (without_effect, 0.3), (left_over, 0.1),
)  # fmt: skip


def drawn(rng: Random) -> Line:
    draw = Draw(rng)
    pixels(draw)
    crystal(draw)
    structure_factors(draw)
    for part, weight in PARTS:
        draw.maybe(part, weight)
    if draw.rng.random() < 0.05:
        convention(draw)
    draw.add("-seed", seed(rng))
    if rng.random() < 0.6:
        draw.add("-oversample", rng.choice((1, 1, 1, 2, 3, 0)))
    rng.shuffle(draw.options)
    if rng.random() < 0.95:
        # The classic program takes these for `-misset` and `-twotheta` too, unless those follow.
        draw.options.sort(key=lambda option: option.name not in ("-misset_seed", "-twotheta_axis"))
    if rng.random() < 0.04:
        degenerate(draw)
    if rng.random() < 0.01:
        draw.options.insert(rng.randrange(len(draw.options)), Option(rng.choice(MISSPELT), ("3",)))
    if rng.random() < 0.01:
        draw.options[-1] = Option(draw.options[-1].name, draw.options[-1].values[:-1])
    return Line(tuple(draw.options), draw.files).needed()


def degenerate(draw: Draw) -> None:
    """Puts a value where there is none, or none below zero, in the place of a number; or a real one in that of a count."""
    rng = draw.rng
    index = rng.randrange(len(draw.options))
    option = draw.options[index]
    numbers = [at for at, word in enumerate(option.values) if word[-1:].isdigit()]
    if numbers and option.name not in ("-seed", "-oversample", "-pixel", "-pixelsize", "-pixel_size"):
        at = rng.choice(numbers)
        word = rng.choice(("0", "-1", f"-{option.values[at].lstrip('+-')}", "3.7", "1e1"))
        draw.options[index] = Option(option.name, (*option.values[:at], word, *option.values[at + 1 :]))


def samples(line: Line) -> float:
    """About how many samples a line asks for, where a count is not its files'."""

    def count(default: float, *names: str) -> float:
        number = line.number(*names)
        return max(1.0, min(abs(number if number is not None else default), 1e9))

    steps = count(2 if line.has("-osc", "-phistep") else 1, "-phisteps")
    domains = count(10 if line.has("-mosaic") else 1, "-mosaic_dom", "-mosaic_domains", "-mosaic_domain")
    divergent = line.has("-divergence", "-hdivrange", "-vdivrange", "-hdivstep", "-vdivstep", "-divsteps", "-hdivsteps", "-vdivsteps")
    sources = count(2, "-dispsteps") * (count(4, "-hdivsteps", "-divsteps") * count(4, "-vdivsteps", "-divsteps") if divergent else 1)
    layers = count(2, "-thicksteps", "-detector_thicksteps")
    oversample = line.number("-oversample")
    if oversample is None or oversample < 1:
        oversample = automatic_oversample(line)
    return 200 * steps * domains * sources * layers * oversample**2


def automatic_oversample(line: Line) -> float:
    cell = line.numbers("-cell")[:3] or [150.0]
    cells = [abs(number) for name in ("-N", "-Na", "-Nb", "-Nc") if (number := line.number(name)) is not None]
    sizes = [
        number * 1e7
        for option in line.options
        if "ize" in option.name or "sample_" in option.name or "xtal_" in option.name or option.name in ("-width", "-height")
        for number in line.numbers(option.name)[:1]
    ]
    longest = max([*(edge * max(cells, default=1) for edge in cell), *(size for size in sizes if size < 1e6)])
    mm = [line.number(name) or default for name, default in (("-distance", 100.0), ("-close_distance", 1e9))]
    pixel = max(line.number("-pixel") or 0, line.number("-pixelsize") or 0, line.number("-pixel_size") or 0) or 0.1
    return max(1.0, 3 * longest * pixel / min(mm) / 0.7)


def line_of(seed: int, number: int, only: str = "") -> Line:
    """Line `number` of a seed: the same for ever, whatever the others are; with `only`, one that holds this option.

    Raises LookupError when no line holds it.
    """
    rng = Random(f"{seed} {number}")
    for _ in range(20000):
        line = drawn(rng)
        if only and not line.has(only):
            continue
        if samples(line) <= MOST_SAMPLES:
            return line
    raise LookupError(f"no line holds {only}")
