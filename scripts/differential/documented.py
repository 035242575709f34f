"""The differences that are meant. Nothing that is not in this table is exempt.

A row says what is exempt and why, when (a predicate on the line and on what came of it), which kinds of difference it explains (a
pattern that a kind begins with), and under which -physics. docs/classic.md and the tables of docs/conformance.md describe them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .compare import LAST_BITS, Case, Difference
from .lines import Smv, number_of

SPEC = "spec"
REFUSED = "ours refused"
STATISTICS = "print maximum|print statistics|print scale|print grey scale|print photons|header scale"
COUNTS = f"integer image|noise image|PGM|{STATISTICS}"
PIXELS = f"float image|{COUNTS}"
When = Callable[[Case], bool]

SEEDS = ("-seed", "-mosaic_seed", "-misset_seed")
COUNTS_OF = (
    "-N", "-Na", "-Nb", "-Nc", "-detpixels", "-detpixels_f", "-detpixels_s", "-detpixels_x", "-detpixels_y", "-phisteps", "-dispsteps",
    "-divsteps", "-hdivsteps", "-vdivsteps", "-mosaic_dom", "-mosaic_domains", "-mosaic_domain", "-thicksteps",
    "-detector_thicksteps", "-oversample", "-roi", "-printout_pixel", *SEEDS,
)  # fmt: skip
POSITIVE = (
    "-distance", "-close_distance", "-detpixels", "-detpixels_f", "-detpixels_s", "-detpixels_x", "-detpixels_y", "-detsize", "-detsize_f",
    "-detsize_s", "-pixel", "-pixelsize", "-pixel_size", "-lambda", "-wavelength", "-wave", "-energy", "-beamsize", "-exposure",
)  # fmt: skip
NOT_NEGATIVE = (
    "-flux", "-fluence", "-water", "-dmin", "-detector_thick", "-detector_abs", "-detector_absorb", "-detector_absorption", "-mosaic",
    "-mosaicity", "-mosaic_spread", "-mosaici", "-mosaic_spr", "-fudge",
)  # fmt: skip


@dataclass(frozen=True)
class Documented:
    what: str
    why: str
    when: When
    kinds: str = ""
    physics: str = "spec|c-parity"

    def explains(self, case: Case, difference: Difference, physics: str) -> bool:
        return bool(re.match(self.kinds, difference.kind) and re.fullmatch(self.physics, physics) and self.when(case))


def refuses(*parts: str) -> When:
    """Ours refuses, and its message holds all of these parts."""
    return lambda case: case.ours.ended == "refused" and all(part in case.ours.message for part in parts)


def typed(test: Callable[[float], bool], *options: str) -> When:
    """One of the options was typed with a number of this kind; ours, if it refuses, names it."""

    def when(case: Case) -> bool:
        named = case.ours.ended != "refused" or any(f"{option}:" in case.ours.message for option in options)
        return named and any(test(number) for option in case.line.options if option.name in options for number in option.numbers())

    return when


def not_above_zero(number: float) -> bool:
    return number <= 0


def below_zero(number: float) -> bool:
    return number < 0


def beyond_a_seed(number: float) -> bool:
    return number < 0 or number >= 2**31 - 1


def last_bits(case: Case) -> bool:
    return 0 < case.float_error <= LAST_BITS


def sums_solid_angles_too_often(case: Case) -> bool:
    """Whether the classic figure is ours times layers, over sources, φ steps and domains; or a point pixel's, which has no area."""
    if case.line.has("-point_pixel"):
        return True
    layers, sources, steps, domains = (
        int(found.group(1)) if (found := re.search(pattern, case.classic.log)) else 1
        for pattern in (r"thick in (\d+) layers", r"total of (\d+) sources", r"(\d+) phi steps", r"total of (\d+) mosaic domains")
    )
    classic, ours = (
        float(found.group(1)) if (found := re.search(r"detector = (\S+) steradian", log)) else math.nan
        for log in (case.classic.log, case.ours.log)
    )
    # Sub-pixels and layers are summed there, the middle of a pixel's face counts here.
    one = layers == 1 and " 1x1 pixel oversample" in case.classic.log
    return math.isclose(classic * sources * steps * domains / layers, ours, rel_tol=1e-4 if one else 0.3)


def after(word: str, other: str) -> When:
    """The classic program takes `word` for `other` as well, which was typed before it or not at all."""

    def when(case: Case) -> bool:
        names = [option.name for option in case.line.options]
        return word in names and word not in names[: max((at for at, name in enumerate(names) if name == other), default=0)]

    return when


def has(*options: str) -> When:
    return lambda case: case.line.has(*options)


def negative_counts(case: Case) -> bool:
    image = case.classic.images.get("float image")
    offset = case.line.number("-adc", "-adcoffset", "-adc_offset")
    return offset is not None and offset < 0 or image is not None and bool((image.pixels.astype(np.float64) < 0).any())


def bright_pixels_alone(case: Case) -> bool:
    """Noise differs where the mean is beyond the counts of an SMV image, and there alone."""
    photons, _ = case.pixels("float image")
    classic, ours = case.pixels("noise image")
    dark = photons[: classic.size] <= 65535
    return bool((photons > 65535).any()) and bool((classic[dark] == ours[dark]).all())


def counts_are_not_whole(case: Case) -> bool:
    return any(re.search(r"[.e]", word) for option in case.line.options if option.name in COUNTS_OF for word in option.values)


def axis_is_not_normal(case: Case) -> bool:
    axis = case.line.numbers("-twotheta_axis")
    return len(axis) == 3 and not math.isclose(math.hypot(*axis), 1, rel_tol=1e-12)


def random_by_clock(case: Case) -> bool:
    option = case.line.last("-misset")
    return option is not None and option.values[:1] == ("random",) and not case.line.has("-misset_seed")


def is_none(word: str) -> bool:
    """A length of attenuation that stands for no absorption."""
    return "inf" in word or number_of(word) == 0


def attenuations(case: Case) -> list[str]:
    return [word for option in case.line.options if option.name.startswith("-detector_abs") for word in option.values[:1]]


def sensor_without_absorption(case: Case) -> bool:
    return any(map(is_none, attenuations(case)[-1:])) and case.line.has("-detector_thick")


def absorption_after_none(case: Case) -> bool:
    return any(map(is_none, attenuations(case)[:-1])) and case.line.has("-detector_thick")


def several_steps_through_zero(case: Case) -> bool:
    steps = re.findall(r"^phi\d+ = (\S+)", case.classic.log, re.MULTILINE)
    return len(steps) > 1 and any(float(step) == 0 for step in steps)


def pivots_differ(case: Case) -> bool:
    return case.line.has("-pivot") and any(difference.kind == "print pivot" for difference in case.differences)


def normal_is_left_out(case: Case) -> bool:
    return case.line.has("-fdet_vector", "-sdet_vector") and not case.line.has("-odet_vector")


def turned_away(case: Case) -> bool:
    """The detector may be seen from behind: a sensor, and a tilt of a right angle or more, or axes of one's own."""
    tilts = case.line.numbers("-detector_rotx") + case.line.numbers("-detector_roty") + case.line.numbers("-twotheta")
    return case.line.has("-detector_thick") and (any(abs(tilt) >= 80 for tilt in tilts) or case.line.has("-odet_vector", "-beam_vector"))


def unreadable_stol(case: Case) -> bool:
    return "nosuch.stol" in case.line.words()


def header_outgrew(image: Smv) -> bool:
    return len(image.header()) > image.promised


def no_structure_factors(case: Case) -> bool:
    return not case.line.has("-hkl", "-hklfile", "-hkl_file") and case.line.number("-default_F") == 0


def reads_left_over(case: Case) -> bool:
    return "Fdump.bin" in case.line.files and not case.line.has("-hkl", "-hklfile", "-hkl_file")


def has_thin_sensor(case: Case) -> bool:
    return case.line.has("-oversample_thick") and "sensor is 0 m thick" in case.classic.log


def at_a_lattice_point(shape: str, most: float) -> When:
    """Pixels of a crystal of this shape differ in a few places and there alone: one, or this part of them."""

    def when(case: Case) -> bool:
        a, b = case.pixels("float image")
        with np.errstate(invalid="ignore"):
            far = np.abs(a - b) > 1e-6 * np.maximum(np.abs(a), np.abs(b))
        last = case.line.last("-square_xtal", "-round_xtal", "-gauss_xtal", "-tophat_spots", "-binary_spots")
        return (last.name if last else "-square_xtal") == shape and 0 < int(np.count_nonzero(far)) <= max(1.0, most * a.size)

    return when


def text_is_ragged(case: Case) -> bool:
    """The source file has lines that do not end in a line feed alone."""
    text = case.line.text_of("-sourcefile")
    return bool(text) and ("\r" in text or not text.endswith("\n"))


def table_is_not_four_columns(case: Case) -> bool:
    """The hkl file has lines that are not three whole numbers and F."""
    text = case.line.text_of("-hkl", "-hklfile", "-hkl_file")
    return any(
        not re.fullmatch(r" *([-+]?\d+ *){3} +[-+.\deE]+\r?", line) or "." in " ".join(line.split()[:3]) for line in text.splitlines()
    )


def header_outgrows(case: Case) -> bool:
    image = case.classic.images.get("integer image") or case.classic.images.get("noise image")
    return image is not None and image.header_bytes > 512


def image_words(test: Callable[[Smv], bool]) -> When:
    """An input image is of this kind."""
    return lambda case: any(isinstance(file, Smv) and test(file) for file in case.line.files.values())


def units(image: Smv) -> bool:
    return any(value.rstrip().endswith("mm") for _, value in image.keys)


ROW = Documented


def ambiguous(image: Smv) -> bool:
    """The last key that holds the name of one that sets the camera is another key."""
    names = ("PIXEL_SIZE", "WAVELENGTH", "BEAM_CENTER_X", "BEAM_CENTER_Y", "ORGX", "ORGY", "PHI", "OSC_RANGE")
    holders = ((name, [key for key, _ in image.keys if name in key]) for name in names)
    return any(keys and keys[-1] != name for name, keys in holders)


DOCUMENTED: tuple[Documented, ...] = (
    # Numbers.
    ROW(
        "last bits of a sum",
        "terms are added in another order; what is rounded or drawn from them may follow",
        last_bits,
        f"float image .last bits|{COUNTS}",
    ),
    ROW(
        "printed solid angle",
        "here that of the rendered pixels; there times layers, over sources, φ steps and domains",
        sums_solid_angles_too_often,
        "print solid angle",
    ),
    ROW("round crystal at a lattice point", "sin x/x − cos x cancels there", at_a_lattice_point("-round_xtal", 0.2), PIXELS),
    ROW(
        "square crystal at a lattice point",
        "one rounding error over another there, the limit here",
        at_a_lattice_point("-square_xtal", 0.05),
        PIXELS,
    ),
    ROW("negative photons or `-adc`", "counts and grey levels clip here, wrap there", negative_counts, "integer image|noise image|PGM"),
    ROW(
        "photons of pixels brighter than 65535",
        "drawn in double precision here, in single there",
        bright_pixels_alone,
        "noise image|print photons",
    ),
    ROW("printed rms beyond float32", "overflows there", lambda case: "rms= inf" in case.classic.log, "print statistics"),
    # Words.
    ROW("unknown word", "an error here; ignored there, or taken for an option that it holds a part of", refuses("unknown option"), REFUSED),
    ROW("missing value", "an error here", refuses(", and got nothing"), REFUSED),
    ROW("count with a point or an exponent", "numbers are read whole here; up to the point or exponent there", counts_are_not_whole),
    ROW("`-twotheta_axis` after `-twotheta`", "sets the angle as well there", after("-twotheta_axis", "-twotheta")),
    ROW("`-misset_seed` after `-misset`", "sets the angles as well there", after("-misset_seed", "-misset")),
    ROW("`-misset random` without `-misset_seed`", "seeded by the clock there, by `-seed` here", random_by_clock),
    ROW("`-twotheta_axis` of another length than 1", "not normalised there", axis_is_not_normal),
    ROW(
        "seeds below 0 or of 2147483647 and more",
        "a positive internal seed does not seed again there, atoi wraps",
        typed(beyond_a_seed, *SEEDS),
    ),
    ROW("negative `-fudge` of a round crystal", "NaN there", typed(below_zero, "-fudge"), f"{REFUSED}|{PIXELS}"),
    ROW(
        "sensor with `-detector_abs inf` or 0",
        "black there; stops every photon here",
        sensor_without_absorption,
        f"{PIXELS}|print sensor|print all layers",
    ),
    # Files.
    ROW(
        "header longer than 512 bytes",
        "1024 bytes here; there the pixels begin late and the header does not say so",
        header_outgrows,
        "header HEADER_BYTES",
    ),
    ROW("header key whose name another, later one holds", "keys are whole here, any word that holds them there", image_words(ambiguous)),
    ROW("units in a header", "the number is read, or the file refused", image_words(units)),
    ROW(
        "source file with CRLF or without a last end of line",
        "columns are lost there",
        text_is_ragged,
        f"{PIXELS}|print sources|print all sources",
    ),
    ROW(
        "hkl file with further columns, real indices, comments",
        "read as further reflections there, or the end of reading",
        table_is_not_four_columns,
    ),
    ROW("`-default_F 0` without `-hkl`", "usage there, a dark image here", no_structure_factors, "classic refused"),
    ROW("`-stol` that cannot be read", "a warning here; ends the run there", unreadable_stol, "classic refused"),
    # What makes no picture.
    ROW("`-roi` without a pixel", "refused", refuses("-roi", "holds no pixel"), REFUSED),
    ROW("`-printout_pixel` beside the detector", "refused", refuses("-printout_pixel", "is not a pixel"), REFUSED),
    ROW("round divergence without a source", "refused", refuses("no source"), REFUSED),
    ROW("axes without a direction, or parallel ones", "refused", refuses("_vector", "parallel"), REFUSED),
    ROW("axes of length 0", "refused", refuses("_vector", "direction"), REFUSED),
    ROW("`-osc 0` in steps of `-phistep`", "refused: there is no step", refuses("-osc", "leaves no step"), REFUSED),
    ROW("detector edge-on", "refused: the beam never meets it", refuses("never meets it"), REFUSED),
    ROW("`-curved_det` bent to less than a pixel", "refused", refuses("-curved_det"), REFUSED),
    ROW("cell edge or angle of 0, or that does not close", "refused", refuses("-cell:"), REFUSED),
    ROW("mask of another size than the detector", "refused; there read beyond its end", refuses("-mask", "detector"), REFUSED),
    ROW("`-mat`, `-img`, `-mask` that cannot be read", "refused", refuses("No such file"), REFUSED),
    ROW("nothing, or less, where there must be some", "refused", typed(not_above_zero, *POSITIVE), REFUSED),
    ROW("less than nothing", "refused", typed(below_zero, *NOT_NEGATIVE), REFUSED),
    ROW("`-dispersion` above 200 %", "refused: wavelengths below 0", typed(lambda percent: percent > 200, "-dispersion"), REFUSED),
    ROW("crash of the classic program", "nothing to compare", lambda case: case.classic.ended == "crashed"),
    # Readings of the classic formulas: under c-parity this program is the classic one.
    ROW("φ = 0 among several φ steps", "the cell stays as the step before left it there", several_steps_through_zero, PIXELS, SPEC),
    ROW("`-pivot` against a convention", "what is asked for happens here", pivots_differ, physics=SPEC),
    ROW("`-odet_vector` missing beside other axes", "fast × slow here, 1 0 0 there", normal_is_left_out, physics=SPEC),
    ROW("`-oversample_thick` without a thickness", "black there", has_thin_sensor, PIXELS, SPEC),
    ROW(
        "`-oversample_polar -nopolar`",
        "polarised there",
        lambda case: case.line.has("-oversample_polar") and case.line.has("-nopolar"),
        PIXELS,
        SPEC,
    ),
    ROW("`-curved_det` as the last word", "ignored there", lambda case: case.line.words()[-1] == "-curved_det", physics=SPEC),
    ROW("`-detector_abs 0` before another `-detector_abs`", "takes the sensor away there", absorption_after_none, physics=SPEC),
    ROW("`-img` or `-mask` with a header longer than it says", "read whole here, cut there", image_words(header_outgrew), physics=SPEC),
    ROW("sensor seen from behind", "captures by the length of the path here", turned_away, PIXELS, SPEC),
    ROW("cache of an earlier run", "read here when asked for alone", reads_left_over, physics=SPEC),
)
